"""What every test shares: how properties are tried, which tests need a browser, and that nothing is skipped where all must run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

HERE = Path(__file__).parent
NOTHING_SKIPPED = os.environ.get("KITH_TEST_NOTHING_SKIPPED") == "1"
# What a machine can be given, so that a skip for want of it is a fault where everything must run.
INSTALLABLE = re.compile(r"browser|chromium|postgres", re.IGNORECASE)

# Waiting for a disk proves nothing: SQLite asks for it all the same, and what a kill or a full disk leaves is the same in memory.
MEMORY = Path("/dev/shm")  # noqa: S108 (pytest makes a folder of its own in it, 0700)
ROOM_NEEDED_BYTES = 2 * 1024**3  # judgement, November 2026: the whole run keeps a tenth of it at once, for the folders of tests that passed go at once

# Two busy cores make a deadline for each example a lottery; the number of examples is each test's own affair.
hypothesis.settings.register_profile("kith", deadline=None, print_blob=True)
hypothesis.settings.load_profile("kith")


def pytest_configure() -> None:
    """Let temporary folders lie in memory where there is room, unless whoever runs the tests says where."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_NEEDED_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in tests/browser, so that `-m "not browser"` leaves it out."""
    for test in items:
        if test.path.is_relative_to(HERE / "browser"):
            test.add_marker(pytest.mark.browser)


def skip_is_a_fault(reason: str) -> bool:
    """Whether a skip for this reason counts as a failure: only with KITH_TEST_NOTHING_SKIPPED=1, and only for what can be installed."""
    return NOTHING_SKIPPED and INSTALLABLE.search(reason) is not None


def _refuse_skip(report: Any) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if skip_is_a_fault(reason):
        report.outcome = "failed"
        report.longrepr = f"{reason}\nKITH_TEST_NOTHING_SKIPPED=1 asks for every test to run: install what is absent (see .ci/run)."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Turn the skip of one test into a failure where everything must run."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """Turn the skip of a whole file into a failure where everything must run."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demo's town in a file that nobody writes to, a `town_file.TownFile`: each test copies it."""
    from tests import town_file

    return town_file.shared(tmp_path_factory)


@pytest.fixture(scope="session")
def one_chromium() -> Iterator[Any]:
    """This machine's Chromium, shared by every test of a worker."""
    from tests import chromium

    yield from chromium.started()
