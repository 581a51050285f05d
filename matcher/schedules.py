"""Schedules: which sessions fit the times asked for, and when the next one is. Times are Europe/London."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from matcher.findings import Finding, asked
from matcher.names import window
from matcher.records import Offer, Request, Requirement, Session, Verdict

LONDON = ZoneInfo("Europe/London")
DAY, WEEK = 1440, 7 * 1440
ENOUGH_OVERLAP = 30  # minutes (contract, settled readings)
_LAST_DAY = date.max.toordinal() - 1
FURTHEST_DAYS = 550  # how far ahead a next session is looked for; judgement, November 2026


def any_time(offer: Offer) -> bool:
    """Whether the offer can be had at any time: by arrangement, recorded or delivered."""
    return offer.any_time or bool({"recorded", "delivery"} & set(offer.modes))


@lru_cache(maxsize=4096)
def windows(requirement: Requirement) -> list[tuple[int, int]]:
    """Return the spans of a time window in minutes of the week, with those of the weeks before and after; sorted, none overlapping."""
    length = (requirement.until_minute - requirement.from_minute) % DAY or DAY
    spans = sorted((d * DAY + requirement.from_minute + shift, d * DAY + requirement.from_minute + length + shift) for d in requirement.days for shift in (-WEEK, 0, WEEK))
    merged: list[tuple[int, int]] = []
    for a, b in spans:
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


@lru_cache(maxsize=65536)
def fits(span: tuple[int, int], requirement: Requirement) -> Verdict:
    """Return how well a session, in minutes of the week, suits a time window or keeps clear of one."""
    best = max((min(span[1], b) - max(span[0], a) for a, b in windows(requirement)), default=0)
    if requirement.what == "not_time":
        return Verdict.NOT_MET if best > 0 else Verdict.MET
    if best >= span[1] - span[0]:
        return Verdict.MET
    return Verdict.PARTLY if best >= ENOUGH_OVERLAP else Verdict.NOT_MET


def spans_of(offer: Offer, request: Request) -> list[tuple[tuple[int, int], bool]]:
    """Return each weekly session not yet over, as minutes of the week, and whether we know that it runs."""
    today = local_day(request.on)
    rows = []
    for s in offer.sessions:
        if s.until_on is not None and s.until_on < today:
            continue
        length = (s.ends - s.starts) % DAY or DAY
        known = s.weeks == "all_year" or request.terms is not None
        rows += [((d * DAY + s.starts, d * DAY + s.starts + length), known) for d in s.days]
    return rows


@lru_cache(maxsize=1024)
def local_day(on: datetime) -> date:
    """Return the London day of an instant."""
    return _in_london(on).date()


def assess(requirements: tuple[Requirement, ...], request: Request, offer: Offer) -> list[Finding]:
    """Return a finding for each time requirement. One and the same session must satisfy all the musts."""
    wanted = [r for r in requirements if r.what in ("time", "not_time")]
    if not wanted:
        return []
    if any_time(offer):
        return [asked(r, Verdict.MET, 1.0, f"It can be had at any time, so {_said(r)} is fine.", code="time") for r in wanted]
    spans = spans_of(offer, request)
    if not spans:
        return [asked(r, Verdict.NOT_KNOWN, None, f"We don't know its times; {_said(r)} was asked for.", code="time", check="Ask which days and times they have.") for r in wanted]
    musts = [r for r in wanted if r.must]
    good = [(span, known) for span, known in spans if all(fits(span, r) is not Verdict.NOT_MET for r in musts)]
    findings = []
    joint_fault_told = bool(good)
    for r in wanted:
        rows = good if good else spans
        verdicts = [(fits(span, r), known) for span, known in rows]
        best = next((v for v in (Verdict.MET, Verdict.PARTLY) if (v, True) in verdicts), None)
        hoped = next((v for v in (Verdict.MET, Verdict.PARTLY) if (v, False) in verdicts), None)
        if best is not None and not good and r.must and not joint_fault_told and r is musts[-1]:
            findings.append(asked(r, Verdict.NOT_MET, 0.0, f"No one session fits all the times asked for; {_said(r)} was one of them.", code="time"))
        elif best is not None:
            words = "fits" if best is Verdict.MET else "partly fits"
            findings.append(asked(r, best, 1.0 if best is Verdict.MET else 0.6, f"A session {words} the time asked for: {_said(r)}.", code="time"))
        elif hoped is not None:
            findings.append(asked(r, Verdict.NOT_KNOWN, None, f"A session may fit {_said(r)}; it depends on the school's term dates.", code="time", check="Ask whether it runs on the days you need: we have no term dates."))
        else:
            joint_fault_told = joint_fault_told or r.must
            findings.append(asked(r, Verdict.NOT_MET, 0.0, f"No session fits the time asked for: {_said(r)}.", code="time"))
    return findings


def _said(requirement: Requirement) -> str:
    return f"not {window(requirement)}" if requirement.what == "not_time" else window(requirement)


def is_over(offer: Offer, request: Request) -> bool:
    """Whether every session of the offer has had its last day."""
    today = local_day(request.on)
    return bool(offer.sessions) and not any_time(offer) and all(s.until_on is not None and s.until_on < today for s in offer.sessions)


def _runs(session: Session, day: date, terms: tuple[tuple[date, date], ...] | None) -> bool:
    if day.weekday() not in session.days:
        return False
    if session.weeks == "all_year":
        return True
    if terms is None:
        return False
    return any(a <= day <= b for a, b in terms) is (session.weeks == "term_time")


def _days(session: Session, start: int, end: int) -> Iterator[date]:
    """Yield the days from one to another, with both, on whose weekdays a session is; both are ordinals."""
    ahead = sorted((day - start - 6) % 7 for day in session.days)  # day 1 was a Monday
    for week in range(start, end + 1, 7):
        yield from (date.fromordinal(week + days) for days in ahead if week + days <= end)


@lru_cache(maxsize=1024)
def _in_london(on: datetime) -> datetime:
    return on.astimezone(LONDON)


def next_session(offer: Offer, request: Request) -> datetime | None:
    """Return the first session that starts after the request, with its London offset, or None where there is none to tell."""
    now = _in_london(request.on)
    today = now.toordinal()
    best: datetime | None = None
    for session in offer.sessions:
        start = today if session.from_on is None else max(today, session.from_on.toordinal())
        end = min(start + FURTHEST_DAYS, _LAST_DAY if session.until_on is None else session.until_on.toordinal(), _LAST_DAY if best is None else best.toordinal())
        for day in _days(session, start, end):
            if _runs(session, day, request.terms):
                shift, minute = divmod(session.starts, DAY)
                moment = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=LONDON) + timedelta(days=shift)
                if moment > now:
                    best = moment if best is None or moment < best else best
                    break
    return best
