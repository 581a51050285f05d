"""Releases: figures frozen each half-term, byte for byte as they were shown. Everything that a head, a report or a file shows comes from one."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact import area_tables, attendance, auditing, counting, outcomes, shares, snapshot, together
from partners.impact.areas import WARD
from partners.impact.disclosure import (
    LEAST_FAMILIES,
    LEAST_FOR_AVERAGES,
    SMALL,
    Counted,
    Shown,
    counted,
    merged,
    quantity,
    ruled,
    shown,
)
from partners.impact.measures import MEASURES
from partners.impact.periods import Period, finished, periods_to
from partners.matching.suggestions import SuggestionRun

RULES = "2026-11.5"  # the version of what is counted and how it is made safe
LEAST_CHANGED = 10  # families added or changed since the last release: domain guide 8.2, rule 1
Say = Callable[[str], None]


class Frozen:
    """What every release can say of itself."""

    if TYPE_CHECKING:
        id: Any
        made_at: Any
        sha256: Any
        document: Any
        parameters: Any
        ends_on: Any

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The tables by name."""
        return {t["name"]: t for t in json.loads(self.document)["tables"]}

    @property
    def together(self) -> dict[str, Any]:
        """What was frozen of what is done together; empty in a release from before it was. It stands beside the document, whose form is agreed."""
        found: dict[str, Any] = self.parameters.get("together", {})
        return found

    def cell(self, table: str, row: str, column: str) -> Shown | None:
        """Return one shown figure, or None where the table or the row is not in this release."""
        found = self.tables.get(table)
        if found is None or row not in found["rows"] or column not in found["columns"]:
            return None
        value: Shown = found["cells"][found["rows"].index(row)][found["columns"].index(column)]
        return value

    def column(self, table: str, column: str, *, whole: bool = True) -> list[tuple[str, Shown]]:
        """Return the rows of a table in one period, none where it is not in this release; without the last row, which is all of them, where it is not `whole`."""
        known = self.tables.get(table)
        if known is None or column not in known["columns"]:
            return []
        at = known["columns"].index(column)
        rows = [(label, cells[at]) for label, cells in zip(known["rows"], known["cells"], strict=True)]
        return rows if whole else rows[:-1]


class Release(Frozen, Base):
    """One frozen set of tables. `document` is what was shown, to the byte; nothing ever changes it."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("school_id", "ends_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    ends_on: Mapped[date]
    made_at: Mapped[datetime]
    changed_families: Mapped[int] = mapped_column(Integer)
    parameters: Mapped[dict[str, Any]]
    document: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Made:
    """A release, and whether it is a new one. The last one is repeated where too few families changed or no half-term has ended since."""

    release: Release | None
    is_new: bool
    because: str


def latest(session: Session, *, by: Actor) -> Release | None:
    """Return the last release of the actor's school, or None."""
    access.require(by, "impact:read")
    return _latest(session, by.school_id)


def _latest(session: Session, school_id: uuid.UUID | None) -> Release | None:
    return session.scalar(select(Release).where(Release.school_id == school_id).order_by(Release.ends_on.desc()).limit(1))


def get(session: Session, release_id: uuid.UUID, *, by: Actor) -> Release:
    """Return a release of the actor's school. Raises NotFound."""
    release = session.get(Release, release_id)
    if release is None:
        access.require(by, "impact:read")
        raise NotFound("release")
    access.require(by, "impact:read", release)
    return release


def of_school(session: Session, school_id: uuid.UUID, *, by: Actor) -> list[Release]:
    """Return a school's releases, the latest first."""
    access.require(by, "impact:release")
    return list(session.scalars(select(Release).where(Release.school_id == school_id).order_by(Release.ends_on.desc())))


