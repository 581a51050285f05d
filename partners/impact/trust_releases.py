"""Trust releases: totals over a trust's schools, frozen when at least three have their figures of a half-term; tried beside all that the schools showed.

No school is named or told apart: a cell that one school makes up to more than four fifths is held back, and families are counted once a school.
Schools may join and leave: a total over other schools is another quantity, tied to the first by what each school adds, and is tried beside it.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.impact import auditing, counting, outcomes, releases, snapshot, trusts
from partners.impact.counting import Row
from partners.impact.disclosure import HELD, Counted, counted, merged, ruled
from partners.impact.periods import Period, periods_to
from partners.impact.releases import RULES, Frozen, Release
from partners.impact.snapshot import Snapshot
from partners.impact.trusts import LEAST_SCHOOLS, Trust

MOST_OF_A_CELL = 0.8  # that one school may make up: domain guide 8.2, rule 6
TABLES = {"families": "free", "steps": "chain", "unmet_groups": "sets", "unmet_reasons": "sets", "outcomes": "sets"}


class TrustRelease(Frozen, Base):
    """One frozen set of totals over a trust's schools; nothing ever changes it."""

    __tablename__ = "trust_releases"
    __table_args__ = (UniqueConstraint("trust_id", "ends_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    trust_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trusts.id"), index=True)
    ends_on: Mapped[date]
    made_at: Mapped[datetime]
    schools: Mapped[int] = mapped_column(Integer)
    parameters: Mapped[dict[str, Any]]
    document: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class OneSchool:
    """What one school adds: its snapshot and its own four spans."""

    school: School
    snap: Snapshot
    periods: tuple[Period, ...]


def latest(session: Session, *, by: Actor) -> TrustRelease | None:
    """Return the last release of the actor's trust, or None. Raises NotFound for somebody of no trust."""
    return _latest(session, trusts.of_person(session, by=by).id)


def _latest(session: Session, trust_id: uuid.UUID) -> TrustRelease | None:
    return session.scalar(select(TrustRelease).where(TrustRelease.trust_id == trust_id).order_by(TrustRelease.ends_on.desc()).limit(1))


def of_trust(session: Session, trust_id: uuid.UUID, *, by: Actor) -> list[TrustRelease]:
    """Return a trust's releases, the latest first."""
    access.require(by, "impact:release")
    return list(session.scalars(select(TrustRelease).where(TrustRelease.trust_id == trust_id).order_by(TrustRelease.ends_on.desc())))


def make(session: Session, trust: Trust, *, groups: dict[str, str], by: Actor, at: datetime) -> TrustRelease | None:
    """Make the totals of the last half-term for which every school of the trust, three at least, has frozen its own figures; None where there is none or it is made."""
    access.require(by, "impact:release")
    schools = trusts.schools_of(session, trust)
    if len(schools) < LEAST_SCHOOLS:
        return None
    of_each = {s.id: {r.ends_on: r for r in session.scalars(select(Release).where(Release.school_id == s.id))} for s in schools}
    ends = sorted(set.intersection(*(set(found) for found in of_each.values())))
    last = _latest(session, trust.id)
    if not ends or (last is not None and last.ends_on >= ends[-1]):
        return None
    members = [OneSchool(s, snapshot.take(session, s), periods_to(s, ends[-1])) for s in schools]
    owner, ids = owner_of(s.id for s in schools), {s.id for s in schools}
    tables, sums = totals(members, groups=groups)
    earlier = _totals_with(session, ids, until=ends[-1], own=trust.id)
    over_the_same = [r for r in earlier if r.trust_id == trust.id and members_of(r) == ids]
    tables = [auditing.whose(releases.from_before(auditing.plainly(t), over_the_same), owner) for t in tables]
    once = [session.get_one(School, i) for i in sorted(set().union(*map(members_of, earlier)) - ids)]  # who has left, and other trusts' schools
    before = [*_shown_by(session, [*schools, *once], until=ends[-1]), *map(_known, earlier)]
    sums = list(dict.fromkeys([*sums, *_sums_of(earlier)]))
    tables = auditing.safe(tables, before, sums=sums)
    insiders = [*members, *(OneSchool(s, snapshot.take(session, s), periods_to(s, ends[-1])) for s in once)]
    kept = [auditing.plainly(t) for t in auditing.beside_each(tables, before, sums=sums, exactly=[own_numbers(_ever(m, earlier), groups=groups) for m in insiders])]
    made = TrustRelease(
        id=new_id(), trust_id=trust.id, ends_on=ends[-1], made_at=at, schools=len(schools), document="", sha256="",
        parameters={
            "rules": RULES, "schools": len(schools), "members": sorted(str(i) for i in ids), "periods": [{"name": p.name, "starts_on": p.starts_on.isoformat(), "ends_on": p.ends_on.isoformat()} for p in members[0].periods],
            "withheld": sorted(set(TABLES) - {t.name for t in kept}), "tables": [{"name": t.name, "kind": t.kind, "quantities": [list(q) for q in t.quantities]} for t in kept],
            "sums": [[total, list(parts)] for total, parts in sums if total in {f"{owner}{auditing.WHOSE}{name}" for t in kept for names in t.quantities for name in names}],
        },
    )
    made.document = json.dumps({"release": str(made.id), "tables": [t.published() for t in kept]}, ensure_ascii=False, separators=(",", ":"))
    made.sha256 = hashlib.sha256(made.document.encode()).hexdigest()
    session.add(made)
    session.flush()
    audit.record(session, "impact:trust_released", ("trust_release", made.id), by=by, at=at, ends_on=ends[-1].isoformat(), sha256=made.sha256)
    return made


