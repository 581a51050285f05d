"""Agreeing: the script in the family's language, and what it said yes to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import agreements, languages, lawful_bases, requirements, schools
from partners.families.agreements import Said
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import disclosure, notices, referrals, withdrawals
from partners.referrals.moves import State
from web.database import now, settings
from web.liaison import bp, drafts
from web.liaison.forms import AgreementForm
from web.liaison.requirement_rules import mentioned, to_mention
from web.signing_in import actor, roles_required

# What the spoken script names, word for word: the first name, a safe way to reach them, and what they would like help with.
SCRIPT_SAYS = ("first_name", "safe_contact", "need")


def _script(referral: referrals.Referral) -> dict[str, Any]:
    """Return what the script's page shows: in the language that was asked for, else the family's, else English."""
    asked = request.args.get("in", "")
    shown = languages.known(asked if asked in languages.every() else referral.family.language)
    return {
        "referral": referral, "label": languages.needs(shown).get(referral.need.code, words.labels()[referral.need.code]), "spoken": languages.every()[shown], "languages": languages.every(),
        "texts": languages.texts(shown), "script_says": SCRIPT_SAYS,
    }


@bp.get("/referrals/<uuid:referral_id>/script")
@roles_required(Role.FLO)
def script(referral_id: UUID) -> str:
    """Show the script alone, in large type, to turn the phone round or to print."""
    return render_template("liaison/script.html", **_script(referrals.get(g.session, referral_id, by=actor())))


@bp.route("/referrals/<uuid:referral_id>/agreement", methods=["GET", "POST"])
@roles_required(Role.FLO)
def agreement(referral_id: UUID) -> str | Response | tuple[str, int]:
    """Say this, and record what the family said."""
    referral = referrals.get(g.session, referral_id, by=actor())
    form, asked = AgreementForm(), requirements.mentionable(g.session, referral.family)
    form.mentions.choices = to_mention(asked)
    school = schools.get(g.session, referral.school_id)
    page: dict[str, Any] = {"school": school, "basis": lawful_bases.BASES[school.lawful_basis], "condition": lawful_bases.CONDITIONS[school.special_condition]} | _script(referral)
    page["before"] = [(name, value) for name, value in disclosure.before_a_yes(g.session, referral).items() if name not in ("need", "asked_for")]
    if not form.is_submitted():
        draft, typed = drafts.kept("agreement", referral.id)
        form = AgreementForm(formdata=typed)
        form.mentions.choices = to_mention(asked)
        return render_template("liaison/agreement.html", form=form, draft=draft, **page)
    if form.validate():
        facts = form.facts()
        drafts.sent("agreement", referral.id)
        if facts["answer"] not in ("as_said", "agreed"):
            return _not_a_yes(referral, facts["answer"])
        if referral.agreement_id is not None and agreements.get(g.session, referral.agreement_id).is_live(now()):
            # A second press: what was agreed is kept already, and was not agreed twice.
            return redirect(url_for(".check", referral_id=referral.id), 303)
        try:
            return _record(referral, facts | {"mentions": mentioned(asked, facts["mentions"])}, page["spoken"].code)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/agreement.html", form=form, **page), 422


def _not_a_yes(referral: referrals.Referral, answer: str) -> Response:
    """Write down that the family said not now, which puts this one away, or that it wants to think. What was closed stays closed."""
    back = redirect(url_for(".family", family_id=referral.family_id), 303)
    if all(m.action != "think" for m in referrals.possible(g.session, referral, by=actor(), at=now())):
        flash("No name was sent, and it stays closed. They can say yes another day.")
        return back
    if answer == "not_now":
        referrals.move(g.session, referral, "withdraw", code="not_now", by=actor(), at=now())
        withdrawals.ask_about(g.session, referral, base_url=settings().base_url, at=now())
        flash("That they said not now is kept, and this is put away. No name was sent. They can say yes another day.")
        return back
    said_today = referral.is_thought_about and day_of(referral.events[-1].at) == day_of(now())
    referrals.move(g.session, referral, "think", seen_version=None if said_today else referral.version, by=actor(), at=now())
    flash("That they want to think is kept, and no name was sent. It is on Today until you ask them again.")
    return back


def _record(referral: referrals.Referral, facts: dict[str, Any], shown: str) -> Response:
    record = agreements.record(
        g.session, referral.family, need_id=referral.need_id, organisation_id=referral.organisation_id, fields=_agreed_fields(facts),
        said=Said(facts["said"] or Said.SPOKEN), said_by=facts["said_by"] or "", language=facts["language"] or shown, interpreter=facts["interpreter"],
        must_not_know=facts["must_not_know"], childs_view=facts["childs_view"], for_child=referral.need.for_whom == "child", service=facts["service"],
        safe_ways=facts["safe_ways"], returns=facts["returns"], what_was_tried=facts["what_was_tried"], mentions=facts["mentions"], until=facts["until"], by=actor(), at=now(),
    )
    # From a draft, after a yes without names, or to open again what was closed: in each the family has just agreed.
    action = {State.ACCEPTED: "introduce", State.CLOSED: "reopen"}.get(referral.state, "prepare")
    referrals.move(g.session, referral, action, agreement_id=record.id, note=facts["note"], sure=facts["sure"], by=actor(), at=now())
    if action == "introduce":
        notices.tell_partner(g.session, referral, base_url=settings().base_url, at=now())
    return redirect(url_for(".check" if action == "prepare" else ".referral", referral_id=referral.id), 303)


def _agreed_fields(facts: dict[str, Any]) -> list[str]:
    """Return what the family agreed to share: the three things that the script says, or what was ticked instead."""
    if facts["answer"] == "agreed":
        return list(facts["fields"])
    if facts["fields"] or facts["mentions"]:
        raise InvalidRecord("fields", "You ticked some of these. Press 'Agreed to what is ticked', or take the ticks away.")
    return list(SCRIPT_SAYS)
