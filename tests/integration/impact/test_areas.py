"""Areas in releases: by district until the wards are known, then by ward; what was released stays, and the same days are never shown both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import families, needs
from partners.families.schools import School
from partners.foundation import ward_lists
from partners.foundation.actors import SYSTEM
from partners.impact import area_tables, asks, releases, report, rounds, snapshot
from partners.impact.releases import Release

LAST_YEAR, AUTUMN, LATER = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 9, 7, 9, tzinfo=UTC), datetime(2026, 11, 9, 9, tzinfo=UTC))
OCTOBER, DECEMBER = datetime(2026, 11, 3, 9, tzinfo=UTC), datetime(2027, 1, 4, 9, tzinfo=UTC)
WARDS = "postcode,ward\nLS9 7AB,E05000001\nLS8 3QD,E05000001\nLS14 6PA,E05000002\n"
LIVED = ("LS9 7AB", "LS8 3QD", "LS14 6PA")


def told(session: Session, office: SimpleNamespace, at: datetime, postcode: str | None, count: int) -> None:
    """Let families of a postcode tell a need, and find that nothing meets it."""
    for _ in range(count):
        family = families.add(session, initials="AK", postcode=postcode, by=office.flo, at=at)
        [need] = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=office.flo, at=at)
        needs.nothing_suitable(session, need, reason="time", by=office.flo, at=at)


def bring_wards(session: Session, folder: Path, text: str = WARDS) -> None:
    path = folder / "wards.csv"
    path.write_text(text, encoding="utf-8")
    made = ward_lists.plan(session, ward_lists.read(path), {"E05000001": ("Beck & Dale", None), "E05000002": ("Marl Hill", None)})
    ward_lists.apply(session, made, file_name="wards.csv", by=SYSTEM, at=AUTUMN)


def freeze(session: Session, school: School, at: datetime) -> Release:
    made = rounds.release_for(session, school, at=at)
    assert made.is_new, made.because
    assert made.release is not None
    return made.release


@pytest.fixture
def a_year(session: Session, office: SimpleNamespace) -> SimpleNamespace:
    """The office's school with families of three districts who told a need last year and in the autumn."""
    for at in (LAST_YEAR, AUTUMN):
        for postcode, count in zip(LIVED, (13, 11, 12), strict=True):
            told(session, office, at, postcode, count)
    return office


def test_a_school_goes_over_to_wards_with_the_next_release_and_the_last_stays_to_the_byte(session: Session, a_year: SimpleNamespace, tmp_path: Path) -> None:
    first = freeze(session, a_year.school, OCTOBER)
    before = (first.document, first.sha256)
    assert first.column("unmet_areas", "Last school year") == [("LS14", 10), ("LS8", 10), ("LS9", 15), ("All", 35)]
    assert first.parameters["areas"]["by"] == "district"
    bring_wards(session, tmp_path)
    for postcode, count in zip(LIVED, (5, 9, 8), strict=True):
        told(session, a_year, LATER, postcode, count)
    second = freeze(session, a_year.school, DECEMBER)
    assert "unmet_areas" not in second.tables
    assert second.parameters["areas"]["by"] == "ward"
    assert second.parameters["areas"]["across"] == {"E05000001": ["LS8", "LS9"], "E05000002": ["LS14"]}
    assert second.column("unmet_wards", "This school year") == [("Beck & Dale", 40), ("Marl Hill", 20), ("All", 60)]
    assert second.column("unmet_wards", "Last school year") == [("Beck & Dale", "–"), ("Marl Hill", "–"), ("All", 35)]
    releases.verify(second)
    releases.verify(first)
    assert (first.document, first.sha256) == before
    assert '"unmet_wards"' in second.document  # so that its fingerprint says which way it counts


def test_where_the_wards_of_too_many_postcodes_are_unknown_it_stays_by_district(session: Session, a_year: SimpleNamespace, tmp_path: Path) -> None:
    bring_wards(session, tmp_path)
    told(session, a_year, AUTUMN, "LS1 4AP", 8)
    assert snapshot.take(session, a_year.school).areas.by == "ward"  # 72 of 80 are known
    told(session, a_year, AUTUMN, "LS1 4AP", 1)
    assert snapshot.take(session, a_year.school).areas.by == "district"
    assert "unmet_wards" not in freeze(session, a_year.school, OCTOBER).tables


def test_families_without_a_postcode_are_not_known_and_do_not_keep_a_school_from_wards(session: Session, a_year: SimpleNamespace, tmp_path: Path) -> None:
    bring_wards(session, tmp_path)
    told(session, a_year, AUTUMN, None, 30)
    made = freeze(session, a_year.school, OCTOBER)
    assert made.column("unmet_wards", "This school year") == [("Beck & Dale", 25), ("Marl Hill", 10), ("Not known", 30), ("All", 65)]
    # Nobody is asked for a room in a place that is not known.
    assert not any("Not known" in words for words in asks.drafts(made, "This school year"))


def test_the_report_says_ward(session: Session, a_year: SimpleNamespace, tmp_path: Path) -> None:
    bring_wards(session, tmp_path)
    made = freeze(session, a_year.school, OCTOBER)
    table = report.of(made, school="Hill").table("unmet_wards")
    assert table is not None
    assert (table.title, table.measures) == ("Needs that nothing met, by ward", ("Unmet need",))
    assert "unmet_wards,Beck & Dale,Last school year,25" in report.as_csv(made)
    assert area_tables.of(made).noun == "ward"
    assert any("live in Beck & Dale" in words for words in asks.drafts(made, "Last school year"))


def test_a_release_from_before_wards_were_counted_still_has_its_districts(session: Session, a_year: SimpleNamespace) -> None:
    made = freeze(session, a_year.school, OCTOBER)
    made.parameters = {k: v for k, v in made.parameters.items() if k != "areas"}
    assert (area_tables.of(made).name, area_tables.of(made).grid) == ("unmet_areas", {})
    assert area_tables.released([made])[0][0] == "area"
    assert {t.name for t in releases.known(made)} >= {"unmet_areas"}
