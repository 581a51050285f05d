"""Deletion: the partner says, by link, that it has deleted what it held. No family is on the page."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.errors import InvalidRecord
from partners.referrals import withdrawals
from web.database import now
from web.fields import KithForm, Line
from web.portal import bp
from web.signing_in import open_by_link


class DeletedByUsForm(KithForm):
    """Who deleted it."""

    name = Line("Your first name", required="Give your first name.", most=120, autocomplete="given-name")


@bp.route("/d/<token>", methods=["GET", "POST"])
@open_by_link
def deletion(token: str) -> str | Response | tuple[str, int]:
    """Ask whether what was shared is deleted. Opening changes nothing."""
    row, who = withdrawals.open_link(g.session, token)
    form = DeletedByUsForm()
    if form.is_submitted() and form.validate():
        try:
            withdrawals.attest(g.session, row, name=form.facts()["name"], by=who, at=now())
            return redirect(url_for(".deletion", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/deletion.html", form=form, row=row, who=who, school=schools.get(g.session, row.school_id))
    return (page, 422) if form.is_submitted() else page
