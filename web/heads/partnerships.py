"""The head's pages of partnerships: a line of years for each, who needs a call, what each carries, thanks due. There is no way from here to a family."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from flask import g, render_template

from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.impact import partnership_page
from partners.registry import partnership_views, partnerships
from partners.registry.partnerships import Partnership, Side
from web import wording_together
from web.database import now
from web.heads import bp
from web.signing_in import actor, roles_required

WIDTH, LEFT, RIGHT = 320, 6, 314  # units of the drawing; its letters are as large as the page's on a phone


@dataclass(frozen=True)
class Mark:
    """One thing on a line of years: where, and of which kind."""

    x: float
    kind: str


@dataclass(frozen=True)
class Years:
    """A line of years, ready to be drawn, and told in a sentence."""

    begins: float
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, int], ...]
    says: str


def line_of_years(row: Partnership, *, first_year: int, on: date) -> Years:
    """Return the drawing of one partnership on an axis from the start of `first_year` to a day, the same for all of a page."""
    start, span = date(first_year, 1, 1).toordinal(), max(on.toordinal() - date(first_year, 1, 1).toordinal(), 1)

    def x(day: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(max((day.toordinal() - start) / span, 0.0), 1.0), 1)

    drawn = [e for e in row.events if e.kind in partnership_page.DRAWN]
    every = max(1, -(-(on.year - first_year + 1) // 6))
    ticks = tuple((x(date(year, 1, 1)), year) for year in range(first_year, on.year + 1, every) if x(date(year, 1, 1)) < RIGHT - 28)
    told = "; ".join(f"{e.on.day} {e.on:%B} {e.on.year}: {wording_together.HAPPENED[e.kind.value].lower()}" for e in drawn)
    return Years(x(row.since_on), tuple(Mark(x(e.on), e.kind.value) for e in drawn), ticks, f"Since {row.since_on.year}." + (f" {told}." if told else ""))


@bp.get("/partnerships")
@roles_required(Role.HEAD)
def partnership_years() -> str:
    """Show every partnership by name: the alphabet is the only order."""
    on = day_of(now())
    lines = partnership_page.lines(g.session, by=actor(), at=now())
    first_year = min((x.row.since_on.year for x in lines), default=on.year)
    return render_template(
        "heads/partnerships.html", lines=[(x, line_of_years(x.row, first_year=first_year, on=on)) for x in lines],
        calls=[x for x in lines if x.calls], thanks=[x for x in lines if x.thanks_due], together=wording_together,
    )


@bp.get("/partnerships/<uuid:partnership_id>")
@roles_required(Role.HEAD)
def partnership_story(partnership_id: uuid.UUID) -> str:
    """Show one partnership over its years, and both views of it."""
    row, on = partnerships.get(g.session, partnership_id, by=actor()), day_of(now())
    years = sorted({v.year for v in row.views} | {partnership_views.school_year(on)}, reverse=True)
    views = [(year, partnership_views.compare(row, year)) for year in years]
    return render_template(
        "heads/partnership.html", row=row, years=line_of_years(row, first_year=row.since_on.year, on=on), views=views,
        first_to_talk_about=partnership_views.furthest_apart(views[0][1]), calls=partnerships.needs_a_call(row, on=on), together=wording_together, sides=Side,
    )
