"""Keeping offers true: whom to ring, what to say, what they said; and who answers at each organisation."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import digests, replies
from partners.registry import contacts, freshness, offers, organisations, paragraphs, proposals, tasks, terms
from partners.registry.offers import ConfirmedHow, Offer
from partners.registry.organisations import Contact, Organisation
from partners.registry.tasks import TO_RING
from web.database import now
from web.liaison import bp
from web.liaison.offer_forms import CallForm, ContactForm, OfferContactsForm, PressForm
from web.signing_in import actor, roles_required, school_id


def waiting_count() -> int:
    """Return how many partners or papers wait for somebody to look, for the page of the day."""
    others = [t for t in tasks.waiting(g.session, by=actor()) if t.kind not in TO_RING]
    return len(digests.to_ring(g.session, by=actor(), at=now())) + len(others) + len(proposals.waiting(g.session, by=actor()))


@bp.get("/calls")
@roles_required(Role.FLO)
def to_ring() -> str:
    """Show the partners to ring, and what else keeps the registry true."""
    others = [t for t in tasks.waiting(g.session, by=actor()) if t.kind not in TO_RING]
    return render_template("liaison/to_ring.html", rows=digests.to_ring(g.session, by=actor(), at=now()), others=others, changes=proposals.waiting(g.session, by=actor()), today=day_of(now()))


def _offers_of(organisation: Organisation) -> list[Offer]:
    return [o for o in offers.of_organisation(g.session, organisation) if o.archived_at is None and o.needs]


def _call(organisation: Organisation, form: CallForm) -> str:
    listed = _offers_of(organisation)
    return render_template(
        "liaison/ring.html", organisation=organisation, form=form, school=schools.get(g.session, school_id()),
        tasks=[t for t in tasks.waiting(g.session, by=actor()) if t.organisation_id == organisation.id],
        rows=[(o, paragraphs.paragraph(o, terms.of(g.session, o)), freshness.clocks(o, on=day_of(now()))) for o in listed],
    )


def _call_form(organisation: Organisation, **kwargs: object) -> CallForm:
    form = CallForm(**kwargs)
    form.right.choices = [(str(o.id), o.name) for o in _offers_of(organisation)]
    return form


@bp.get("/calls/<uuid:organisation_id>")
@roles_required(Role.FLO)
def ring(organisation_id: uuid.UUID) -> str:
    """Show whom to ring, what to say, and where to tick what they said."""
    organisation = organisations.get(g.session, organisation_id)
    return _call(organisation, _call_form(organisation, formdata=None))


@bp.post("/calls/<uuid:organisation_id>")
@roles_required(Role.FLO)
def record_call(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record what they said: each ticked offer is confirmed by telephone, in the name of whom the school spoke with."""
    organisation = organisations.get(g.session, organisation_id)
    form = _call_form(organisation)
    if form.validate():
        try:
            if not form.facts()["right"]:
                raise InvalidRecord("right", "Tick what is still right. For anything else, open the offer and change it there.")
            for offer in _offers_of(organisation):
                if str(offer.id) in form.facts()["right"]:
                    freshness.confirm(g.session, offer, how=ConfirmedHow.PHONE, name=form.facts()["name"], by=actor(), at=now())
            flash("Thank you. It is confirmed from today.")
            return redirect(url_for(".to_ring"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _call(organisation, form), 422


@bp.post("/tasks/<uuid:task_id>/done")
@roles_required(Role.FLO)
def finish_task(task_id: uuid.UUID) -> Response:
    """Note that somebody did it."""
    PressForm().validate()
    tasks.finish(g.session, tasks.get(g.session, task_id, by=actor()), by=actor(), at=now())
    return redirect(url_for(".to_ring"), 303)


@bp.get("/organisations/<uuid:organisation_id>")
@roles_required(Role.FLO)
def organisation(organisation_id: uuid.UUID) -> str:
    """Show an organisation: who answers, and what it offers."""
    return _organisation(organisations.get(g.session, organisation_id), ContactForm(formdata=None))


def _organisation(found: Organisation, form: ContactForm) -> str:
    return render_template(
        "liaison/organisation.html", organisation=found, form=form, labels=words.labels(),
        rows=[(o, freshness.clocks(o, on=day_of(now()))) for o in offers.of_organisation(g.session, found)],
    )


@bp.post("/organisations/<uuid:organisation_id>/contacts")
@roles_required(Role.FLO)
def add_contact(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add a named person who answers."""
    found = organisations.get(g.session, organisation_id)
    form = ContactForm()
    if form.validate():
        try:
            organisations.add_contact(g.session, found, **form.facts(), by=actor(), at=now())
            return redirect(url_for(".organisation", organisation_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _organisation(found, form), 422


def _contact(found: Contact, form: ContactForm) -> str:
    return render_template("liaison/contact.html", contact=found, form=form)


@bp.get("/contacts/<uuid:contact_id>")
@roles_required(Role.FLO)
def contact(contact_id: uuid.UUID) -> str:
    """Show one person who answers."""
    found = contacts.get(g.session, contact_id, by=actor())
    return _contact(found, ContactForm(formdata=None, obj=found))


@bp.post("/contacts/<uuid:contact_id>")
@roles_required(Role.FLO)
def change_contact(contact_id: uuid.UUID) -> Response | tuple[str, int]:
    """Change how somebody is reached."""
    found = contacts.get(g.session, contact_id, by=actor())
    form = ContactForm()
    if form.validate():
        try:
            if form.facts()["email"] != found.email:
                replies.revoke_sent_to(g.session, found.id, at=now())
            contacts.change(g.session, found, **form.facts(), by=actor(), at=now())
            return redirect(url_for(".organisation", organisation_id=found.organisation_id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _contact(found, form), 422


@bp.post("/contacts/<uuid:contact_id>/left")
@roles_required(Role.FLO)
def contact_left(contact_id: uuid.UUID) -> Response:
    """Take out somebody who no longer answers. The links in their mail end with it."""
    PressForm().validate()
    found = contacts.get(g.session, contact_id, by=actor())
    replies.revoke_sent_to(g.session, found.id, at=now())
    organisation_id = found.organisation_id
    contacts.leave(g.session, found, by=actor(), at=now())
    return redirect(url_for(".organisation", organisation_id=organisation_id), 303)


@bp.post("/contacts/<uuid:contact_id>/came-back")
@roles_required(Role.FLO)
def contact_came_back(contact_id: uuid.UUID) -> Response:
    """Mail to them came back."""
    PressForm().validate()
    found = contacts.get(g.session, contact_id, by=actor())
    contacts.mark_bounced(g.session, found, by=actor(), at=now())
    return redirect(url_for(".organisation", organisation_id=found.organisation_id), 303)


@bp.get("/offers/<uuid:offer_id>/contacts")
@roles_required(Role.FLO)
def offer_contacts(offer_id: uuid.UUID) -> str:
    """Show who answers for an offer."""
    found = offers.get(g.session, offer_id, by=actor())
    return _offer_contacts(found, _contacts_form(found, formdata=None))


def _contacts_form(found: Offer, **kwargs: object) -> OfferContactsForm:
    form = OfferContactsForm(**kwargs)
    form.contacts.choices = [(str(c.id), c.name + (", in the holidays too" if c.answers_in_holidays else "")) for c in found.organisation.contacts]
    return form


def _offer_contacts(found: Offer, form: OfferContactsForm) -> str:
    return render_template("liaison/offer_contacts.html", offer=found, form=form, named=contacts.of_offer(g.session, found))


@bp.post("/offers/<uuid:offer_id>/contacts")
@roles_required(Role.FLO)
def choose_offer_contacts(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Name who answers for an offer."""
    found = offers.get(g.session, offer_id, by=actor())
    form = _contacts_form(found)
    if form.validate():
        try:
            contacts.choose(g.session, found, [uuid.UUID(c) for c in form.facts()["contacts"]], by=actor(), at=now())
            return redirect(url_for(".offer", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _offer_contacts(found, form), 422
