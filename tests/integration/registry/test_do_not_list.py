"""The do-not-list register: who asked not to appear is refused with the reason, however they come, until they ask to come back."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM
from partners.foundation.errors import InvalidRecord, NotFound
from partners.registry import do_not_list, importing, offers, organisations, searching


def _row(session: Session, at: datetime) -> do_not_list.DoNotList:
    return do_not_list.add(session, name="The Quiet Café Project", asked_by="their chair", asked_on=date(2026, 3, 3), website="https://www.quiet.example/", by=SYSTEM, at=at)


@pytest.mark.parametrize("name", ["The Quiet Café Project", "quiet cafe", "QUIET CAFE LTD."])
def test_no_import_and_no_adding_brings_them_back(session: Session, at: datetime, name: str) -> None:
    _row(session, at)
    made = importing.plan(session, json.dumps({"id": "a", "title": "Soup", "organisation": name}), source="town")
    assert made.new == []
    assert [r.says for r in made.refused] == ["The Quiet Café Project asked on 3 March 2026 not to be listed (said by their chair)."]
    with pytest.raises(InvalidRecord, match="asked on 3 March 2026 not to be listed"):
        organisations.add(session, name=name, by=SYSTEM, at=at)


def test_another_name_at_the_same_web_address_is_refused_too_and_a_neighbour_is_not(session: Session, at: datetime) -> None:
    _row(session, at)
    with pytest.raises(InvalidRecord, match="not to be listed"):
        organisations.add(session, name="QC", website="http://quiet.example/about", by=SYSTEM, at=at)
    assert organisations.add(session, name="Quiet Garden", website="https://garden.example", by=SYSTEM, at=at).name == "Quiet Garden"


def test_what_is_listed_is_archived_and_no_longer_suggested_or_found(session: Session, at: datetime) -> None:
    organisation = organisations.add(session, name="Quiet Café", by=SYSTEM, at=at)
    offer = offers.add(session, organisation, name="Soup", needs=["food_now"], by=SYSTEM, at=at, confirmed_on=at.date())
    assert offer in offers.listed(session)
    assert organisations.archive_unlisted(session, _row(session, at), by=SYSTEM, at=at) == [organisation]
    assert offer not in offers.listed(session)
    assert searching.find(session, "soup", labels={}).total == 0
    assert offers.get(session, offer.id) is offer  # a referral keeps its history


def test_they_may_come_back_when_they_ask(session: Session, at: datetime) -> None:
    row = _row(session, at)
    do_not_list.lift(session, row.id, by=SYSTEM, at=at + timedelta(days=1))
    assert do_not_list.every(session) == []
    assert organisations.add(session, name="Quiet Café", by=SYSTEM, at=at).name == "Quiet Café"
    with pytest.raises(NotFound):
        do_not_list.lift(session, row.id, by=SYSTEM, at=at)


@pytest.mark.parametrize("facts", [{"name": " "}, {"asked_by": ""}, {"asked_on": date(2030, 1, 1)}])
def test_a_row_that_says_too_little_is_refused(session: Session, at: datetime, facts: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        do_not_list.add(session, **({"name": "A", "asked_by": "B"} | facts), by=SYSTEM, at=at)  # type: ignore[arg-type]
