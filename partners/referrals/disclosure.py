"""Staged disclosure: THE FIELD TABLE of what a partner may see at each stage. What is not in the row is not shown."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from partners.families import agreements, requirements
from partners.families.families import ContactBy, Family
from partners.families.requirements import FamilyRequirement
from partners.foundation.errors import AgreementMissing
from partners.foundation.postcodes import outcode_of
from partners.referrals import shutting
from partners.referrals.moves import NEEDS_AGREEMENT, Kind, State
from partners.referrals.referrals import Referral

BEFORE = ("need", "age_band", "language", "interpreter", "area", "urgency", "asked_for")
AFTER = ("first_name", "safe_contact", "need", "requirements", "language", "what_was_tried")

# Source: domain guide 6.5. An ask-first releases nothing more when it is accepted: the school asks the family, then introduces.
VISIBLE: dict[State, tuple[str, ...]] = {
    State.DRAFT: (), State.READY: (), State.TOLD: (),
    State.SENT: BEFORE, State.VIEWED: BEFORE, State.WAITLISTED: BEFORE, State.INFO_REQUESTED: BEFORE,
    State.ACCEPTED: AFTER, State.CONTACTED: AFTER, State.SUPPORTING: AFTER,
    State.CLOSED: (), State.DECLINED: (), State.WITHDRAWN: (), State.EXPIRED: (),
}

CONTACT_WORDS = {
    ContactBy.PHONE: "Ring", ContactBy.TEXT: "Text", ContactBy.EMAIL: "E-mail", ContactBy.FACE_TO_FACE: "Only face to face, through school",
    ContactBy.NOT_KNOWN: "Do not contact them yet: ask the school",
}


def age_band(age_years: int | None) -> str:
    """Return an age as the band a partner may see before accepting."""
    if age_years is None:
        return "not known"
    return next(words for top, words in ((4, "under 5"), (7, "5 to 7"), (11, "8 to 11"), (15, "12 to 15"), (18, "16 to 18"), (200, "an adult")) if age_years <= top)


def at_details(referral: Referral) -> bool:
    """Whether it has come to the stage of the agreed fields: an introduction, which an ask-first becomes only with the family's yes, that the partner said yes to."""
    return VISIBLE[referral.state] is AFTER and referral.kind in NEEDS_AGREEMENT


def may_name(session: Session, referral: Referral, *, at: Any) -> bool:
    """Whether what the family agreed to share may be seen at this instant: until then no words that name anybody go to the partner."""
    if not at_details(referral) or shutting.is_shut(session, referral):
        return False
    try:
        agreements.require_live(session, referral.agreement_id, organisation_id=referral.organisation_id, need_id=referral.need_id, at=at)
    except AgreementMissing:
        return False
    return True


def _card(session: Session, referral: Referral) -> dict[str, Any]:
    family: Family = referral.family
    rows = requirements.mentionable(session, family)
    return {
        "need": referral.need.code, "age_band": age_band(referral.need.age_years) if referral.need.for_whom != "family" else "the family",
        "language": family.language or "not known", "interpreter": "asked for" if any(r.rule["what"] == "language" for r in rows) else "not asked for",
        "area": outcode_of(family.postcode) if family.postcode and not family.do_not_disclose else "not known", "urgency": referral.need.within.value,
        "asked_for": _mentioned(session, referral, rows),
    }


def _mentioned(session: Session, referral: Referral, rows: list[FamilyRequirement]) -> list[dict[str, Any]]:
    """Return the requirements that the family agreed to have mentioned and still asks for. Source: domain guide 6.5."""
    if referral.kind not in NEEDS_AGREEMENT:
        return [row.rule for row in rows if row.rule in (referral.mentions or ())]
    agreement = session.get(agreements.Agreement, referral.agreement_id) if referral.agreement_id else None
    if agreement is None:
        return []
    if agreement.mentions is None:  # agreed to as a whole: what was asked for on that day
        return [row.rule for row in rows if "requirements" in agreement.fields and row.asked_at <= agreement.agreed_at]
    return [row.rule for row in rows if row.rule in agreement.mentions]


def before_a_yes(session: Session, referral: Referral) -> dict[str, Any]:
    """Return what the partner will read before it answers, for the school's last look."""
    card = _card(session, referral)
    return {field: card[field] for field in BEFORE}


def no_name_card(session: Session, referral: Referral) -> dict[str, Any]:
    """Return what a partner sees before accepting: no name, address, contact or free text in any state."""
    if shutting.is_shut(session, referral):
        return {}
    card = _card(session, referral)
    return {field: card[field] for field in BEFORE if field in VISIBLE[referral.state]}


def agreed_fields(session: Session, referral: Referral, *, at: Any) -> dict[str, Any]:
    """Return the fields a family agreed to share, after acceptance and while the agreement lives; otherwise nothing.

    Raises:
        AgreementMissing: there is no live agreement for this partner and need.
    """
    if not at_details(referral) or shutting.is_shut(session, referral):
        return {}
    agreement = agreements.require_live(session, referral.agreement_id, organisation_id=referral.organisation_id, need_id=referral.need_id, at=at)
    family, card = referral.family, _card(session, referral)
    contact = CONTACT_WORDS[family.contact_by]
    everything = {
        "first_name": family.first_name or family.initials,
        "safe_contact": " · ".join(x for x in (
            contact, family.contact if family.contact_by in (ContactBy.PHONE, ContactBy.TEXT, ContactBy.EMAIL) else None, family.safe_times,
            agreement.safe_ways,
            {"yes": "voicemail is fine", "no": "no voicemail", "not_known": "no voicemail, as nobody has said it is safe"}[family.voicemail_ok],
            {"yes": "letters are fine", "no": "no letters", "not_known": "no letters, as nobody has said they are safe"}[family.letters_ok],
        ) if x),
        "need": referral.need.code, "requirements": card["asked_for"], "language": card["language"],
        "what_was_tried": agreement.what_was_tried,
    }
    if referral.kind is Kind.GO_TOGETHER and referral.meeting:
        everything["safe_contact"] += f" · Meeting: {referral.meeting}"
    return {field: everything[field] for field in AFTER if field in agreement.fields and everything[field] is not None}


