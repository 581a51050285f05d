"""Clock mails: the safeguarding lead is told that an answer about records or a complaint must go out soon. The mail says how to see it, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.schools import School
from partners.foundation import outbox, users
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of, next_daytime
from partners.foundation.outbox import Message
from partners.privacy import complaints, requests

KIND = "rights_clock"
AGAIN_AFTER = timedelta(days=3)  # so that one mail is missed and not the day; judgement, November 2026


def send_due(session: Session, *, base_url: str, at: datetime) -> int:
    """Queue one mail to each safeguarding lead of a school where a clock runs out within a week, at most one in three days, until it is answered. Returns how many."""
    sent = 0
    for school in session.scalars(select(School).order_by(School.id)):
        if requests.due_soon(session, school.id, on=day_of(at)) or complaints.due_soon(session, school.id, on=day_of(at)):
            for lead in users.of_school(session, school.id):
                if Role.DSL.value in lead.roles and lead.disabled_at is None and not _told(session, lead, at=at):
                    outbox.queue(
                        session, kind=KIND, to=lead.email, subject="An answer is due soon", at=at, due_at=next_daytime(at), user_id=lead.id,
                        body=f"Somebody asked your school something that has to be answered by a day, and that day is near or past.\n\nSign in to see it:\n{base_url}/lead/\n\n"
                             "This mail says nothing more on purpose. You get it again after three days while it waits.\n",
                    )
                    sent += 1
    return sent


def _told(session: Session, lead: users.User, *, at: datetime) -> bool:
    newest = session.scalar(select(Message.queued_at).where(Message.kind == KIND, Message.user_id == lead.id).order_by(Message.queued_at.desc()).limit(1))
    return newest is not None and at - newest < AGAIN_AFTER
