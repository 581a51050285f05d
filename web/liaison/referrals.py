"""Referrals: the last look, the send, and the record of what happened since."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import agreements, requirements, schools
from partners.foundation.actors import Role
from partners.foundation.errors import Conflict, IllegalMove, InvalidRecord
from partners.foundation.tokens import new_token
from partners.matching import suggestions, words
from partners.referrals import (
    check_ins,
    clocks,
    cover,
    disclosure,
    meetings,
    moves,
    notes,
    notices,
    outcomes,
    referrals,
    reminders,
    withdrawals,
)
from partners.referrals.moves import Kind, State
from web.database import now, settings
from web.liaison import bp
from web.liaison.forms import LoggedForm, OutcomeForm, SendForm
from web.liaison.requirement_rules import mentioned, to_mention
from web.signing_in import actor, roles_required


@bp.route("/referrals/<uuid:referral_id>/check", methods=["GET", "POST"])
@roles_required(Role.FLO)
def check(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The last look: the family, the organisation and what goes, by name, and who answers and covers where school closes soon. Then send."""
    referral = referrals.get(g.session, referral_id, by=actor())
    if referral.state not in (State.DRAFT, State.READY):
        return redirect(url_for(".referral", referral_id=referral.id), 303)
    form, asked = SendForm(), requirements.mentionable(g.session, referral.family)
    form.mentions.choices = to_mention(asked) if referral.kind is Kind.ASK_FIRST else []
    if form.is_submitted() and form.validate():
        try:
            if referral.kind is Kind.ASK_FIRST:
                referrals.mention(g.session, referral, mentioned(asked, form.facts()["mentions"]), by=actor(), at=now())
            _send(referral, sure=form.facts()["sure"])
            return redirect(url_for(".referral", referral_id=referral.id), 303)
        except InvalidRecord as error:
            form.blame(error)
        except Conflict as error:
            form.form_errors.append(str(error))
    agreed = agreements.get(g.session, referral.agreement_id) if referral.agreement_id else None
    page = render_template("liaison/check.html", form=form, referral=referral, label=words.labels()[referral.need.code], agreed=agreed, shareable=agreements.SHAREABLE, labels=words.labels(), before=disclosure.before_a_yes(g.session, referral), **_before_a_holiday(referral))
    return (page, 422) if form.is_submitted() else page


def _before_a_holiday(referral: referrals.Referral) -> dict[str, Any]:
    closed = cover.closes_for(g.session, referral.school_id, at=now(), within_days=clocks.promise(referral) + 2)
    answers = [c for c in referral.offer.organisation.contacts if c.answers_in_holidays] if closed else []
    return {"closed": closed, "answers": answers, "school": schools.get(g.session, referral.school_id)}


def _send(referral: referrals.Referral, *, sure: bool) -> None:
    if referral.kind is Kind.TELL:
        referrals.move(g.session, referral, "tell", by=actor(), at=now())
        return
    if referral.state is State.DRAFT:
        referrals.move(g.session, referral, "prepare", by=actor(), at=now())
    referrals.move(g.session, referral, "send", sure=sure, by=actor(), at=now())
    notices.tell_partner(g.session, referral, base_url=settings().base_url, at=now())


@bp.get("/referrals/<uuid:referral_id>")
@roles_required(Role.FLO)
def referral(referral_id: uuid.UUID) -> str | Response:
    """Show one referral: whose turn it is, what the partner can see now, and what happened. With the safeguarding lead, only whom to ring."""
    found = referrals.get(g.session, referral_id, by=actor())
    if found.family.with_dsl_at is not None:
        return redirect(url_for(".stop", family_id=found.family_id), 303)
    return _page(found, LoggedForm(formdata=None))


