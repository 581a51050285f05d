"""One Chromium for each worker: two of playwright's loops cannot run in one process, so every test that needs a browser shares it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

# Chromium must neither call home nor try what a machine without a screen, a sandbox or a network cannot give.
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
]


def find_chromium() -> str | None:
    """Return the path of this machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def started() -> Iterator[Browser]:
    """Start this machine's Chromium, or skip with the reason."""
    path = find_chromium()
    if path is None:
        pytest.skip("the browser is absent: no chromium was found. On Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=SWITCHES, timeout=60_000)
        yield chromium
        chromium.close()
