"""The head's pages: one page a term from the last frozen figures, what each figure means, and the papers for governors. No way to a family."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response as Answer

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.impact import area_tables, asks, releases, report, stories
from partners.impact.asks import AskState
from partners.impact.disclosure import HELD
from partners.impact.measures import ANCHORS, MEASURES
from partners.impact.releases import Release
from partners.registry import freshness, offers
from web import charts, papers
from web.database import now
from web.signing_in import actor, roles_required

bp = Blueprint("heads", __name__, url_prefix="/heads")

MOST_CALLS = 8
TERM_BY_TERM = ("Told us a need", "Were offered help", "Say it helped", "Have a need that nothing met")


def _report(release: Release) -> report.Report:
    kept = [a.words for a in asks.of_release(g.session, release, by=actor()) if a.standing is not AskState.DISCARDED]
    return report.of(release, school=schools.get(g.session, release.school_id).name, asks=kept)


def _of_areas(release: Release, name: str, column: str) -> str:
    """Return the year to draw by area: the one that is spoken of, or the other where nothing of that one is shown, as days that were shown by district are not shown by ward."""
    shown = [c for c in (column, "This school year", "Last school year") if any(cell != HELD for _, cell in release.column(name, c, whole=False))]
    return shown[0] if shown else column


def _to_ring() -> list[tuple[offers.Offer, freshness.Freshness]]:
    """Return offers that a person should ring about: the longest unconfirmed first. Nothing here is about a family."""
    rows = [(o, freshness.of(o, on=day_of(now()))) for o in offers.listed(g.session)]
    stale = [(o, f) for o, f in rows if f.state in ("check_first", "left_out")]
    return sorted(stale, key=lambda row: (-(row[1].age_days or 0), row[0].name))[:MOST_CALLS]


@bp.get("/")
@roles_required(Role.HEAD)
def page() -> str:
    """Show the last release: the first sentences, the steps with their losses, needs not met, three drafted asks, and what is more; printed it is one page."""
    release = releases.latest(g.session, by=actor())
    if release is None:
        return render_template("heads/page.html", release=None, ring=_to_ring())
    told = _report(release)
    column = told.column or "Last school year"
    pictures = {
        "steps": charts.bars(f"From a need to help, {column.lower()}", release.column("steps", column)),
        "groups": charts.bars(f"Needs that nothing met, by kind, {column.lower()}", release.column("unmet_groups", column, whole=False)),
    }
    by_area = area_tables.of(release)
    of_areas = _of_areas(release, by_area.name, column)
    pictures["areas"] = charts.tiles(f"Needs that nothing met, by {by_area.noun}, {of_areas.lower()}", release.column(by_area.name, of_areas, whole=False), grid=by_area.grid)
    families = release.tables["families"]
    pictures["terms"] = charts.multiples("Families by period", families["columns"], [row for row in zip(families["rows"], families["cells"], strict=True) if row[0] in TERM_BY_TERM])
    found = release.tables.get("attendance")
    if found is not None:
        pictures["attendance"] = charts.multiples("Attendance in 100 half-days", ["Before", "After"], [(label, cells[:2]) for label, cells in zip(found["rows"], found["cells"], strict=True)])
    return render_template(
        "heads/page.html", by_area=by_area, of_areas=of_areas, not_a_cause=report.NOT_A_CAUSE, release=release, told=told, column=column, pictures=pictures, asks=asks.of_release(g.session, release, by=actor()), measures=MEASURES, anchors=ANCHORS, ring=_to_ring(),
        key=report.KEY, story=report.STORY, stories=stories.told(g.session, by=actor(), at=now()),
    )


@bp.get("/measures")
@roles_required(Role.HEAD)
def measures() -> str:
    """Show how each of the fourteen measures is counted, and what it does not show."""
    return render_template("heads/measures.html", measures=MEASURES, anchors=ANCHORS, titles=report.TITLES)


@bp.route("/asks/<uuid:governor_ask_id>", methods=["GET", "POST"])
@roles_required(Role.HEAD)
def ask(governor_ask_id: uuid.UUID) -> str | Answer | tuple[str, int]:
    """Let a head put an ask in their own words, or throw it away; it goes to nobody until they print it."""
    found = asks.get(g.session, governor_ask_id, by=actor())
    if request.method != "POST":
        return render_template("heads/ask.html", ask=found, words=found.words, fault=None)
    try:
        if request.form.get("do") == "discard":
            asks.discard(g.session, found, by=actor(), at=now())
            flash("Thrown away. You can bring it back below." if found.standing is AskState.DISCARDED else "Brought back.")
        else:
            asks.change(g.session, found, words=request.form.get("words", ""), by=actor(), at=now())
            flash("Your words are in the report.")
    except InvalidRecord as error:
        return render_template("heads/ask.html", ask=found, words=request.form.get("words", ""), fault=error.message), 422
    return redirect(url_for("heads.page", _anchor="asks"), 303)


@bp.get("/report")
@roles_required(Role.HEAD)
def paper() -> str:
    """Show the whole report as one page: what the papers hold."""
    release = releases.latest(g.session, by=actor())
    if release is None:
        raise NoSuchPage
    return render_template("heads/report.html", told=_report(release), **papers.AROUND)


@bp.get("/report.<any(pdf, docx, csv, json):kind>")
@roles_required(Role.HEAD)
def report_file(kind: str) -> Response:
    """Give the report as a PDF, a Word file, CSV or JSON, all from the same release."""
    release = releases.latest(g.session, by=actor())
    if release is None:
        raise NoSuchPage
    return papers.answer(kind, release, _report(release), name="our-school")


from web.heads import gaps, partnerships  # noqa: E402, F401