def _page(found: referrals.Referral, form: LoggedForm) -> str:
    labels = words.labels()
    see: dict[str, Any] = disclosure.no_name_card(g.session, found)
    try:
        see = disclosure.agreed_fields(g.session, found, at=now()) or see
    except Conflict:
        see = {}
    able = referrals.possible(g.session, found, by=actor(), at=now())
    # What was agreed before has run out or was taken back: to open it again the family is asked first.
    must_agree_again = any(m.action == "reopen" for m in able) and found.kind in moves.NEEDS_AGREEMENT and not _agreed(found)
    elsewhere = ("prepare", "send", "tell", "close", "introduce", "tell_wait", "think", *(("reopen",) if must_agree_again else ()))
    buttons = [m for m in able if m.action not in elsewhere]
    ended = found.state in (State.DECLINED, State.EXPIRED) or (found.state is State.CLOSED and found.code == "could_not_reach")
    return render_template(
        "liaison/referral.html", referral=found, form=form, label=labels[found.need.code], labels=labels, see=see, buttons=buttons,
        said=outcomes.of_referral(g.session, found), school=schools.get(g.session, found.school_id), moves=moves,
        saying={m.action: m.says for m in moves.MOVES} | {"choose": "chose this offer"},
        stage=reminders.stage(g.session, found, at=now()), ended=ended, must_agree_again=must_agree_again, later=referrals.after(g.session, found),
        came_after=referrals.before(g.session, found), best=suggestions.next_best(g.session, found, by=actor(), at=now()) if ended else None, press_word=new_token(),
        where=meetings.WHERE, whose=cover.whose(g.session, by=actor(), at=now()), written=len(notes.for_school(g.session, found, by=actor())),
        checked=check_ins.of_referral(g.session, found), due=[d for d in check_ins.due(g.session, by=actor(), at=now()) if d.referral.id == found.id],
        can_close=any(m.action == "close" for m in able), can_introduce=any(m.action == "introduce" for m in able), tells_wait=any(m.action == "tell_wait" for m in able),
    )


def _agreed(found: referrals.Referral) -> bool:
    return found.agreement_id is not None and agreements.get(g.session, found.agreement_id).is_live(now())


@bp.post("/referrals/<uuid:referral_id>/moves/<action>")
@roles_required(Role.FLO)
def make_move(referral_id: uuid.UUID, action: str) -> Response | tuple[str, int]:
    """Make one move of the table."""
    found = referrals.get(g.session, referral_id, by=actor())
    form = LoggedForm()
    if action not in {m.action for m in moves.MOVES} - {"tell", "prepare", "send", "introduce", "close"}:
        raise IllegalMove(found.state.value, action, "flo")
    if form.validate():
        facts = form.facts()
        version = facts.pop("version")
        try:
            referrals.move(g.session, found, action, by=actor(), at=now(), seen_version=version, **facts)
            withdrawals.ask_about(g.session, found, base_url=settings().base_url, at=now())
            if facts["code"] == "safety_risk":  # nothing else of it is kept: the page says whom to ring
                return redirect(url_for(".stop", family_id=found.family_id), 303)
            return redirect(url_for(".referral", referral_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    g.session.rollback()
    return _page(referrals.get(g.session, referral_id, by=actor()), form), 422


@bp.route("/referrals/<uuid:referral_id>/outcome", methods=["GET", "POST"])
@roles_required(Role.FLO)
def outcome(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Record what happened with the need, and close."""
    found = referrals.get(g.session, referral_id, by=actor())
    form = OutcomeForm()
    page = {"referral": found, "label": words.labels()[found.need.code]}
    if not form.is_submitted():
        return render_template("liaison/outcome.html", form=form, **page)
    if form.validate():
        facts = form.facts()
        try:
            outcomes.record(
                g.session, found, outcomes.Result(facts["result"]), said_by=facts["said_by"], before_0_10=facts["before"],
                after_0_10=facts["after"], words=facts["words"], by=actor(), at=now(),
            )
            referrals.move(g.session, found, "close", by=actor(), at=now())
            return redirect(url_for(".referral", referral_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/outcome.html", form=form, **page), 422
