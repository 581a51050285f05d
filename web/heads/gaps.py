"""The head's page of gaps: what is missing and which change would meet most, under the small-number rule. There is no way from here to a family."""

from __future__ import annotations

from flask import g, render_template

from partners.foundation.actors import Role
from partners.impact import gap_page
from partners.matching import gap_asks
from web import wording_together
from web.heads import bp
from web.signing_in import actor, roles_required


@bp.get("/gaps")
@roles_required(Role.HEAD)
def gap_figures() -> str:
    """Show needs not met by reason, and the changes that would meet most."""
    return render_template(
        "heads/gaps.html", page=gap_page.page(g.session, by=actor()), asks=gap_asks.listed(g.session, by=actor()),
        to_whom=gap_asks.TO_WHOM, together=wording_together,
    )
