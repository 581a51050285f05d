"""First meetings: when and where a family, school and a partner first go together, and the file for a calendar."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, time

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Role
from partners.foundation.calendars import LONDON, london
from partners.foundation.errors import InvalidRecord, NotFound
from partners.referrals import meetings, referrals
from web.database import now, settings
from web.fields import Day, KithForm, Line, OneOf
from web.liaison import bp
from web.signing_in import actor, roles_required


class MeetingForm(KithForm):
    """When, and where of four."""

    day = Day("Which day?", required="Give the day.")
    clock = Line("At what time?", required="Give the time, like 10:00.", most=8, hint="For example, 10:00")
    where = OneOf("Where do you meet?", list(meetings.WHERE.items()), required="Choose where you meet.", hint="A withheld place never stands in a calendar.")


def _instant(day: date, clock: str) -> datetime:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", clock.strip())
    if found is None:
        raise InvalidRecord("clock", "Give the time, like 10:00.")
    return datetime.combine(day, time(int(found[1]), int(found[2])), tzinfo=LONDON)


@bp.route("/referrals/<uuid:referral_id>/meeting", methods=["GET", "POST"])
@roles_required(Role.FLO)
def meeting(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Say when and where you first meet; the partner gets a file for its calendar, with no name in it."""
    found = referrals.get(g.session, referral_id, by=actor())
    here = london(found.meets_at) if found.meets_at else None
    form = MeetingForm(day=here.date() if here else None, clock=f"{here:%H:%M}" if here else None, where=found.meets_where)
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            meetings.arrange(g.session, found, meets_at=_instant(facts["day"], facts["clock"]), where=facts["where"], by=actor(), at=now())
            mail = meetings.tell_partner(g.session, found, base_url=settings().base_url, at=now())
            flash("Written down. The partner gets a file for its calendar." if mail else "Written down. The partner sees it on its page once it has said yes.")
            return redirect(url_for(".referral", referral_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/meeting.html", form=form, referral=found)
    return (page, 422) if form.is_submitted() else page


@bp.get("/referrals/<uuid:referral_id>/meeting/calendar")
@roles_required(Role.FLO)
def meeting_calendar(referral_id: uuid.UUID) -> Response:
    """Give the file for one's own calendar: no name and no need is in it."""
    found = referrals.get(g.session, referral_id, by=actor())
    if found.meets_at is None:
        raise NotFound("page")
    return calendar_answer(meetings.calendar_file(g.session, found, at=now()))


def calendar_answer(file: bytes) -> Response:
    """Return a calendar file as a download under a plain name."""
    return Response(file, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="first-meeting.ics"'})
