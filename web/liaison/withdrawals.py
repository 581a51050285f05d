"""Withdrawals: an agreement taken back in one press, and whether the partner has deleted what it held."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import agreements
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.referrals import withdrawals
from web.database import now, settings
from web.liaison import bp
from web.liaison.forms import DeletedForm
from web.signing_in import actor, roles_required


@bp.post("/agreements/<uuid:agreement_id>/take-back")
@roles_required(Role.FLO)
def take_back(agreement_id: uuid.UUID) -> Response:
    """The family takes its agreement back: one press ends everything that rests on it."""
    agreement = agreements.find(g.session, agreement_id, by=actor())
    rows = withdrawals.take_back(g.session, agreement, by=actor(), at=now(), base_url=settings().base_url)
    asked = any(row.asked_at for row in rows if row.waits)
    flash("We've stopped. We've asked them to delete what they hold, and tell you when it's done." if asked else "We've stopped. Nothing more goes to them.")
    return redirect(url_for(".family", family_id=agreement.family_id), 303)


@bp.route("/withdrawals/<uuid:withdrawal_id>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def withdrawal(withdrawal_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Show what was taken back and what became of it; write down what the partner said on the telephone."""
    row = withdrawals.get(g.session, withdrawal_id, by=actor())
    form = DeletedForm()
    if form.is_submitted() and form.validate():
        try:
            withdrawals.log_call(g.session, row, name=form.facts()["name"], by=actor(), at=now())
            flash("Written down.")
            return redirect(url_for(".withdrawal", withdrawal_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/withdrawal.html", form=form, row=row)
    return (page, 422) if form.is_submitted() else page
