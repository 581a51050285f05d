"""Navigation: one row a role, what stands in its menu and which page is its home."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from partners.foundation.actors import Actor, Role
from web.signing_in import find_actor


@dataclass(frozen=True)
class Link:
    """One word in the menu, where it leads, and which other pages stand under it."""

    text: str
    href: str
    also: tuple[str, ...] = ()


NAVIGATION: dict[Role, tuple[Link, ...]] = {
    Role.FLO: (Link("Today", "/liaison/"), Link("Families", "/liaison/families"), Link("Offers", "/liaison/offers", ("/liaison/organisations",)), Link("Together", "/liaison/together"), Link("Rights and records", "/rights/")),
    Role.DSL: (Link("With the safeguarding lead", "/lead/"), Link("Complaints", "/rights/complaints"), Link("Rights and records", "/rights/")),
    Role.HEAD: (Link("Our school", "/heads/"), Link("Partnerships", "/heads/partnerships")),
    Role.TRUST: (Link("Our schools together", "/trust/"),),
    Role.ADMIN: (Link("Administration", "/admin/"), Link("School data", "/admin/school-data"), Link("Lists of offers", "/imports/"), Link("How long we keep records", "/rights/schedule"), Link("What went wrong", "/rights/breaches")),
    Role.PARTNER: (Link("Our introductions", "/portal/"), Link("Our offers", "/portal/offers"), Link("Our month", "/portal/month"),),
}
HOMES: dict[Role, str] = {
    Role.FLO: "/liaison/",
    Role.HEAD: "/heads/",
    Role.ADMIN: "/admin/",
    Role.PARTNER: "/portal/",
    Role.DSL: "/lead/",
    Role.TRUST: "/trust/",
}


def home_of(actor: Actor) -> str:
    """Return the page that somebody starts from: the first of their roles in the table's order."""
    return next((path for role, path in HOMES.items() if role in actor.roles), "/account")


def _is_there(app: Flask, path: str) -> bool:
    try:
        app.url_map.bind("").match(path, method="GET")
    except MethodNotAllowed:
        return False
    except HTTPException as error:
        return error.code is not None and error.code < 400
    return True


def menu(app: Flask) -> list[dict[str, object]]:
    """Return the menu of who is signed in, for the service navigation; nothing for somebody who is not."""
    actor = find_actor()
    if actor is None:
        return []
    links = list(dict.fromkeys(link for role, row in NAVIGATION.items() if role in actor.roles for link in row))
    under = [(len(path), link.href) for link in links for path in (link.href, *link.also) if request.path.startswith(path)]
    here = max(under)[1] if under else None
    return [
        {"text": link.text, "href": link.href, "current": link.href == request.path, "active": link.href == here}
        for link in links
        if _is_there(app, link.href)
    ]


def init_app(app: Flask) -> None:
    """Give every page its menu."""
    app.jinja_env.globals.update(menu=lambda: menu(app), home=lambda: _home())


def _home() -> str:
    actor = find_actor()
    return home_of(actor) if actor else "/"