def make(session: Session, school: School, *, groups: dict[str, str], by: Actor, at: datetime, say: Say | None = None) -> Made:
    """Make the release of the last half-term that has ended, unless there is one or fewer than ten families were added or changed since the last.

    `groups` gives each need code's group. Nobody can choose what is counted, over which days, or for whom.
    """
    access.require(by, "impact:release")
    tell = say or (lambda _words: None)
    ends = finished(school, day_of(at))
    last = _latest(session, school.id)
    if not ends or (last is not None and last.ends_on >= ends[-1]):
        return Made(last, False, "no half-term has ended since the last release")
    periods = periods_to(school, ends[-1])
    tell("Reading what happened")
    snap = snapshot.take(session, school)
    changed = snap.changed(None if last is None else _high(last), periods[0].high)
    if changed < LEAST_CHANGED:
        return Made(last, False, f"fewer than {LEAST_CHANGED} families were added or changed since the last release")
    earlier = list(session.scalars(select(Release).where(Release.school_id == school.id).order_by(Release.ends_on)))
    tell("Counting families")
    by_area = area_tables.released(earlier)
    tables = [area_tables.apart(from_before(t, earlier), by_area) for t in tables_of(snap, periods, groups=groups)]
    tell("Trying what a reader could work out")
    kept = _tried(session, school, tables, earlier, until=ends[-1], groups=groups)
    release = Release(
        id=new_id(), school_id=school.id, ends_on=ends[-1], made_at=at, changed_families=changed, document="", sha256="",
        parameters={
            "rules": RULES, "roll": school.roll, "matching_policies": sorted(session.scalars(select(SuggestionRun.policy).where(SuggestionRun.school_id == school.id, SuggestionRun.made_at < periods[0].high).distinct())),
            "query": [{"measure": m.name, "counted": m.numerator, "over": m.denominator, "left_out": m.exclusions, "tables": list(m.tables)} for m in MEASURES], "periods": [{"name": p.name, "starts_on": p.starts_on.isoformat(), "ends_on": p.ends_on.isoformat()} for p in periods],
            "withheld": sorted({t.name for t in tables} - {t.name for t in kept}), "tables": [{"name": t.name, "kind": t.kind, "quantities": [list(q) for q in t.quantities]} for t in kept],
            "areas": area_tables.frozen(snap.areas, kept),
        },
    )
    tell("Trying what one change would meet")
    release.parameters = release.parameters | {"together": together.frozen(session, school, periods[2], at=at)}
    document = {"release": str(release.id), "tables": [t.published() for t in kept] + _others(snap, periods) + _shares(snap, periods, earlier) + _workload(snap, periods[0]) + _attendance(snap, periods, last)}
    release.document = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    release.sha256 = hashlib.sha256(release.document.encode()).hexdigest()
    session.add(release)
    session.flush()
    audit.record(session, "impact:released", ("release", release.id), by=by, at=at, ends_on=ends[-1].isoformat(), sha256=release.sha256)
    return Made(release, True, "a half-term has ended")


def _tried(session: Session, school: School, tables: list[Counted], earlier: list[Release], *, until: date, groups: dict[str, str]) -> list[Counted]:
    """Return the tables that may be shown beside what this school, its trust and the trust's other schools have shown, to anybody and to the people of those schools."""
    from partners.impact import trust_releases

    around, sums, exactly = trust_releases.beside(session, school.id, until=until, groups=groups)
    owner = str(school.id)
    own = [[auditing.whose(t, owner) for t in known(r)] for r in earlier]
    return [auditing.plainly(t) for t in auditing.safe([auditing.whose(t, owner) for t in tables], [*own, *around], sums=sums, exactly=exactly)]


def _high(release: Release) -> datetime:
    return Period("", release.ends_on, release.ends_on).high


