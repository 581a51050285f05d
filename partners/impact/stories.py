"""Stories: what a family is glad to have told, where a number would be too small: with its own yes, details changed, written by a person, and ended when they say."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.families import Family
from partners.families.naming import could_name
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

LONGEST = 900  # characters
LONGEST_LIFE = timedelta(days=366)  # after it a family is asked again; judgement, November 2026


class Story(Base):
    """One story. Whose it is only the liaison officer knows; a head and governors read the words."""

    __tablename__ = "stories"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)
    words: Mapped[str] = mapped_column(Sealed)
    agreed_on: Mapped[date]
    agreed_how: Mapped[str] = mapped_column(String(20))
    until_on: Mapped[date]
    written_by_id: Mapped[uuid.UUID | None]
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def is_told(self, on: date) -> bool:
        """Whether it may be told on a day."""
        return self.ended_at is None and self.agreed_on <= on <= self.until_on


@dataclass(frozen=True)
class Told:
    """A story as a head reads it: its words and its last day, and nothing that leads to a family."""

    words: str
    until_on: date


def write(
    session: Session, family: Family, *, words: str, agreed_on: date | None, agreed_how: str | None, read_to_them: bool, details_changed: bool, until_on: date | None, by: Actor, at: datetime,
) -> Story:
    """Keep a story with the yes that the family gave for it alone.

    Raises:
        InvalidRecord: no words or too many, a name or number in them, no yes, details that were not changed, words that were not read to them, or an end that is past or over a year away.
    """
    access.require(by, "story:write", family)
    said, today = words.strip(), day_of(at)
    if not 1 <= len(said) <= LONGEST:
        raise InvalidRecord("words", f"Write the story, in up to {LONGEST} characters.")
    if could_name(said, family.first_name) or family.initials in said:
        raise InvalidRecord("words", "There is a name, a number or an address in it. Change it: the family's yes is for a story that cannot be traced.")
    if agreed_on is None or agreed_on > today or agreed_how not in ("spoken", "signed"):
        raise InvalidRecord("agreed_on", "Give the day on which they said yes to this story, and how.")
    if not details_changed or not read_to_them:
        raise InvalidRecord("sure", "Change the details that others would know them by, and read it to them, before it is kept.")
    if until_on is None or not today < until_on <= agreed_on + LONGEST_LIFE:
        raise InvalidRecord("until_on", "Say until when it may be told: a day to come, at most a year after their yes.")
    story = Story(
        id=new_id(), school_id=family.school_id, family_id=family.id, words=said, agreed_on=agreed_on, agreed_how=agreed_how, until_on=until_on, written_by_id=by.user_id, written_at=at,
    )
    session.add(story)
    session.flush()
    audit.record(session, "story:written", ("story", story.id), by=by, at=at)
    return story


def end(session: Session, story: Story, *, by: Actor, at: datetime) -> Story:
    """Stop telling a story, and forget its words at once."""
    access.require(by, "story:write", story)
    if story.ended_at is None:
        story.ended_at, story.words = at, ""
        session.flush()
        audit.record(session, "story:ended", ("story", story.id), by=by, at=at)
    return story


def get(session: Session, story_id: uuid.UUID, *, by: Actor) -> Story:
    """Return a story of the actor's school. Raises NotFound."""
    access.require(by, "story:write")
    story = session.get(Story, story_id)
    if story is None:
        raise NotFound("story")
    access.require(by, "story:write", story)
    return story


def of_school(session: Session, *, by: Actor) -> list[tuple[Story, Family]]:
    """Return the stories of the actor's school with whose they are, the latest first; for the liaison officer alone."""
    access.require(by, "story:write")
    query = select(Story, Family).join(Family, Family.id == Story.family_id).where(Story.school_id == by.school_id, Story.ended_at.is_(None), Family.in_use)
    return [(story, family) for story, family in session.execute(query.order_by(Story.written_at.desc())).unique()]


def told(session: Session, *, by: Actor, at: datetime) -> list[Told]:
    """Return the stories that may be told today, by their words: none whose time is over, that was ended, or whose family is with the safeguarding lead."""
    access.require(by, "story:read")
    query = select(Story).join(Family, Family.id == Story.family_id).where(Story.school_id == by.school_id, Story.ended_at.is_(None), Family.in_use, Family.archived_at.is_(None))
    return [Told(s.words, s.until_on) for s in session.scalars(query.order_by(Story.id)) if s.is_told(day_of(at))]
