"""Searching offers: what finds one, what never may, and an index that follows every change within its transaction. On both databases."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.db import new_id
from partners.matching import words
from partners.registry import offer_words, offers, organisations, searching
from partners.registry.do_not_list import DoNotList
from partners.registry.offer_words import OfferWords
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place

FLO = Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}))
LABELS = {"beds": "A bed or bedding", "how_school_works": "How school works here", "letters_explained": "Letters from school explained", "domestic_abuse": "Safe at home"}


@pytest.fixture
def hooyo(session: Session, at: datetime) -> Organisation:
    return organisations.add(session, name="Hooyo Circle", by=SYSTEM, at=at)


@pytest.fixture
def cafe(session: Session, hooyo: Organisation, at: datetime) -> Offer:
    place = Place(id=new_id(), organisation_id=hooyo.id, name="Oak House", address="3 Mill Lane", postcode="LS9 7AB")
    return offers.add(session, hooyo, name="Café mornings", needs=["how_school_works"], description="Parents talking over letters.", place=place, by=SYSTEM, at=at)


@pytest.fixture
def beds(session: Session, at: datetime) -> Offer:
    givers = organisations.add(session, name="Sleep Well", by=SYSTEM, at=at)
    return offers.add(session, givers, name="Mattresses given", needs=["beds", "letters_explained"], description="Delivered to Ls11. Not at Oak House.", by=SYSTEM, at=at)


def names(session: Session, typed: str, **how: object) -> list[str]:
    return [o.name for o in searching.find(session, typed, labels=LABELS, **how).offers]  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["cafe", "CAFÉ", "cafés", "morn", "mornings", "talk", "letter", "hooyo", "hoyo", "Cafee", "mornigns", "mill lane", "LS9 7AB", "ls97ab", "oak", "how school works", "the café on Mill Lane"])
def test_an_offer_is_found_by_words_partner_place_and_label_and_slips_are_forgiven(session: Session, cafe: Offer, beds: Offer, typed: str) -> None:
    assert "Café mornings" in names(session, typed)


@pytest.mark.parametrize("typed", ["bedding", "beding", "matress", "sleep"])
def test_another_offer_is_found_by_its_own(session: Session, cafe: Offer, beds: Offer, typed: str) -> None:
    assert names(session, typed) == ["Mattresses given"]


@pytest.mark.parametrize("typed", ["zebra", "cafe zebra", "ca zebra", "ls8", "xyz", "zebra\" OR *", "NOT zebra", "'; DROP TABLE offers --", "food_now", "\x7f%_\\"])
def test_what_nothing_has_finds_nothing_and_breaks_nothing(session: Session, cafe: Offer, beds: Offer, typed: str) -> None:
    expected = 2 if not searching.words_of(typed) else 0
    assert searching.find(session, typed, labels=LABELS).total == expected


def test_a_word_read_as_another_is_told(session: Session, cafe: Offer) -> None:
    assert searching.find(session, "hoyo mornings", labels=LABELS).read_as == {"hoyo": ("hooyo",)}
    assert searching.find(session, "hooyo mornings", labels=LABELS).read_as == {}


def test_a_name_comes_before_a_mention(session: Session, hooyo: Organisation, cafe: Offer, at: datetime) -> None:
    offers.add(session, hooyo, name="Letters read", needs=["letters_explained"], by=SYSTEM, at=at)
    offers.add(session, hooyo, name="A mention", needs=[], description="Bring letters.", by=SYSTEM, at=at)
    assert names(session, "letters")[0] == "Letters read"


def test_filters_narrow_and_say_how_many(session: Session, hooyo: Organisation, cafe: Offer, beds: Offer) -> None:
    every = searching.find(session, labels=LABELS)
    assert (every.total, every.needs) == (2, {"how_school_works": 1, "beds": 1, "letters_explained": 1})
    assert every.partners == {hooyo.id: ("Hooyo Circle", 1), beds.organisation_id: ("Sleep Well", 1)}
    one = searching.find(session, "letters", labels=LABELS, need="beds")
    assert ([o.id for o in one.offers], one.total, one.partners) == ([beds.id], 1, {beds.organisation_id: ("Sleep Well", 1)})
    assert one.needs == {"how_school_works": 1, "beds": 1, "letters_explained": 1}
    assert names(session, "letters", partner=hooyo.id) == ["Café mornings"]
    assert names(session, "", partner=hooyo.id, need="beds") == []


def test_a_need_that_is_never_listed_hides_its_offer_and_its_counts(session: Session, hooyo: Organisation, at: datetime) -> None:
    offers.add(session, hooyo, name="Refuge", needs=["domestic_abuse", "beds"], by=SYSTEM, at=at)
    found = searching.find(session, "refuge", labels=LABELS, hidden=frozenset({"domestic_abuse"}))
    assert (found.offers, found.total, found.needs, found.partners) == ([], 0, {}, {})
    assert names(session, "refuge") == ["Refuge"]


def test_a_limit_shows_fewer_and_counts_all(session: Session, cafe: Offer, beds: Offer) -> None:
    found = searching.find(session, labels=LABELS, limit=1)
    assert (len(found.offers), found.total) == (1, 2)


def test_every_change_is_found_at_once(session: Session, hooyo: Organisation, cafe: Offer, beds: Offer, at: datetime) -> None:
    offers.change(session, cafe, name="Tea mornings", by=FLO, at=at, seen_version=cafe.version)
    assert (names(session, "tea"), names(session, "café mornings")) == (["Tea mornings"], [])
    hooyo.name = "Walaal Circle"
    cafe.place.postcode = "M1 2XY"  # type: ignore[union-attr]
    session.flush()
    assert (names(session, "walaal"), names(session, "hooyo"), names(session, "m12xy"), names(session, "ls97ab")) == (["Tea mornings"], [], ["Tea mornings"], [])
    beds.archived_at = at
    session.flush()
    assert names(session, "mattresses") == []
    beds.archived_at = None
    session.flush()
    assert names(session, "mattresses") == ["Mattresses given"]
    unlisted = DoNotList(name_key=organisations.do_not_list.name_key("Walaal Circle"), website_key="")
    organisations.archive_unlisted(session, unlisted, by=SYSTEM, at=at)
    assert names(session, "") == ["Mattresses given"]


def test_a_change_undone_leaves_the_old_words(session: Session, cafe: Offer) -> None:
    session.commit()
    cafe.name = "Zebra hour"
    session.flush()
    assert names(session, "zebra") == ["Zebra hour"]
    session.rollback()
    assert (names(session, "zebra"), names(session, "mornings")) == ([], ["Café mornings"])


def test_a_withheld_place_is_nowhere_in_the_index(session: Session, cafe: Offer) -> None:
    cafe.description = "Come to Oak House, LS9 7AB (LS97AB), at Mill Lane, for letters."
    session.flush()
    assert names(session, "oak") == ["Café mornings"]
    cafe.place.withheld = True  # type: ignore[union-attr]
    session.flush()
    row = session.execute(select(OfferWords.name, OfferWords.partner, OfferWords.place, OfferWords.body)).one()
    assert not {"oak", "house", "mill", "lane", "ls9", "7ab", "ls97ab"} & set(" ".join(row).split())
    assert [names(session, typed) for typed in ("oak", "mill", "ls9", "ls97ab")] == [[], [], [], []]
    assert names(session, "letters") == ["Café mornings"]
    assert not {"oak", "ls97ab"} & set(searching.vocabulary(session))


def test_writing_every_row_again_gives_what_was_kept(session: Session, cafe: Offer, beds: Offer) -> None:
    columns = (OfferWords.offer_id, OfferWords.codes, OfferWords.name, OfferWords.partner, OfferWords.place, OfferWords.body)
    before = sorted(map(tuple, session.execute(select(*columns))))
    offer_words.write_all(session.connection())
    assert len(before) == 2
    assert sorted(map(tuple, session.execute(select(*columns)))) == before
    session.execute(delete(OfferWords))
    assert names(session, "mornings") == []


def test_confirming_writes_no_words_again(session: Session, cafe: Offer, at: datetime) -> None:
    before = session.scalar(select(OfferWords.id))
    cafe.confirmed_on = at.date()
    session.flush()
    assert session.scalar(select(OfferWords.id)) == before


def test_the_index_holds_what_its_table_holds(session: Session, cafe: Offer, beds: Offer) -> None:
    beds.name = "Beds"
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO offer_index (offer_index, rank) VALUES ('integrity-check', 1)"))
    else:
        assert session.scalar(text("SELECT count(*) FROM offer_words WHERE offer_index @@ to_tsquery('simple', 'beds')")) == 1


def test_no_two_needs_are_one_word_of_the_index(session: Session, hooyo: Organisation, at: datetime) -> None:
    for code in words.labels():
        offers.add(session, hooyo, name=code, needs=[code], by=SYSTEM, at=at)
    for code in words.labels():
        assert [o.needs for o in searching.find(session, "qqqq", labels={code: "qqqq"}).offers] == [[code]]
