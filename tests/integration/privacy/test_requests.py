"""Requests: a month's clock that can be stopped, checks before anything is given out, and a copy that opens for 24 hours."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.foundation.actors import family_by_link
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.privacy import requests, subject_access
from partners.privacy.requests import Decision, Kind, RightsRequest, Who
from partners.privacy.subject_access import AccessCopy
from tests.integration.privacy.conftest import AT, a_family, a_school

ANSWERS = {"identity": "seen the passport", "responsibility": "on the birth certificate", "must_not_know": "no"}


def test_the_clock_is_a_month_stops_and_can_be_made_longer_once(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    made = requests.make(session, kept.family, Kind.ACCESS, who=Who.PARENT, by=place.flo, at=AT)
    assert made.due_on == date(2026, 10, 7)
    assert [made.is_late(date(2026, 10, 7)), made.is_late(date(2026, 10, 8))] == [False, True]
    requests.pause(session, made, "proof of who they are", by=place.flo, at=AT + timedelta(days=3))
    assert not made.is_late(date(2027, 1, 1))
    requests.go_on(session, made, by=place.flo, at=AT + timedelta(days=8))
    assert made.due_on == date(2026, 10, 12)
    requests.extend(session, made, "there is a lot", by=place.dsl, at=AT + timedelta(days=9))
    assert made.due_on == date(2026, 12, 12)
    with pytest.raises(Conflict, match="once"):
        requests.extend(session, made, "there is a lot", by=place.dsl, at=AT + timedelta(days=10))


@pytest.mark.parametrize(("on", "due"), [(date(2027, 1, 31), date(2027, 2, 28)), (date(2028, 1, 30), date(2028, 2, 29)), (date(2026, 8, 31), date(2026, 9, 30)), (date(2026, 11, 24), date(2026, 12, 24))])
def test_a_month_ends_with_the_month(on: date, due: date) -> None:
    assert requests.due(on) == due


def test_nothing_is_given_out_before_the_checks_or_by_one_person_alone(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    made = requests.make(session, kept.family, Kind.ACCESS, who=Who.OTHER_PARENT, by=place.flo, at=AT)
    with pytest.raises(Conflict, match="First check"):
        subject_access.release(session, made, {}, by=place.dsl, at=AT)
    for missing in requests.CHECKS:
        with pytest.raises(InvalidRecord) as fault:
            requests.check(session, made, ANSWERS | {missing: " "}, by=place.flo, at=AT)
        assert fault.value.field == missing
    requests.check(session, made, ANSWERS, by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="Two people"):
        subject_access.release(session, made, {}, by=place.dsl, at=AT)
    with pytest.raises(NotAllowed):
        subject_access.release(session, made, {}, by=place.flo, at=AT)
    with pytest.raises(NotFound):
        subject_access.release(session, made, {}, by=a_school(session, "Dale Primary").dsl, at=AT)
    assert session.query(AccessCopy).count() == 0


def test_each_thing_that_may_be_about_others_is_decided_and_what_is_kept_back_is_counted(session: Session, place: SimpleNamespace) -> None:
    kept, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    made = requests.make(session, kept.family, Kind.ACCESS, who=Who.PARENT, by=place.flo, at=AT)
    requests.check(session, made, ANSWERS, by=place.flo, at=AT)
    review = subject_access.gathered(session, made, by=place.dsl).to_review()
    with pytest.raises(InvalidRecord, match="still to choose"):
        subject_access.release(session, made, {review[0].key: True}, by=place.dsl, at=AT)
    decided = {f.key: f.value == kept.words["said"] for f in review}
    copy = subject_access.release(session, made, decided, by=place.dsl, at=AT)
    given = json.dumps(copy.document)
    assert kept.words["said"] in given
    for name in ("first", "contact", "times", "gives", "complaint"):
        assert kept.words[name] in given, name
    for name in ("inside", "avoid", "nottell", "because", "note"):
        assert kept.words[name] not in given, name
    assert [w for w in other.words.values() if w in given] == []
    assert (copy.document["kept_back"], made.decision) == (len(review) - 1, Decision.IN_PART)
    assert any(look["who"] == "Flo 0 of Hill Primary" for look in copy.document["who_looked"])
    assert copy.sha256 == subject_access.digest_of(copy.document)


def test_given_whole_it_holds_every_word(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    made = requests.make(session, kept.family, Kind.ACCESS, who=Who.PARENT, by=place.flo, at=AT)
    requests.check(session, made, ANSWERS, by=place.flo, at=AT)
    every = {f.key: True for f in subject_access.gathered(session, made, by=place.dsl).to_review()}
    given = json.dumps(subject_access.release(session, made, every, by=place.dsl, at=AT).document)
    assert [n for n, w in kept.words.items() if w not in given] == []
    assert made.decision is Decision.DONE


def test_a_copy_opens_for_24_hours_and_is_then_gone(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    made = requests.make(session, kept.family, Kind.ACCESS, who=Who.PARENT, by=place.flo, at=AT)
    requests.check(session, made, ANSWERS, by=place.flo, at=AT)
    subject_access.release(session, made, {f.key: False for f in subject_access.gathered(session, made, by=place.dsl).to_review()}, by=place.dsl, at=AT)
    just, over = AT + timedelta(hours=23, minutes=59), AT + timedelta(hours=24)
    assert subject_access.open_copy(session, made, by=place.dsl, at=just).document
    assert subject_access.forget_old(session, at=just) == 0
    with pytest.raises(Conflict, match="24 hours"):
        subject_access.open_copy(session, made, by=place.dsl, at=over)
    assert subject_access.forget_old(session, at=over) == 1
    assert session.query(AccessCopy).count() == 0


def test_a_family_asks_by_its_own_link_and_for_itself_alone(session: Session, place: SimpleNamespace) -> None:
    mine, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    link = family_by_link(mine.family.id, place.school.id)
    made = [requests.make(session, mine.family, Kind.RECTIFICATION, who=Who.PARENT, words="Y3, not Y2", press="p", by=link, at=AT) for _ in range(2)]
    assert len({m.id for m in made}) == session.query(RightsRequest).count() == 1
    with pytest.raises(NotFound):
        requests.make(session, other.family, Kind.ACCESS, who=Who.PARENT, by=link, at=AT)
    with pytest.raises(InvalidRecord):
        requests.make(session, mine.family, Kind.RECTIFICATION, who=Who.PARENT, by=link, at=AT)
    assert requests.of_family(session, mine.family, by=link) == [made[0]]


def test_putting_right_stopping_and_objecting_are_answered_in_words(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    made = requests.make(session, kept.family, Kind.RESTRICTION, who=Who.PARENT, by=place.flo, at=AT)
    with pytest.raises(InvalidRecord):
        requests.decide(session, made, Decision.REFUSED, " ", by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="First check"):
        requests.decide(session, made, Decision.DONE, "We stopped.", by=place.dsl, at=AT)
    requests.check(session, made, ANSWERS, by=place.flo, at=AT)
    requests.decide(session, made, Decision.DONE, "We stopped.", by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="already"):
        requests.decide(session, made, Decision.REFUSED, "No.", by=place.dsl, at=AT)
    seeing = requests.make(session, kept.family, Kind.ACCESS, who=Who.PARENT, by=place.flo, at=AT)
    with pytest.raises(Conflict, match="buttons"):
        requests.decide(session, seeing, Decision.DONE, "Done.", by=place.dsl, at=AT)
    requests.decide(session, seeing, Decision.REFUSED, "We could not be sure who asked.", by=place.dsl, at=AT)
    assert [r.is_open for r in requests.of_school(session, by=place.dsl)] == [False, False]
