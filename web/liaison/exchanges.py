"""Exchanges: what could be arranged between asks and gives, what was, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.foundation.tokens import new_token
from partners.matching import exchanges, groups
from partners.referrals import partner_letters
from partners.registry import asks, bringing, events, organisations, partnerships
from partners.registry.organisations import Organisation
from web import wording_together
from web.database import now, settings
from web.formats import sentence_list
from web.liaison import bp
from web.liaison.together_forms import AnswerForm, AskForm, CameForm, ChosenForm, GiveForm, PressForm
from web.signing_in import actor, roles_required, school_id

OURS = "school"


@bp.get("/together")
@roles_required(Role.FLO)
def together() -> str:
    """The way in to what is done together: what waits in each part, and the meetings of which nobody has said who came."""
    on = day_of(now())
    known = partnerships.listed(g.session, by=actor())
    found = exchanges.propose(g.session, by=actor(), at=now())
    coming = next((e for e in reversed(events.listed(g.session, by=actor())) if e.on >= on), None)
    missing = [w for w in bringing.table(g.session, coming, by=actor()).wants if w.missing] if coming else []
    return render_template(
        "liaison/together.html", to_note=groups.to_note(g.session, by=actor(), on=on), known=known, call=[p for p in known if partnerships.needs_a_call(p, on=on)],
        thanks=[p for p in known if p.thanks_due()], found=found, living=[r for r in groups.listed(g.session, by=actor()) if r.ended_at is None],
        asked=[e for e in exchanges.listed(g.session, by=actor()) if e.stands == "asked"], coming=coming, missing=missing, **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "things": exchanges.things(), "units": exchanges.units(), "together": wording_together, "school": schools.get(g.session, school_id()),
        "giver_of": exchanges.giver_of, "asker_of": exchanges.asker_of,
    }


@bp.get("/together/exchanges")
@roles_required(Role.FLO)
def exchange_list() -> str:
    """Show what could be arranged, with reasons, then what was. Nothing is arranged before somebody presses."""
    rows = exchanges.listed(g.session, by=actor())
    return render_template(
        "liaison/exchanges.html", found=exchanges.propose(g.session, by=actor(), at=now()), live=[e for e in rows if e.ended_at is None],
        past=[e for e in rows if e.ended_at is not None], press_word=new_token(), **_words(),
    )


@bp.post("/together/exchanges/choose")
@roles_required(Role.FLO)
def choose_exchange() -> Response | tuple[str, int]:
    """A person chose an exchange. The other sides are asked next."""
    form = ChosenForm()
    if not form.validate():
        return _asked_again(form)
    facts = form.facts()
    row = exchanges.choose(g.session, facts["signature"], press=facts["press"], by=actor(), at=now())
    if row.chosen_at == now():  # the same press again finds what was chosen before, and writes to nobody twice
        told = partner_letters.ask_partners(g.session, (p.organisation_id for p in row.parties), why="exchange", base_url=settings().base_url, by=actor(), at=now())
        if told:
            flash(f"We have written to {sentence_list(told)}. They can answer on their own page.")
    return redirect(url_for(".exchange", exchange_id=row.id), 303)


@bp.post("/together/exchanges/not-now")
@roles_required(Role.FLO)
def put_exchange_aside() -> Response | tuple[str, int]:
    """Not now: it is not proposed again for a month."""
    form = ChosenForm()
    if not form.validate():
        return _asked_again(form)
    facts = form.facts()
    exchanges.put_aside(g.session, facts["signature"], press=facts["press"], by=actor(), at=now())
    flash("Put aside for a month.")
    return redirect(url_for(".exchange_list"), 303)


def _asked_again(form: ChosenForm) -> tuple[str, int]:
    return render_template("liaison/press_again.html", form=form, to=url_for(".exchange_list")), 422


def _page(row: exchanges.Exchange, form: AnswerForm | None = None) -> str:
    return render_template("liaison/exchange.html", row=row, form=form, answer_form=AnswerForm(formdata=None), **_words())


@bp.get("/together/exchanges/<uuid:exchange_id>")
@roles_required(Role.FLO)
def exchange(exchange_id: uuid.UUID) -> str:
    """Show one exchange: who gives what to whom, what each side said, and what became of it."""
    return _page(exchanges.get(g.session, exchange_id, by=actor()))


@bp.post("/together/exchanges/<uuid:exchange_id>/sides/<uuid:party_id>")
@roles_required(Role.FLO)
def answer_exchange(exchange_id: uuid.UUID, party_id: uuid.UUID) -> Response | tuple[str, int]:
    """They told us: yes, or not this time."""
    row = exchanges.get(g.session, exchange_id, by=actor())
    form = AnswerForm()
    if form.validate():
        try:
            facts = form.facts()
            exchanges.answer(g.session, row, party_id, yes=facts["answer"] == "yes", name=facts["name"], by=actor(), at=now())
            return redirect(url_for(".exchange", exchange_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(row, form), 422


@bp.post("/together/exchanges/<uuid:exchange_id>/handovers/<uuid:handover_id>")
@roles_required(Role.FLO)
def handover_came(exchange_id: uuid.UUID, handover_id: uuid.UUID) -> Response | tuple[str, int]:
    """What became of one handover."""
    row = exchanges.get(g.session, exchange_id, by=actor())
    form = CameForm()
    if not form.validate():
        return _page(row), 422
    exchanges.came(g.session, row, handover_id, form.facts()["how"], by=actor(), at=now())
    return redirect(url_for(".exchange", exchange_id=row.id), 303)


def _whose() -> list[tuple[str, str]]:
    rows = partnerships.listed(g.session, by=actor())
    return [(OURS, schools.get(g.session, school_id()).name), *((str(p.organisation_id), p.organisation.name) for p in rows)]


def _organisation(chosen: str) -> Organisation | None:
    return None if chosen == OURS else organisations.get(g.session, uuid.UUID(chosen))


@bp.get("/together/asks")
@roles_required(Role.FLO)
def ask_list() -> str:
    """List what is asked for and what can be had in the school's circle. Families' gives have a page of their own."""
    on = day_of(now())
    return render_template(
        "liaison/asks.html", wanted=asks.open_asks(g.session, by=actor(), on=on), had=asks.open_gives(g.session, by=actor(), on=on), **_words(),
    )


@bp.route("/together/asks/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_ask() -> str | Response | tuple[str, int]:
    """Add something that the school or a partner would like."""
    form = AskForm()
    form.whose.choices = _whose
    if form.is_submitted() and form.validate():
        try:
            asks.ask(g.session, _organisation(form.facts()["whose"]), form.wanted(), things=exchanges.things(), by=actor(), at=now())
            return redirect(url_for(".exchange_list"), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/terms_form.html", form=form, heading="Something we or a partner would like", is_give=False)
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/gives/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_give() -> str | Response | tuple[str, int]:
    """Add something that the school or a partner can let others have."""
    form = GiveForm()
    form.whose.choices = _whose
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            asks.give(
                g.session, _organisation(facts["whose"]), form.wanted(), things=exchanges.things(), in_exchange=facts["in_exchange"],
                comes_to_you=facts["comes_to_you"], by=actor(), at=now(),
            )
            return redirect(url_for(".exchange_list"), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/terms_form.html", form=form, heading="Something we or a partner can give", is_give=True)
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/asks/<uuid:ask_id>/end")
@roles_required(Role.FLO)
def end_ask(ask_id: uuid.UUID) -> Response:
    """It is no longer wanted."""
    PressForm().validate()
    asks.end(g.session, asks.get_ask(g.session, ask_id, by=actor()), because="no_longer", by=actor(), at=now())
    return redirect(url_for(".ask_list"), 303)


@bp.post("/together/gives/<uuid:give_id>/end")
@roles_required(Role.FLO)
def end_give(give_id: uuid.UUID) -> Response:
    """It cannot be had any more."""
    PressForm().validate()
    asks.end(g.session, asks.get_give(g.session, give_id, by=actor()), because="no_longer", by=actor(), at=now())
    return redirect(url_for(".ask_list"), 303)
