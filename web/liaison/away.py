"""Away: who covers, a sheet to hand over, and what somebody who left had under way. Nobody is written to out of hours."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import quick_notes, schools
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.matching import groups, words
from partners.referrals import check_ins, cover, referrals, reminders
from web.database import now
from web.fields import AnyOf, Choose, Day, KithForm
from web.liaison import bp
from web.signing_in import actor, roles_required, school_id


class AwayForm(KithForm):
    """From when, until when, and who covers."""

    from_on = Day("First day away", required="Give the first day.")
    until_on = Day("Last day away", required="Give the last day.")
    cover = Choose("Who covers for you?", [])


class TakeForm(KithForm):
    """Which introductions, and who takes them."""

    rows = AnyOf("Which ones?", [])
    to = Choose("Who takes them?", [], required="Choose who takes them.")


def _people() -> list[tuple[str, str]]:
    return [(str(u.id), u.name) for u in cover.colleagues(g.session, by=actor())]


def _uuid(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


@bp.route("/away", methods=["GET", "POST"])
@roles_required(Role.FLO)
def away() -> str | Response | tuple[str, int]:
    """Say when one is away and who covers."""
    form = AwayForm()
    form.cover.choices = people = _people()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            cover.say_away(g.session, from_on=facts["from_on"], until_on=facts["until_on"], cover_id=_uuid(facts["cover"]), by=actor(), at=now())
            flash("Written down. What waits on you stands on their page too in those days.")
            return redirect(url_for(".hand_over"), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template(
        "liaison/away.html", form=form, people=people, own=cover.own(g.session, by=actor(), at=now()), away=cover.away_now(g.session, by=actor(), at=now()),
        school=schools.get(g.session, school_id()), names=dict(people),
    )
    return (page, 422) if form.is_submitted() else page


@bp.post("/away/back")
@roles_required(Role.FLO)
def come_back() -> Response:
    """Say that one is back, or not away after all."""
    cover.come_back(g.session, by=actor(), at=now())
    return redirect(url_for(".today"), 303)


@bp.get("/hand-over")
@roles_required(Role.FLO)
def hand_over() -> str:
    """The sheet to hand over: one's own, and those of whom one covers for: whose turn, by when, and who to ask. It prints."""
    whose = cover.whose(g.session, by=actor(), at=now())
    people = [(actor().user_id, actor().name, None), *((user.id, user.name, absence) for absence, user in whose.covering)]
    due, in_groups = check_ins.due(g.session, by=actor(), at=now()), groups.needs_in_one(g.session, by=actor())
    sheets = []
    for user_id, name, absence in people:
        rows = cover.owned_by(g.session, user_id, by=actor()) if user_id else []
        stages = {r.id: reminders.stage(g.session, r, at=now()) for r in rows}
        sheets.append({"name": name, "absence": absence, "rows": rows, "due": [d for d in due if d.referral.owner_id == user_id], "stages": stages})
    return render_template(
        "liaison/hand_over.html", sheets=sheets, labels=words.labels(), school=schools.get(g.session, school_id()), notes=quick_notes.waiting(g.session, by=actor()),
        unattended=[(need, last) for need, last in referrals.unattended(g.session, by=actor()) if need.id not in in_groups],
    )


@bp.route("/left-behind", methods=["GET", "POST"])
@roles_required(Role.FLO)
def left_behind() -> str | Response | tuple[str, int]:
    """What somebody who left had under way: each needs a person."""
    waiting, labels = cover.left_behind(g.session, by=actor()), words.labels()
    form = TakeForm()
    form.rows.choices = [(str(r.id), f"{r.family.label}: {labels[r.need.code]}, {r.offer.name}") for r in waiting]
    form.to.choices = [(str(actor().user_id), "I do"), *_people()]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        chosen = [r for r in waiting if str(r.id) in facts["rows"]]
        try:
            if not chosen:
                raise InvalidRecord("rows", "Choose at least one.")
            count = cover.hand_over(g.session, chosen, uuid.UUID(facts["to"]), by=actor(), at=now())
            flash(f"{count} handed over.")
            return redirect(url_for(".today"), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/left_behind.html", form=form, waiting=waiting)
    return (page, 422) if form.is_submitted() else page


@bp.route("/referrals/<uuid:referral_id>/give-to", methods=["GET", "POST"])
@roles_required(Role.FLO)
def give_to(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Give one introduction to a colleague, for good."""
    found = referrals.get(g.session, referral_id, by=actor())
    form = TakeForm()
    del form.rows
    form.to.choices = [(str(actor().user_id), "I do"), *_people()]
    if form.is_submitted() and form.validate():
        cover.hand_over(g.session, [found], uuid.UUID(form.facts()["to"]), by=actor(), at=now())
        return redirect(url_for(".referral", referral_id=found.id), 303)
    page = render_template("liaison/give_to.html", form=form, referral=found)
    return (page, 422) if form.is_submitted() else page
