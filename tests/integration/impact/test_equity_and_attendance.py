"""Equity and attendance: of linked families alone, under the same rules, never without the groups beside it, and repeated until ten more have their weeks."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from sqlalchemy.orm import Session

from partners.families import families, needs
from partners.impact import attendance, counting, releases, report, rounds, snapshot
from partners.impact.disclosure import HELD, SMALL
from partners.impact.measures import MEASURES
from partners.impact.periods import Period, instant
from partners.impact.school_data import files, keys, plans
from partners.impact.school_data.reading import TRAITS, Weeks
from tests.builders_school_data import upn

BEGAN = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
YEAR = Period("This school year", date(2026, 9, 1), date(2026, 10, 31))
FIRST = date(2026, 1, 5)  # a Monday


def bring(session: Session, office: SimpleNamespace, lines: list[str]) -> None:
    blob = "\n".join(["Kith code,UPN,FSM,SEN,First Language", *lines]).encode()
    plans.apply(session, files.keep(session, blob, file_name="a.csv", by=office.admin, at=BEGAN), by=office.admin, at=BEGAN)


def asked(session: Session, office: SimpleNamespace, number: int) -> list[families.Family]:
    found = []
    for _ in range(number):
        family = families.add(session, initials="AK", by=office.flo, at=BEGAN)
        needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=office.flo, at=BEGAN)
        found.append(family)
    return found


def sizes(session: Session, office: SimpleNamespace, trait: str) -> list[int]:
    return [len(sets["asked"]) for _, _, sets in counting.fairness(snapshot.take(session, office.school), YEAR, trait)]


def test_a_family_is_counted_once_by_any_of_its_children_and_one_that_is_not_linked_not_at_all(session: Session, office: SimpleNamespace) -> None:
    one, two, three, _ = asked(session, office, 4)
    a, b, c = (keys.code_of(f.id) for f in (one, two, three))
    bring(session, office, [f"{a},{upn(1)},Yes,N,English", f"{a},{upn(2)},No,K,English", f"{b},{upn(3)},No,N,Somali", f"{c},{upn(4)},,,"])
    assert sizes(session, office, "fsm") == [1, 2, 3]
    assert sizes(session, office, "sen") == [1, 2, 3]
    assert sizes(session, office, "eal") == [1, 2, 3]
    assert snapshot.take(session, office.school).school.traits[three.id] == dict.fromkeys(TRAITS, "not_known")


def test_a_family_with_the_lead_is_in_no_group(session: Session, office: SimpleNamespace) -> None:
    [one] = asked(session, office, 1)
    bring(session, office, [f"{keys.code_of(one.id)},{upn(1)},Yes,K,Somali"])
    families.stop(session, one, by=office.flo, at=BEGAN)
    snap = snapshot.take(session, office.school)
    assert (snap.school.traits, sizes(session, office, "fsm")) == ({}, [0, 0, 0])


def released(session: Session, office: SimpleNamespace, yes: int, no: int) -> releases.Release:
    found = asked(session, office, yes + no)
    bring(session, office, [f"{keys.code_of(f.id)},{upn(n)},{'Yes' if n < yes else 'No'},N,English" for n, f in enumerate(found)])
    made = rounds.release_for(session, office.school, at=AFTER).release
    assert made is not None
    return made


def test_equity_is_shown_rounded_with_its_whole_and_in_the_report(session: Session, office: SimpleNamespace) -> None:
    made = released(session, office, 12, 28)
    assert [row[0] for row in made.tables["equity_fsm"]["cells"]] == [10, 30, 40]
    told = report.of(made, school="Hill")
    assert told.table("equity_fsm").measures == ("Equity",)


def test_a_small_group_is_hidden_and_one_that_is_nearly_all_is_held_back(session: Session, office: SimpleNamespace) -> None:
    made = released(session, office, 2, 38)
    table = made.tables.get("equity_fsm")
    assert table is None or [row[0] for row in table["cells"][:2]] == [SMALL, HELD]


def test_under_twenty_linked_families_there_is_no_table(session: Session, office: SimpleNamespace) -> None:
    made = released(session, office, 10, 9)
    assert not {"equity_fsm", "equity_sen", "equity_eal"} & set(made.tables)


def test_no_measure_and_no_table_is_of_ethnicity_or_religion(session: Session, office: SimpleNamespace) -> None:
    made = released(session, office, 15, 15)
    rows = " ".join(label for table in made.tables.values() for label in table["rows"]).lower()
    assert "ethnic" not in rows
    assert "relig" not in rows
    assert set(counting.TRAITS) == {"fsm", "sen", "eal"}
    assert all(m.tables for m in MEASURES)


def a_school(chance: random.Random, *, helped: int, others: int, start: float = 0.8, rise: int = 0) -> tuple[Weeks, dict[uuid.UUID, date]]:
    """Thirty school weeks; the helped are spoken with in the eleventh."""
    mondays = [FIRST + timedelta(weeks=n) for n in range(30)]
    contacts = {uuid.uuid4(): mondays[10] + timedelta(days=2) for _ in range(helped)}
    families_of = [*contacts, *[None] * others]
    attended = np.array([[min(10, sum(chance.random() < start for _ in range(10)) + (rise if f and n >= 12 else 0)) for n in range(30)] for f in families_of], dtype=np.int16)
    return Weeks(mondays, np.full_like(attended, 10), attended, ["Y4"] * len(families_of), list(families_of)), contacts


def test_three_groups_stand_beside_each_other_in_the_same_weeks() -> None:
    weeks, contacts = a_school(random.Random(1), helped=12, others=60)  # noqa: S311
    found = attendance.compare(weeks, contacts, until=date(2026, 12, 31))
    assert found is not None
    assert found.may_be_shown
    by_hand = weeks.attended[:12, 4:10].sum() / weeks.possible[:12, 4:10].sum(), weeks.attended[:12, 12:18].sum() / weeks.possible[:12, 12:18].sum()
    assert (found.arms[0].before, found.arms[0].after) == pytest.approx(by_hand)
    assert (found.arms[0].children, found.arms[0].families, found.arms[1].children) == (12, 12, 72)
    table = attendance.table(found)
    assert len(table["rows"]) == 3
    assert all(isinstance(cell, int) for row in table["cells"] for cell in row)


def test_a_low_start_that_rises_by_itself_rises_in_the_similar_group_too() -> None:
    """Everybody's share is drawn afresh; the helped are those who began low. The comparison shows the same rise without any help."""
    chance = random.Random(3)  # noqa: S311
    weeks, _ = a_school(chance, helped=0, others=600, start=0.9)
    low = np.flatnonzero(weeks.attended[:, 4:10].sum(axis=1) <= 51)
    assert len(low) >= 24
    for n in low[::2]:
        weeks.families[n] = uuid.uuid4()
    contacts = {f: weeks.mondays[10] for f in weeks.families if f is not None}
    found = attendance.compare(weeks, contacts, until=date(2026, 12, 31))
    helped, _, similar = found.arms
    assert helped.after - helped.before > 0.03
    assert abs((helped.after - helped.before) - (similar.after - similar.before)) < 0.02


