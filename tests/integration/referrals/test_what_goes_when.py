"""What goes to a partner and when: no names in any words before the family's yes, nothing at all once it is shut, and only what was agreed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements
from partners.foundation.errors import InvalidRecord
from partners.referrals import notes, referrals
from partners.referrals.moves import Kind
from tests.integration.referrals.test_following_up import AT, line, partner, sent

__all__ = ["line"]
NAMING = "Ask for Zanzibarina, ring 07700 900123"


def agreed(session: Session, line: SimpleNamespace, **facts: object) -> agreements.Agreement:
    return agreements.record(
        session, line.family, need_id=line.need.id, organisation_id=line.pantry.id, said=agreements.Said.SPOKEN, said_by="parent", by=line.flo, at=AT,
        **{"fields": ["first_name", "safe_contact"]} | facts,
    )


def asked_first(session: Session, line: SimpleNamespace) -> referrals.Referral:
    referral = referrals.choose(session, line.need, line.offer, Kind.ASK_FIRST, press="a", by=line.flo, at=AT)
    for action in ("prepare", "send"):
        referrals.move(session, referral, action, by=line.flo, at=AT)
    return referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)


def test_a_yes_to_ask_first_lets_no_name_into_a_message_until_the_family_is_introduced(session: Session, line: SimpleNamespace) -> None:
    referral = asked_first(session, line)
    for who in (line.flo, partner(line, referral)):
        with pytest.raises(InvalidRecord, match="a name, a number or an address"):
            notes.send(session, referral, NAMING, by=who, at=AT)
    assert notes.for_partner(session, referral) == []
    referrals.move(session, referral, "introduce", agreement_id=agreed(session, line).id, by=line.flo, at=AT)
    assert notes.send(session, referral, NAMING, by=line.flo, at=AT).words == NAMING


def test_once_an_agreement_ran_out_or_was_taken_back_no_message_may_name_anybody(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    later = agreements.get(session, referral.agreement_id).expires_at
    with pytest.raises(InvalidRecord, match="a name, a number or an address"):
        notes.send(session, referral, NAMING, by=line.flo, at=later)
    assert notes.send(session, referral, NAMING, by=line.flo, at=AT).words == NAMING


def test_an_answer_to_a_partners_question_names_nobody(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    referrals.move(session, referral, "ask", question="When?", by=partner(line, referral), at=AT)
    with pytest.raises(InvalidRecord, match="a name, a number or an address"):
        referrals.move(session, referral, "answer", answer=NAMING, by=line.flo, at=AT)
    assert referrals.move(session, referral, "answer", answer="Mornings.", by=line.flo, at=AT).state.value == "viewed"
