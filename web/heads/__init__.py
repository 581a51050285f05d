"""The head's page: three sentences with figures in them, and needs not met. There is no way from here to a family."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from partners.foundation.actors import Role
from partners.impact import measures
from partners.matching import words
from web.database import now
from web.signing_in import actor, roles_required

bp = Blueprint("heads", __name__, url_prefix="/heads")


@bp.get("/")
@roles_required(Role.HEAD)
def page() -> str:
    """Show the school's figures."""
    groups = {need.code: need.group for rows in words.needs_by_group().values() for need in rows}
    return render_template("heads/page.html", page=measures.head_page(g.session, groups=groups, by=actor(), at=now()))


from web.heads import gaps, partnerships  # noqa: E402, F401
