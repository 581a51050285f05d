"""The do-not-list register: organisations that asked not to appear, when, and who asked. No import and no re-adding can undo it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound

# Words that do not tell one organisation from another. Judgement, November 2026.
_NOT_A_NAME = frozenset({"the", "ltd", "limited", "cic", "cio", "charity", "trust", "community", "centre", "project", "group", "association"})


class DoNotList(Base):
    """One organisation that asked not to appear. A row is lifted when they ask to come back, and never deleted."""

    __tablename__ = "do_not_list"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    website_key: Mapped[str] = mapped_column(String(200), default="")
    asked_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    def says(self) -> str:
        """Return why it is refused."""
        return f"{self.name} asked on {self.asked_on.day} {self.asked_on:%B %Y} not to be listed (said by {self.asked_by})."


def name_key(name: str) -> str:
    """Return a name as it is compared: without case, accents, punctuation and the words that many names share.

    >>> name_key("The Café Project Ltd."), name_key("CAFE")
    ('cafe', 'cafe')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() or name.lower()
    words = re.findall(r"\w+", plain)
    return " ".join([w for w in words if w not in _NOT_A_NAME] or words)[:200]


def website_key(address: str | None) -> str:
    """Return the host of a web address, without www; '' where there is none.

    >>> website_key("https://www.Example.org/page")
    'example.org'
    """
    text = address or ""
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    return host.removeprefix("www.")[:200]


def add(session: Session, *, name: str, asked_by: str, by: Actor, at: datetime, asked_on: date | None = None, website: str | None = None) -> DoNotList:
    """Record that an organisation asked not to appear. Whoever adds it also archives what is listed of it: see `organisations.archive`.

    Raises InvalidRecord for no name, nobody who asked, or a day after today.
    """
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    today = day_of(at)
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidRecord("name", "Give the organisation's name, in at most 200 characters.")
    if not 1 <= len(asked_by.strip()) <= 120:
        raise InvalidRecord("asked_by", "Say who asked, in at most 120 characters.")
    if asked_on is not None and asked_on > today:
        raise InvalidRecord("asked_on", "Give the day they asked: today or earlier.")
    row = DoNotList(id=new_id(), name=name.strip(), name_key=name_key(name), website_key=website_key(website), asked_on=asked_on or today, asked_by=asked_by.strip(), added_at=at)
    session.add(row)
    session.flush()
    audit.record(session, "do_not_list:added", ("do_not_list", row.id), by=by, at=at)
    return row


def lift(session: Session, row_id: uuid.UUID, *, by: Actor, at: datetime) -> DoNotList:
    """Record that an organisation wants to appear again. Raises NotFound."""
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    row = session.get(DoNotList, row_id)
    if row is None or row.lifted_at is not None:
        raise NotFound("do_not_list")
    row.lifted_at = at
    session.flush()
    audit.record(session, "do_not_list:lifted", ("do_not_list", row.id), by=by, at=at)
    return row


def every(session: Session) -> list[DoNotList]:
    """Return who is on the register now, by name."""
    return list(session.scalars(select(DoNotList).where(DoNotList.lifted_at.is_(None)).order_by(DoNotList.name, DoNotList.id)))


def find_for(session: Session, *, name: str, website: str | None = None) -> DoNotList | None:
    """Return the row that an organisation of this name or web address stands under, or None."""
    host = website_key(website)
    same = [DoNotList.name_key == name_key(name), *([DoNotList.website_key == host] if host else [])]
    return session.scalars(select(DoNotList).where(DoNotList.lifted_at.is_(None), or_(*same)).order_by(DoNotList.added_at)).first()
