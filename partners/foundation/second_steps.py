"""The second step of signing in: a six-digit code from an app on one's phone (RFC 6238), or one of ten recovery codes on paper."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord
from partners.foundation.sealing import Sealed
from partners.foundation.tokens import hash_code
from partners.foundation.users import User, actor_of

STEP_SECONDS = 30  # RFC 6238, 5.2: the default
RECOVERY_CODES = 10
MOST_TRIES, TRIES_REST = 10, timedelta(minutes=15)  # for one account, wherever the tries come from; judgement, November 2026
WRONG = "That code does not fit. Type the six digits that your app shows now, or a recovery code that you have not used."
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like another


class SecondStep(Base):
    """One person's secret, shared with the app on their phone. It counts once they have shown a code of it."""

    __tablename__ = "second_steps"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    secret: Mapped[str] = mapped_column(Sealed)
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One code on paper. It works once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(128))
    used_at: Mapped[datetime | None]


def find(session: Session, user: User) -> SecondStep | None:
    """Return a person's second step, confirmed or not; or None."""
    return session.scalar(select(SecondStep).where(SecondStep.user_id == user.id))


def has(session: Session, user: User) -> bool:
    """Whether a person signs in with a second step."""
    found = find(session, user)
    return found is not None and found.confirmed_at is not None


def begin(session: Session, user: User, *, at: datetime) -> SecondStep:
    """Make a secret for somebody who has no confirmed one, or return the one that waits to be confirmed.

    Raises:
        InvalidRecord: there is a confirmed one already; it is taken away first.
    """
    found = find(session, user)
    if found is not None and found.confirmed_at is not None:
        raise InvalidRecord("code", "You have a second step already. Take it away first to use another phone.")
    if found is None:
        found = SecondStep(id=new_id(), user_id=user.id, secret=pyotp.random_base32(), made_at=at)
        session.add(found)
        session.flush()
    return found


def address(step: SecondStep, user: User) -> str:
    """Return what the app reads from the picture: whose it is and the secret."""
    return pyotp.TOTP(step.secret, interval=STEP_SECONDS).provisioning_uri(name=user.email, issuer_name="Kith")


def confirm(session: Session, user: User, code: str, *, at: datetime) -> list[str]:
    """Let a second step count, once a code of it was shown, and return ten recovery codes. They are told once and never again.

    Raises:
        InvalidRecord: the code does not fit, or none was begun.
    """
    step = find(session, user)
    if step is None or step.confirmed_at is not None or not _fits(session, step, code, at=at):
        raise InvalidRecord("code", WRONG)
    step.confirmed_at = at
    codes = _new_codes(session, user)
    audit.record(session, "user:second_step_set", ("user", user.id), by=actor_of(user), at=at)
    return codes


def new_codes(session: Session, user: User, *, by: Actor, at: datetime) -> list[str]:
    """Make ten new recovery codes for oneself; the ones before end."""
    codes = _new_codes(session, user)
    audit.record(session, "user:recovery_codes_made", ("user", user.id), by=by, at=at)
    return codes


def _new_codes(session: Session, user: User) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(id=new_id(), user_id=user.id, code_hash=hash_code(_plain(code), str(user.id))) for code in codes)
    session.flush()
    return codes


def _plain(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum())


def codes_left(session: Session, user: User) -> int:
    """Return how many recovery codes have not been used."""
    return session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))) or 0


def check(session: Session, user: User, code: str, *, at: datetime) -> None:
    """Use up a code of the app, or a recovery code. Each works once, and ten wrong tries rest an account for a quarter of an hour.

    Raises:
        InvalidRecord: in one wording, whatever was wrong.
    """
    step = find(session, user)
    if step is None or step.confirmed_at is None:
        raise InvalidRecord("code", WRONG)
    if step.tried_at is not None and at - step.tried_at >= TRIES_REST:
        step.tries = 0
    if step.tries >= MOST_TRIES:
        raise InvalidRecord("code", "That was tried many times. Wait a quarter of an hour, or ask your administrator.")
    if _fits(session, step, code, at=at):
        step.tries = 0
        session.flush()
        return
    used = session.execute(
        update(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None), RecoveryCode.code_hash == hash_code(_plain(code), str(user.id))).values(used_at=at)
    )
    if getattr(used, "rowcount", 0) == 1:
        step.tries = 0
        session.flush()
        audit.record(session, "user:recovery_code_used", ("user", user.id), by=actor_of(user), at=at)
        return
    step.tries, step.tried_at = step.tries + 1, at
    session.flush()
    raise InvalidRecord("code", WRONG)


def _fits(session: Session, step: SecondStep, code: str, *, at: datetime) -> bool:
    """Whether a code is the app's, now or a half-minute to either side, and later than the last that was used: it is noted as used."""
    digits = "".join(c for c in code if not c.isspace())
    now, app = int(at.timestamp()) // STEP_SECONDS, pyotp.TOTP(step.secret, interval=STEP_SECONDS)
    for counter in (now - 1, now, now + 1):
        if counter > step.last_step and pyotp.utils.strings_equal(app.generate_otp(counter), digits):
            used = session.execute(update(SecondStep).where(SecondStep.id == step.id, SecondStep.last_step < counter).values(last_step=counter))
            session.refresh(step, ["last_step"])
            return getattr(used, "rowcount", 0) == 1
    return False


def take_away(session: Session, user: User, *, by: Actor, at: datetime) -> None:
    """Take a person's second step and codes away: one's own, or as an administrator of the school for somebody who lost their phone."""
    if by.user_id != user.id:
        access.require(by, "user:change", user)
    if find(session, user) is None:
        return
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.execute(delete(SecondStep).where(SecondStep.user_id == user.id))
    session.flush()
    audit.record(session, "user:second_step_taken_away", ("user", user.id), by=by, at=at)
