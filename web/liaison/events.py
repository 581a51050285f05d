"""Events and gifts: open to everybody first; then what there is only so much of, given out fairly, collected quietly, and what is left goes back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import families, schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import Conflict, InvalidRecord
from partners.matching import exchanges, giving_out, words
from partners.registry import bringing, events
from web import wording_together
from web.database import now
from web.liaison import bp
from web.liaison.exchanges import _organisation, _whose
from web.liaison.together_forms import CountForm, EventForm, FixForm, GiftForm, PressForm, WishForm
from web.signing_in import actor, roles_required, school_id

MOST_FAMILIES_LISTED = 400


@bp.get("/together/events")
@roles_required(Role.FLO)
def event_list() -> str:
    """List events, the latest first."""
    return render_template("liaison/events.html", rows=events.listed(g.session, by=actor()))


@bp.route("/together/events/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_event() -> str | Response | tuple[str, int]:
    """Add an event or a round of gifts."""
    form = EventForm()
    form.giver.choices = _whose
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            row = events.add(
                g.session, _organisation(facts["giver"]), name=facts["name"], on=facts["on"], starts=facts["starts"], ends=facts["ends"], place=facts["place"] or "",
                words=facts["words"] or "", collecting=facts["collecting"] or "", open_to_all=facts["open_to_all"] == "yes", expected=facts["expected"], by=actor(), at=now(),
            )
            return redirect(url_for(".event", event_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/event_form.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _get(event_id: uuid.UUID) -> events.CommunityEvent:
    return events.get(g.session, event_id, by=actor())


def _wish_form(row: events.CommunityEvent, *, empty: bool = False) -> WishForm:
    form, labels = WishForm(formdata=None) if empty else WishForm(), words.labels()
    form.family.choices = lambda: [(str(f.id), f.label) for f in families.recent(g.session, by=actor(), limit=MOST_FAMILIES_LISTED)]
    form.codes.choices = [(c, labels[c]) for c in dict.fromkeys(x.code for x in row.gifts)]
    return form


def _gift_form(*, empty: bool = False) -> GiftForm:
    form = GiftForm(formdata=None) if empty else GiftForm()
    form.giver.choices = _whose
    return form


def _page(row: events.CommunityEvent, *, wish: WishForm | None = None, gift: GiftForm | None = None, count: CountForm | None = None) -> str:
    form: Any = wish or gift or count
    return render_template(
        "liaison/event.html", row=row, form=form, wishes=giving_out.wishes(g.session, row, by=actor()), labels=words.labels(), today=day_of(now()),
        names={x.id: x.name for x in row.gifts}, wish_form=wish or _wish_form(row, empty=True), gift_form=gift or _gift_form(empty=True),
        count_form=count or CountForm(formdata=None), list=bringing.table(g.session, row, by=actor()), could_ask=bringing.could_ask(g.session, row, by=actor(), on=day_of(now())),
        things=exchanges.things(), units=exchanges.units(), together=wording_together, school=schools.get(g.session, school_id()),
    )


def _back(row: events.CommunityEvent) -> Response:
    return redirect(url_for(".event", event_id=row.id), 303)


@bp.get("/together/events/<uuid:event_id>")
@roles_required(Role.FLO)
def event(event_id: uuid.UUID) -> str:
    """Show one event: what is open to everybody first."""
    return _page(_get(event_id))


@bp.post("/together/events/<uuid:event_id>/gifts")
@roles_required(Role.FLO)
def add_gift(event_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add something of which there is only so much."""
    row, form = _get(event_id), _gift_form()
    if form.validate():
        facts = form.facts()
        try:
            giver = _organisation(facts["giver"]) if facts["giver"] else None
            events.add_gift(
                g.session, row, name=facts["gift"], code=facts["code"], places=facts["places"], features=facts["features"], giver=giver, known=words.labels(), by=actor(), at=now(),
            )
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    return _page(row, gift=form), 422


@bp.post("/together/events/<uuid:event_id>/headcount")
@roles_required(Role.FLO)
def count_event(event_id: uuid.UUID) -> Response | tuple[str, int]:
    """How many came, without names."""
    row, form = _get(event_id), CountForm()
    if form.validate():
        try:
            events.counted(g.session, row, form.facts()["headcount"], by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    return _page(row, count=form), 422


@bp.post("/together/events/<uuid:event_id>/wishes")
@roles_required(Role.FLO)
def wish_for_gift(event_id: uuid.UUID) -> Response | tuple[str, int]:
    """A family would like some."""
    row = _get(event_id)
    form = _wish_form(row)
    if form.validate():
        facts = form.facts()
        try:
            family = families.get(g.session, uuid.UUID(facts["family"]), by=actor())
            giving_out.wish(g.session, row, family, facts["codes"], by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    return _page(row, wish=form), 422


@bp.get("/together/events/<uuid:event_id>/share")
@roles_required(Role.FLO)
def share_event(event_id: uuid.UUID) -> str:
    """Show how the gifts could be given out. Nothing is given by looking."""
    row = _get(event_id)
    return render_template(
        "liaison/share_event.html", row=row, found=giving_out.propose(g.session, row, by=actor(), at=now()), labels=words.labels(), together=wording_together,
    )


@bp.post("/together/events/<uuid:event_id>/wishes/<uuid:wish_id>/fix")
@roles_required(Role.FLO)
def fix_gift(event_id: uuid.UUID, wish_id: uuid.UUID) -> Response:
    """Fix a gift for a family, or let it go."""
    row, form = _get(event_id), FixForm()
    form.validate()
    giving_out.fix(g.session, row, wish_id, _uuid(form.facts()["gift"]), by=actor(), at=now())
    return redirect(url_for(".share_event", event_id=row.id), 303)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise InvalidRecord("gift", "Choose from what they asked for.") from error


@bp.post("/together/events/<uuid:event_id>/give-out")
@roles_required(Role.FLO)
def give_out_event(event_id: uuid.UUID) -> Response:
    """Give them out, just as it was shown."""
    row = _get(event_id)
    PressForm().validate()
    try:
        pairs = [(uuid.UUID(a), uuid.UUID(b)) for a, _, b in (text.partition(":") for text in request.form.getlist("pairs"))]
    except ValueError as error:
        raise Conflict("Look again at how they could be given out, then press the button there.") from error
    giving_out.give_out(g.session, row, pairs, by=actor(), at=now())
    return _back(row)


@bp.post("/together/events/<uuid:event_id>/wishes/<uuid:wish_id>/collected")
@roles_required(Role.FLO)
def gift_collected(event_id: uuid.UUID, wish_id: uuid.UUID) -> Response:
    """They have it."""
    row = _get(event_id)
    PressForm().validate()
    giving_out.collected(g.session, row, wish_id, by=actor(), at=now())
    return _back(row)


@bp.post("/together/events/<uuid:event_id>/give-back")
@roles_required(Role.FLO)
def event_gives_back(event_id: uuid.UUID) -> Response:
    """It is over: what is left goes back."""
    row = _get(event_id)
    PressForm().validate()
    giving_out.give_back(g.session, row, by=actor(), at=now())
    return _back(row)
