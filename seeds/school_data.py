"""School data of the demo: an invented export of the first school's pupils and of its weeks, brought in by the verbs that the office presses."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of, is_working_day
from partners.impact.school_data import files, keys, plans

if TYPE_CHECKING:
    from seeds.demo import Town

YEARS = {"Reception": "Reception", **{f"Year {n}": f"Y{n}" for n in range(1, 7)}}
UNLINKED = 0.08  # of the families: the office has not come to them yet


def bring_school_data(session: Session, town: Town, *, at: datetime) -> None:
    """Bring in the first school's pupils, with most families linked, and each half-term's weeks. Nothing where school data are switched off."""
    from seeds.demo import rows

    if not keys.is_on():
        return
    school, chance, pupils = town.schools[0], random.Random(412), rows("pupils")  # noqa: S311
    by = town.offices[school.id]
    linked = _linked([f for f in town.families if f.school_id == school.id], pupils, chance)
    columns = [name for name in pupils[0] if name != "Usual attendance"]
    _bring(session, by, [["Kith code", *columns], *([linked.get(p["UPN"], ""), *(p[c] for c in columns)] for p in pupils)], "pupils.csv", at)
    for term in school.terms:
        weeks = _weeks(term.starts_on, min(term.ends_on, day_of(at) - timedelta(days=1)), at)
        if weeks:
            table = [["UPN", "Week commencing", "Possible sessions", "Sessions attended"]]
            for pupil in pupils:
                share = int(pupil["Usual attendance"]) / 100
                table += [[pupil["UPN"], f"{monday:%d/%m/%Y}", str(possible), str(sum(chance.random() < share for _ in range(possible)))] for monday, possible in weeks]
            _bring(session, by, table, f"attendance {term.starts_on}.csv", at)


def _weeks(starts: date, ends: date, at: datetime) -> list[tuple[date, int]]:
    """Return the Mondays of a half-term in the last 400 days, each with the half-days that school was open."""
    found: dict[date, int] = {}
    for n in range((ends - starts).days + 1):
        day = starts + timedelta(days=n)
        if is_working_day(day) and day > day_of(at) - timedelta(days=400):
            monday = day - timedelta(days=day.weekday())
            found[monday] = found.get(monday, 0) + 2
    return sorted(found.items())


def _linked(families: list[Family], pupils: list[dict[str, str]], chance: random.Random) -> dict[str, str]:
    """Return the code of a family by the pupil's number: the year group is the child's, the language the family's, and help is asked for where more is hard."""
    left, found = list(pupils), {}
    for family in families:
        if chance.random() < UNLINKED:
            continue
        for child in family.children:
            fits = [p for p in left if YEARS[p["Year Group"]] == child.year_group and (p["EAL"] == "Yes") == (family.language not in (None, "en"))]
            if fits:
                chosen = min(chance.sample(fits, min(2, len(fits))), key=lambda p: int(p["Usual attendance"]) - 4 * (p["Eligible for FSM"] == "Yes"))
                left.remove(chosen)
                found[chosen["UPN"]] = keys.code_of(family.id)
    return found


def _bring(session: Session, by: Actor, table: list[list[str]], name: str, at: datetime) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    plans.apply(session, files.keep(session, out.getvalue().encode(), file_name=name, by=by, at=at), by=by, at=at)
