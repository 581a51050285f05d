"""Signing in: who is asking, and which pages they may open. A page without a declared guard does not open at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from partners.families import schools
from partners.foundation import sign_ins, users
from partners.foundation.actors import Actor, Role
from partners.foundation.errors import NotAllowed
from partners.registry import organisations
from web import limits
from web.database import LOOKING, apart, now, settings
from web.logs import log

View = TypeVar("View", bound=Callable[..., Any])
LONGEST_TOKEN = 200
_MARK = "kith_guard"


@dataclass(frozen=True)
class Guard:
    """What a page asks for: `public`, `signed_in`, `roles` (any one of them) or `link` (the word in the address is the key)."""

    kind: str
    roles: frozenset[Role] = frozenset()


PUBLIC = Guard("public")
# Endpoints that Flask makes itself, and that show nothing about anybody.
PUBLIC_ENDPOINTS = {"static": PUBLIC}


def _guarded(guard: Guard) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, guard)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Declare a page that anybody may open."""
    return _guarded(PUBLIC)(view)


def open_by_link(view: View) -> View:
    """Declare a page that opens with the word in its address: the view itself must find whose word it is, or raise NotFound."""
    return _guarded(Guard("link"))(view)


def signed_in_required(view: View) -> View:
    """Declare a page for everybody who is signed in."""
    return _guarded(Guard("signed_in"))(view)


def roles_required(*roles: Role) -> Callable[[View], View]:
    """Declare a page for people who hold at least one of these roles."""
    return _guarded(Guard("roles", frozenset(roles)))


def guard_of(app: Flask, endpoint: str | None) -> Guard | None:
    """Return the guard of an endpoint, or None where none was declared."""
    if endpoint is None:
        return None
    return PUBLIC_ENDPOINTS.get(endpoint) or getattr(app.view_functions.get(endpoint), _MARK, None)


def guards(app: Flask) -> dict[str, Guard | None]:
    """Return the guard of every endpoint: None marks one that was forgotten, which never opens."""
    return {rule.endpoint: guard_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}


def cookie_name() -> str:
    """Return the name of the cookie that holds a sign-in's word."""
    return "__Host-kith" if settings().https else "kith"


def _token() -> str | None:
    token = request.cookies.get(cookie_name())
    return token if token and len(token) <= LONGEST_TOKEN else None


def own_word() -> str:
    """Return the word of the cookie that this request came with, '' for none."""
    return _token() or ""


def find_actor() -> Actor | None:
    """Return who is signed in, or None."""
    found: Actor | None = g.get("actor")
    return found


def actor() -> Actor:
    """Return who is signed in. Raises NotAllowed where nobody is."""
    found = find_actor()
    if found is None:
        raise NotAllowed("sign in")
    return found


def _place_of(who: Actor) -> str:
    """Return the name that stands in the page's header: the school's, or the organisation's."""
    for name_of, place_id in ((schools.name_of, who.school_id), (organisations.name_of, who.organisation_id)):
        if place_id is not None:
            return name_of(g.session, place_id)
    return ""


def _recognise() -> None:
    """Find out who is asking, from the cookie alone."""
    g.actor, g.user, g.place = None, None, ""
    token = _token()
    if token is None or request.endpoint == "static":
        return
    user = sign_ins.find_live(g.session, token, at=now())
    if user is None:
        return
    if sign_ins.needs_touch(g.session, token, at=now()):
        _touch(token)
    g.session.expunge(user)  # so that a roll-back leaves the name to be shown
    g.user, g.actor = user, users.actor_of(user)
    g.place = _place_of(g.actor)


def _touch(token: str) -> None:
    """Note that they are still there. Looking has a session of its own for it, and goes on where it cannot be written."""
    if request.method not in LOOKING:
        sign_ins.touch(g.session, token, at=now())
        return
    try:
        with apart() as own:
            sign_ins.touch(own, token, at=now())
    except OperationalError:
        log().warning("sign_in_not_noted")


def _check() -> AnyResponse | None:
    """Let them in, send them to sign in, or refuse. What has no guard is not there."""
    if request.endpoint is None or request.routing_exception is not None:
        return None
    guard = guard_of(current_app, request.endpoint)
    if guard is None:
        log().error("unguarded", endpoint=request.endpoint)
        abort(404)
    limits.refuse_guessing()
    if guard.kind in ("public", "link"):
        return None
    who = find_actor()
    if who is None:
        return _ask_to_sign_in()
    if guard.kind == "roles" and not guard.roles & who.roles:
        raise NotAllowed(request.endpoint)
    return None


def _ask_to_sign_in() -> AnyResponse:
    from web.errors import wants_json

    if wants_json():
        raise Unauthorized("Sign in first.")
    if request.method in LOOKING:
        session["next"] = request.full_path.rstrip("?")
    return redirect("/sign-in", 303)


def begin(user: users.User, response: AnyResponse) -> AnyResponse:
    """Sign somebody in: a new word, whatever cookie the browser brought."""
    old = _token()
    if old is not None:
        sign_ins.end(g.session, old, at=now())
    token = sign_ins.start(g.session, user, at=now())
    session.clear()
    longest_s = int(sign_ins.LONGEST.total_seconds())
    response.set_cookie(cookie_name(), token, max_age=longest_s, secure=settings().https, httponly=True, samesite="Lax", path="/")
    return response


def finish(response: AnyResponse) -> AnyResponse:
    """Sign out: the word is of no use after, wherever it was copied to."""
    token = _token()
    if token is not None:
        sign_ins.end(g.session, token, at=now())
    session.clear()
    response.delete_cookie(cookie_name(), secure=settings().https, httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def school_id() -> uuid.UUID:
    """Return the school of who is signed in. Raises NotAllowed where they have none."""
    found = actor().school_id
    if found is None:
        raise NotAllowed("school")
    return found


def _vary(response: Response) -> Response:
    response.headers.add("Vary", "Cookie")
    return response


def init_app(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_recognise)
    app.before_request(_check)
    app.after_request(_vary)
    app.context_processor(lambda: {"actor": find_actor(), "place": g.get("place", "")})
