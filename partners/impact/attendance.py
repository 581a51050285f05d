"""Attendance: the share of half-days attended before and after a family was first spoken with, beside the whole school and children of a similar start.

An association and nothing more: children chosen when their attendance is low tend to rise anyway, which is what the third row is there to show.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from partners.impact.disclosure import shown
from partners.impact.school_data.reading import Weeks

WEEKS = 6  # school weeks on each side: domain guide 8.3
PAUSE = timedelta(weeks=2)  # after first contact, before the second six
LEAST_IN_AN_ARM = 10  # children and, of those helped, families: domain guide 8.3
LEAST_SESSIONS = 30  # of sixty in six weeks; a child with fewer is left out. Judgement, November 2026
SIMILAR, MOST_ALIKE = 0.05, 5  # how far apart two starts may be, as a share; how many stand beside each child. Judgement, November 2026
ARMS = ("Children of families spoken with", "The whole school", "Children of a similar start and year")
COLUMNS = ("In 100 half-days, six school weeks before", "In 100 half-days, six school weeks from two weeks after", "Children")


@dataclass(frozen=True)
class Arm:
    """One group: the mean share before and after, 0..1, how many children, and how many families they are of."""

    before: float
    after: float
    children: int
    families: int


@dataclass(frozen=True)
class Compared:
    """The three groups, and the families of the first by the last day of their second six weeks."""

    arms: tuple[Arm, Arm, Arm]
    ended_on: dict[uuid.UUID, date]

    @property
    def may_be_shown(self) -> bool:
        """Whether every group is large enough."""
        return all(arm.children >= LEAST_IN_AN_ARM for arm in self.arms) and self.arms[0].families >= LEAST_IN_AN_ARM


def _share(weeks: Weeks, columns: slice) -> NDArray[np.float64]:
    """Return each pupil's share in a window; NaN for one with too few half-days possible."""
    possible, attended = weeks.possible[:, columns].sum(axis=1), weeks.attended[:, columns].sum(axis=1)
    return np.where(possible >= LEAST_SESSIONS, attended / np.maximum(possible, 1), np.nan)


def _nearest(among: NDArray[np.bool_], before: NDArray[np.float64], start: float) -> NDArray[np.intp]:
    """Return the few children whose start is nearest, none of them far: with all within reach the group would lean to the middle, where most are."""
    found = np.flatnonzero(among)
    apart = np.abs(before[found] - start)
    order = np.argsort(apart, kind="stable")[:MOST_ALIKE]
    return found[order][apart[order] <= SIMILAR + 1e-9]


def _windows(weeks: Weeks, contact: date, until: date) -> tuple[slice, slice] | None:
    """Return the six school weeks before the week of a contact and the six from two weeks after it; None where either is not whole."""
    monday = contact - timedelta(days=contact.weekday())
    first = int(np.searchsorted(np.array(weeks.mondays, dtype="datetime64[D]"), np.datetime64(monday)))
    after = int(np.searchsorted(np.array(weeks.mondays, dtype="datetime64[D]"), np.datetime64(monday + PAUSE)))
    if first < WEEKS or after + WEEKS > len(weeks.mondays) or weeks.mondays[after + WEEKS - 1] + timedelta(days=4) > until:
        return None
    return slice(first - WEEKS, first), slice(after, after + WEEKS)


def compare(weeks: Weeks, contacts: dict[uuid.UUID, date], *, until: date) -> Compared | None:
    """Return the three groups for families first spoken with on given days, up to a last day; None where no child has both windows whole."""
    years = np.array([year or "" for year in weeks.years])
    spoken = np.array([family in contacts for family in weeks.families], dtype=bool)
    helped: list[tuple[float, float]] = []
    school: list[tuple[float, float]] = []
    similar: list[tuple[float, float]] = []
    in_school, in_similar = np.zeros(len(spoken), dtype=bool), np.zeros(len(spoken), dtype=bool)
    ended_on: dict[uuid.UUID, date] = {}
    shares: dict[tuple[int, int], tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for n, family in enumerate(weeks.families):
        windows = _windows(weeks, contacts[family], until) if family is not None and family in contacts else None
        if windows is None or family is None:
            continue
        at = (windows[0].start, windows[1].start)
        if at not in shares:
            shares[at] = (_share(weeks, windows[0]), _share(weeks, windows[1]))
        before, after = shares[at]
        whole = ~np.isnan(before) & ~np.isnan(after)
        if not whole[n]:
            continue
        helped.append((before[n], after[n]))
        ended_on[family] = weeks.mondays[windows[1].stop - 1] + timedelta(days=4)
        school.append((before[whole].mean(), after[whole].mean()))
        in_school |= whole
        alike = _nearest(whole & ~spoken & (years == years[n]), before, float(before[n]))
        if alike.size:
            similar.append((before[alike].mean(), after[alike].mean()))
            in_similar[alike] = True
    if not helped or not similar:
        return None
    return Compared((_arm(helped, len(helped), len(ended_on)), _arm(school, int(in_school.sum()), 0), _arm(similar, int(in_similar.sum()), 0)), ended_on)


def _arm(rows: list[tuple[float, float]], children: int, families: int) -> Arm:
    means = np.array(rows).mean(axis=0)
    return Arm(float(means[0]), float(means[1]), children, families)


def table(found: Compared) -> dict[str, object]:
    """Return the published table: whole numbers in 100, and children to the nearest five."""
    cells = [[round(100 * arm.before), round(100 * arm.after), shown(arm.children) or 0] for arm in found.arms]
    return {"name": "attendance", "rows": list(ARMS), "columns": list(COLUMNS), "cells": cells}
