"""The second recount: what SQL cannot read by itself. Rows come by plain SQL, are opened with the keys, and are counted in plain Python from the measures' words.

Nothing of the code that counts is used here, and nothing that it reads through: no model, no calendar, no numpy.
"""

# ruff: noqa: S608 - the queries are put together from constants

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

from tests.integration.impact import recount

DATA = Path(__file__).parents[3] / "seeds" / "data"
LONDON, DAY = ZoneInfo("Europe/London"), timedelta(days=1)
# Source: gov.uk, bank holidays in England and Wales, read in November 2026.
BANK_HOLIDAYS = frozenset(map(date.fromisoformat, (
    "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25",
    "2026-08-31", "2026-12-25", "2026-12-28",
)))
ENGLISH = {"eng", "enb", "english", "believed to be english"}  # DfE language codes and their words
REPLY_PROMISE, TALK_WITHIN = 5, 10  # working days, from the guide: a promise is never longer than five
ON_TIME, NO_MORE = 7 * DAY, 90 * DAY  # a check-in is in time within a week, and is asked for until ninety days after its day
SIX, LEAST_HALF_DAYS, APART, NEAREST = 6, 30, 0.05, 5  # guide 8.3, and the measure's words
_FROM = "FROM needs n JOIN families f ON f.id = n.family_id AND f.with_dsl_at IS NULL AND f.set_aside_at IS NULL JOIN referrals r ON r.need_id = n.id"


@dataclass(frozen=True)
class Span:
    """Days, both ends included, and the instants between which they lie, as SQLite keeps them."""

    starts_on: date
    ends_on: date

    @property
    def bounds(self) -> dict[str, str]:
        """The bounds of a query."""
        ends = (datetime(d.year, d.month, d.day, tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None) for d in (self.starts_on, self.ends_on + DAY))
        return dict(zip(("low", "high"), (e.isoformat(" ") for e in ends), strict=True))


@dataclass(frozen=True)
class Group:
    """Children in one group: their mean share of half-days before and after, and how many they are."""

    before: float
    after: float
    children: int


def london_day(said: str) -> date:
    """Return the day in London of an instant that SQLite kept."""
    return datetime.fromisoformat(said).replace(tzinfo=UTC).astimezone(LONDON).date()


