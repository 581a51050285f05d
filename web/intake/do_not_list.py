"""Who asked not to appear: seeing the register, adding to it, and taking somebody off it when they ask to come back."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.errors import InvalidRecord
from partners.registry import do_not_list, organisations
from web.database import now
from web.fields import Day, KithForm, Line
from web.formats import plural
from web.intake import READERS, bp
from web.signing_in import actor, roles_required


class AskedForm(KithForm):
    """An organisation that asked not to appear."""

    name = Line("Organisation", required="Give the organisation's name.", most=200, autocomplete="off")
    asked_by = Line("Who asked?", required="Say who asked.", most=120, hint="Their role, and how they said it. For example: their chair, by phone", autocomplete="off")
    asked_on = Day("When did they ask?", hint="Leave this empty if it was today")
    website = Line("Their web address", most=200, hint="So that another spelling of the name is found too", autocomplete="off")


def _page(form: AskedForm | None = None) -> str:
    return render_template("intake/do_not_list.html", rows=do_not_list.every(g.session), form=form, asked=form or AskedForm(formdata=None))


@bp.get("/do-not-list")
@roles_required(*READERS)
def register() -> str:
    """Show who asked not to appear."""
    return _page()


@bp.post("/do-not-list")
@roles_required(*READERS)
def add_to_register() -> Response | tuple[str, int]:
    """Add an organisation, and archive what is listed of it."""
    form = AskedForm()
    if form.validate():
        try:
            row = do_not_list.add(g.session, **form.facts(), by=actor(), at=now())
            gone = organisations.archive_unlisted(g.session, row, by=actor(), at=now())
            flash(f"No import brings them back. {plural(len(gone), 'organisation')} archived.")
            return redirect(url_for(".register"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(form), 422


@bp.post("/do-not-list/<uuid:asked_id>/lift")
@roles_required(*READERS)
def lift(asked_id: uuid.UUID) -> Response:
    """Record that they asked to come back. What was archived stays so."""
    do_not_list.lift(g.session, asked_id, by=actor(), at=now())
    return redirect(url_for(".register"), 303)
