"""The trust's page: totals over several schools from the last frozen figures. No school is named or told apart, and there is no way to a family."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from werkzeug.exceptions import NotFound as NoSuchPage

from partners.foundation.actors import Role
from partners.impact import report, trust_releases, trusts
from web import charts, papers
from web.signing_in import actor, roles_required

bp = Blueprint("trusts", __name__, url_prefix="/trust")


@bp.get("/")
@roles_required(Role.TRUST)
def page() -> str:
    """Show the last totals: the steps, needs that nothing met, and the count by outcome heading."""
    trust, release = trusts.of_person(g.session, by=actor()), trust_releases.latest(g.session, by=actor())
    if release is None:
        return render_template("trusts/page.html", trust=trust, release=None)
    told = report.of_trust(release, trust=trust.name)
    column = told.column or "Last school year"
    rows = release.column("steps", column) if told.column else []
    return render_template(
        "trusts/page.html", trust=trust, release=release, told=told, column=column, picture=charts.bars(f"From a need to help, {column.lower()}", rows) if rows else None,
        **papers.AROUND,
    )


@bp.get("/report.<any(pdf, docx, csv, json):kind>")
@roles_required(Role.TRUST)
def report_file(kind: str) -> Response:
    """Give the report as a PDF, a Word file, CSV or JSON, all from the same release."""
    trust, release = trusts.of_person(g.session, by=actor()), trust_releases.latest(g.session, by=actor())
    if release is None:
        raise NoSuchPage
    return papers.answer(kind, release, report.of_trust(release, trust=trust.name), name="our-schools")
