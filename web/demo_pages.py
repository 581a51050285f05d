"""The demo's own pages: the doors of its front page, and the mails that would have gone out. Only in the demo, where everybody is invented."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from partners.foundation import users
from partners.foundation.errors import NotFound
from partners.foundation.outbox import Message
from partners.registry import partnerships
from web import signing_in
from web.database import now, settings
from web.liaison.together_forms import PressForm
from web.signing_in import open_to_all

bp = Blueprint("demo_pages", __name__)


@dataclass(frozen=True)
class Door:
    """One way into the town: whose account (invented, as all of it is), where it leads, what it is called and what is behind it."""

    who: str
    email: str
    to: str
    name: str
    behind: str


FLO = "flo@marlbeck.example"
DOORS = (
    Door("flo", FLO, "/liaison/", "At the gate", "The family liaison officer: a parent says what would help, three suggestions say why, and each introduction is followed until it has helped."),
    Door("together", FLO, "/liaison/together", "Around the school", "The same officer with the neighbours: a Christmas dinner for anyone, a hall for a welcome group for theatre seats, families who meet, and what is missing."),
    Door("network", FLO, "", "A partner, by its link", "The Somali women's network, four years in: what it asks for, gives and brings. No account, and no family on the page."),
    Door("partner", "partner@advice.example", "/portal/", "A larger partner", "The advice centre, with an account: its inbox, its offers, its month."),
    Door("head", "head@marlbeck.example", "/heads/", "The head", "One honest page a term: figures under the small-number rule, and partnerships as lines of years."),
    Door("trust", "trust@marlbeck.example", "/trust/", "The trust", "Three schools' totals together: no school told apart, and no way to a family."),
    Door("dsl", "dsl@marlbeck.example", "/lead/", "The safeguarding lead", "What stops everything, and who lets it go on."),
    Door("admin", "admin@marlbeck.example", "/admin/", "The administrator", "Accounts, mail and settings; no family."),
)
NETWORK = "Marlbeck Somali Women's Network"


@bp.post("/demo/come-in/<who>")
@open_to_all
def come_in(who: str) -> Response:
    """Open one door of the invented town. Anywhere else there is no such door."""
    door = next((d for d in DOORS if d.who == who), None)
    user = users.find_by_email(g.session, door.email) if door is not None and settings().demo else None
    if door is None or user is None:
        raise NotFound("page")
    PressForm().validate()
    if door.to:
        return signing_in.begin(user, redirect(door.to, 303))
    by = users.actor_of(user)
    network = next((p for p in partnerships.listed(g.session, by=by) if p.organisation.name == NETWORK), None)
    if network is None:
        raise NotFound("page")
    return redirect(f"/p/{partnerships.new_link(g.session, network, at=now())}", 303)


@bp.get("/demo/mail")
@open_to_all
def mail() -> str:
    """Show the newest mails of the demo. Anywhere else there is no such page."""
    if not settings().demo:
        raise NotFound("page")
    rows = g.session.scalars(select(Message).order_by(Message.queued_at.desc(), Message.id).limit(30))
    return render_template("demo/mail.html", rows=list(rows))
