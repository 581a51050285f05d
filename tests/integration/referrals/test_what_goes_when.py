"""What goes to a partner and when: no names in any words before the family's yes, nothing at all once it is shut, and only what was agreed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements, families, keeping_away, requirements, setting_aside
from partners.foundation import audit, outbox
from partners.foundation.actors import SYSTEM
from partners.foundation.errors import IllegalMove, InvalidRecord, NothingToDo
from partners.referrals import disclosure, meetings, notes, notices, openings, outcomes, referrals, replies, shutting
from partners.referrals.moves import Kind
from tests.integration.referrals.test_following_up import AT, line, partner, sent
from tests.integration.referrals.test_meetings_and_links import DAY, together

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


SHUTS = {
    "with the lead": lambda session, line, referral: families.stop(session, line.family, by=line.flo, at=AT),
    "set aside": lambda session, line, referral: setting_aside.begin(session, line.family, by=SYSTEM, at=AT),
    "kept away": lambda session, line, referral: keeping_away.add_organisation(session, line.family, line.pantry.id, by=line.flo, at=AT),
    "agreement taken back": lambda session, line, referral: agreements.withdraw(session, agreements.get(session, referral.agreement_id), by=line.flo, at=AT),
    "stopped": lambda session, line, referral: referrals.move(session, referral, "withdraw", code="other", by=line.flo, at=AT),
}


@pytest.mark.parametrize("why", SHUTS)
def test_once_it_is_shut_a_partner_reads_presses_writes_and_is_mailed_nothing(session: Session, line: SimpleNamespace, why: str) -> None:
    referral, who = together(session, line), None
    meetings.arrange(session, referral, meets_at=AT + 3 * DAY, where="school", by=line.flo, at=AT)
    notes.send(session, referral, NAMING, by=line.flo, at=AT)
    queued = [notices.tell_of_message(session, referral, base_url="", at=AT), meetings.tell_partner(session, referral, base_url="", at=AT)]
    who = partner(line, referral)
    assert replies.send_code(session, referral, browser="b", by=who, at=AT)
    queued += session.query(outbox.Message).filter_by(kind="detail_code").all()
    assert all(notices.may_leave(session, mail, AT) for mail in queued)
    SHUTS[why](session, line, referral)
    session.flush()
    assert shutting.is_shut(session, referral)
    assert (notes.for_partner(session, referral), disclosure.no_name_card(session, referral), referrals.possible(session, referral, by=who, at=AT)) == ([], {}, ())
    assert not meetings.is_shown(session, referral)
    assert not any(notices.may_leave(session, mail, AT) for mail in queued)
    assert [notices.tell_partner(session, referral, base_url="", at=AT), notices.tell_of_message(session, referral, base_url="", at=AT)] == [None, None]
    assert notices.remind_partner(session, [referral], second=False, base_url="", at=AT) is None
    for press in (
        lambda: referrals.move(session, referral, "contact", by=who, at=AT), lambda: notes.send(session, referral, "Hello.", by=who, at=AT),
        lambda: outcomes.record(session, referral, outcomes.Result.MET, said_by="partner", by=who, at=AT),
    ):
        with pytest.raises(NothingToDo):
            press()
    with pytest.raises(InvalidRecord, match="nobody would read it"):
        notes.send(session, referral, "Hello.", by=line.flo, at=AT)
    with pytest.raises(InvalidRecord):
        replies.send_code(session, referral, browser="b", by=who, at=AT)


def test_what_a_family_was_only_told_is_never_its_partners_to_see(session: Session, line: SimpleNamespace) -> None:
    referral = referrals.choose(session, line.need, line.offer, Kind.TELL, press="t", by=line.flo, at=AT)
    for action in ("tell", "contact"):
        referrals.move(session, referral, action, by=line.flo, at=AT)
    account = partner(line, referral)
    assert shutting.is_shut(session, referral)
    with pytest.raises(NothingToDo):
        referrals.move(session, referral, "start", by=account, at=AT)


def test_what_was_tried_goes_in_the_words_that_were_agreed_and_never_in_the_officers_own(session: Session, line: SimpleNamespace) -> None:
    line.need.said = "Dad lost the flat in March."
    for facts in ({"fields": ["what_was_tried"]}, {"what_was_tried": "The food bank, twice."}, {"fields": ["what_was_tried"], "what_was_tried": NAMING}):
        with pytest.raises(InvalidRecord) as refused:
            agreed(session, line, **facts)
        assert refused.value.field == "what_was_tried"
    row = agreed(session, line, fields=["first_name", "what_was_tried"], what_was_tried="The food bank, twice.")
    referral = referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="w", by=line.flo, at=AT)
    referrals.move(session, referral, "prepare", agreement_id=row.id, by=line.flo, at=AT)
    referrals.move(session, referral, "send", by=line.flo, at=AT)
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    assert disclosure.agreed_fields(session, referral, at=AT) == {"first_name": "Zanzibarina", "what_was_tried": "The food bank, twice."}


SOMALI, NO_FUNDS = {"what": "language", "value": "so", "strength": "must"}, {"what": "feature", "value": "works_without_public_funds", "strength": "must"}


def read_before(session: Session, line: SimpleNamespace, kind: Kind, **facts: object) -> list[object]:
    """Return the requirements that the partner's card shows before an answer, and, once it said yes to an introduction, after."""
    referral = referrals.choose(session, line.need, line.offer, kind, press="m", by=line.flo, at=AT)
    if kind is Kind.INTRODUCE:
        referrals.move(session, referral, "prepare", agreement_id=agreed(session, line, **facts).id, by=line.flo, at=AT)
    else:
        referrals.mention(session, referral, **facts, by=line.flo, at=AT)
        referrals.move(session, referral, "prepare", by=line.flo, at=AT)
    referrals.move(session, referral, "send", by=line.flo, at=AT)
    before = disclosure.no_name_card(session, referral)["asked_for"]
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    return [before, disclosure.agreed_fields(session, referral, at=AT).get("requirements")]


