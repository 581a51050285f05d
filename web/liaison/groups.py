"""Groups: proposed by the engine, named and edited by a person, matched to a partner, a place and a time; each family asked; who came in three taps."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import needs
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.matching import groups, words
from partners.matching.cohorts import ProposedGroup
from partners.referrals import partner_letters
from partners.registry import offers
from web import wording_together
from web.database import now, settings
from web.liaison import bp
from web.liaison.together_forms import (
    CameToForm,
    GroupAnswerForm,
    GroupForm,
    GroupNameForm,
    HandOnForm,
    MatchForm,
    MeetingsForm,
    PartnerSaidForm,
    PressForm,
    ResultForm,
)
from web.signing_in import actor, roles_required


@bp.get("/together/groups")
@roles_required(Role.FLO)
def group_list() -> str:
    """Show groups that could be, and those there are."""
    return render_template(
        "liaison/groups.html", found=groups.propose(g.session, by=actor(), at=now()), rows=groups.listed(g.session, by=actor()), labels=words.labels(),
        together=wording_together, take_part=groups.take_part,
    )


def _proposed(code: str, area: str) -> list[ProposedGroup]:
    found = groups.propose(g.session, by=actor(), at=now(), least=2)
    return [p for p in found if p.code == code and (p.area or "any") == area]


@bp.route("/together/groups/new/<code>/<area>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_group(code: str, area: str) -> str | Response | tuple[str, int]:
    """Name a group and choose its families, none of them chosen beforehand."""
    found = _proposed(code, area)
    if not found:
        raise NotFound("page")
    form = GroupForm()
    rows = {str(n.id): n for p in found for n in p.needs}
    form.members.choices = [(i, n.family.label) for i, n in rows.items()]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        chosen = [rows[i] for i in facts["members"]] or list(rows.values() if request.form.get("everyone") else [])
        try:
            best = found[0]
            row = groups.make(g.session, facts["name"], chosen, in_common=best.in_common, area=best.area, half_hours=best.half_hours, by=actor(), at=now())
            return redirect(url_for(".group", group_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/group_form.html", form=form, found=found, label=words.labels()[code], together=wording_together)
    return (page, 422) if form.is_submitted() else page


def _page(row: groups.NeedGroup, form: Any = None) -> str:
    members, on = groups.members_of(row, by=actor()), day_of(now())
    seen = members is not None
    have, wait = groups.places(row)
    return render_template(
        "liaison/group.html", row=row, members=members, have=have, wait=wait, labels=words.labels(), together=wording_together, form=form,
        roll_up=groups.roll_up(row), came=groups.attendance(row), meetings=groups.meetings_of(row, on=on), today=on,
        could_join=groups.could_join(g.session, row, by=actor()) if seen else [], partner_sees=groups.partner_sees(row),
        holder=groups.holder_of(g.session, row), me=actor().user_id,
    )


def _get(group_id: uuid.UUID) -> groups.NeedGroup:
    return groups.get(g.session, group_id, by=actor())


def _back(row: groups.NeedGroup) -> Response:
    return redirect(url_for(".group", group_id=row.id), 303)


@bp.get("/together/groups/<uuid:group_id>")
@roles_required(Role.FLO)
def group(group_id: uuid.UUID) -> str:
    """Show one group whole. Below five families, only its own liaison officer sees who is in it."""
    return _page(_get(group_id))


@bp.route("/together/groups/<uuid:group_id>/name", methods=["GET", "POST"])
@roles_required(Role.FLO)
def rename_group(group_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Give it another name."""
    row = _get(group_id)
    form = GroupNameForm(obj=None if request.method == "POST" else row)
    if form.is_submitted() and form.validate():
        groups.rename(g.session, row, form.facts()["name"], by=actor(), at=now())
        return _back(row)
    page = render_template("liaison/partnership_form.html", form=form, heading="Another name", to=url_for(".group", group_id=row.id), button="Save")
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/groups/<uuid:group_id>/hand-on", methods=["GET", "POST"])
@roles_required(Role.FLO)
def hand_group_on(group_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Another liaison officer holds it from now on."""
    row, form = _get(group_id), HandOnForm()
    form.owner.choices = [(str(u.id), u.name) for u in groups.could_hold(g.session, by=actor())]
    if form.is_submitted() and form.validate():
        try:
            groups.hand_on(g.session, row, uuid.UUID(form.facts()["owner"]), by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/partnership_form.html", form=form, heading="Who holds this group?", to=url_for(".group", group_id=row.id), button="Hand it on")
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/groups/<uuid:group_id>/match", methods=["GET", "POST"])
@roles_required(Role.FLO)
def match_group(group_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Choose a partner whose offer fits every family, a place and a time."""
    row, form = _get(group_id), MatchForm()
    found = groups.matches(g.session, row, by=actor(), at=now())
    form.offer.choices = [(str(o.id), f"{o.name}, {o.organisation.name}") for o in found]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            offer = offers.get(g.session, uuid.UUID(facts.pop("offer")), by=actor())
            asked_before = row.offer_id == offer.id
            groups.match(g.session, row, offer, **facts, by=actor(), at=now())
            if not asked_before:
                for name in partner_letters.ask_partners(g.session, [offer.organisation_id], why="group", base_url=settings().base_url, by=actor(), at=now()):
                    flash(f"We have written to {name}. They can answer on their own page.")
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/group_match.html", form=form, row=row, found=found, together=wording_together)
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/groups/<uuid:group_id>/partner")
@roles_required(Role.FLO)
def group_partner_said(group_id: uuid.UUID) -> Response | tuple[str, int]:
    """The partner told us whether they can."""
    row, form = _get(group_id), PartnerSaidForm()
    if not form.validate():
        return _page(row, form), 422
    groups.partner_answer(g.session, row.id, yes=form.facts()["answer"] == "yes", by=actor(), at=now())
    return _back(row)


@bp.route("/together/groups/<uuid:group_id>/families/<uuid:member_id>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def ask_group_family(group_id: uuid.UUID, member_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask one family, and record what it said."""
    row, form = _get(group_id), GroupAnswerForm()
    member = next((m for m in groups.members_of(row, by=actor()) or [] if m.id == member_id), None)
    if member is None:
        raise NotFound("group")
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            groups.ask(g.session, row, member.id, facts["answer"], fields=facts["fields"], childs_view=facts["childs_view"], by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/group_ask.html", form=form, row=row, member=member, label=words.labels()[row.code])
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/groups/<uuid:group_id>/families/<uuid:member_id>/leave")
@roles_required(Role.FLO)
def leave_group(group_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Take a family out; its place goes to whoever waits first."""
    row = _get(group_id)
    PressForm().validate()
    groups.leave_out(g.session, row, member_id, by=actor(), at=now())
    return _back(row)


@bp.post("/together/groups/<uuid:group_id>/join/<uuid:need_id>")
@roles_required(Role.FLO)
def join_group(group_id: uuid.UUID, need_id: uuid.UUID) -> Response:
    """Put one more family in."""
    row = _get(group_id)
    PressForm().validate()
    groups.add_family(g.session, row, needs.get(g.session, need_id, by=actor()), by=actor(), at=now())
    return _back(row)


@bp.post("/together/groups/<uuid:group_id>/families/<uuid:member_id>/result")
@roles_required(Role.FLO)
def group_result(group_id: uuid.UUID, member_id: uuid.UUID) -> Response | tuple[str, int]:
    """Whether it helped, in the family's word."""
    row, form = _get(group_id), ResultForm()
    if not form.validate():
        return _page(row, form), 422
    groups.record_outcome(g.session, row, member_id, form.facts()["result"], by=actor(), at=now())
    return _back(row)


@bp.route("/together/groups/<uuid:group_id>/meetings", methods=["GET", "POST"])
@roles_required(Role.FLO)
def plan_group_meetings(group_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Plan when it meets."""
    row, form = _get(group_id), MeetingsForm()
    if form.is_submitted() and form.validate():
        try:
            groups.plan_meetings(g.session, row, **form.facts(), by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/partnership_form.html", form=form, heading="When does it meet?", to=url_for(".group", group_id=row.id), button="Plan")
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/groups/<uuid:group_id>/meetings/<uuid:meeting_id>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def who_came(group_id: uuid.UUID, meeting_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Who came: everybody in one press, or those ticked."""
    row, form = _get(group_id), CameToForm()
    members = groups.members_of(row, by=actor())
    meeting = next((m for m in row.meetings if m.id == meeting_id), None)
    if meeting is None or members is None:
        raise NotFound("group")
    form.came.choices = [(str(m.id), m.family.label) for m in groups.places(row)[0]]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            groups.came(g.session, row, meeting.id, None if facts["which"] == "everyone" else [uuid.UUID(i) for i in facts["came"]], by=actor(), at=now())
            return _back(row)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/group_came.html", form=form, row=row, meeting=meeting)
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/groups/<uuid:group_id>/end")
@roles_required(Role.FLO)
def end_group(group_id: uuid.UUID) -> Response:
    """It has met for the last time."""
    row = _get(group_id)
    PressForm().validate()
    groups.end(g.session, row, by=actor(), at=now())
    return _back(row)
