"""Offers: finding one, how true it is, and keeping it true after a call."""

from __future__ import annotations

import uuid
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.matching import suggestions, words
from partners.registry import checklist, contacts, edits, freshness, offer_fields, offers, paragraphs, particulars, searching, terms
from partners.registry.offers import AvailabilityState, ConfirmedHow
from web import feature_words
from web.database import now
from web.fields import is_clean
from web.liaison import bp
from web.liaison.forms import AvailabilityForm, ConfirmForm, OfferNeedsForm
from web.liaison.offer_forms import WrongForm
from web.signing_in import actor, roles_required, school_id

# The paths of needs whose offers are in no list: only a safeguarding lead acts on them.
NEVER_LISTED = frozenset({"restricted", "dsl_only"})


@bp.get("/offers")
@roles_required(Role.FLO)
def offer_list() -> str:
    """Find offers by words, a need and a partner, each with how many. Nothing about a family is ever typed here."""
    typed = request.args.get("q", "")[:80]
    typed = typed if is_clean(typed) else ""
    labels, closed = words.labels(), frozenset(code for code, path in words.paths().items() if path in NEVER_LISTED)
    need = request.args.get("need", "")
    need = need if need in labels and need not in closed else ""
    partner = request.args.get("partner", type=uuid.UUID)
    unconfirmed = request.args.get("show") == "unconfirmed"
    found = searching.find(g.session, typed, labels=labels, hidden=closed, need=need or None, partner=partner, unconfirmed=unconfirmed)
    return render_template(
        "liaison/offers.html", rows=[(o, freshness.of(o, on=day_of(now()))) for o in found.offers], found=found, typed=typed, need=need, partner=partner,
        unconfirmed=unconfirmed, labels=labels,
    )


def _in_holidays() -> bool:
    terms_of_school = [(t.starts_on, t.ends_on) for t in schools.get(g.session, school_id()).terms]
    return contacts.in_holidays(terms_of_school, day_of(now()))


def _known(offer: offers.Offer) -> list[dict[str, str]]:
    """Return the terms that somebody has said, as rows."""
    facts, verified = edits.facts_of(g.session, offer), terms.checks_of(g.session, offer)
    its_own = {row.name for row in particulars.of_kind(offer.kind)}
    fields = [f for f in offer_fields.FIELDS if (f.kept == "terms" or f.name in its_own) and facts[f.name]]
    said = [{"key": f.label, "value": f.says(facts[f.name])} for f in fields]
    for answer, key in (("yes", "True of it"), ("no", "Not true of it")):
        features = [feature_words.said(f) + (f" ({verified[f].verified_by}, {_when(verified[f].verified_on)})" if f in verified else "") for f, a in offer.features.items() if a == answer]
        said += [{"key": key, "value": "; ".join(features)}] if features else []
    return said


def _when(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _page(offer: offers.Offer, confirm: ConfirmForm | None = None, availability: AvailabilityForm | None = None, chosen: OfferNeedsForm | None = None) -> str:
    return render_template(
        "liaison/offer.html", offer=offer, fresh=freshness.of(offer, on=day_of(now())), clocks=freshness.clocks(offer, on=day_of(now())),
        paragraph=paragraphs.paragraph(offer, terms.of(g.session, offer)), known=_known(offer), places=terms.further_places(g.session, offer),
        answering=contacts.answering(g.session, offer, term=not _in_holidays()), labels=words.labels(), form=confirm or availability or chosen,
        confirm=confirm or ConfirmForm(formdata=None), availability=availability or AvailabilityForm(formdata=None),
        chosen=chosen or OfferNeedsForm(formdata=None), not_known=checklist.not_known_yet(checklist.of(g.session, offer), offer),
    )


@bp.get("/offers/<uuid:offer_id>")
@roles_required(Role.FLO)
def offer(offer_id: uuid.UUID) -> str:
    """Show one offer with how true it is."""
    return _page(offers.get(g.session, offer_id, by=actor()))


@bp.post("/offers/<uuid:offer_id>/confirm")
@roles_required(Role.FLO)
def confirm_offer(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record that somebody said it is right."""
    found = offers.get(g.session, offer_id, by=actor())
    form = ConfirmForm()
    if form.validate():
        try:
            freshness.confirm(g.session, found, how=ConfirmedHow(form.facts()["how"]), name=form.facts()["name"], by=actor(), at=now())
            return redirect(url_for(".offer", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(found, confirm=form), 422


@bp.post("/offers/<uuid:offer_id>/availability")
@roles_required(Role.FLO)
def offer_availability(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record how open it is today."""
    found = offers.get(g.session, offer_id, by=actor())
    form = AvailabilityForm()
    if form.validate():
        facts = form.facts()
        try:
            freshness.set_availability(g.session, found, AvailabilityState(facts.pop("state")), **facts, by=actor(), at=now())
            return redirect(url_for(".offer", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(found, availability=form), 422


@bp.post("/offers/<uuid:offer_id>/needs")
@roles_required(Role.FLO)
def offer_needs(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Choose what an imported offer helps with."""
    found = offers.get(g.session, offer_id, by=actor())
    form = OfferNeedsForm()
    if form.validate():
        try:
            edits.accept_needs(g.session, found, form.facts()["codes"], by=actor(), at=now())
            return redirect(url_for(".offer", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(found, chosen=form), 422


@bp.post("/offers/<uuid:offer_id>/wrong")
@roles_required(Role.FLO)
def offer_wrong(offer_id: uuid.UUID) -> Response:
    """This is wrong: one tap, from the offer or from a card. It goes back to where the person was."""
    form = WrongForm()
    form.validate()
    found = offers.get(g.session, offer_id, by=actor())
    freshness.flag_wrong(g.session, found, by=actor(), at=now())
    flash("Thank you. It stands on the list of partners to ring, and asks to be checked until somebody confirms it.")
    if (form.facts()["run"] or "").replace("-", "").isalnum() and len(form.facts()["run"]) == 36:
        try:
            return redirect(url_for(".run", run_id=suggestions.get(g.session, uuid.UUID(form.facts()["run"]), by=actor()).id), 303)
        except (ValueError, NotFound):
            pass
    return redirect(url_for(".offer", offer_id=found.id), 303)