def tables_of(snap: snapshot.Snapshot, periods: tuple[Period, ...], *, groups: dict[str, str]) -> list[Counted]:
    """Return the fixed list of tables, counted and under the rule of small numbers, before the audit."""
    found = [
        counted("families", "free", periods, [counting.families(snap, p) for p in periods]), counted("steps", "chain", periods, [counting.steps(snap, p) for p in periods]),
        counted("became", "parts", periods, [counting.became(snap, p) for p in periods]), counted("introductions", "chain", periods, [counting.introductions(snap, p) for p in periods]),
        counted("travelled", "parts", periods, [counting.travelled(snap, p) for p in periods]), counted("voice", "free", periods, [counting.voice(snap, p) for p in periods]), counted("work", "free", periods[:1], [counting.work(snap, periods[0])]),
    ]
    by_area = area_tables.TABLES[snap.areas.by]
    for name, rows in (
        ("unmet_groups", [counting.unmet_groups(snap, p, groups=groups) for p in periods]), ("unmet_reasons", [counting.unmet_reasons(snap, p) for p in periods]),
        (by_area, [counting.unmet_by_area(snap, p) for p in periods]), ("left", [counting.left(snap, p) for p in periods]),
        ("outcomes", [outcomes.rows(snap, p, groups=groups) for p in periods]),
    ):
        # A family lives in one area, so areas add up to all of them, as any reader knows; the other tables may hold a family in two rows.
        kind = "parts" if name == by_area else "sets"
        table = counted(name, kind, periods, merged(rows), base=[len(counting.asked(snap, p)) for p in periods])
        found.append(area_tables.across(snap.areas, table) if name == by_area else table)
    found += [_bands(snap, periods), *_fairness(snap, periods)]
    return [ruled(t) for t in found]


def _year(snap: snapshot.Snapshot, periods: tuple[Period, ...]) -> Period:
    """Return the year in which more families told us a need, as it is shown; this one where they are equal."""
    return max(periods[2:], key=lambda p: shown(len(counting.asked(snap, p))) or 0)


def _bands(snap: snapshot.Snapshot, periods: tuple[Period, ...]) -> Counted:
    """Return the year bands of the year that has families enough; nothing of a band under 20."""
    period = _year(snap, periods)
    rows = [(name, found) for name, found in counting.bands(snap, period) if len(found["asked"]) >= LEAST_FAMILIES]
    return Counted(
        "bands", "rows", tuple(name for name, _ in rows), tuple(f"{words}, {period.name.lower()}" for words in counting.FAIR_STEPS.values()),
        tuple(tuple(quantity(f"band:{name}:{key}", period) for key in counting.FAIR_STEPS) for name, _ in rows),
        tuple(tuple(len(found[key]) for key in counting.FAIR_STEPS) for _, found in rows),
    )


def _fairness(snap: snapshot.Snapshot, periods: tuple[Period, ...]) -> list[Counted]:
    """Return a table for each of free meals, SEN and first language, of the year that has families enough; none where under 20 are linked."""
    period, found = _year(snap, periods), []
    for trait in counting.TRAITS:
        rows = counting.fairness(snap, period, trait)
        linked = len(rows[-1][2]["asked"])
        if linked >= LEAST_FAMILIES:
            found.append(Counted(
                f"equity_{trait}", "grid", tuple(label for label, _, _ in rows), tuple(f"{words}, {period.name.lower()}" for words in counting.FAIR_STEPS.values()),
                tuple(tuple(quantity(f"{name}:{key}", period) for key in counting.FAIR_STEPS) for _, name, _ in rows),
                tuple(tuple(len(sets[key]) for key in counting.FAIR_STEPS) for _, _, sets in rows), base=(linked,) * len(counting.FAIR_STEPS),
            ))
    return found


def _attendance(snap: snapshot.Snapshot, periods: tuple[Period, ...], last: Release | None) -> list[dict[str, Any]]:
    """Return the table of attendance, or none; the one released before again where under ten more families have both their windows whole."""
    before = last.tables.get("attendance") if last is not None else None
    since, until = periods[3].starts_on, periods[0].ends_on
    found = attendance.compare(snap.school.weeks, counting.first_contacts(snap, since=since, until=until), until=until) if snap.school.weeks.mondays else None
    if before is not None and last is not None:
        more = sum(on > last.ends_on for on in found.ended_on.values()) if found else 0
        if found is None or more < LEAST_CHANGED:
            return [before]
    return [attendance.table(found)] if found is not None and found.may_be_shown else []


def from_before(table: Counted, earlier: Sequence[Frozen]) -> Counted:
    """Return a table whose past periods say what was released of them then."""
    then: dict[str, Shown] = {}
    for release in earlier:
        shown_then = release.tables
        for told in release.parameters["tables"]:
            for names, cells in zip(told["quantities"], shown_then[told["name"]]["cells"], strict=True):
                then.update({n: c for n, c in zip(names, cells, strict=True) if c not in (SMALL, "–")})
    cells = tuple(tuple(then.get(name, cell) for cell, name in zip(row, names, strict=True)) for row, names in zip(table.cells, table.quantities, strict=True))
    return replace(table, cells=cells)


