"""Logs: one line a request, by endpoint and never by address, with anything personal taken out."""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

# What must never stand in a log, each with what stands there instead.
SCRUBBED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b[A-Za-z]{1,2}\d[A-Za-z\d]?\s*\d[A-Za-z]{2}\b"), "[postcode]"),
    (re.compile(r"(?<![\w-])(?:\+44|0)(?:[\s().-]*\d){9,10}(?![\w-])"), "[telephone]"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{30,}(?![\w-])"), "[token]"),
)


def scrub(text: str) -> str:
    """Return text with e-mail addresses, postcodes, telephone numbers and long random words taken out, on one line."""
    for pattern, instead in SCRUBBED:
        text = pattern.sub(instead, text)
    return text.replace("\r", " ").replace("\n", " ")


def scrub_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Scrub every value of a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = scrub(value)
    return event


def log() -> Any:
    """Return the web's log."""
    return structlog.get_logger("kith.web")


def frames(error: BaseException) -> str:
    """Say where an error was raised, without its message: a message may hold what somebody typed."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return " > ".join(f"{place.filename.rsplit('/', 2)[-2]}/{place.filename.rsplit('/', 1)[-1]}:{place.lineno}" for place in places)


def _begin() -> None:
    g.began = time.perf_counter()


def _note(response: Response) -> Response:
    log().info(
        "request",
        method=request.method if request.method.isalpha() else "?",
        endpoint=request.endpoint or "none",
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
    )
    return response


def init_app(app: Flask) -> None:
    """Log each request, to standard error, as JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            scrub_event,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_note)
