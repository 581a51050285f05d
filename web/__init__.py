"""The web: turns requests into partners' verbs and back. Decides nothing."""

from __future__ import annotations

from typing import Any


def create_app(*args: Any, **kwargs: Any) -> Any:
    """Return the web service: see `web.app.create_app`, which is loaded here so that the command line stays quick."""
    from web.app import create_app as make

    return make(*args, **kwargs)
