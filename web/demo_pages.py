"""The demo's mails, on a page: what would have gone out. Only in the demo."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from sqlalchemy import select

from partners.foundation.errors import NotFound
from partners.foundation.outbox import Message
from web.database import settings
from web.signing_in import open_to_all

bp = Blueprint("demo_pages", __name__)


@bp.get("/demo/mail")
@open_to_all
def mail() -> str:
    """Show the newest mails of the demo. Anywhere else there is no such page."""
    if not settings().demo:
        raise NotFound("page")
    rows = g.session.scalars(select(Message).order_by(Message.queued_at.desc(), Message.id).limit(30))
    return render_template("demo/mail.html", rows=list(rows))
