"""Limits: how often something may be tried. Counted by network address, or by address and account, so that nobody can lock a person out.

Tries are counted in memory, in each process for itself: run several processes with KITH_LIMITS_STORAGE=redis://….
"""

from __future__ import annotations

import hashlib

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import parse
from werkzeug.exceptions import TooManyRequests

# One row a thing that can be tried. Numbers are a judgement, November 2026: a staff room shares one address.
LIMITS = {
    "sign_in": "60 per 10 minutes",
    "password": "10 per 15 minutes",
    "link_mail": "5 per 15 minutes",
    "link_use": "60 per 10 minutes",
    "reply_link": "120 per 10 minutes",
    "code": "20 per 10 minutes",
    "missing": "20 per 10 minutes",
}


def who() -> str:
    """Return the network address that asks."""
    return request.remote_addr or "nowhere"


def _key(part: str) -> str:
    return hashlib.sha256(part.strip().lower().encode("utf-8")).hexdigest()[:32]


def is_over(name: str, *parts: str) -> bool:
    """Count one try and return whether there were too many, for what is noticed and not refused."""
    limiter: Limiter = current_app.extensions["kith_limits"]
    return not limiter.limiter.hit(parse(LIMITS[name]), name, who(), *map(_key, parts))


def count(name: str, *parts: str, by_address: bool = True) -> None:
    """Count one try at something; `parts` say for whom, and are kept as hashes only.

    Raises:
        TooManyRequests: it was tried too often; it says when to try again.
    """
    limiter: Limiter = current_app.extensions["kith_limits"]
    rule = parse(LIMITS[name])
    keys = [name, *([who()] if by_address else []), *map(_key, parts)]
    if not limiter.limiter.hit(rule, *keys):
        raise TooManyRequests(retry_after=rule.get_expiry())


def init_app(app: Flask) -> None:
    """Start counting."""
    edge = app.extensions["kith"]
    limiter = Limiter(who, storage_uri=edge.settings.limits_storage, strategy="moving-window", key_prefix="kith")
    limiter.init_app(app)
    app.extensions["kith_limits"] = limiter
