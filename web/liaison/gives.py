"""What a family would like to give: a page of its own, with nothing on it of what they get. Never a condition for help."""

from __future__ import annotations

import uuid

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import families, gives
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.matching import exchanges
from web import wording_together
from web.database import now
from web.liaison import bp
from web.liaison.together_forms import FamilyGiveForm, PressForm
from web.signing_in import actor, roles_required


@bp.route("/families/<uuid:family_id>/gives", methods=["GET", "POST"])
@roles_required(Role.FLO)
def family_gives(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show and add what a family would like to give."""
    family = families.get(g.session, family_id, by=actor())
    if family.with_dsl_at is not None:
        return redirect(url_for(".stop", family_id=family.id), 303)
    form = FamilyGiveForm()
    if form.is_submitted() and form.validate():
        try:
            gives.record(g.session, family, **form.facts(), things=exchanges.things(), by=actor(), at=now())
            return redirect(url_for(".family_gives", family_id=family.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template(
        "liaison/family_gives.html", form=form, family=family, rows=gives.of_family(g.session, family, by=actor()), things=exchanges.things(),
        units=exchanges.units(), together=wording_together,
    )
    return (page, 422) if form.is_submitted() else page


@bp.post("/family-gives/<uuid:family_give_id>/end")
@roles_required(Role.FLO)
def end_family_give(family_give_id: uuid.UUID) -> Response:
    """They would rather not now. Nobody asks why."""
    PressForm().validate()
    row = gives.get(g.session, family_give_id, by=actor())
    gives.end(g.session, row, by=actor(), at=now())
    return redirect(url_for(".family_gives", family_id=row.family_id), 303)