@pytest.mark.parametrize(("kind", "facts", "shown"), [
    (Kind.INTRODUCE, {}, [[], None]), (Kind.INTRODUCE, {"mentions": []}, [[], None]), (Kind.INTRODUCE, {"mentions": [SOMALI]}, [[SOMALI], [SOMALI]]),
    (Kind.ASK_FIRST, {"rules": []}, [[], None]), (Kind.ASK_FIRST, {"rules": [NO_FUNDS]}, [[NO_FUNDS], None]),
])
def test_a_partner_reads_only_the_requirements_that_the_family_agreed_to_mention(session: Session, line: SimpleNamespace, kind: Kind, facts: dict[str, object], shown: list[object]) -> None:
    requirements.replace(session, line.family, [SOMALI, NO_FUNDS, {"what": "wait", "weeks": 3, "strength": "must"}], by=line.flo, at=AT)
    assert read_before(session, line, kind, **facts) == shown


def test_what_is_not_asked_for_any_more_is_neither_agreed_to_nor_shown(session: Session, line: SimpleNamespace) -> None:
    requirements.replace(session, line.family, [SOMALI], by=line.flo, at=AT)
    with pytest.raises(InvalidRecord) as refused:
        agreed(session, line, mentions=[NO_FUNDS])
    assert refused.value.field == "mentions"
    referral = referrals.choose(session, line.need, line.offer, Kind.ASK_FIRST, press="n", by=line.flo, at=AT)
    referrals.mention(session, referral, [SOMALI], by=line.flo, at=AT)
    for action in ("prepare", "send"):
        referrals.move(session, referral, action, by=line.flo, at=AT)
    requirements.replace(session, line.family, [], by=line.flo, at=AT)
    assert disclosure.no_name_card(session, referral)["asked_for"] == []


def test_each_opening_is_written_down_with_the_names_of_the_fields_the_partner_and_the_day(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    who = partner(line, referral)
    referrals.move(session, referral, "accept", by=who, at=AT)
    assert openings.of_family(session, line.family, by=line.flo) == []
    assert set(openings.open_details(session, referral, by=who, at=AT + DAY)) == {"first_name", "safe_contact"}
    assert openings.of_family(session, line.family, by=line.flo) == [openings.Opening(line.pantry.id, referral.agreement_id, AT + DAY, ("first_name", "safe_contact"))]
    [event] = session.query(audit.AuditEvent).filter_by(action="referral:details_opened")
    assert event.facts == {"fields": ["first_name", "safe_contact"], "organisation": str(line.pantry.id)}


def helped(session: Session, line: SimpleNamespace, what: str) -> referrals.Referral:
    """An introduction that has come to the partner's help, under an agreement on what may come back."""
    referral = referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="h", by=line.flo, at=AT)
    referrals.move(session, referral, "prepare", agreement_id=agreed(session, line, returns=what).id, by=line.flo, at=AT)
    referrals.move(session, referral, "send", by=line.flo, at=AT)
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    for action in ("contact", "start"):
        referrals.move(session, referral, action, by=line.flo, at=AT)
    return referral


@pytest.mark.parametrize(("what", "taken"), [("met_and_helped", ["met", "not_known"]), ("met", ["not_known"]), ("nothing", [])])
def test_a_partner_says_no_more_of_what_came_of_it_than_the_family_agreed(session: Session, line: SimpleNamespace, what: str, taken: list[str]) -> None:
    referral = helped(session, line, what)
    who, said = partner(line, referral), []
    for result in (outcomes.Result.MET, outcomes.Result.NOT_KNOWN):
        try:
            outcomes.record(session, referral, result, said_by="partner", by=who, at=AT)
            said.append(result.value)
        except InvalidRecord:
            continue
    assert said == taken
    assert {m.action for m in referrals.possible(session, referral, by=who, at=AT)} == ({"finish", "close"} if taken else set())
    if not taken:
        for action in ("finish", "close"):
            with pytest.raises(IllegalMove if action == "finish" else (IllegalMove, InvalidRecord)):
                referrals.move(session, referral, action, by=who, at=AT)
    assert outcomes.record(session, referral, outcomes.Result.MET, said_by="family", by=line.flo, at=AT).result is outcomes.Result.MET
