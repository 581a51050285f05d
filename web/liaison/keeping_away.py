"""Keeping away: a family's list of people and organisations that must not know, or must not be suggested."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import families, keeping_away
from partners.families.families import Family
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.referrals import referrals
from partners.referrals.moves import LIVE
from partners.registry import organisations
from web.database import now
from web.liaison import bp
from web.liaison.forms import OrganisationKeptAwayForm, PersonKeptFromForm
from web.signing_in import actor, roles_required


def _page(family: Family, person: PersonKeptFromForm | None = None, organisation: OrganisationKeptAwayForm | None = None) -> str:
    names = {str(i): name for i, name in organisations.names(g.session).items()}
    kept = [(i, names.get(i, "An organisation that is not listed any more")) for i in family.keep_away]
    asked = organisation or OrganisationKeptAwayForm(formdata=None)
    asked.organisation.choices = [(i, name) for i, name in sorted(names.items(), key=lambda pair: pair[1].casefold()) if i not in family.keep_away]
    under_way = [r for r in referrals.of_family(g.session, family, by=actor()) if r.state in LIVE and str(r.organisation_id) in family.keep_away]
    return render_template(
        "liaison/keeping_away.html", family=family, kept=kept, under_way=under_way, person=person or PersonKeptFromForm(formdata=None), organisation=asked,
        form=person if person is not None else organisation,
    )


@bp.get("/families/<uuid:family_id>/must-not-know")
@roles_required(Role.FLO)
def kept_from(family_id: uuid.UUID) -> str:
    """Show who must not know."""
    return _page(families.get(g.session, family_id, by=actor()))


@bp.post("/families/<uuid:family_id>/must-not-know/people")
@roles_required(Role.FLO)
def keep_from_person(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Put a person on the list."""
    family = families.get(g.session, family_id, by=actor(), action="family:change")
    form = PersonKeptFromForm()
    if form.validate():
        try:
            keeping_away.add_person(g.session, family, **form.facts(), by=actor(), at=now())
            return redirect(url_for(".kept_from", family_id=family.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(family, person=form), 422


@bp.post("/families/<uuid:family_id>/must-not-know/organisations")
@roles_required(Role.FLO)
def keep_away_organisation(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Put an organisation on the list."""
    family = families.get(g.session, family_id, by=actor(), action="family:change")
    form = OrganisationKeptAwayForm()
    form.organisation.choices = [(str(i), name) for i, name in organisations.names(g.session).items()]
    if form.validate():
        keeping_away.add_organisation(g.session, family, uuid.UUID(form.facts()["organisation"]), by=actor(), at=now())
        return redirect(url_for(".kept_from", family_id=family.id), 303)
    return _page(family, organisation=form), 422


@bp.post("/families/<uuid:family_id>/must-not-know/take-off")
@roles_required(Role.FLO)
def take_off(family_id: uuid.UUID) -> Response:
    """Take a person or an organisation off the list."""
    family = families.get(g.session, family_id, by=actor(), action="family:change")
    keeping_away.remove_person(g.session, family, request.form.get("person", ""), by=actor(), at=now())
    with suppress(ValueError):
        keeping_away.remove_organisation(g.session, family, uuid.UUID(request.form.get("organisation", "")), by=actor(), at=now())
    return redirect(url_for(".kept_from", family_id=family.id), 303)