@pytest.mark.parametrize(("helped", "others", "shown"), [(9, 60, False), (10, 60, True), (12, 3, False)])
def test_ten_are_needed_in_every_group(helped: int, others: int, shown: bool) -> None:
    weeks, contacts = a_school(random.Random(5), helped=helped, others=others)  # noqa: S311
    found = attendance.compare(weeks, contacts, until=date(2026, 12, 31))
    assert (found is not None and found.may_be_shown) is shown


def test_siblings_are_one_family_of_the_ten() -> None:
    weeks, contacts = a_school(random.Random(7), helped=12, others=60)  # noqa: S311
    one = next(iter(contacts))
    weeks.families[:6] = [one] * 6
    found = attendance.compare(weeks, contacts, until=date(2026, 12, 31))
    assert (found.arms[0].children, found.arms[0].families, found.may_be_shown) == (12, 7, False)


def test_holidays_are_no_weeks_and_a_window_that_is_not_over_is_left_out() -> None:
    weeks, contacts = a_school(random.Random(9), helped=12, others=60)  # noqa: S311
    last = weeks.mondays[17]
    assert attendance.compare(weeks, contacts, until=last + timedelta(days=3)) is None
    assert attendance.compare(weeks, contacts, until=last + timedelta(days=4)) is not None
    weeks.mondays[12:] = [day + timedelta(weeks=2) for day in weeks.mondays[12:]]  # two weeks without school: six weeks from after them
    assert attendance.compare(weeks, contacts, until=last + timedelta(days=4)) is None
    assert attendance.compare(weeks, contacts, until=last + timedelta(weeks=2, days=4)).arms[0].children == 12


def spoken_with(family: uuid.UUID, on: date) -> snapshot.ReferralRow:
    at = instant(on) + timedelta(hours=10)
    return snapshot.ReferralRow(uuid.uuid4(), family, uuid.uuid4(), at, "introduce", at, None, at, at, at, at, None, None, None, None, 5)


def test_the_table_is_repeated_until_ten_more_families_have_both_windows() -> None:
    weeks, contacts = a_school(random.Random(11), helped=21, others=60)  # noqa: S311
    snap, periods = snapshot.Snapshot(), tuple(Period("p", date(2026, 1, 1), date(2026, 12, 31)) for _ in range(4))
    snap.school.weeks = weeks
    snap.referrals = [spoken_with(family, weeks.mondays[9 if n < 12 else 12]) for n, family in enumerate(contacts)]
    shown_before = {"name": "attendance", "rows": [], "columns": [], "cells": []}
    last = SimpleNamespace(tables={"attendance": shown_before}, ends_on=weeks.mondays[17])  # twelve had theirs, nine more since
    assert releases._attendance(snap, periods, last) == [shown_before]
    last.ends_on = weeks.mondays[10]
    assert releases._attendance(snap, periods, last) != [shown_before]
