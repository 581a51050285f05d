"""Emergency access: an administrator's way to a family when nobody else can look, and the page on which the school sees who did and ends it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.families.families import Family
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, NotAllowed
from partners.privacy import emergencies, in_emergency
from partners.privacy.emergencies import EmergencyAccess
from web import wording
from web.database import now, settings
from web.fields import KithForm, Line, Lines
from web.navigation import home_of
from web.signing_in import actor, roles_required, school_id

bp = Blueprint("emergency", __name__, url_prefix="/emergency")


class ReasonForm(KithForm):
    """Why it must be."""

    reason = Lines(
        "What has happened, and why can nobody else look?", required="Say what has happened, and why nobody else can look.", most=emergencies.LONGEST_REASON,
        hint="The safeguarding lead and the family liaison officer read this. No names. For example: a child was not collected, and both are on a trip without a signal.",
    )


class FindForm(KithForm):
    """Which family."""

    words = Line("The family's initials, or a year group", required="Give initials or a year group.", most=40)


def _minutes() -> int:
    return int(emergencies.LASTS.total_seconds() // 60)


@bp.route("/open", methods=["GET", "POST"])
@roles_required(Role.ADMIN)
def open_up() -> str | Response | tuple[str, int]:
    """Say what emergency access is, and open it for a reason."""
    if not emergencies.may_open(actor()):
        raise NotAllowed("emergency:open")
    form = ReasonForm()
    if form.is_submitted() and form.validate():
        try:
            emergencies.open_up(g.session, form.facts()["reason"], base_url=settings().base_url, by=actor(), at=now())
            return redirect(url_for(".find"), 303)
        except InvalidRecord as error:
            form.blame(error)
    told = [u.name for u in emergencies.told_at(g.session, school_id(), but=actor().user_id)]
    shown = render_template("emergency/open.html", form=form, school=schools.get(g.session, school_id()), told=told, minutes=_minutes())
    return (shown, 422) if form.is_submitted() else shown


@bp.route("/families", methods=["GET", "POST"])
@roles_required(Role.ADMIN)
def find() -> str | tuple[str, int]:
    """Find a family by initials or year group: a search, and no list of everybody."""
    emergencies.require_live(g.session, by=actor(), at=now())
    form, rows = FindForm(), None
    if form.is_submitted() and form.validate():
        rows = in_emergency.find(g.session, form.facts()["words"], by=actor(), at=now())
    shown = render_template("emergency/find.html", form=form, rows=rows, school=schools.get(g.session, school_id()))
    return (shown, 422) if form.is_submitted() and rows is None else shown


@bp.get("/families/<uuid:family_id>")
@roles_required(Role.ADMIN)
def family(family_id: uuid.UUID) -> str:
    """Show how to reach one family safely, and who is helping. Nothing can be changed here."""
    shown = in_emergency.look(g.session, family_id, by=actor(), at=now())
    return render_template(
        "emergency/family.html", shown=shown, way=wording.safe_way(shown.family), language=wording.LANGUAGES.get(shown.family.language or "", "Not known"), school=schools.get(g.session, school_id()),
    )


@bp.get("/")
@roles_required(Role.DSL, Role.HEAD, Role.FLO, Role.ADMIN)
def told() -> str:
    """Show when emergency access was opened, by whom, and what was looked at. A head and an administrator see no reason and no family."""
    rows = [_told(row) for row in emergencies.of_school(g.session, by=actor())]
    return render_template("emergency/told.html", rows=rows, unseen=set(emergencies.unseen(g.session, by=actor())), may_open=emergencies.may_open(actor()))


def _told(row: EmergencyAccess) -> dict[str, Any]:
    """Return one row of the page, with what this reader may see of it."""
    pages, who = emergencies.pages_of(g.session, row), actor()
    about = {page.family_id: "" for page in pages if page.family_id is not None}
    whole = bool(who.roles & {Role.DSL, Role.FLO})
    return {
        "access": row, "pages": len(pages), "families": len(about), "live": row.is_live(now()), "reason": row.reason if whole or row.user_id == who.user_id else None,
        "which": [_label(g.session.get(Family, key)) for key in about] if whole else None, "may_end": row.user_id == who.user_id or bool(who.roles & set(emergencies.TOLD)),
    }


def _label(found: Family | None) -> str:
    """Return how a family that was looked at is called: by its initials, unless it is not in use any more, or is not there at all."""
    if found is None or not found.in_use or found.school_id != actor().school_id:
        return "a family that is not shown here"
    return found.label


@bp.post("/<uuid:emergency_id>/end")
@roles_required(Role.DSL, Role.HEAD, Role.FLO, Role.ADMIN)
def end(emergency_id: uuid.UUID) -> Response:
    """End it now."""
    opened = emergencies.get(g.session, emergency_id, by=actor(), action="emergency:end")
    emergencies.end(g.session, opened, by=actor(), at=now())
    flash("Emergency access has ended.")
    return redirect(home_of(actor()) if opened.user_id == actor().user_id else url_for(".told"), 303)


@bp.post("/<uuid:emergency_id>/seen")
@roles_required(Role.DSL, Role.HEAD, Role.FLO)
def seen(emergency_id: uuid.UUID) -> Response:
    """Write down that somebody who was told has read it."""
    emergencies.note_seen(g.session, emergencies.get(g.session, emergency_id, by=actor(), action="emergency:note"), by=actor(), at=now())
    return redirect(url_for(".told"), 303)
