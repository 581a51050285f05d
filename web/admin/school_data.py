"""School data: the office sends an export, sees what would be read and what was dropped, says which column is which, and brings it in. No family is here."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.impact.school_data import columns, files, keys, plans, pupils
from partners.impact.school_data.files import SchoolFile
from web.admin import bp
from web.database import now
from web.fields import KithForm, Line, Upload
from web.formats import plural
from web.signing_in import actor, roles_required

SHOWN = 50


class SchoolFileForm(KithForm):
    """One file."""

    file = Upload("The file", required="Choose a file.", hint="CSV or Excel (.xlsx) from Arbor, SIMS or Bromcom. At most 5 MB and 20,000 rows.")


class LinkForm(KithForm):
    """A family's code and a pupil's key."""

    code = Line("Kith code", most=20, hint="Eight letters and figures, from the family liaison officer.", autocomplete="off")
    key = Line("Pupil key", required="Give the pupil's key.", most=keys.LONGEST_PUPIL_KEY, hint="As it stands in the file: a UPN or an admission number. It is not kept.", autocomplete="off")


def _page(form: SchoolFileForm | None = None, link: LinkForm | None = None) -> str:
    number, linked = pupils.counts(g.session, by=actor())
    return render_template(
        "admin/school_data.html", form=form or link, chosen=form or SchoolFileForm(formdata=None), link=link or LinkForm(formdata=None), waiting=files.waiting(g.session, by=actor()),
        number=number, linked=linked, is_on=keys.is_on(), columns=columns.COLUMNS,
    )


@bp.get("/school-data")
@roles_required(Role.ADMIN)
def school_data() -> str:
    """Show what is kept, where to send a file, and how a family is linked."""
    return _page()


@bp.post("/school-data")
@roles_required(Role.ADMIN)
def send_school_file() -> Response | tuple[str, int]:
    """Keep a file until its plan is read. Nothing is brought in yet."""
    form = SchoolFileForm()
    if form.validate():
        sent = form.facts()["file"]
        try:
            file = files.keep(g.session, sent.stream.read(files.LARGEST_BYTES + 1), file_name=sent.filename or "", by=actor(), at=now())
            return redirect(url_for(".school_file", school_file_id=file.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(form=form), 422


def _plan(file: SchoolFile, *, chosen: dict[str, str | None] | None = None, fault: str | None = None) -> str:
    made = plans.plan(g.session, file, by=actor())
    return render_template(
        "admin/school_file.html", file=file, made=made, chosen=chosen or made.reading, columns=columns.COLUMNS, labels={c.name: c.label for c in columns.COLUMNS}, fault=fault, shown=SHOWN,
        empty=request.form.get("empty") == "no" if chosen else files.empty_means_no(g.session, file.school_id), pretty=lambda h: h.replace("_", " "),
    )


@bp.get("/school-data/<uuid:school_file_id>")
@roles_required(Role.ADMIN)
def school_file(school_file_id: uuid.UUID) -> str | Response:
    """Show how each column is read, what was dropped, and what bringing it in would do."""
    file = files.get(g.session, school_file_id, by=actor())
    return redirect(url_for(".school_data"), 303) if file.applied_at is not None else _plan(file)


@bp.post("/school-data/<uuid:school_file_id>/columns")
@roles_required(Role.ADMIN)
def say_school_columns(school_file_id: uuid.UUID) -> Response | tuple[str, int]:
    """Save which column is which, for this file and those to come."""
    file = files.get(g.session, school_file_id, by=actor())
    chosen: dict[str, Any] = {heading: request.form.get(f"column-{n}") or None for n, heading in enumerate(file.headings)}
    try:
        files.say_columns(g.session, file, chosen, empty=request.form.get("empty") == "no", by=actor(), at=now())
    except InvalidRecord as error:
        return _plan(file, chosen=chosen, fault=error.message), 422
    return redirect(url_for(".school_file", school_file_id=file.id), 303)


@bp.post("/school-data/<uuid:school_file_id>/apply")
@roles_required(Role.ADMIN)
def bring_school_file_in(school_file_id: uuid.UUID) -> Response | tuple[str, int]:
    """Bring a file in, all of it or nothing. A second press changes nothing."""
    file = files.get(g.session, school_file_id, by=actor())
    if file.applied_at is None:
        made = plans.apply(g.session, file, by=actor(), at=now())
        if not made.ready:
            return _plan(file, fault="Say first which column holds the pupil's key."), 422
        flash(f"Brought in: {plural(made.new, 'pupil')} new, {made.changed} changed, {made.same} the same. {plural(len(made.refused), 'row')} not brought in. {plural(made.links, 'family', 'families')} linked.")
    return redirect(url_for(".school_data"), 303)


@bp.post("/school-data/<uuid:school_file_id>/forget")
@roles_required(Role.ADMIN)
def throw_school_file_away(school_file_id: uuid.UUID) -> Response:
    """Forget a file without bringing anything in."""
    files.throw_away(g.session, files.get(g.session, school_file_id, by=actor()), by=actor(), at=now())
    flash("Thrown away. Nothing was brought in.")
    return redirect(url_for(".school_data"), 303)


@bp.post("/school-data/link")
@roles_required(Role.ADMIN)
def link_pupil() -> Response | tuple[str, int]:
    """Link a family to a pupil by code and key, or take a pupil's link away."""
    form = LinkForm()
    if form.validate():
        facts = form.facts()
        try:
            if request.form.get("do") == "unlink":
                pupils.unlink(g.session, key=facts["key"], by=actor(), at=now())
                flash("The link is gone.")
            else:
                pupils.link(g.session, code=facts["code"] or "", key=facts["key"], by=actor(), at=now())
                flash("Linked.")
            return redirect(url_for(".school_data"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(link=form), 422


@bp.post("/school-data/forget")
@roles_required(Role.ADMIN)
def forget_school_data() -> Response | tuple[str, int]:
    """Forget every pupil, link and file of this school."""
    if request.form.get("sure") != "yes":
        flash("Nothing was forgotten. Tick the box first.")
    else:
        flash(f"{plural(pupils.forget_all(g.session, by=actor(), at=now()), 'pupil')} forgotten. Figures that were released stay as they are.")
    return redirect(url_for(".school_data"), 303)
