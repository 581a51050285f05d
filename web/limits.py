"""Limits: how often something may be tried. Counted by network address, or by address and account, so that nobody can lock a person out.

Tries are counted in memory, in each process for itself: run several processes with KITH_LIMITS_STORAGE=redis://….
"""

from __future__ import annotations

import hashlib

from flask import Flask, current_app, g, request
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
    "second_step": "30 per 10 minutes",
    "missing": "20 per 10 minutes",
    "complaint": "20 per 60 minutes",
    "feed": "600 per 10 minutes",
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


def is_spent(name: str, *parts: str) -> bool:
    """Whether one more try would be too many. Counts nothing."""
    limiter: Limiter = current_app.extensions["kith_limits"]
    return not limiter.limiter.test(parse(LIMITS[name]), name, who(), *map(_key, parts))


def _asker() -> str:
    """Return whose misses these are, beside their network address: the person signed in, or everybody there who is not."""
    actor = g.get("actor")
    return str(actor.user_id) if actor else ""


def count_miss() -> bool:
    """Count one record that was not there and return whether it was the last that is let pass."""
    return not is_over("missing", _asker()) and is_spent("missing", _asker())


def refuse_guessing() -> None:
    """Refuse every address with an id or a link's word in it, right or wrong, to somebody who asked for many that are not there.

    Raises:
        TooManyRequests: there were 20 within ten minutes. Pages without an id stay open, so that a day's work goes on.
    """
    if request.view_args and request.endpoint != "static" and is_spent("missing", _asker()):
        raise TooManyRequests(retry_after=parse(LIMITS["missing"]).get_expiry())


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
