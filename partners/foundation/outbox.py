"""The outbox: messages are rows in the transaction of what they tell about, and leave at least once, each with a stable Message-ID."""

from __future__ import annotations

import smtplib
import ssl
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

import phonenumbers
from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotReady
from partners.foundation.sealing import Sealed

BACK_OFF_MINUTES = (1, 2, 4, 8, 15, 30, 60, 120, 240)
DEAD_AFTER = timedelta(days=3)  # judgement, November 2026
LEASE = timedelta(minutes=5)  # judgement, November 2026: longer than the slowest server holds one mail
LONGEST_TEXT = 306  # characters: two texts joined (GSM 03.40: 153 each)
EMERGENCY = "emergency_opened"  # tells a school that an administrator looks at families: no administrator stops it
NOT_A_MOBILE = "Give a mobile number like 07700 900 000."
UNREACHABLE_IN_A_ROW = 3  # judgement, November 2026: then the round ends, rather than wait as long for every mail


class Message(Base):
    """One mail, or one text. Its words never hold anything about a family; the address and the body are sealed all the same."""

    __tablename__ = "messages"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(10), default="mail")
    invite: Mapped[str | None] = mapped_column(Sealed)
    to_address: Mapped[str] = mapped_column(Sealed)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Sealed)
    queued_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    first_tried_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(60))
    sent_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    referral_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    user_id: Mapped[uuid.UUID | None]

    @property
    def message_id(self) -> str:
        """The Message-ID: the same at every try, so that a mail server can drop a second copy."""
        return f"<{self.id}@kith.invalid>"


def queue(
    session: Session, *, kind: str, to: str, subject: str, body: str, at: datetime, referral_id: uuid.UUID | None = None,
    user_id: uuid.UUID | None = None, due_at: datetime | None = None, invite: str | None = None,
) -> Message:
    """Put a mail in the outbox, with a calendar file where there is one. Raises InvalidRecord for anything but one address, or for a line break beside it."""
    if not _is_one_line(subject):
        raise InvalidRecord("subject", "A subject is one line.")
    if not _is_one_address(to):
        raise InvalidRecord("to", "Give one e-mail address like name@example.org.")
    message = Message(
        id=new_id(), kind=kind, channel="mail", to_address=to, subject=subject[:200], body=body, queued_at=at, due_at=due_at or at,
        referral_id=referral_id, user_id=user_id, invite=invite,
    )
    session.add(message)
    session.flush()
    return message


def queue_text(session: Session, *, kind: str, to: str, body: str, at: datetime, referral_id: uuid.UUID | None = None, due_at: datetime | None = None) -> Message:
    """Put a text in the outbox. Raises InvalidRecord for anything but one mobile number of the United Kingdom, or words longer than two texts."""
    try:
        number = phonenumbers.parse(to, "GB")
    except phonenumbers.NumberParseException as error:
        raise InvalidRecord("to", NOT_A_MOBILE) from error
    if not phonenumbers.is_possible_number(number) or number.country_code != 44 or not (str(number.national_number).startswith("7") and len(str(number.national_number)) == 10):
        raise InvalidRecord("to", NOT_A_MOBILE)
    if not 1 <= len(body) <= LONGEST_TEXT:
        raise InvalidRecord("body", f"Write at most {LONGEST_TEXT} characters.")
    message = Message(
        id=new_id(), kind=kind, channel="text", to_address=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), subject="A text", body=body, queued_at=at,
        due_at=due_at or at, referral_id=referral_id,
    )
    session.add(message)
    session.flush()
    return message


def _is_one_line(text: str) -> bool:
    # An encoded word (=?utf-8?q?=0D=0A?=) is decoded when the mail is written, and so may hold a line break of its own.
    # Cc holds the controls, Zl and Zp the other line breaks that Unicode knows, Cs halves of characters that no mail can carry.
    return "=?" not in text and not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def _is_one_address(text: str) -> bool:
    if not _is_one_line(text) or any(c in text for c in " ,;:<>()[]\"\\"):
        return False
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, LookupError, MessageError):
        return False
    return bool(address.username and address.domain)


