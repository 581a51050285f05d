"""Adding by hand: an organisation that somebody met, what it offers, and what is known of it. Saving confirms nothing."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, StaleRecord
from partners.registry import edits, organisations
from partners.registry.organisations import Organisation
from web import offer_parts
from web.database import now
from web.fields import is_clean
from web.liaison import bp
from web.liaison.offer_forms import NewOrganisationForm, OrganisationForm
from web.offer_parts import NewOfferForm
from web.signing_in import actor, roles_required

_LABELS = {"name": "Name", "description": "What they do", "phone": "Telephone", "website": "Web address"}


@bp.get("/organisations")
@roles_required(Role.FLO)
def organisation_list() -> str:
    """Find an organisation by its name, with offers or without."""
    typed = request.args.get("q", "")[:80]
    typed = typed if is_clean(typed) else ""
    rows, total = organisations.found(g.session, typed)
    return render_template("liaison/organisations.html", rows=rows, total=total, typed=typed)


@bp.get("/organisations/new")
@roles_required(Role.FLO)
def new_organisation() -> str:
    """Show where to write an organisation down."""
    return render_template("liaison/new_organisation.html", form=NewOrganisationForm(formdata=None), same=None)


@bp.post("/organisations/new")
@roles_required(Role.FLO)
def add_organisation() -> Response | tuple[str, int]:
    """Add an organisation, and who answers there."""
    form, same = NewOrganisationForm(), None
    if form.validate():
        facts = form.facts()
        same = organisations.named_alike(g.session, facts["name"])
        try:
            if same is not None:
                raise InvalidRecord("name", "There is an organisation of this name already. Open it below, or say in the name which of them it is.")
            if facts["contact_name"] is None and (facts["contact_email"] or facts["contact_phone"]):
                raise InvalidRecord("contact_name", "Give the person's name.")
            phone = facts["contact_phone"] or (None if facts["contact_email"] else facts["phone"])
            if facts["contact_name"] and not (facts["contact_email"] or phone):
                raise InvalidRecord("contact_email", "Give an e-mail address or a telephone number, so that a message can reach them.")
            made = organisations.add(
                g.session, name=facts["name"], description=facts["description"] or "", website=facts["website"], phone=facts["phone"], by=actor(), at=now(),
            )
            if facts["contact_name"]:
                organisations.add_contact(
                    g.session, made, name=facts["contact_name"], email=facts["contact_email"], phone=phone, answers_in_holidays=facts["answers_in_holidays"], by=actor(), at=now(),
                )
            flash(f"{made.name} is here now. Add what they offer next.")
            return redirect(url_for(".organisation", organisation_id=made.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/new_organisation.html", form=form, same=same), 422


def _facts_page(found: Organisation, form: OrganisationForm, both: list[tuple[str, ...]] | None = None) -> str:
    return render_template("liaison/organisation_facts.html", organisation=found, form=form, both=both, seen=found.version)


@bp.get("/organisations/<uuid:organisation_id>/facts")
@roles_required(Role.FLO)
def organisation_facts(organisation_id: uuid.UUID) -> str:
    """Show what is known of an organisation, to change it."""
    found = organisations.get(g.session, organisation_id)
    return _facts_page(found, OrganisationForm(formdata=None, obj=found))


@bp.post("/organisations/<uuid:organisation_id>/facts")
@roles_required(Role.FLO)
def change_organisation(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Keep what is known. Where somebody else changed it in between, both versions are shown and nothing is overwritten."""
    found, form = organisations.get(g.session, organisation_id), OrganisationForm()
    if form.validate():
        facts = form.facts()
        try:
            organisations.change(
                g.session, found, name=facts["name"], description=facts["description"] or "", website=facts["website"], phone=facts["phone"],
                seen=facts["seen"] if facts["seen"] is not None else -1, by=actor(), at=now(),
            )
            return redirect(url_for(".organisation", organisation_id=found.id), 303)
        except StaleRecord:
            both: list[tuple[str, ...]] = [(label, facts[name] or "Nothing said", getattr(found, name) or "Nothing said") for name, label in _LABELS.items() if (facts[name] or "") != (getattr(found, name) or "")]
            return _facts_page(found, form, both), 409
        except InvalidRecord as error:
            form.blame(error)
    return _facts_page(found, form), 422


@bp.get("/organisations/<uuid:organisation_id>/offers/new")
@roles_required(Role.FLO)
def new_offer(organisation_id: uuid.UUID) -> str:
    """Show where to write an offer down."""
    return render_template("liaison/new_offer.html", organisation=organisations.get(g.session, organisation_id), form=NewOfferForm(formdata=None))


@bp.post("/organisations/<uuid:organisation_id>/offers/new")
@roles_required(Role.FLO)
def add_offer(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add what an organisation offers. It is suggested when somebody there has confirmed it."""
    found, form = organisations.get(g.session, organisation_id), NewOfferForm()
    if form.validate():
        try:
            made = edits.add(g.session, found, offer_parts.facts_from(form), by=actor(), at=now())
            flash("Thank you. Say what else you know here. It is suggested once somebody there has said that it is right.")
            return redirect(url_for(".checklist_of", offer_id=made.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/new_offer.html", organisation=found, form=form), 422