class Books:
    """One database file and the keys that open what is sealed in it."""

    def __init__(self, path: Path, *, keys: Iterable[str], school_data_key: str) -> None:
        """Open the file for reading alone."""
        self._lines = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.pupils, self.terms = cache(self._pupils), cache(self._terms)
        self._keys, self._school_key = [Fernet(k) for k in keys], Fernet(school_data_key)

    def rows(self, query: str, **named: str) -> list[tuple[str, ...]]:
        """Return the rows of a query."""
        return self._lines.execute(query, named).fetchall()

    def among(self, query: str, school: str, span: Span) -> set[str]:
        """Return the first column of a query for a school and a span: families, or whatever it asks for."""
        return {row[0] for row in self.rows(query, school=school, until=span.ends_on.isoformat(), **span.bounds)}

    def areas(self, school: str, span: Span) -> dict[str, set[str]]:
        """Return families with a need that nothing met by the first half of their postcode, which is sealed, and by the ward that the town's list gives it."""
        found: dict[str, set[str]] = {}
        for family in self.among(recount.UNMET, school, span):
            [(sealed,)] = self.rows("SELECT postcode FROM families WHERE id = :family", family=family)
            postcode = "" if sealed is None else self._keys[0].decrypt(sealed.encode()).decode()
            found.setdefault(f"area:{postcode[:-4] if postcode else 'Not known'}", set()).add(family)
            found.setdefault(f"ward1:{self._wards.get(postcode, 'Not known')}", set()).add(family)
        return found

    @cached_property
    def _wards(self) -> dict[str, str]:
        """Each postcode's ward, as the town's own list has it."""
        lines = (DATA / "ward_postcodes.csv").read_text(encoding="utf-8").splitlines()[1:]
        return dict(line.split(",") for line in lines)

    def moved(self, school: str, span: Span) -> dict[str, set[str]]:
        """Return families by how far their own number for a need moved from its first to its last; of several needs the furthest, and of a rise and a fall as far the fall."""
        told: dict[tuple[str, str], list[tuple[datetime, datetime, int]]] = {}
        for family, need, of, known, number in self.rows(recount.NUMBERS, school=school, **span.bounds):
            told.setdefault((family, need), []).append((datetime.fromisoformat(of), datetime.fromisoformat(known), int(number)))
        for family, need, of, known, sealed in self.rows(recount.IN_QUESTIONS, school=school, **span.bounds):
            said = json.loads(self._keys[0].decrypt(sealed.encode())) if sealed else {}
            if "how_close" in said:
                told.setdefault((family, need), []).append((datetime.fromisoformat(of), datetime.fromisoformat(known), said["how_close"]))
        far: dict[str, list[int]] = {}
        for (family, _), numbers in told.items():
            first, last = (max(n for n in numbers if n[0] == end) for end in (min(numbers)[0], max(numbers)[0]))  # of one instant, what was told last
            if first[0] < last[0]:
                far.setdefault(family, []).append(last[2] - first[2])
        furthest = {family: min(by, key=lambda n: (-abs(n), n)) for family, by in far.items()}
        ways = {"distance_up": lambda n: n >= 2, "distance_near": lambda n: 0 <= n <= 1, "distance_down": lambda n: n < 0, "distance": lambda _: True}
        return {key: {family for family, by in furthest.items() if holds(by)} for key, holds in ways.items()}

    def _pupils(self, school: str) -> list[tuple[str | None, dict[str, str], dict[str, list[int]]]]:
        """Return each pupil's family, if it is linked and in use or has none, with its facts and its weeks, opened."""
        query = """SELECT p.facts, p.weeks, k.family_id FROM school_pupils p LEFT JOIN family_pupils k ON k.pupil_id = p.id LEFT JOIN families f ON f.id = k.family_id
            WHERE p.school_id = :school AND f.with_dsl_at IS NULL AND f.set_aside_at IS NULL ORDER BY p.id"""
        return [(family, self._opened(facts), self._opened(weeks)) for facts, weeks, family in self.rows(query, school=school)]

    def _opened(self, sealed: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(zlib.decompress(self._school_key.decrypt(sealed.encode())))
        return found

    def _terms(self, school: str) -> list[tuple[date, date]]:
        return [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in self.rows("SELECT starts_on, ends_on FROM terms WHERE school_id = :school", school=school)]

    def linked(self, school: str) -> set[str]:
        """Return the families that the office linked to a pupil."""
        return {family for family, _, _ in self.pupils(school) if family is not None}

    def having(self, school: str, trait: str) -> set[str]:
        """Return the families of which one child or more has free meals (`fsm`), support or a plan (`sen`), or a first language other than English (`eal`)."""
        has = {
            "fsm": lambda facts: facts.get("fsm") == "yes", "sen": lambda facts: facts.get("sen") in ("K", "E"),
            "eal": lambda facts: facts["eal"] == "yes" if "eal" in facts else bool(facts.get("language")) and facts["language"].lower() not in ENGLISH,
        }[trait]
        return {family for family, facts, _ in self.pupils(school) if family is not None and has(facts)}

    @cached_property
    def _pauses(self) -> dict[str, list[tuple[date, date]]]:
        """When each offer was paused, by its id: from the day of the pause to the day of the next word about how open it is."""
        told: dict[str, list[tuple[date, str]]] = {}
        for offer, at, facts in self.rows("SELECT subject_id, at, facts FROM audit_events WHERE action = 'offer:availability' ORDER BY seq"):
            told.setdefault(offer.replace("-", ""), []).append((london_day(at), json.loads(facts)["state"]))
        return {offer: [(on, until) for (on, state), (until, _) in pairwise([*said, (date.max, "")]) if state == "paused"] for offer, said in told.items()}

    def working_days(self, school: str, offer: str, start: date, end: date) -> int:
        """Return the working days after one day and up to another: no weekend, no bank holiday, no day between two half-terms, none on which the partner was paused."""
        terms = self.terms(school)
        days = [start + n * DAY for n in range(1, (end - start).days + 1)]
        between = [d for d in days if not any(a <= d <= b for a, b in terms) and any(a > d for a, _ in terms)]
        return sum(d.weekday() < 5 and d not in BANK_HOLIDAYS and d not in between and not any(a <= d <= b for a, b in self._pauses.get(offer, ())) for d in days)

    def replies(self, school: str, span: Span) -> list[tuple[str, int, bool]]:
        """Return, for each introduction that was answered, its family, the working days, and whether they are within the partner's promise."""
        query = f"""SELECT n.family_id, r.offer_id, r.sent_at, r.replied_at, o.reply_promise_days {_FROM} JOIN offers o ON o.id = r.offer_id
            WHERE n.school_id = :school AND n.opened_at >= :low AND n.opened_at < :high AND r.created_at < :high AND r.sent_at IS NOT NULL AND r.replied_at < :high"""
        found = [(family, self.working_days(school, offer, london_day(sent), london_day(replied)), int(promise)) for family, offer, sent, replied, promise in self.rows(query, school=school, **span.bounds)]
        return [(family, days, days <= min(promise, REPLY_PROMISE)) for family, days, promise in found]

    def share(self, key: str, school: str, span: Span) -> tuple[list[str], list[str]]:
        """Return the part and the whole of a share: the family of each introduction in it."""
        if key in ("talked_in_time", "never_talked"):
            due = self.awaited(school, span)
            return [family for family, in_time, spoke in due if (in_time if key == "talked_in_time" else not spoke)], [family for family, _, _ in due]
        if key.startswith("ours:"):
            return self.ours(key.removeprefix("ours:"), school, span)
        part, whole = recount.SHARES[key]
        if key == "in_time":
            found = [family for family, _, in_time in self.replies(school, span) if in_time]
        else:
            found = [family for (family,) in self.rows(part, school=school, **span.bounds)]
        return found, [family for (family,) in self.rows(whole, school=school, **span.bounds)]

    def talks(self, school: str, span: Span) -> list[int]:
        """Return the working days from each family's yes to its first talk with the partner."""
        query = f"""SELECT r.offer_id, CASE WHEN a.agreed_at > r.contacted_at THEN (SELECT min(b.agreed_at) FROM agreements b WHERE b.need_id = n.id AND b.organisation_id = r.organisation_id) ELSE a.agreed_at END, r.contacted_at
            {_FROM} JOIN agreements a ON a.id = r.agreement_id WHERE n.school_id = :school AND n.opened_at >= :low AND n.opened_at < :high AND r.created_at < :high AND r.contacted_at < :high"""
        return [self.working_days(school, offer, london_day(agreed), london_day(spoke)) for offer, agreed, spoke in self.rows(query, school=school, **span.bounds)]

    def awaited(self, school: str, span: Span) -> list[tuple[str, bool, bool]]:
        """Return, for each introduction whose first talk was due, its family, whether it came in ten working days, and whether it came."""
        found = []
        for family, offer, yes, spoke, ended in self.rows(recount.TALKS_AWAITED, school=school, **span.bounds):
            days = self.working_days(school, offer, london_day(yes), london_day(spoke) if spoke else span.ends_on)
            if spoke or ended or days >= TALK_WITHIN:
                found.append((family, bool(spoke) and days <= TALK_WITHIN, bool(spoke)))
        return found

    def late(self, school: str, span: Span) -> set[str]:
        """Return the families whose check-in, at two or at six weeks, is over a week late and was not made, nor a later one; until ninety days after its day, and unless the introduction was stopped before."""
        found = set()
        for family, began, number, made, later, stopped, _ in self._check_ins(school, span):
            day = london_day(began) + int(number) * DAY
            gone = any(at is not None and london_day(at) <= span.ends_on for at in (made, later, stopped))
            if day + ON_TIME < span.ends_on <= day + NO_MORE and not gone:
                found.add(family)
        return found

    def _check_ins(self, school: str, span: Span) -> list[tuple[Any, ...]]:
        """Return the check-ins of every introduction that began: family, when it began, after how many days, when it was made, when the later one was, when it was stopped, when the need was told."""
        return [row for number in (14, 42) for row in self.rows(f"""SELECT n.family_id, coalesce(r.contacted_at, (SELECT min(e.at) FROM referral_events e WHERE e.referral_id = r.id AND e.action = 'tell')) AS began, {number},
            (SELECT c.done_at FROM check_ins c WHERE c.referral_id = r.id AND c.days = {number}), (SELECT c.done_at FROM check_ins c WHERE c.referral_id = r.id AND c.days > {number}),
            CASE WHEN r.state IN ('declined', 'withdrawn', 'expired') THEN r.ended_at END, n.opened_at
            {_FROM} WHERE n.school_id = :school AND began IS NOT NULL AND coalesce(r.code, '') <> 'could_not_reach'""", school=school)]

    def ours(self, kind: str, school: str, span: Span) -> tuple[list[str], list[str]]:
        """Return school's own turns that were in time and those that were due, each as its family: a question in one working day, a yes without names in two, a check-in within a week of its day."""
        told: list[tuple[str, bool, bool]] = []
        if kind == "check_in":
            for family, began, number, made, later, stopped, opened in self._check_ins(school, span):
                last, dropped = london_day(began) + int(number) * DAY + ON_TIME, [london_day(at) for at in (later, stopped) if at is not None]
                if span.bounds["low"] <= opened < span.bounds["high"]:
                    told.append((family, *_judged(last, london_day(made) if made else None, min(dropped, default=None), span.ends_on)))
        else:
            action, days, without = {"question": ("ask", 1, "1"), "yes": ("accept", 2, "(r.kind = 'ask_first' OR EXISTS (SELECT 1 FROM referral_events i WHERE i.referral_id = r.id AND i.action = 'introduce'))")}[kind]
            query = f"""SELECT n.family_id, r.offer_id, e.at, x.action, x.at {_FROM} JOIN referral_events e ON e.referral_id = r.id AND e.action = '{action}' LEFT JOIN referral_events x ON x.referral_id = r.id AND x.position = e.position + 1
                WHERE n.school_id = :school AND n.opened_at >= :low AND n.opened_at < :high AND {without}"""
            for family, offer, at, following, when in self.rows(query, school=school, **span.bounds):
                last = next(d for d in (london_day(at) + n * DAY for n in range(1, 400)) if self.working_days(school, offer, london_day(at), d) == days)
                then, done = london_day(when) if when else None, kind == "yes" or following == "answer"
                told.append((family, *_judged(last, then if done else None, None if done else then, span.ends_on)))
        return [family for family, in_time, due in told if due and in_time], [family for family, _, due in told if due]

    def workload(self, school: str, span: Span) -> tuple[int, Any]:
        """Return the officers with an account, and the open needs for each, of their number to the nearest five."""
        officers = len(self.rows("SELECT id FROM users WHERE school_id = :school AND disabled_at IS NULL AND roles LIKE '%\"flo\"%'", school=school))
        needs = [family for (family,) in self.rows(recount.OPEN.replace("DISTINCT ", ""), school=school, **span.bounds)]
        hidden = 1 <= len(set(needs)) <= 7 or not officers
        return officers, "*" if hidden else round(5 * ((len(needs) + 2) // 5) / officers)

    def attendance(self, school: str, *, since: date, until: date) -> tuple[list[Group], int] | None:
        """Return the three groups (children of families spoken with, the whole school, children of a similar start and year), and how many families the first are of."""
        spoke: dict[str, date] = {}
        for family, at in self.rows(f"SELECT n.family_id, r.contacted_at {_FROM} WHERE n.school_id = :school AND r.contacted_at IS NOT NULL", school=school):
            spoke[family] = min(spoke.get(family, date.max), london_day(at))
        first = {family: on for family, on in spoke.items() if since <= on <= until}
        pupils = [(family, facts.get("year"), {date.fromisoformat(m): w for m, w in weeks.items()}) for family, facts, weeks in self.pupils(school)]
        school_weeks = sorted({monday for _, _, weeks in pupils for monday, (possible, _) in weeks.items() if possible})
        pairs: list[tuple[float, float]] = []
        whole_school: list[tuple[float, float]] = []
        alike: list[tuple[float, float]] = []
        seen: tuple[set[int], set[int], set[str]] = (set(), set(), set())
        for n, (family, year, _) in enumerate(pupils):
            if family is None or family not in first:
                continue
            monday = first[family] - first[family].weekday() * DAY
            before, after = [w for w in school_weeks if w < monday][-SIX:], [w for w in school_weeks if w >= monday + 14 * DAY][:SIX]
            if min(len(before), len(after)) < SIX or after[-1] + 4 * DAY > until:
                continue
            starts, ends = ({k: s for k, (_, _, w) in enumerate(pupils) if (s := _share(w, mondays)) is not None} for mondays in (before, after))
            both = [k for k in starts if k in ends]
            if n not in both:
                continue
            pairs.append((starts[n], ends[n]))
            whole_school.append((mean(starts[k] for k in both), mean(ends[k] for k in both)))
            beside = sorted((k for k in both if pupils[k][0] not in first and pupils[k][1] == year), key=lambda k: abs(starts[k] - starts[n]))[:NEAREST]
            beside = [k for k in beside if abs(starts[k] - starts[n]) <= APART + 1e-9]
            if beside:
                alike.append((mean(starts[k] for k in beside), mean(ends[k] for k in beside)))
            seen[0].update(both)
            seen[1].update(beside)
            seen[2].add(family)
        if not pairs or not alike:
            return None
        return [_group(pairs, len(pairs)), _group(whole_school, len(seen[0])), _group(alike, len(seen[1]))], len(seen[2])


def _judged(last: date, done: date | None, dropped: date | None, until: date) -> tuple[bool, bool]:
    """Return whether a turn was in time, and whether it was due by a day: it was done, or its last day is over without its having been dropped."""
    was_done = done is not None and done <= until
    return done is not None and done <= last, was_done or (last < until and not (dropped is not None and dropped <= last))


def _share(weeks: dict[date, list[int]], mondays: list[date]) -> float | None:
    """Return a child's share of the half-days that it could have come on; None where they were under thirty."""
    possible, came = (sum(weeks[m][n] for m in mondays if m in weeks) for n in (0, 1))
    return came / possible if possible >= LEAST_HALF_DAYS else None


def _group(pairs: list[tuple[float, float]], children: int) -> Group:
    return Group(mean(before for before, _ in pairs), mean(after for _, after in pairs), children)