def cancel_for_referral(session: Session, referral_id: uuid.UUID, *, at: datetime) -> None:
    """Cancel what has not left yet about one referral."""
    session.execute(
        update(Message).where(Message.referral_id == referral_id, Message.sent_at.is_(None), Message.cancelled_at.is_(None))
        .values(cancelled_at=at)
    )


class Transport(Protocol):
    """A way out for a mail. It raises OSError or smtplib.SMTPException where the mail did not leave."""

    def send(self, message: Message, *, at: datetime) -> None:
        """Hand one mail over."""


class PageTransport:
    """The demo's way out: a mail counts as sent, and the demo's page shows it."""

    def send(self, message: Message, *, at: datetime) -> None:
        """Do nothing more: the row itself is what the page shows."""


def as_mail(message: Message, *, sender: str, at: datetime) -> EmailMessage:
    """Return a message as the mail that goes out. Raises ValueError for a header of more than one line."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, message.to_address, message.subject
    mail["Date"], mail["Message-ID"], mail["Auto-Submitted"] = format_datetime(at), message.message_id, "auto-generated"
    mail.set_content(message.body)
    if message.invite:
        mail.add_attachment(message.invite.encode("utf-8"), maintype="text", subtype="calendar", filename="meeting.ics", params={"method": "PUBLISH", "charset": "utf-8"})
    return mail


class SmtpTransport:
    """Hands mails to an SMTP server, given as smtp://user:password@host:port (smtps:// for TLS from the start, ?starttls=1)."""

    def __init__(self, url: str, sender: str, *, timeout_s: float = 20.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise NotReady("KITH_SMTP_URL looks like smtp://user:password@mail.example.org:587?starttls=1")
        self.sender, self.timeout_s, self.parts = sender, timeout_s, parts

    def send(self, message: Message, *, at: datetime) -> None:
        """Send one mail. Raises OSError or smtplib.SMTPException where the server did not say yes."""
        mail = as_mail(message, sender=self.sender, at=at)
        host, trust = self.parts.hostname or "", ssl.create_default_context()
        server: smtplib.SMTP
        if self.parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, self.parts.port or 465, timeout=self.timeout_s, context=trust)
        else:
            server = smtplib.SMTP(host, self.parts.port or 25, timeout=self.timeout_s)
        try:
            if "starttls=1" in self.parts.query:
                server.starttls(context=trust)
            if self.parts.username:
                server.login(unquote(self.parts.username), unquote(self.parts.password or ""))
            server.send_message(mail)
            # The server has said yes: whatever happens to the goodbye, sending again would only make a second copy.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()


