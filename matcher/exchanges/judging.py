"""Judging one give for one ask: the thing, the amount, the days, what was asked for, and how far. The same rooms judge as for suggestions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from matcher import features, languages, schedules, travel
from matcher.answers import Reason, Verdict
from matcher.exchanges.records import Ask, Give, asked_by
from matcher.exchanges.things import THINGS
from matcher.findings import Finding, met, not_known, rule_fails
from matcher.records import Offer, Request, Requirement

BASE = 500  # thousandths: a give of the thing that was asked for starts here
# The most that each part can move a score, half up and half down. Judgements, November 2026, after the weights of matcher.policy.
WEIGHTS = {"requirement": 0.45, "amount": 0.20, "near": 0.20, "dates": 0.15}
FALLS_OVER_KM = 8  # over so many kilometres by road, nearness falls to a third; judgement, November 2026
TIMES = ("time", "not_time")
# The requirement forms that make sense of a give; the others are about services, and an ask that names one is refused.
FORMS: dict[str, Callable[[Requirement, Request, Offer], Finding]] = {
    "language": lambda r, q, o: languages.assess(r, o),
    "feature": lambda r, q, o: features.assess(r, o),
    "travel": travel.assess,
}


@dataclass(frozen=True)
class Judgement:
    """What was found: the score in thousandths, and the rows from which the reasons are told."""

    rows: tuple[tuple[str, Finding, int], ...]

    @property
    def score(self) -> int:
        """The points of all findings together, in thousandths."""
        return sum(points for _, _, points in self.rows)

    @property
    def failed(self) -> str | None:
        """The first rule that this give breaks, in a sentence, or None."""
        return next((f.says for _, f, _ in self.rows if f.failed is not None), None)

    def reasons(self) -> tuple[Reason, ...]:
        """Return the findings as reasons with points that add up to the score."""
        return tuple(Reason(n, f.verdict, f.says, p / 1000, f.requirement.raw if f.requirement else None) for n, f, p in self.rows)

    def check_first(self) -> tuple[str, ...]:
        """Return what to ask before anybody promises."""
        return tuple(dict.fromkeys(f.check for _, f, _ in self.rows if f.check))


def amount_fit(ask: Ask, give: Give) -> float:
    """Return the share of what was asked for that is there, 0 to 1."""
    return min(1.0, give.amount / ask.amount)


def dates_meet(ask: Ask, give: Give) -> bool:
    """Whether there is a day on which it is both free and wanted; an open end never rules a day out."""
    starts = max(ask.from_on or date.min, give.from_on or date.min)
    return starts <= min(ask.until_on or date.max, give.until_on or date.max)


def dates_fit(ask: Ask, give: Give) -> float | None:
    """Return how well the days fit where they meet: 1 known to, 0.5 where no day was named, None where we don't know when it is free."""
    if ask.from_on is None and ask.until_on is None:
        return 0.5
    return None if give.from_on is None and give.until_on is None else 1.0


def near_fit(ask: Ask, give: Give) -> float | None:
    """Return how near it is, 1 at the door and falling with the distance by road; None where not known."""
    if give.comes_to_you:
        return 1.0
    if ask.place is None or give.place is None:
        return None
    return math.exp(-travel.crow_flies_km(ask.place, give.place) * travel.DETOUR / FALLS_OVER_KM)


def _amount(ask: Ask, give: Give) -> Finding:
    unit, fit = THINGS[ask.thing].unit, amount_fit(ask, give)
    if fit == 1.0:
        return met(f"There is enough: {give.amount:g} {unit}, and {ask.amount:g} asked for.")
    return Finding(Verdict.PARTLY, fit, f"There is part of it: {give.amount:g} of {ask.amount:g} {unit}.")


def _dates(ask: Ask, give: Give) -> Finding:
    if not dates_meet(ask, give):
        return rule_fails("time", f"Its days and those asked for do not meet: it is free {_span(give)}.", None)
    fit = dates_fit(ask, give)
    if fit is None:
        return not_known("We don't know on which days it is free.", check="Ask whether it is free on those days.")
    return met("It is free on those days." if fit == 1.0 else "No day was named.", fit)


def _span(give: Give) -> str:
    first = f"from {give.from_on:%-d %B %Y}" if give.from_on else "until then"
    return f"{first} to {give.until_on:%-d %B %Y}" if give.until_on else first


def _near(ask: Ask, give: Give) -> Finding:
    fit = near_fit(ask, give)
    if fit is None:
        return not_known("We don't know how far it is.")
    if give.comes_to_you or ask.place is None or give.place is None:
        return met("It comes to you.")
    return met(f"About {travel.crow_flies_km(ask.place, give.place) * travel.DETOUR:.1f} km by road.", fit)


def wanted(ask: Ask, give: Give, on: datetime, terms: tuple[tuple[date, date], ...] | None) -> list[tuple[str, Finding, int]]:
    """Return what was found on each requirement of the ask: its form, the finding, and its points."""
    times = iter(time_findings(ask, give, on, terms))
    found = [(r.what, next(times) if r.what in TIMES else FORMS[r.what](r, asked_by(ask, on, terms), give.as_offer())) for r in ask.requirements]
    shares = sum(f.share for _, f in found) or 1.0
    return [(what, f, points(WEIGHTS["requirement"], f.fit, f.share / shares)) for what, f in found]


def time_findings(ask: Ask, give: Give, on: datetime, terms: tuple[tuple[date, date], ...] | None) -> list[Finding]:
    """Return what was found on the times that an ask requires: one and the same session must satisfy all its musts."""
    return schedules.assess(ask.requirements, asked_by(ask, on, terms), give.as_offer())


def points(weight: float, fit: float | None, share: float = 1.0) -> int:
    """Return the thousandths that a fit gives: half of its weight up or down, none where it is not known."""
    return 0 if fit is None else round(1000 * weight * share * (fit - 0.5))


def judge(ask: Ask, give: Give, *, on: datetime, terms: tuple[tuple[date, date], ...] | None = None) -> Judgement:
    """Return what speaks for and against one give for one ask, on a day. Another thing, or the asker's own give, fails."""
    label = THINGS[ask.thing].label.lower()
    if ask.thing != give.thing or ask.party == give.party:
        return Judgement((("thing", rule_fails("requirement", f"It is not what was asked for: {label}.", None), 0),))
    parts = (("amount", _amount(ask, give)), ("dates", _dates(ask, give)), ("near", _near(ask, give)))
    first = ("thing", met(f"It is what was asked for: {label}."), BASE)
    return Judgement((first, *wanted(ask, give, on, terms), *((n, f, points(WEIGHTS[n], f.fit)) for n, f in parts)))
