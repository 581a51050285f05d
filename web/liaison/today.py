"""Today: what waits on me, and what waits on others. A day's work at a glance."""

from __future__ import annotations

from flask import g, render_template

from partners.families import quick_notes
from partners.foundation import outbox
from partners.foundation.actors import Role
from partners.matching import words
from partners.referrals import check_ins, referrals, reminders
from partners.referrals.moves import State
from web.database import now
from web.formats import _day
from web.liaison import bp
from web.liaison.keeping import waiting_count
from web.signing_in import actor, roles_required

CHECK_IN = (State.TOLD, State.CONTACTED, State.SUPPORTING)


@bp.get("/")
@roles_required(Role.FLO)
def today() -> str:
    """Show three lists: waiting on me, waiting on others, check in with a family."""
    rows = referrals.live(g.session, by=actor())
    check_in = [r for r in rows if r.state in CHECK_IN and r.finished_at is None]
    due = check_ins.due(g.session, by=actor(), at=now())
    asked_now = {d.referral.id for d in due}
    check_in = [r for r in check_in if r.id not in asked_now]
    stages = {r.id: reminders.stage(g.session, r, at=now()) for r in rows}
    after = {r.id for r in check_in} | asked_now
    mine = [r for r in rows if (r.next_owner == "flo" or stages[r.id]) and r.id not in after]
    others = [r for r in rows if r.next_owner == "partner" and not stages[r.id] and r.id not in after]
    by_id = {r.id: r for r in rows}
    unsent = [by_id[m.referral_id] for m in outbox.unsent_about(g.session, by_id) if m.referral_id]
    return render_template("liaison/today.html", unsent=list(dict.fromkeys(unsent)), mine=mine, others=others, check_in=check_in, due=due, stages=stages, notes=quick_notes.waiting(g.session, by=actor()), labels=words.labels(), today=_day(now()), to_ring=waiting_count())
