"""Codes: the list that a liaison officer hands to the school office, so that it can link a family to a pupil without seeing either's record here."""

from __future__ import annotations

from flask import g, render_template

from partners.foundation.actors import Role
from partners.impact.school_data import keys, prompts
from web.liaison import bp
from web.signing_in import actor, roles_required


@bp.get("/school-codes")
@roles_required(Role.FLO)
def school_codes() -> str:
    """List each family's code, to be read out or printed."""
    return render_template("liaison/school_codes.html", rows=prompts.codes(g.session, by=actor()), is_on=keys.is_on())