@dataclass
class Delivered:
    """What one round of the outbox did, in numbers of mails."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    cancelled: int = 0


def deliver(
    sessions: sessionmaker[Session], transport: Transport, *, now: Callable[[], datetime],
    guard: Callable[[Session, Message, datetime], bool] | None = None, limit: int = 100,
) -> Delivered:
    """Send what is due, asking `guard` at the last moment whether each mail may still leave.

    A mail is claimed, judged, sent, and noted as sent in separate short transactions, so that a mail server that hangs never keeps
    anybody waiting for the database. A mail that could not leave is tried again after 1, 2, 4 … minutes up to 4 hours; after three
    days it is a dead letter, which the administrator's page shows. Only a crash between the server's yes and the note sends a mail
    twice, with the same Message-ID. Where `guard` itself fails, nothing leaves and its error is raised; the mail comes up again later.
    """
    done, unreachable = Delivered(), 0
    for _ in range(limit):
        at = now()
        message_id = _claim(sessions, at)
        if message_id is None:
            break
        with sessions.begin() as session:
            message = session.get_one(Message, message_id)
            if message.cancelled_at is not None or (guard is not None and not guard(session, message, at)):
                message.cancelled_at = message.cancelled_at or at
                done.cancelled += 1
                continue
            session.flush()
            session.expunge(message)
        fault = _hand_over(transport, message, at)
        with sessions.begin() as session:
            _note(session.get_one(Message, message_id), fault, now(), done)
        unreachable = unreachable + 1 if _is_unreachable(fault) else 0
        if unreachable == UNREACHABLE_IN_A_ROW:
            break
    return done


def _claim(sessions: sessionmaker[Session], at: datetime) -> uuid.UUID | None:
    with sessions.begin() as session:
        waiting = select(Message).where(
            Message.sent_at.is_(None), Message.cancelled_at.is_(None), Message.dead_at.is_(None), Message.held_at.is_(None), Message.due_at <= at
        )
        message = session.scalar(waiting.order_by(Message.due_at, Message.id).limit(1).with_for_update(skip_locked=True))
        if message is None:
            return None
        message.attempts += 1
        message.first_tried_at = message.first_tried_at or at
        message.due_at = at + LEASE
        return message.id


def _hand_over(transport: Transport, message: Message, at: datetime) -> Exception | None:
    try:
        transport.send(message, at=at)
    except (OSError, smtplib.SMTPException, ValueError, MessageError) as fault:
        return fault
    return None


def _is_unreachable(fault: Exception | None) -> bool:
    """Whether the server could not be talked to at all; a server that answers with a refusal has been reached."""
    return isinstance(fault, OSError) and (not isinstance(fault, smtplib.SMTPException) or isinstance(fault, smtplib.SMTPServerDisconnected))


def _note(message: Message, fault: Exception | None, at: datetime, done: Delivered) -> None:
    if fault is None:
        # It has left, whatever was decided while it was on its way.
        message.sent_at, message.cancelled_at, message.last_error = at, None, None
        done.sent += 1
        return
    message.last_error = _code_of(fault)
    can_never_leave = isinstance(fault, ValueError | MessageError)
    if can_never_leave or at - (message.first_tried_at or at) >= DEAD_AFTER:
        message.dead_at = at
        done.dead += 1
    else:
        message.due_at = at + timedelta(minutes=BACK_OFF_MINUTES[min(message.attempts, len(BACK_OFF_MINUTES)) - 1])
        done.retried += 1


def _code_of(fault: Exception) -> str:
    """Return a fault's kind and number. What the server wrote is left out: it may repeat the address."""
    number = getattr(fault, "smtp_code", None) or getattr(fault, "status", None)
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        number = next((code for code, _words in fault.recipients.values()), None)
    return type(fault).__name__ if number is None else f"{type(fault).__name__} {number}"


def dead_letters(session: Session) -> list[Message]:
    """Return the mails that were given up and that nobody has cancelled, the latest first."""
    given_up = select(Message).where(Message.dead_at.is_not(None), Message.cancelled_at.is_(None))
    return list(session.scalars(given_up.order_by(Message.dead_at.desc(), Message.id)))


def held(session: Session) -> list[Message]:
    """Return the mails that a restore held, the oldest first: a person lets each go or cancels it."""
    waiting = select(Message).where(Message.held_at.is_not(None), Message.sent_at.is_(None), Message.cancelled_at.is_(None))
    return list(session.scalars(waiting.order_by(Message.queued_at, Message.id)))


def unsent_about(session: Session, referral_ids: Iterable[uuid.UUID]) -> list[Message]:
    """Return the mails about these referrals that were given up, the latest first: somebody has to ring instead."""
    wanted = set(referral_ids)
    return [message for message in dead_letters(session) if message.referral_id in wanted]


def cancel(session: Session, message: Message, *, by: Actor, at: datetime) -> Message:
    """Cancel a dead letter, or a mail held after a restore: it never leaves. A person decides this.

    Raises:
        Conflict: a mail that tells the school of emergency access: administrators open that, so they do not cancel this.
    """
    access.require(by, "mail:mend")
    if message.kind == EMERGENCY:
        raise Conflict("This mail tells your school that emergency access was opened, so it is never cancelled. Try it again.")
    message.cancelled_at = message.cancelled_at or at
    session.flush()
    audit.record(session, "mail:cancelled", ("message", message.id), by=by, at=at)
    return message


def try_again(session: Session, message: Message, *, by: Actor, at: datetime) -> Message:
    """Put a dead letter, or a mail held after a restore, back in the queue; a person decides this."""
    access.require(by, "mail:mend")
    message.dead_at, message.held_at, message.first_tried_at, message.due_at, message.attempts = None, None, None, at, 0
    session.flush()
    audit.record(session, "mail:tried_again", ("message", message.id), by=by, at=at)
    return message
