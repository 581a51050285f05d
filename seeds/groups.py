"""Groups of the town: families who ask for the same, brought together by the verbs that people use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families import needs
from partners.families.needs import For, Harm, NeedState, Within
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.matching import cohorts, groups, words

if TYPE_CHECKING:
    from seeds.demo import Town

# What is asked for · what the group is called · the outcode (or none) · the weekday, times and place · how many places · how long ago it began.
GROUPS = (
    ("how_school_works", "School, explained: Tuesdays", "LS9", "tue", "09:15", "10:30", "The community room", 5, 120),
    ("home_learning", "Reading together", None, "thu", "15:30", "16:30", "The library, upstairs", None, 14),
)
USUALLY = ("Parent to Parent", "Marlbeck Library", "Second Chapter", "Friday Homework Club")  # whom the liaison officer would think of first


def bring_together(session: Session, town: Town, by: Actor, *, at: datetime) -> None:
    """Record the needs, propose, make and match two groups, ask each family, and meet. The caller commits."""
    for code, name, area, day, starts, ends, place, places, days_ago in GROUPS:
        began = at - timedelta(days=days_ago)
        _ask_for(session, town, code, area, by, began - timedelta(days=5))
        found = next(p for p in groups.propose(session, by=by, at=began) if p.code == code)
        row = groups.make(session, name, list(found.needs), in_common=found.in_common, area=found.area, half_hours=found.half_hours, by=by, at=began)
        fitting = groups.matches(session, row, by=by, at=began)
        offer = next((o for o in fitting if o.organisation.name in USUALLY), fitting[0])
        groups.match(session, row, offer, place=place, day=day, starts=starts, ends=ends, places=places, by=by, at=began)
        groups.partner_answer(session, row.id, yes=True, by=by, at=began)
        for n, member in enumerate(list(row.members)):
            answer = "thinking" if n == len(row.members) - 1 and places is None else "yes"
            groups.ask(session, row, member.id, answer, fields=["first_name"] if n % 2 else [], by=by, at=began + timedelta(minutes=n))
        _meet(session, row, days_ago, by, at)


def _ask_for(session: Session, town: Town, code: str, area: str | None, by: Actor, at: datetime) -> None:
    """The families in the area who said no must of their own ask for the same."""
    free = [f for f in town.families if f.school_id == by.school_id and f.with_dsl_at is None and (f.postcode or "").split(" ")[0] == (area or "")]
    for family in free:
        known = needs.of_family(session, family, by=by)
        if not any(n.code == code and n.state is NeedState.OPEN for n in known):
            needs.record(
                session, family, codes=[code], paths=words.paths(), harm=Harm.NO, for_whom=For.FAMILY, within=Within.HALF_TERM, by=by, at=max(at, family.created_at),
            )


def _meet(session: Session, row: groups.NeedGroup, days_ago: int, by: Actor, at: datetime) -> None:
    first = day_of(at - timedelta(days=days_ago))
    while first.weekday() != cohorts.DAYS.index(row.day or "mon"):
        first += timedelta(days=1)
    groups.plan_meetings(session, row, first=first, weeks=20, by=by, at=at - timedelta(days=days_ago))
    held = [m for m in row.meetings if m.on <= day_of(at)]
    for n, meeting in enumerate(held[:-1]):  # nobody has said yet who came to the last one
        with_place = [m.id for m in groups.places(row)[0]]
        groups.came(session, row, meeting.id, None if n == 0 else with_place[: len(with_place) - 1], by=by, at=at)
    for member, result in zip(groups.places(row)[0], ("met", "partly", "met"), strict=False):
        if len(held) > 2:
            groups.record_outcome(session, row, member.id, result, by=by, at=at)