def owner_of(school_ids: Iterable[Any]) -> str:
    """Return whose a total is, as the audit names it: a trust's over just these schools. With a school more or less it is another quantity."""
    return "trust:" + hashlib.sha256(" ".join(sorted(map(str, school_ids))).encode()).hexdigest()[:16]


def members_of(release: TrustRelease) -> set[uuid.UUID]:
    """Return the schools that a release is over."""
    told = release.parameters
    # Releases from before schools could join say so in their sums alone.
    return {uuid.UUID(i) for i in told.get("members") or [part.split(auditing.WHOSE)[0] for _, parts in told["sums"] for part in parts]}


def _known(release: TrustRelease) -> list[Counted]:
    return [auditing.whose(t, owner_of(members_of(release))) for t in releases.known(release)]


def _sums_of(earlier: Sequence[TrustRelease]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (f"{owner_of(members_of(release))}{auditing.WHOSE}{total.split(auditing.WHOSE, 1)[1]}", tuple(parts)) for release in earlier for total, parts in release.parameters["sums"]
    ]


def _ever(member: OneSchool, earlier: Sequence[TrustRelease]) -> OneSchool:
    """Return a school with the spans of earlier totals too: its people could count themselves then as now."""
    then = (Period(p["name"], date.fromisoformat(p["starts_on"]), date.fromisoformat(p["ends_on"])) for r in earlier for p in r.parameters["periods"])
    return replace(member, periods=tuple({(p.starts_on, p.ends_on): p for p in (*then, *member.periods)}.values()))


def _totals_with(session: Session, school_ids: set[uuid.UUID], *, until: date, own: uuid.UUID | None = None) -> list[TrustRelease]:
    """Return, in the order of time, every trust's totals that had one of some schools in them, or a school that stood with one of those.

    The last two over each set of schools, and all of one trust, its `own`.
    """
    left = list(session.scalars(select(TrustRelease).where(TrustRelease.ends_on <= until).order_by(TrustRelease.ends_on)))
    within: set[uuid.UUID] = set(school_ids)
    tied: dict[tuple[uuid.UUID, str], list[TrustRelease]] = {}
    while more := [r for r in left if members_of(r) & within]:
        for r in more:
            within |= members_of(r)
            tied.setdefault((r.trust_id, owner_of(members_of(r))), []).append(r)
        left = [r for r in left if r not in more]
    in_time = {key: sorted(found, key=lambda r: r.ends_on) for key, found in tied.items()}
    return sorted((r for (trust, _), found in in_time.items() for r in (found if trust == own else found[-2:])), key=lambda r: r.ends_on)


def _shown_by(session: Session, schools: Iterable[School], *, until: date) -> list[list[Counted]]:
    """Return what schools showed in their last two releases up to a day, each quantity with its school, as anybody may have it."""
    found = []
    for school in schools:
        query = select(Release).where(Release.school_id == school.id, Release.ends_on <= until).order_by(Release.ends_on.desc()).limit(2)
        found += [[auditing.whose(t, str(school.id)) for t in releases.known(r)] for r in session.scalars(query)]
    return found


