"""Sign-ins: server-side sessions and single-use links. Cookies and mails carry random words; only their hashes are kept."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.tokens import hash_token, new_token
from partners.foundation.users import User, actor_of

IDLE = timedelta(minutes=30)  # judgement, November 2026 (safety.md 1.2, row 15)
LONGEST = timedelta(hours=12)
LINK_MINUTES = 10


class SignIn(Base):
    """One signed-in browser."""

    __tablename__ = "sign_ins"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInLink(Base):
    """One link sent by mail: it works once, for a few minutes, and only when a button is pressed."""

    __tablename__ = "sign_in_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def start(session: Session, user: User, *, at: datetime) -> str:
    """Sign a person in and return the cookie's word, new each time."""
    token = new_token()
    session.add(SignIn(id=new_id(), token_hash=hash_token(token), user_id=user.id, started_at=at, last_seen_at=at))
    session.flush()
    audit.record(session, "user:signed_in", ("user", user.id), by=actor_of(user), at=at)
    return token


def find_live(session: Session, token: str, *, at: datetime) -> User | None:
    """Return who is signed in with this word, or None when it ended, was idle for 30 minutes, is 12 hours old, or the account was disabled."""
    row = session.execute(select(SignIn, User).join(User).where(SignIn.token_hash == hash_token(token))).first()
    if row is None:
        return None
    sign_in, user = row
    if sign_in.ended_at or user.disabled_at or at - sign_in.last_seen_at >= IDLE or at - sign_in.started_at >= LONGEST:
        return None
    return user


def touch(session: Session, token: str, *, at: datetime) -> None:
    """Note that a signed-in person is still there, at most once a minute."""
    session.execute(
        update(SignIn).where(SignIn.token_hash == hash_token(token), SignIn.ended_at.is_(None), SignIn.last_seen_at < at - timedelta(minutes=1))
        .values(last_seen_at=at)
    )


def needs_touch(session: Session, token: str, *, at: datetime) -> bool:
    """Whether a minute has passed since this sign-in was last noted."""
    seen = session.scalar(select(SignIn.last_seen_at).where(SignIn.token_hash == hash_token(token), SignIn.ended_at.is_(None)))
    return seen is not None and seen < at - timedelta(minutes=1)


def end(session: Session, token: str, *, at: datetime) -> None:
    """Sign out: a copied cookie is of no use after."""
    session.execute(update(SignIn).where(SignIn.token_hash == hash_token(token), SignIn.ended_at.is_(None)).values(ended_at=at))


def end_all(session: Session, user: User, *, at: datetime) -> None:
    """End every sign-in and unused link of a person."""
    session.execute(update(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None)).values(ended_at=at))
    session.execute(update(SignInLink).where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None)).values(used_at=at))


def live_of(session: Session, user_id: uuid.UUID, *, at: datetime) -> list[SignIn]:
    """Return where a person is signed in now, the last used first."""
    rows = select(SignIn).where(
        SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.last_seen_at > at - IDLE, SignIn.started_at > at - LONGEST
    )
    return list(session.scalars(rows.order_by(SignIn.last_seen_at.desc(), SignIn.id)))


def is_with(sign_in: SignIn, token: str) -> bool:
    """Whether a sign-in is the one whose word this is."""
    return sign_in.token_hash == hash_token(token)


def end_one(session: Session, sign_in_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    """End one of one's own sign-ins. Raises NotFound, alike for somebody else's and for none."""
    sign_in = session.get(SignIn, sign_in_id)
    if sign_in is None or by.user_id is None or sign_in.user_id != by.user_id:
        raise NotFound("sign-in")
    if sign_in.ended_at is None:
        sign_in.ended_at = at
        session.flush()
        audit.record(session, "user:sign_in_ended", ("user", by.user_id), by=by, at=at)


def end_others(session: Session, token: str, *, by: Actor, at: datetime) -> int:
    """End all of one's own sign-ins but the one with this word, and return how many."""
    others = [] if by.user_id is None else [row for row in live_of(session, by.user_id, at=at) if not is_with(row, token)]
    for row in others:
        end_one(session, row.id, by=by, at=at)
    return len(others)


def new_sign_in_link(session: Session, user: User, *, at: datetime, minutes: int = LINK_MINUTES) -> str:
    """Make a sign-in link's word, good once within `minutes`."""
    token = new_token()
    session.add(SignInLink(id=new_id(), token_hash=hash_token(token), user_id=user.id, expires_at=at + timedelta(minutes=minutes)))
    session.flush()
    return token


def use_sign_in_link(session: Session, token: str, *, at: datetime) -> User:
    """Use a sign-in link up and return whose it is. Raises InvalidRecord when it is unknown, used or out of time: all in the same words."""
    used: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(SignInLink).where(SignInLink.token_hash == hash_token(token), SignInLink.used_at.is_(None), SignInLink.expires_at > at)
        .values(used_at=at)
    )
    user = None
    if used.rowcount == 1:
        user = session.scalar(select(User).join(SignInLink).where(SignInLink.token_hash == hash_token(token)))
    if user is None or user.disabled_at is not None:
        raise InvalidRecord("link", "This link has been used or has run out. Ask for a new one: it takes a minute.")
    return user
