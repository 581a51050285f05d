"""The demo's year counted twice: every unrounded measure, the days, attendance, a trust's totals, and every cell that was shown, against the recount; and faults that it notices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.schools import School
from partners.foundation import sealing
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.db import open_engine, session_factory
from partners.impact import attendance, auditing, counting, releases, shares, snapshot, trust_releases
from partners.impact import outcomes as headings
from partners.impact.periods import Period, periods_to
from partners.impact.school_data import keys as school_data_keys
from partners.impact.snapshot import Snapshot
from partners.impact.trust_releases import OneSchool
from partners.matching import words
from partners.registry import freshness
from partners.registry.offers import AvailabilityState, Offer
from tests.integration.impact import awkward_year, recount
from tests.integration.impact.recount_sealed import Books, Span
from tests.town_file import SCHOOL_DATA_KEY, SEALING_KEY, TownFile

LAST_YEAR = Period("Last school year", date(2025, 9, 1), date(2026, 8, 31))
TERM = Period("This school year", date(2026, 9, 1), date(2026, 10, 23))
FIRSTS = {"Partnerships": "since", "We have done something together": "joint_act", "They have done something for us": "they_did", "We have done something for them": "we_did",
          "Something changed because of one of us": "changed", "Parents from their community have a say": "parents_say"}


class Recounted:
    """Every row of every table, by the name of what it counts, from the recount alone."""

    def __init__(self, books: Books, groups: dict[str, str]) -> None:
        bands = [*snapshot.BANDS, (snapshot.OLDER, [f"Y{n}" for n in range(7, 14)])]
        self.books = books
        self.families = cache(self._families)  # the file stands still, and faults are tried against the same rows
        self.queries = {
            **recount.COUNTS, **recount.of_groups(groups), **recount.of_reasons(counting.REASONS), **recount.of_headings({code: headings.heading(code, groups) for code in groups}),
            **recount.of_bands(bands, list(counting.FAIR_STEPS)), **recount.of_endings(counting.LEFT),
        }

    def _families(self, key: str, school: str, span: Span) -> set[str]:
        """Return whom a row holds. Rows that were rare, and stand as one, hold all of theirs."""
        kind, _, rest = key.partition(":")
        if kind == "other":
            return set().union(*(self.families(part, school, span) for part in rest.split("+")))
        if kind in ("area", "ward1"):
            return self.books.areas(school, span).get(key, set())
        if kind == "linked":
            return self.books.among(self.queries[rest], school, span) & self.books.linked(school)
        if kind == "eq":
            trait, has, step = rest.split(":")
            linked, having = self.families(f"linked:{step}", school, span), self.books.having(school, trait)
            return linked & having if has == "yes" else linked - having
        if key.startswith("distance"):
            return self.books.moved(school, span)[key]
        return self.books.late(school, span) if key == "check_in_late" else self.books.among(self.queries[key], school, span)


def _town(town_file: TownFile, path: Path, happens: Callable[[Session, list[School], Actor], None]) -> Iterator[SimpleNamespace]:
    sealing.use_keys([SEALING_KEY])
    school_data_keys.use_keys([SCHOOL_DATA_KEY])
    engine = open_engine(town_file.copied_to(path))
    groups = {need.code: need.group for found in words.needs_by_group().values() for need in found}
    with session_factory(engine)() as session:
        schools = [session.get_one(School, school.id) for school in town_file.town.schools]
        happens(session, schools, town_file.town.liaison[schools[0].id])
        session.commit()
        found = Recounted(Books(path, keys=[SEALING_KEY], school_data_key=SCHOOL_DATA_KEY), groups)
        yield SimpleNamespace(session=session, schools=schools, groups=groups, recounted=found, books=found.books)
    engine.dispose()


@pytest.fixture(scope="module")
def marlbeck(town_file: TownFile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The demo's town, with a partner's pause in the middle of its year, and the recount of its file."""
    yield from _town(town_file, tmp_path_factory.mktemp("recount") / "kith.sqlite3", lambda session, schools, by: _pause(session, snapshot.take(session, schools[0]), by=by))


