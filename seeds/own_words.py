"""Own words: a family of the town that answered the questions about one child, and one that took its agreement back and waits for the deletion."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, needs, questionnaires
from partners.families.families import Family
from partners.families.needs import Harm, NeedState, Within
from partners.foundation.actors import family_by_link, partner_by_reply_link
from partners.matching import words
from partners.referrals import referrals
from partners.referrals.check_ins import CheckIn
from partners.referrals.moves import Kind
from partners.registry.offers import AvailabilityState

if TYPE_CHECKING:
    from seeds.demo import Town

CODE = "clubs_play"
# What was said, in the order in which it is asked.
SAID: dict[str, questionnaires.Answer] = {
    "going_well": "She draws all day and is kind to her little brother.",
    "in_the_way": "She shares a bed with him, so nobody sleeps well. Mornings are hard.",
    "different": "A bed of her own, and somewhere to go after school with other children.",
    "how_close": 3,
    "could_help": ["bed", "clubs"],
    "must_be_like": ["quiet", "not_at_school", "free"],
    "safe_way": "face_to_face",
    "safe_times": "At the gate on Tuesdays and Thursdays. No voice messages, please.",
    "child_says": "I want to go to the drawing club.",
}


def tell(session: Session, town: Town, *, at: datetime) -> None:
    """Let one family give its answers three days ago, and another take back an agreement nine days ago."""
    school = town.schools[0]
    homes = [f for f in town.families if f.school_id == school.id and f.with_dsl_at is None]
    for number, need in zip((9, 2), _childrens_needs(session, school.id), strict=False):
        _talk_through(session, town, need, number)
    _answer(session, town, next(f for f in homes if f.language == "en" and len(f.children) > 1), at=at)
    _take_back(session, town, next(f for f in reversed(homes) if f.children and not _wants(session, town, f)), at=at)


def _childrens_needs(session: Session, school_id: uuid.UUID) -> list[needs.Need]:
    """Return a school's needs of one child, each of another family, of which the family gave a number at a check-in, the oldest first."""
    query = select(needs.Need).join(referrals.Referral, referrals.Referral.need_id == needs.Need.id).join(CheckIn, CheckIn.referral_id == referrals.Referral.id)
    rows = session.scalars(query.where(needs.Need.school_id == school_id, needs.Need.child_id.is_not(None), CheckIn.now_0_10.is_not(None)).order_by(needs.Need.opened_at)).unique()
    return list({need.family_id: need for need in rows}.values())


def _talk_through(session: Session, town: Town, need: needs.Need, number: int) -> None:
    """Let a family say how close things were for its child the day before it said what it needs, and its officer talk it through the day after."""
    by, said_at = town.liaison[need.school_id], need.opened_at - timedelta(days=1)
    row, _token = questionnaires.begin(session, need.family, need.child, by=by, at=said_at)
    own = family_by_link(need.family_id, need.school_id)
    questionnaires.answer(session, row, questionnaires.find_question(session, row, "how_close"), number, browser="the family's own", by=own, at=said_at)
    questionnaires.give(session, row, by=own, at=said_at)
    questionnaires.looked(session, row, by=by, at=need.opened_at)


def _wants(session: Session, town: Town, family: Family) -> bool:
    return any(n.code == CODE and n.state is NeedState.OPEN for n in needs.of_family(session, family, by=town.liaison[family.school_id]))


def _answer(session: Session, town: Town, family: Family, *, at: datetime) -> None:
    row, _token = questionnaires.begin(session, family, family.children[0], by=town.liaison[family.school_id], at=at - timedelta(days=5))
    own, said_at = family_by_link(family.id, family.school_id), at - timedelta(days=3)
    for key, value in SAID.items():
        questionnaires.answer(session, row, questionnaires.find_question(session, row, key), value, browser="the family's own", by=own, at=said_at)
    questionnaires.give(session, row, by=own, at=said_at)


def _take_back(session: Session, town: Town, family: Family, *, at: datetime) -> None:
    by, began = town.liaison[family.school_id], at - timedelta(days=13)
    offer = next(o for o in town.offers if CODE in o.needs and o.availability is AvailabilityState.OPEN and o.places_left is None)
    need = needs.record(session, family, codes=[CODE], paths=words.paths(), harm=Harm.NO, within=Within.WHENEVER, by=by, at=began)[0]
    referral = referrals.choose(session, need, offer, Kind.INTRODUCE, press="seed-taken-back", by=by, at=began)
    agreement = agreements.record(
        session, family, need_id=need.id, organisation_id=offer.organisation_id, fields=["first_name", "safe_contact", "need"], said=agreements.Said.SPOKEN,
        said_by="parent", language=family.language or "en", by=by, at=began,
    )
    referrals.move(session, referral, "prepare", agreement_id=agreement.id, by=by, at=began)
    referrals.move(session, referral, "send", by=by, at=began)
    referrals.move(session, referral, "accept", by=partner_by_reply_link(offer.organisation_id, referral.id, offer.organisation.name), at=began + timedelta(days=1))
    # The clock asks the partner to delete what it holds, with its own address, once the town is served.
    referrals.move(session, referral, "withdraw", code="agreement_withdrawn", by=by, at=at - timedelta(days=9))
