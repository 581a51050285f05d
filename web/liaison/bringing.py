"""What an event needs and who brings what: put on the list, told by whoever rang, asked of partners, and ticked off after the day."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, NotFound
from partners.matching import exchanges
from partners.referrals import partner_letters
from partners.registry import bringing, events, partnerships
from partners.registry.bringing import EventWant
from web import wording_together
from web.database import now, settings
from web.formats import sentence_list
from web.liaison import bp
from web.liaison.exchanges import _organisation, _whose
from web.liaison.together_forms import AskToBringForm, BringForm, BroughtForm, PressForm, WantForm
from web.signing_in import actor, roles_required, school_id


def _get(event_id: uuid.UUID) -> events.CommunityEvent:
    return events.get(g.session, event_id, by=actor())


def _want(row: events.CommunityEvent, want_id: uuid.UUID) -> EventWant:
    want = bringing.get_want(g.session, want_id, by=actor())
    if want.event_id != row.id:
        raise NotFound("event")
    return want


def _back(event_id: uuid.UUID) -> Response:
    return redirect(url_for(".event", event_id=event_id, _anchor="needed"), 303)


@bp.route("/together/events/<uuid:event_id>/wants/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_want(event_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Put something on the list of what an event needs."""
    row, form = _get(event_id), WantForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            bringing.add(g.session, row, thing=facts["thing"], amount=facts["amount"], note=facts["note"] or "", things=exchanges.things(), by=actor(), at=now())
            return _back(row.id)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/partnership_form.html", form=form, heading="What is needed?", to=url_for(".event", event_id=row.id), button="Put it on the list")
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/events/<uuid:event_id>/wants/<uuid:want_id>/end")
@roles_required(Role.FLO)
def end_want(event_id: uuid.UUID, want_id: uuid.UUID) -> Response:
    """It is not needed any more."""
    row = _get(event_id)
    PressForm().validate()
    bringing.no_longer(g.session, _want(row, want_id), by=actor(), at=now())
    return _back(row.id)


@bp.route("/together/events/<uuid:event_id>/wants/<uuid:want_id>/bring", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_bring(event_id: uuid.UUID, want_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Somebody told the school what they bring."""
    row = _get(event_id)
    want, form = _want(row, want_id), BringForm()
    form.whose.choices = _whose
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            bringing.bring(g.session, want, _organisation(facts["whose"]), amount=facts["amount"], name=facts["name"], note=facts["note"] or "", by=actor(), at=now())
            return _back(row.id)
        except InvalidRecord as error:
            form.blame(error)
    heading = f"Who brings this? {exchanges.things()[want.thing]}"
    page = render_template("liaison/partnership_form.html", form=form, heading=heading, to=url_for(".event", event_id=row.id), button="Write it down")
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/events/<uuid:event_id>/brings/<uuid:bring_id>/end")
@roles_required(Role.FLO)
def end_bring(event_id: uuid.UUID, bring_id: uuid.UUID) -> Response:
    """They can't after all."""
    row = _get(event_id)
    PressForm().validate()
    bringing.take_back(g.session, bringing.get_bring(g.session, bring_id, by=actor()), by=actor(), at=now())
    return _back(row.id)


@bp.post("/together/events/<uuid:event_id>/brought")
@roles_required(Role.FLO)
def brought(event_id: uuid.UUID) -> Response:
    """It came, or it didn't: one of them, or all that nobody spoke of yet."""
    row, form = _get(event_id), BroughtForm()
    form.validate()
    facts = form.facts()
    try:
        which = uuid.UUID(facts["bring"]) if facts["bring"] else None
    except ValueError as error:
        raise NotFound("event") from error
    told = bringing.came(g.session, row, which, yes=facts["came"] == "yes", labels=exchanges.things(), by=actor(), at=now())
    if told and facts["came"] == "yes":
        flash("Written down. A thank-you is due: it stands on each partnership's page.")
    return _back(row.id)


@bp.route("/together/events/<uuid:event_id>/ask", methods=["GET", "POST"])
@roles_required(Role.FLO)
def ask_to_bring(event_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Write to the partners that a person ticks: what is missing stands on their own page."""
    row, form = _get(event_id), AskToBringForm()
    table = bringing.table(g.session, row, by=actor())
    names = {str(p.organisation_id): p.organisation.name for p in partnerships.listed(g.session, by=actor())}
    form.partners.choices = list(names.items())
    if form.is_submitted() and form.validate():
        chosen = form.facts()["partners"]
        if chosen:
            told = partner_letters.ask_partners(g.session, [uuid.UUID(i) for i in chosen], why="event", base_url=settings().base_url, by=actor(), at=now())
            by_telephone = [names[i] for i in chosen if names[i] not in told]
            flash(" ".join([*([f"We have written to {sentence_list(told)}."] if told else []), *([f"Ring {sentence_list(by_telephone)}: we have no address."] if by_telephone else [])]))
            return _back(row.id)
        form.blame(InvalidRecord("partners", "Tick whom you would ask."))
    page = render_template(
        "liaison/ask_to_bring.html", form=form, row=row, table=table, things=exchanges.things(), units=exchanges.units(), together=wording_together,
        school=schools.get(g.session, school_id()),
    )
    return (page, 422) if form.is_submitted() else page
