"""A partner's month: what they did, words of thanks, and needs near them that nobody meets."""

from __future__ import annotations

from flask import g, render_template

from partners.foundation.actors import Role
from partners.foundation.errors import NotFound
from partners.impact import partner_months
from partners.matching import words
from partners.registry import organisations
from web.database import now
from web.portal import bp
from web.signing_in import actor, roles_required

_CLOSED_PATHS = ("restricted", "dsl_only")


def shown_groups() -> dict[str, str]:
    """Return the group of each need that may be counted: those that are never listed are not among them."""
    return {n.code: group for group, some in words.needs_by_group().items() for n in some if n.path not in _CLOSED_PATHS}


@bp.get("/portal/month")
@roles_required(Role.PARTNER)
def month() -> str:
    """Show a partner's own month. Needs that are never listed are never counted."""
    organisation_id = actor().organisation_id
    if organisation_id is None:
        raise NotFound("organisation")
    page = partner_months.page(g.session, organisations.get(g.session, organisation_id), groups=shown_groups(), by=actor(), at=now())
    return render_template("portal/month.html", page=page)
