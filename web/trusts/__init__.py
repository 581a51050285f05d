"""The trust's page: totals over several schools from the last frozen figures. No school is named or told apart, and there is no way to a family."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from werkzeug.exceptions import NotFound as NoSuchPage

from partners.foundation.actors import Role
from partners.impact import report, trust_releases, trusts
from partners.impact.measures import MEASURES
from web import charts
from web.signing_in import actor, roles_required

bp = Blueprint("trusts", __name__, url_prefix="/trust")


@bp.get("/")
@roles_required(Role.TRUST)
def page() -> str:
    """Show the last totals: the steps, needs that nothing met, and the count by outcome heading."""
    trust, release = trusts.of_person(g.session, by=actor()), trust_releases.latest(g.session, by=actor())
    if release is None:
        return render_template("trusts/page.html", trust=trust, release=None)
    told = report.of(release, school=trust.name)
    column = told.column or "Last school year"
    steps = release.tables.get("steps")
    rows = [(label, cells[steps["columns"].index(column)]) for label, cells in zip(steps["rows"], steps["cells"], strict=True)] if steps else []
    return render_template(
        "trusts/page.html", trust=trust, release=release, told=told, column=column, picture=charts.bars(f"From a need to help, {column.lower()}", rows) if rows else None,
        key=report.KEY, measures=MEASURES, not_a_cause=report.NOT_A_CAUSE, crosswalk=report.CROSSWALK, crosswalk_source=report.CROSSWALK_SOURCE,
    )


@bp.get("/report.<any(csv, json):kind>")
@roles_required(Role.TRUST)
def report_file(kind: str) -> Response:
    """Give the totals as CSV or JSON, as they were frozen."""
    release = trust_releases.latest(g.session, by=actor())
    if release is None:
        raise NoSuchPage
    name = f"our-schools-{release.ends_on.isoformat()}.{kind}"
    body, mime = (("\ufeff" + report.as_csv(release)).encode(), "text/csv; charset=utf-8") if kind == "csv" else (release.document.encode(), "application/json")
    return Response(body, mimetype=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})
