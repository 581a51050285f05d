"""Today: what waits on me and on those I cover for, what waits on others, and which needs have nothing under way. A day's work at a glance."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, render_template

from partners.families import own_pages, questionnaires, quick_notes
from partners.foundation import outbox
from partners.foundation.actors import Role
from partners.matching import groups, words
from partners.referrals import check_ins, cover, referrals, reminders, text_replies, withdrawals
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
    in_groups = groups.needs_in_one(g.session, by=actor())
    unattended = [(need, last) for need, last in referrals.unattended(g.session, by=actor()) if need.id not in in_groups]
    whose = cover.whose(g.session, by=actor(), at=now())
    check_in = [r for r in rows if r.state in CHECK_IN and r.finished_at is None]
    due = check_ins.due(g.session, by=actor(), at=now())
    asked_now = {d.referral.id for d in due}
    check_in = [r for r in check_in if r.id not in asked_now]
    stages = {r.id: reminders.stage(g.session, r, at=now()) for r in rows}
    after = {r.id for r in check_in} | asked_now
    # A no, a silence or nobody reached: school tells the family and looks at what else there is.
    to_look_again = [last for _need, last in unattended if last is not None and last.next_owner == "flo" and last.due_on is not None]
    on_school = to_look_again + [r for r in rows if (r.next_owner == "flo" or stages[r.id]) and (r.id not in after or stages[r.id])]
    # From the eighth working day a silence is everybody's: a colleague helps where the owner has not.
    mine = sorted((r for r in on_school if whose.is_mine(r) or stages.get(r.id) == "cover"), key=lambda r: (r.due_on or date.max, r.created_at, r.id))
    return render_template(
        "liaison/today.html", unsent=_unsent(rows), mine=mine, colleagues=[r for r in on_school if r not in mine], whose=whose,
        others=[r for r in rows if r.next_owner == "partner" and not stages[r.id] and r.id not in after], check_in=check_in,
        due=sorted(due, key=lambda d: not whose.is_mine(d.referral)), stages=stages, notes=quick_notes.waiting(g.session, by=actor()), labels=words.labels(),
        today=_day(now()), to_ring=waiting_count(), unattended=[(need, last) for need, last in unattended if last not in to_look_again], left=[r for r in rows if whose.has_left(r)],
        answered=questionnaires.waiting(g.session, by=actor()), not_right=own_pages.corrections_waiting(g.session, by=actor()), replies=text_replies.waiting(g.session, by=actor()), said=text_replies.WORDS,
        to_delete=withdrawals.to_ask_about(g.session, by=actor(), at=now()), own_absence=cover.own(g.session, by=actor(), at=now()),
    )


def _unsent(rows: list[referrals.Referral]) -> list[Any]:
    """Return the referrals about which a mail was given up: somebody rings instead."""
    by_id = {r.id: r for r in rows}
    given_up = {m.referral_id for m in outbox.unsent_about(g.session, by_id)} | reminders.undelivered(g.session, set(by_id))
    return [r for r in rows if r.id in given_up]
