"""Lists: sending a file, reading its plan, and bringing it in."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation.errors import InvalidRecord
from partners.oruk import intake
from partners.registry import duplicates
from partners.registry.importing import uploads
from web.database import give_up, looking, now
from web.fields import KithForm, Line, Upload
from web.formats import plural
from web.intake import READERS, bp
from web.signing_in import actor, roles_required

SHOWN = 20


class ListForm(KithForm):
    """A file, and what to call where it comes from."""

    source = Line("Where does the list come from?", required="Say where the list comes from.", most=80, hint="For example: town directory. Use the same words next time, and only what changed is brought in.", autocomplete="off")
    file = Upload("The file", required="Choose a file.", hint="CSV, Excel (.xlsx), JSON lines or Open Referral UK. At most 5 MB and 20,000 rows.")


def _page(form: ListForm | None = None) -> str:
    return render_template("intake/lists.html", form=form, chosen=form or ListForm(formdata=None), waiting=uploads.of_person(g.session, by=actor()))


@bp.get("/")
@roles_required(*READERS)
def page() -> str:
    """Show where to send a file, and what waits."""
    return _page()


@bp.post("/")
@roles_required(*READERS)
def send() -> Response | tuple[str, int]:
    """Keep a file until its plan is read. Nothing is brought in yet."""
    form = ListForm()
    if form.validate():
        sent = form.facts()["file"]
        try:
            upload = uploads.keep(g.session, sent.stream.read(uploads.LARGEST_BYTES + 1), source=form.facts()["source"], file_name=sent.filename or "", by=actor(), at=now())
            return redirect(url_for(".plan", upload_id=upload.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(form), 422


@bp.get("/<uuid:upload_id>")
@roles_required(*READERS)
def plan(upload_id: uuid.UUID) -> Response | str:
    """Show what bringing a file in would do."""
    upload = uploads.get(g.session, upload_id, by=actor())
    if upload.applied_at is not None:
        return redirect(url_for(".to_accept"), 303)
    made = intake.plan(g.session, upload.records(), source=upload.source)
    return render_template("intake/plan.html", upload=upload, made=made, shown=SHOWN, refused=[(r.row, r.field, r.says) for r in made.refused[:100]])


@bp.post("/<uuid:upload_id>/apply")
@roles_required(*READERS)
def bring_in(upload_id: uuid.UUID) -> Response:
    """Bring a file in, all of it or nothing. A second press changes nothing."""
    who, source = actor(), request.endpoint
    # Reading and proposing take a while, so they hold no lock: what they find is applied in one short transaction after.
    give_up()
    with looking() as session:
        found = uploads.get(session, upload_id, by=who)
        if found.applied_at is not None:
            return redirect(url_for(".to_accept"), 303)
        rows, source = found.records(), found.source
        propose = intake.proposals(intake.plan(session, rows, source=source))
    upload = uploads.get(g.session, upload_id, by=who)
    if upload.applied_at is None:
        made = intake.plan(g.session, rows, source=source)
        intake.apply(g.session, made, by=who, at=now(), propose=propose, file_name=upload.file_name)
        uploads.close(g.session, upload, at=now())
        alike = duplicates.find(g.session, by=who, at=now())
        flash(f"{plural(len(made.new), 'offer')} brought in, {len(made.changed)} changed. {plural(alike, 'pair')} may be the same." if alike else f"{plural(len(made.new), 'offer')} brought in, {len(made.changed)} changed.")
    return redirect(url_for(".to_accept"), 303)
