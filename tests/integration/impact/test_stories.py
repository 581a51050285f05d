"""Stories: only with a yes of their own, details changed, heard first; for a time, ended at a word, and read by a head without whose they are."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from partners.families import families
from partners.foundation.errors import InvalidRecord, NotAllowed
from partners.impact import stories

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
WORDS = "A parent came for a school shirt and stayed to help others find theirs."


@pytest.fixture
def family(session: Session, office: SimpleNamespace) -> families.Family:
    return families.add(session, initials="AK", first_name="Halima", postcode="LS9 7AB", by=office.flo, at=AT)


def write(session: Session, family: families.Family, office: SimpleNamespace, **more: Any) -> stories.Story:
    given = {"words": WORDS, "agreed_on": AT.date(), "agreed_how": "spoken", "read_to_them": True, "details_changed": True, "until_on": date(2026, 12, 24)} | more
    return stories.write(session, family, **given, by=office.flo, at=AT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": ""}, {"words": "x" * 901}, {"words": "Halima came."}, {"words": "Ring 07700 900123."}, {"words": "They live at LS9 7AB."}, {"words": "A.K. came."},
        {"agreed_on": None}, {"agreed_on": date(2026, 9, 15)}, {"agreed_how": None}, {"details_changed": False}, {"read_to_them": False},
        {"until_on": None}, {"until_on": date(2026, 9, 14)}, {"until_on": date(2027, 9, 20)},
    ],
)
def test_a_story_without_its_own_yes_or_with_somebody_in_it_is_refused(session: Session, office: SimpleNamespace, family: families.Family, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord):
        write(session, family, office, **wrong)


def test_a_head_reads_the_words_and_not_whose_they_are(session: Session, office: SimpleNamespace, family: families.Family) -> None:
    write(session, family, office)
    [told] = stories.told(session, by=office.head, at=AT)
    assert told.words == WORDS
    assert {f.name for f in fields(told)} == {"words", "until_on"}
    with pytest.raises(NotAllowed):
        stories.of_school(session, by=office.head)
    with pytest.raises(NotAllowed):
        stories.told(session, by=office.admin, at=AT)


def test_it_is_told_until_its_day_and_no_longer(session: Session, office: SimpleNamespace, family: families.Family) -> None:
    write(session, family, office)
    assert len(stories.told(session, by=office.head, at=datetime(2026, 12, 24, 12, tzinfo=UTC))) == 1
    assert stories.told(session, by=office.head, at=datetime(2026, 12, 25, 12, tzinfo=UTC)) == []


def test_ended_it_is_gone_with_its_words(session: Session, office: SimpleNamespace, family: families.Family) -> None:
    story = write(session, family, office)
    assert "shirt" not in repr(session.execute(text("SELECT * FROM stories")).all())
    stories.end(session, story, by=office.flo, at=AT + timedelta(days=1))
    assert stories.told(session, by=office.head, at=AT) == []
    assert story.words == ""


def test_when_everything_stops_for_a_family_its_story_does_too(session: Session, office: SimpleNamespace, family: families.Family) -> None:
    write(session, family, office)
    families.stop(session, family, by=office.flo, at=AT)
    assert stories.told(session, by=office.head, at=AT) == []
    assert stories.of_school(session, by=office.flo) == []