def known(release: Frozen) -> list[Counted]:
    """Return an earlier release's tables as a reader has them: without the counts."""
    shown_then = release.tables
    across = {area_tables.TABLES[WARD]: tuple((code, tuple(names)) for code, names in release.parameters.get("areas", {}).get("across", {}).items())}
    return [
        Counted(
            k["name"], "free" if k["name"] == "answers" else k["kind"], tuple(shown_then[k["name"]]["rows"]), tuple(shown_then[k["name"]]["columns"]), tuple(tuple(q) for q in k["quantities"]), (),
            tuple(tuple(row) for row in shown_then[k["name"]]["cells"]), across=across.get(k["name"], ()),
        )
        for k in release.parameters["tables"]
    ]


def _others(snap: snapshot.Snapshot, periods: tuple[Period, ...]) -> list[dict[str, Any]]:
    """Return the tables that count something other than families: days, and partners who helped."""
    rows: list[list[Shown]] = []
    year = _year(snap, periods)
    for _, found in counting.days(snap, year):
        values = [days for _, days in found]
        enough = len({family for family, _ in found}) >= LEAST_FOR_AVERAGES
        rows.append([counting.middle(values), min(values), max(values)] if enough else [SMALL] * 3)
    helped = [[shown(len(counting.partners(snap, p))) if counting.partners(snap, p) else 0 for p in periods]]
    return [
        {"name": "days", "rows": ["First reply", "First contact"], "columns": [f"{words}, {year.name.lower()}" for words in ("Middle", "Shortest", "Longest")], "cells": rows},
        {"name": "together", "rows": [label for label, _ in counting.together(snap, periods[0])], "columns": [p.name for p in periods], "cells": [list(row) for row in zip(*([n for _, n in counting.together(snap, p)] for p in periods), strict=True)]},
        {"name": "partners", "rows": ["Partners who helped a family"], "columns": [p.name for p in periods], "cells": [[SMALL if c is None else c for c in row] for row in helped]},
    ]


def _shares(snap: snapshot.Snapshot, periods: tuple[Period, ...], earlier: Sequence[Frozen]) -> list[dict[str, Any]]:
    """Return the tables of shares, of introductions and of school's own turns; of a past period what was released of it then."""
    made = []
    for name, of in (("shares", shares.of_all), ("ours", shares.of_ours)):
        columns: list[list[Shown]] = []
        for period in periods:
            found = of(snap, period)
            then: dict[str, Shown] = {s.label: cell for release in earlier for s in found if (cell := _share_then(release, name, s.label, period)) is not None and cell != SMALL}
            columns.append([then.get(s.label, s.cell) for s in found])
        made.append({"name": name, "rows": [s.label for s in of(snap, periods[0])], "columns": [p.name for p in periods], "cells": [list(row) for row in zip(*columns, strict=True)]})
    return made


def _share_then(release: Frozen, table: str, label: str, period: Period) -> Shown | None:
    """Return a share as an earlier release showed it for the same days, or None."""
    named = [p["name"] for p in release.parameters["periods"] if (p["starts_on"], p["ends_on"]) == (period.starts_on.isoformat(), period.ends_on.isoformat())]
    return next((cell for name in named if (cell := release.cell(table, label, name)) is not None), None)


def _workload(snap: snapshot.Snapshot, now: Period) -> list[dict[str, Any]]:
    """Return how many officers there are and how many needs are open for each: for planning work, and without a name."""
    return [{"name": "workload", "rows": ["Officers who look after families", "Open needs for each of them"], "columns": [now.name], "cells": [[snap.officers], [shares.for_each_officer(snap, now)]]}]


def verify(release: Frozen) -> None:
    """Raise InvalidRecord where a release, of a school or of a trust, is no longer what was released."""
    if hashlib.sha256(release.document.encode()).hexdigest() != release.sha256:
        raise InvalidRecord("release", "This release was changed after it was made. Bring it back from a backup.")