@pytest.fixture(scope="module")
def awkward(town_file: TownFile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The same town, in which a school also lived through what its year leaves out, after its figures were frozen."""
    yield from _town(town_file, tmp_path_factory.mktemp("awkward") / "kith.sqlite3", lambda session, schools, by: awkward_year.live_through(session, schools[0], by=by))


def _pause(session: Session, snap: Snapshot, *, by: Actor) -> None:
    """Pause the partner that took longest to answer and kept its promise, from the day after it was asked to the day before it answered."""
    kept = [r for r in snap.referrals if r.sent_at is not None and r.replied_at is not None and r.reply_days is not None and r.reply_days <= r.promise_days]
    slowest = max(kept, key=lambda r: r.reply_days or 0)
    assert slowest.sent_at is not None
    assert slowest.replied_at is not None
    for offer in session.scalars(select(Offer).where(Offer.organisation_id == slowest.organisation)):
        for state, at in ((AvailabilityState.PAUSED, slowest.sent_at + timedelta(days=1)), (AvailabilityState.OPEN, slowest.replied_at - timedelta(days=1))):
            freshness.set_availability(session, offer, state, by=by, at=at)


def span_of(period: Period) -> Span:
    return Span(period.starts_on, period.ends_on)


def ours(snap: Snapshot, period: Period, groups: dict[str, str]) -> dict[str, int]:
    """Return every count of families that a release is made from, by the name of its row."""
    rows = [
        *counting.families(snap, period), *counting.steps(snap, period), *counting.became(snap, period), *counting.introductions(snap, period), *counting.travelled(snap, period), *counting.voice(snap, period),
        *counting.work(snap, period), *counting.unmet_groups(snap, period, groups=groups), *counting.unmet_reasons(snap, period), *counting.unmet_areas(snap, period), *counting.unmet_wards(snap, period), *counting.left(snap, period),
        *headings.rows(snap, period, groups=groups),
    ]
    found = {row.key: len(row.families) for row in rows}
    found |= {f"band:{name}:{key}": len(who) for name, sets in counting.bands(snap, period) for key, who in sets.items()}
    return found | {f"{name}:{key}": len(who) for trait in counting.TRAITS for _, name, sets in counting.fairness(snap, period, trait) for key, who in sets.items()}


def differ(town: SimpleNamespace, school: School, snap: Snapshot, period: Period) -> dict[str, tuple[int, int]]:
    """Return the rows in which the code and the recount differ: the code's number and the recount's."""
    mine = ours(snap, period, town.groups)
    theirs = {key: len(town.recounted.families(key, school.id.hex, span_of(period))) for key in mine}
    return {key: (mine[key], theirs[key]) for key in mine if mine[key] != theirs[key]}


def days_differ(town: SimpleNamespace, school: School, snap: Snapshot, period: Period) -> bool:
    (_, replies), (_, talks) = counting.days(snap, period)
    their_replies, their_talks = town.books.replies(school.id.hex, span_of(period)), town.books.talks(school.id.hex, span_of(period))
    return (sorted(days for _, days in replies), sorted(days for _, days in talks)) != (sorted(days for _, days, _ in their_replies), sorted(their_talks))


def shares_differ(town: SimpleNamespace, school: School, snap: Snapshot, period: Period) -> dict[str, tuple[int, ...]]:
    """Return the shares in which the code and the recount differ: how many introductions, and for how many families, in the part and in the whole."""
    found = {}
    for share in every_share(snap, period):
        theirs = town.books.share(share.key, school.id.hex, span_of(period))
        mine = [sorted(family.hex for family in families) for families in (share.part, share.whole)]
        if mine != [sorted(families) for families in theirs]:
            found[share.key] = (*(len(f) for f in mine), *(len(f) for f in theirs))
    return found


def attendance_differs(town: SimpleNamespace, school: School, snap: Snapshot) -> bool:
    since, until = LAST_YEAR.starts_on, TERM.ends_on
    mine = attendance.compare(snap.school.weeks, counting.first_contacts(snap, since=since, until=until), until=until) if snap.school.weeks.mondays else None
    theirs = town.books.attendance(school.id.hex, since=since, until=until)
    if mine is None or theirs is None:
        return mine is not theirs
    near = all(arm.children == group.children and (arm.before, arm.after) == pytest.approx((group.before, group.after), abs=1e-9) for arm, group in zip(mine.arms, theirs[0], strict=True))
    return not near or mine.arms[0].families != theirs[1]


def test_every_count_of_families_agrees(marlbeck: SimpleNamespace) -> None:
    for school in marlbeck.schools:
        snap = snapshot.take(marlbeck.session, school)
        for period in (LAST_YEAR, TERM):
            assert differ(marlbeck, school, snap, period) == {}, (school.name, period.name)
            mine = ours(snap, period, marlbeck.groups)
            missed = {key for key in marlbeck.recounted.queries if key not in mine and marlbeck.recounted.families(key, school.id.hex, span_of(period))}
            assert not missed, "the recount has families in a row that the release does not have"
    first = ours(snapshot.take(marlbeck.session, marlbeck.schools[0]), LAST_YEAR, marlbeck.groups)
    tried = ("eq:fsm:yes:asked", "eq:sen:yes:asked", "eq:eal:yes:asked", "left", "area:LS14", "ward1:E05990003", "due_for", "unmet", "says_helped", "only_others", "distance_up", "distance_near", "distance_down")
    assert all(first[key] for key in tried), f"the demo's year tries nothing of some rows: {({key: first.get(key) for key in tried})}"


def test_working_days_agree(marlbeck: SimpleNamespace) -> None:
    for school in marlbeck.schools:
        snap = snapshot.take(marlbeck.session, school)
        for period in (LAST_YEAR, TERM):
            assert not days_differ(marlbeck, school, snap, period), (school.name, period.name)
            assert shares_differ(marlbeck, school, snap, period) == {}, (school.name, period.name)


def test_shares_of_introductions_and_of_our_own_turns_agree(awkward: SimpleNamespace) -> None:
    for school in awkward.schools:
        snap = snapshot.take(awkward.session, school)
        for period in (LAST_YEAR, TERM):
            assert shares_differ(awkward, school, snap, period) == {}, (school.name, period.name)
            assert differ(awkward, school, snap, period) == {}, (school.name, period.name)
            assert (snap.officers, shares.for_each_officer(snap, period)) == awkward.books.workload(school.id.hex, span_of(period))
    snap = snapshot.take(awkward.session, awkward.schools[0])
    tried = {share.key: (len(share.part), len(share.whole)) for share in every_share(snap, LAST_YEAR)}
    assert all(0 < part < whole for part, whole in tried.values()), f"the year tries nothing of some shares: {tried}"


def every_share(snap: Snapshot, period: Period) -> list[shares.Share]:
    return [*shares.of_all(snap, period), *shares.of_ours(snap, period)]


def test_attendance_agrees_and_so_does_what_was_shown_of_it(marlbeck: SimpleNamespace) -> None:
    for school in marlbeck.schools:
        assert not attendance_differs(marlbeck, school, snapshot.take(marlbeck.session, school)), school.name
    groups, families = marlbeck.books.attendance(marlbeck.schools[0].id.hex, since=LAST_YEAR.starts_on, until=TERM.ends_on)
    assert min(families, *(g.children for g in groups)) >= 10
    shown = last_of(marlbeck, marlbeck.schools[0]).tables["attendance"]
    assert shown["cells"] == [[round(100 * g.before), round(100 * g.after), nearest_five(g.children)] for g in groups]


def last_of(town: SimpleNamespace, school: School) -> releases.Release:
    found: releases.Release = releases.of_school(town.session, school.id, by=SYSTEM)[0]
    return found


def nearest_five(count: int) -> int:
    return 5 * ((count + 2) // 5)


def in_hundred(part: list[str], whole: list[str]) -> Any:
    """Return a share as it may be shown: of figures to the nearest five, for twenty families or more, and none of one to seven."""
    if len(set(whole)) < 20 or 1 <= len(set(part)) <= 7:
        return "*"
    return min(100, round(100 * nearest_five(len(part)) / nearest_five(len(whole))))


def wrongly_shown(release: Any, recounted: Callable[[str, Span], int]) -> list[tuple[str, Any, int]]:
    """Return the cells that do not say what the recount has: 0, a star for 1 to 7, else the nearest five; what is held back says nothing."""
    tables, wrong = {t["name"]: t for t in json.loads(release.document)["tables"]}, []
    for known in release.parameters["tables"]:
        for names, cells in zip(known["quantities"], tables[known["name"]]["cells"], strict=True):
            for name, cell in zip(names, cells, strict=True):
                key, starts, ends = name.rsplit("|", 2)
                count = recounted(key, Span(date.fromisoformat(starts), date.fromisoformat(ends)))
                if cell not in ("–", "*" if 1 <= count <= 7 else nearest_five(count)):
                    wrong.append((name, cell, count))
    return wrong


def test_every_cell_that_a_school_showed_is_the_recounts_number_rounded(marlbeck: SimpleNamespace) -> None:
    for school in marlbeck.schools:
        release = last_of(marlbeck, school)
        assert wrongly_shown(release, lambda key, span, of=school.id.hex: len(marlbeck.recounted.families(key, of, span))) == [], school.name
        spans = [Span(date.fromisoformat(p["starts_on"]), date.fromisoformat(p["ends_on"])) for p in release.parameters["periods"]]
        counts = [len(marlbeck.books.among(recount.PARTNERS_WHO_HELPED, school.id.hex, span)) for span in spans]
        assert release.tables["partners"]["cells"] == [["*" if 1 <= n <= 7 else nearest_five(n) for n in counts]]
        keys = [share.key for share in every_share(snapshot.take(marlbeck.session, school), LAST_YEAR)]
        told = [in_hundred(*marlbeck.books.share(key, school.id.hex, span)) for key in keys for span in spans]
        assert [cell for name in ("shares", "ours") for row in release.tables[name]["cells"] for cell in row] == told, school.name
        assert [cell for [cell] in release.tables["workload"]["cells"]] == list(marlbeck.books.workload(school.id.hex, spans[0])), school.name
        firsts = recount.of_partnerships(FIRSTS)
        assert release.tables["together"]["rows"] == list(firsts)
        assert release.tables["together"]["cells"] == [[len(marlbeck.books.among(query, school.id.hex, span)) for span in spans] for query in firsts.values()]


def of_trust(town: SimpleNamespace, key: str, span: Span) -> int:
    """Return a trust's total by the recount: the families of all of its schools."""
    ids = [school for (school,) in town.books.rows("SELECT school_id FROM trust_schools")]
    return len(set().union(*(town.recounted.families(key, school, span) for school in ids)))


def totals_differ(town: SimpleNamespace, members: list[OneSchool]) -> list[tuple[str, int, int]]:
    tables, _ = trust_releases.totals(members, groups=town.groups)
    found = []
    for table in map(auditing.plainly, tables):
        for names, counts in zip(table.quantities, table.counts, strict=True):
            for name, count in zip(names, counts, strict=True):
                key, starts, ends = name.rsplit("|", 2)
                theirs = of_trust(town, key, Span(date.fromisoformat(starts), date.fromisoformat(ends)))
                found += [(name, count, theirs)] if count != theirs else []
    return found


def members_of(town: SimpleNamespace) -> list[OneSchool]:
    return [OneSchool(school, snapshot.take(town.session, school), periods_to(school, TERM.ends_on)) for school in town.schools]


def test_a_trusts_totals_agree_before_and_after_the_rule(marlbeck: SimpleNamespace) -> None:
    assert len(marlbeck.books.rows("SELECT school_id FROM trust_schools")) == 3
    assert totals_differ(marlbeck, members_of(marlbeck)) == []
    [release] = marlbeck.session.scalars(select(trust_releases.TrustRelease).order_by(trust_releases.TrustRelease.ends_on.desc()).limit(1))
    assert wrongly_shown(release, lambda key, span: of_trust(marlbeck, key, span)) == []
    assert sum(isinstance(cell, int) and cell > 0 for t in release.tables.values() for row in t["cells"] for cell in row) >= 10


# Faults that a count could have, each put into what the code read. The recount, which reads the file itself, must differ.


def _letters_of_the_area(snap: Snapshot) -> None:
    for need in snap.needs.values():
        need.outcode = need.outcode and need.outcode.rstrip("0123456789")


def _everybody_in_one_ward(snap: Snapshot) -> None:
    for need in snap.needs.values():
        need.ward = "E05990001"


def _one_child_alone(trait: str) -> Callable[[Snapshot], None]:
    def fault(snap: Snapshot) -> None:
        having = next(t for f, t in snap.school.traits.items() if t[trait] == "yes" and f in {n.family for n in snap.needs.values()})
        having[trait] = "no"

    return fault


def _a_family_left_out(snap: Snapshot) -> None:
    gone = next(n.family for n in snap.needs.values() if LAST_YEAR.low <= n.opened_at < LAST_YEAR.high)
    snap.needs = {i: n for i, n in snap.needs.items() if n.family != gone}
    snap.referrals = [r for r in snap.referrals if r.family != gone]
    snap.said = [said for said in snap.said if said[0] in snap.needs]


def _check_ins_never_made(snap: Snapshot) -> None:
    snap.turns = [replace(t, done_at=None, dropped_at=None) for t in snap.turns]


def _why_it_ended(snap: Snapshot) -> None:
    for r in snap.referrals:
        r.code = "got_help_elsewhere"


def _others_speak_for_families(snap: Snapshot) -> None:
    for r in snap.referrals:
        r.says, r.words = [(word.at, word.result != "not_met") for word in r.words], [replace(word, said_by="family") for word in r.words]


def _only_what_was_typed_at_closing(snap: Snapshot) -> None:
    for need, numbers in snap.numbers.items():
        closed = {word.at for r in snap.referrals if r.need == need for word in r.words}
        snap.numbers[need] = [n for n in numbers if n.known_at in closed]


FAULTS = [
    ("distance", _only_what_was_typed_at_closing),
    ("says_helped", _others_speak_for_families), ("only_others", _others_speak_for_families),
    ("area:", _letters_of_the_area), ("ward1:", _everybody_in_one_ward), ("eq:fsm:", _one_child_alone("fsm")), ("eq:sen:", _one_child_alone("sen")), ("eq:eal:", _one_child_alone("eal")), ("asked", _a_family_left_out),
    ("check_in_late", _check_ins_never_made), ("left:", _why_it_ended),
]


def _no_promise_is_kept(snap: Snapshot) -> None:
    for r in snap.referrals:
        r.promise_days = -1


def _what_ran_out_was_never_due(snap: Snapshot) -> None:
    for r in snap.referrals:
        r.ended_as = "withdrawn" if r.ended_as == "expired" else r.ended_as


def _one_introduction_a_family(snap: Snapshot) -> None:
    snap.referrals = list({r.family: r for r in snap.referrals}.values())


def _only_who_was_spoken_with(snap: Snapshot) -> None:
    snap.referrals = [r for r in snap.referrals if r.contacted_at is not None]


def _closed_ones_forgotten(snap: Snapshot) -> None:
    snap.turns = [t for t in snap.turns if t.need not in {r.need for r in snap.referrals if r.ended_as == "closed"}]


def _whoever_was_late_answered(snap: Snapshot) -> None:
    snap.turns = [replace(t, due_on=t.due_on + timedelta(days=30)) for t in snap.turns]


SHARE_FAULTS = [
    ("in_time", _no_promise_is_kept), ("ran_out", _what_ran_out_was_never_due), ("taken_on", _one_introduction_a_family), ("talked_in_time", _only_who_was_spoken_with),
    ("never_talked", _only_who_was_spoken_with), ("ours:check_in", _closed_ones_forgotten), ("ours:question", _whoever_was_late_answered), ("ours:yes", _whoever_was_late_answered),
]


@pytest.mark.parametrize(("row", "fault"), SHARE_FAULTS, ids=[row for row, _ in SHARE_FAULTS])
def test_the_recount_notices_a_fault_in_a_share(awkward: SimpleNamespace, row: str, fault: Callable[[Snapshot], None]) -> None:
    snap = snapshot.take(awkward.session, awkward.schools[0])
    fault(snap)
    assert row in {key for period in (LAST_YEAR, TERM) for key in shares_differ(awkward, awkward.schools[0], snap, period)}


@pytest.mark.parametrize(("row", "fault"), FAULTS, ids=[row for row, _ in FAULTS])
def test_the_recount_notices_a_fault_in_a_count(marlbeck: SimpleNamespace, row: str, fault: Callable[[Snapshot], None]) -> None:
    snap = snapshot.take(marlbeck.session, marlbeck.schools[0])
    fault(snap)
    found = {key for period in (LAST_YEAR, TERM) for key in differ(marlbeck, marlbeck.schools[0], snap, period)}
    assert any(key.startswith(row) for key in found), found


def test_the_recount_notices_holidays_that_are_waited_through(marlbeck: SimpleNamespace) -> None:
    never_shut: Any = SimpleNamespace(id=marlbeck.schools[0].id, closed_spans=lambda **_: [])
    assert days_differ(marlbeck, marlbeck.schools[0], snapshot.take(marlbeck.session, never_shut), LAST_YEAR)


def test_the_recount_notices_pauses_that_are_waited_through(marlbeck: SimpleNamespace) -> None:
    snap = snapshot.take(marlbeck.session, marlbeck.schools[0])
    for row in snap.referrals:
        snapshot._days(row, marlbeck.schools[0], [])
    assert any(days_differ(marlbeck, marlbeck.schools[0], snap, period) for period in (LAST_YEAR, TERM))


def _a_week_late(snap: Snapshot) -> None:
    for r in snap.referrals:
        r.contacted_at = r.contacted_at and r.contacted_at + timedelta(weeks=1)


def _half_days_of_a_year_above(snap: Snapshot) -> None:
    snap.school.weeks.years = [year and "Y6" for year in snap.school.weeks.years]


def _half_days_lost(snap: Snapshot) -> None:
    snap.school.weeks.attended[::7] //= 2


@pytest.mark.parametrize("fault", [_a_week_late, _half_days_of_a_year_above, _half_days_lost], ids=["weeks", "years", "half-days"])
def test_the_recount_notices_a_fault_in_attendance(marlbeck: SimpleNamespace, fault: Callable[[Snapshot], None]) -> None:
    snap = snapshot.take(marlbeck.session, marlbeck.schools[0])
    fault(snap)
    assert attendance_differs(marlbeck, marlbeck.schools[0], snap)


@pytest.mark.parametrize("fault", ["a school left out", "a school counted as another", "needs of the year before"])
def test_the_recount_notices_a_fault_in_a_trusts_totals(marlbeck: SimpleNamespace, fault: str) -> None:
    members = members_of(marlbeck)
    if fault == "a school left out":
        members = members[:2]
    elif fault == "a school counted as another":
        members[2] = replace(members[2], snap=members[1].snap)
    else:
        for need in [n for m in members for n in m.snap.needs.values() if n.opened_at >= LAST_YEAR.low][:3]:
            need.opened_at -= timedelta(days=365)
    assert totals_differ(marlbeck, members)
