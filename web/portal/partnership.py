"""The partnership's page, without an account: what a partner and a school ask of one another, give one another and arrange. No family is in it."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Actor, Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.matching import exchanges, groups
from partners.registry import asks, bringing, partnership_views, partnerships
from partners.registry.partnerships import Partnership, Side
from web import wording_together
from web.database import now
from web.portal import bp
from web.portal.forms import PressForm
from web.portal.together_forms import AskForm, BringForm, CanForm, GiveForm, SidesForm, TheirViewForm
from web.signing_in import actor, open_by_link, roles_required


def _open(token: str) -> tuple[Partnership, Actor]:
    return partnerships.open_link(g.session, token, at=now())


@bp.get("/p/<token>")
@open_by_link
def partnership(token: str) -> str:
    """Show what is between us. Opening changes nothing."""
    row, who = _open(token)
    return _page(token, row, who)


def _page(token: str, row: Partnership, who: Actor, form: SidesForm | None = None) -> str:
    on = day_of(now())
    shared = [
        (e, exchanges.parts_for(e, who.organisation_id), next(p for p in e.parties if p.organisation_id == who.organisation_id))
        for e in exchanges.listed(g.session, by=who)
    ]
    return render_template(
        "portal/partnership.html", token=token, row=row, who=who, school=schools.get(g.session, row.school_id), shared=shared,
        wanted=asks.open_asks(g.session, by=who, on=on), had=asks.open_gives(g.session, by=who, on=on), things=exchanges.things(),
        units=exchanges.units(), together=wording_together, giver_of=exchanges.giver_of, asker_of=exchanges.asker_of, form=form,
        sides=SidesForm(formdata=None), viewed=partnership_views.view_of(row, partnership_views.school_year(on), Side.PARTNER),
        coming=bringing.coming(g.session, by=who, on=on), groups=[(r.id, groups.partner_sees(r), r.organisation_answer) for r in groups.for_partner(g.session, by=who)],
    )


@bp.route("/p/<token>/ask", methods=["GET", "POST"])
@open_by_link
def partnership_ask(token: str) -> str | Response | tuple[str, int]:
    """The partner says what it would like."""
    row, who = _open(token)
    form = AskForm()
    if form.is_submitted() and form.validate():
        try:
            asks.ask(g.session, row.organisation, form.wanted(), things=exchanges.things(), by=who, at=now())
            return redirect(url_for(".partnership", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/terms_form.html", form=form, token=token, heading="What would you like?", is_give=False)
    return (page, 422) if form.is_submitted() else page


@bp.route("/p/<token>/give", methods=["GET", "POST"])
@open_by_link
def partnership_give(token: str) -> str | Response | tuple[str, int]:
    """The partner says what it can give."""
    row, who = _open(token)
    form = GiveForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            asks.give(
                g.session, row.organisation, form.wanted(), things=exchanges.things(), in_exchange=facts["in_exchange"],
                comes_to_you=facts["comes_to_you"], by=who, at=now(),
            )
            return redirect(url_for(".partnership", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/terms_form.html", form=form, token=token, heading="What can you give?", is_give=True)
    return (page, 422) if form.is_submitted() else page


@bp.post("/p/<token>/asks/<uuid:ask_id>/end")
@open_by_link
def partnership_end_ask(token: str, ask_id: uuid.UUID) -> Response:
    """It is no longer wanted."""
    _row, who = _open(token)
    PressForm().validate()
    asks.end(g.session, asks.get_ask(g.session, ask_id, by=who), because="no_longer", by=who, at=now())
    return redirect(url_for(".partnership", token=token), 303)


@bp.post("/p/<token>/gives/<uuid:give_id>/end")
@open_by_link
def partnership_end_give(token: str, give_id: uuid.UUID) -> Response:
    """It cannot be had any more."""
    _row, who = _open(token)
    PressForm().validate()
    asks.end(g.session, asks.get_give(g.session, give_id, by=who), because="no_longer", by=who, at=now())
    return redirect(url_for(".partnership", token=token), 303)


@bp.post("/p/<token>/exchanges/<uuid:exchange_id>")
@open_by_link
def partnership_exchange(token: str, exchange_id: uuid.UUID) -> Response | tuple[str, int]:
    """The partner says yes, or not this time, to its part of an exchange."""
    row, who = _open(token)
    found = exchanges.get(g.session, exchange_id, by=who)
    party = next((p for p in found.parties if p.organisation_id == who.organisation_id), None)
    if party is None:
        raise NotFound("page")
    form = SidesForm()
    if form.validate():
        try:
            facts = form.facts()
            exchanges.answer(g.session, found, party.id, yes=facts["answer"] == "yes", name=facts["name"], by=who, at=now())
            return redirect(url_for(".partnership", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(token, row, who, form), 422


@bp.post("/p/<token>/groups/<uuid:group_id>")
@open_by_link
def partnership_group(token: str, group_id: uuid.UUID) -> Response | tuple[str, int]:
    """The partner says whether it can hold a group."""
    row, who = _open(token)
    form = CanForm()
    if not form.validate():
        return _page(token, row, who), 422
    groups.partner_answer(g.session, group_id, yes=form.facts()["answer"] == "yes", by=who, at=now())
    return redirect(url_for(".partnership", token=token), 303)


@bp.route("/p/<token>/wants/<uuid:want_id>", methods=["GET", "POST"])
@open_by_link
def partnership_bring(token: str, want_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The partner says what it brings to an event."""
    row, who = _open(token)
    want, form = bringing.get_want(g.session, want_id, by=who), BringForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            bringing.bring(g.session, want, row.organisation, amount=facts["amount"], name=facts["name"], note=facts["note"] or "", by=who, at=now())
            flash("Thank you. It is on the list.")
            return redirect(url_for(".partnership", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/bring.html", form=form, token=token, want=want, things=exchanges.things(), units=exchanges.units(), together=wording_together)
    return (page, 422) if form.is_submitted() else page


@bp.post("/p/<token>/brings/<uuid:bring_id>/end")
@open_by_link
def partnership_end_bring(token: str, bring_id: uuid.UUID) -> Response:
    """They can't after all."""
    _row, who = _open(token)
    PressForm().validate()
    bringing.take_back(g.session, bringing.get_bring(g.session, bring_id, by=who), by=who, at=now())
    return redirect(url_for(".partnership", token=token), 303)


@bp.route("/p/<token>/view", methods=["GET", "POST"])
@open_by_link
def partnership_view(token: str) -> str | Response | tuple[str, int]:
    """The partner's own view of this school year: five statements."""
    row, who = _open(token)
    form = TheirViewForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            partnership_views.say(g.session, row, {s: facts[s] for s in partnership_views.STATEMENTS}, name=facts["name"], by=who, at=now())
            flash("Thank you. The school sees your view beside its own.")
            return redirect(url_for(".partnership", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/view_form.html", form=form, token=token, school=schools.get(g.session, row.school_id))
    return (page, 422) if form.is_submitted() else page


@bp.post("/portal/partnerships/<uuid:partnership_id>/open")
@roles_required(Role.PARTNER)
def open_partnership(partnership_id: uuid.UUID) -> Response:
    """Open a partnership's page from an account, by a fresh word."""
    PressForm().validate()
    row = next((p for p in partnerships.of_organisation(g.session, actor().organisation_id) if p.id == partnership_id), None)
    if row is None:
        raise NotFound("partnership")
    return redirect(url_for(".partnership", token=partnerships.new_link(g.session, row, at=now())), 303)