def beside(
    session: Session, school_id: uuid.UUID, *, until: date, groups: dict[str, str],
) -> tuple[list[list[Counted]], list[tuple[str, tuple[str, ...]]], list[dict[str, int]]]:
    """Return what is known beside a school's own releases: the totals that it is or was in, those tied to them, and the other schools' figures; the sums that tie them;
    and each other school's own numbers, which the people there can count. All empty where it was in none.
    """
    earlier = _totals_with(session, {school_id}, until=until)
    others = [session.get_one(School, i) for i in sorted(set().union(*map(members_of, earlier)) - {school_id})]
    exactly = [own_numbers(_ever(OneSchool(s, snapshot.take(session, s), ()), earlier), groups=groups) for s in others]
    return [*_shown_by(session, others, until=until), *map(_known, earlier)], list(dict.fromkeys(_sums_of(earlier))), exactly


def totals(members: Sequence[OneSchool], *, groups: dict[str, str], rule: Callable[[Counted], Counted] = ruled, dominance: float = MOST_OF_A_CELL) -> tuple[list[Counted], list[tuple[str, tuple[str, ...]]]]:
    """Return the totals under the rule of small numbers, with cells that one school makes up held back, and each total's parts by school."""
    columns: dict[str, Callable[[Snapshot, Period], list[Row]]] = {
        "families": counting.families, "steps": counting.steps, "unmet_groups": lambda s, p: counting.unmet_groups(s, p, groups=groups),
        "unmet_reasons": counting.unmet_reasons, "outcomes": lambda s, p: outcomes.rows(s, p, groups=groups),
    }
    spans = tuple(Period(p.name, min(m.periods[n].starts_on for m in members), max(m.periods[n].ends_on for m in members)) for n, p in enumerate(members[0].periods))
    tables, sums, owner = [], [], owner_of(m.school.id for m in members)
    for name, kind in TABLES.items():
        by_school = [[columns[name](m.snap, m.periods[n]) for n in range(len(spans))] for m in members]
        together = [_union([rows[n] for rows in by_school]) for n in range(len(spans))]
        made = merged(together) if kind == "sets" else together
        asked = [sum(len(counting.asked(m.snap, m.periods[n])) for m in members) for n in range(len(spans))]
        table = rule(counted(name, kind, spans, made, base=asked if kind == "sets" else ()))
        parts = [[{row.key: row.families for row in rows[n]} for n in range(len(spans))] for rows in by_school]
        tables.append(auditing.whose(_no_school_alone(table, made, parts, dominance), owner))
        for n, rows in enumerate(made):
            for row in rows:
                if not row.key.startswith("other:"):
                    sums.append((
                        f"{owner}{auditing.WHOSE}{row.key}|{spans[n].starts_on}|{spans[n].ends_on}",
                        tuple(f"{m.school.id}{auditing.WHOSE}{row.key}|{m.periods[n].starts_on}|{m.periods[n].ends_on}" for m in members),
                    ))
    return tables, list(dict.fromkeys(sums))


def own_numbers(member: OneSchool, *, groups: dict[str, str]) -> dict[str, int]:
    """Return what a school's own people could count themselves, by the name of each quantity."""
    found: dict[str, int] = {}
    for period in member.periods:
        for rows in (counting.families(member.snap, period), counting.steps(member.snap, period), counting.unmet_groups(member.snap, period, groups=groups), counting.unmet_reasons(member.snap, period), outcomes.rows(member.snap, period, groups=groups)):
            found |= {f"{member.school.id}{auditing.WHOSE}{row.key}|{period.starts_on}|{period.ends_on}": len(row.families) for row in rows}
    return found


def _union(columns: Sequence[list[Row]]) -> list[Row]:
    """Return the rows of several schools as one, the last row (all of them) last."""
    found: dict[str, Row] = {}
    for row in [row for rows in columns for row in rows[:-1]] + [rows[-1] for rows in columns]:
        known = found.get(row.key)
        found[row.key] = Row(row.label, row.key, (known.families if known else set()) | row.families)
    return list(found.values())


def _no_school_alone(table: Counted, columns: Sequence[list[Row]], parts: Sequence[Sequence[dict[str, set[uuid.UUID]]]], most: float) -> Counted:
    """Return a table with each cell held back that one school makes up to more than `most`, so that a total less one's own tells nobody's."""
    cells = [list(row) for row in table.cells]
    for n, rows in enumerate(columns):
        for at, row in enumerate(rows):
            largest = max((len(row.families & set().union(*school[n].values())) for school in parts), default=0)
            if row.families and largest > most * len(row.families):
                cells[at][n] = HELD
    return replace(table, cells=tuple(tuple(row) for row in cells))
