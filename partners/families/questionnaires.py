"""Questionnaires: what a family says about one child, in its own words and language, by a link or on the officer's telephone.

Strengths first, every question optional, one for each child because siblings differ; what is the household's is asked once. Answers are
sealed and are never a record by themselves: a person proposes, talks, and confirms (`partners.matching.answers`). Immigration status,
religion, ethnicity and reasons are never asked.
"""

from __future__ import annotations

import csv
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import languages
from partners.families.families import Child, Family
from partners.families.setting_aside import require_in_use, require_may_act
from partners.foundation import access, audit
from partners.foundation.actors import Actor, family_by_link
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import SealedJson
from partners.foundation.tokens import hash_token, new_token, same

LINK_DAYS = 14  # judgement, November 2026: long enough for a busy fortnight
LONGEST = 1000  # characters of one answer
Answer = str | int | list[str]


@dataclass(frozen=True)
class Question:
    """One question: how it is answered (words, scale, ticks, one), whether it is the household's, and what there is to choose from."""

    key: str
    kind: str
    household: bool
    options: tuple[str, ...]


@cache
def questions() -> tuple[Question, ...]:
    """Return every question in the order in which it is asked. Source: domain guide 1.4."""
    with (languages.TEXTS / "questions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Question(r["key"], r["kind"], r["household"] == "yes", tuple(r["options"].split())) for r in csv.DictReader(file))


class Questionnaire(Base):
    """One child's questions and what was answered so far. The link's word is kept as a hash, and so is the browser's that wrote the answers."""

    __tablename__ = "questionnaires"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("children.id"), index=True)
    language: Mapped[str] = mapped_column(String(20), default="en")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    answers: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    made_by_id: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    looked_by_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    family: Mapped[Family] = relationship(lazy="joined")
    child: Mapped[Child | None] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}

    @property
    def said(self) -> dict[str, Answer]:
        """What was answered so far, by question."""
        return dict(self.answers or {})

    @property
    def waits(self) -> bool:
        """Whether it was given to school and nobody has looked at it yet."""
        return self.given_at is not None and self.looked_at is None and self.taken_back_at is None


def begin(session: Session, family: Family, child: Child | None, *, language: str | None = None, by: Actor, at: datetime) -> tuple[Questionnaire, str]:
    """Make the link to one child's questions, and return its word, which is kept nowhere. Answers that were begun are gone on with; the link before ends.

    Raises:
        InvalidRecord: a child of another family.
        SafetyStop: the family is with the safeguarding lead.
        SetAside: it asked that its records are not used for now, so nothing new is asked.
    """
    access.require(by, "questionnaire:begin", family)
    require_may_act(family)
    if child is not None and child.family_id != family.id:
        raise InvalidRecord("child", "Choose one of this family's children.")
    token = new_token()
    begun = [q for q in of_family(session, family, by=by) if q.child_id == (child.id if child else None) and q.looked_at is None and q.taken_back_at is None]
    row = begun[0] if begun else Questionnaire(
        id=new_id(), school_id=family.school_id, family=family, child=child, language=languages.known(language or family.language), made_by_id=by.user_id, made_at=at,
    )
    row.token_hash, row.expires_at = hash_token(token), at + timedelta(days=LINK_DAYS)
    session.add(row)
    session.flush()
    audit.record(session, "questionnaire:begun", ("questionnaire", row.id), by=by, at=at)
    return row, token


def open_link(session: Session, token: str, *, at: datetime) -> tuple[Questionnaire, Actor]:
    """Return the questionnaire behind a link and the family that holds it.

    Raises:
        NotFound: a link that is unknown, has run out, was taken back or looked at, or whose family is with the safeguarding lead: all alike.
    """
    # A family whose records are set aside may go on: it can take its answers back here, and what it says waits until they may be used.
    row = session.scalar(select(Questionnaire).where(Questionnaire.token_hash == hash_token(token)))
    if row is None or row.expires_at <= at or row.looked_at is not None or row.taken_back_at is not None or row.family.with_dsl_at is not None:
        raise NotFound("page")
    return row, family_by_link(row.family_id, row.school_id)


def asked_of(session: Session, row: Questionnaire) -> list[Question]:
    """Return the questions of one child: all of them, less what the household has answered beside another child."""
    others = session.scalars(select(Questionnaire).where(Questionnaire.family_id == row.family_id, Questionnaire.id != row.id, Questionnaire.taken_back_at.is_(None))).unique()
    known = {key for other in others for key in other.said}
    return [q for q in questions() if not (q.household and q.key in known and q.key not in row.said)]


def find_question(session: Session, row: Questionnaire, key: str) -> Question:
    """Return one of a child's questions. Raises NotFound."""
    found = next((q for q in asked_of(session, row) if q.key == key), None)
    if found is None:
        raise NotFound("page")
    return found


def is_own_browser(row: Questionnaire, browser: str) -> bool:
    """Whether this browser wrote the answers: another one is never shown them, so that a link that was found tells nothing."""
    return row.browser_hash is not None and same(row.browser_hash, hash_token(browser))


def answer(session: Session, row: Questionnaire, question: Question, value: Answer | None, *, browser: str, by: Actor, at: datetime) -> None:
    """Keep an answer, or leave a question out. Nothing that another browser wrote is lost by leaving a box empty there.

    Raises:
        InvalidRecord: words that are too long, or an answer that is not on the page.
    """
    access.require(by, "questionnaire:answer", row)
    said, own = row.said, is_own_browser(row, browser)
    if value is None or value == [] or value == "":
        if question.key in said and own:
            del said[question.key]
    else:
        _require_fits(question, value)
        said[question.key] = value
    if said != row.said:
        row.answers = said
        row.browser_hash = hash_token(browser)
        session.flush()
        audit.record(session, "questionnaire:answered", ("questionnaire", row.id), by=by, at=at, question=question.key)


def _require_fits(question: Question, value: Answer) -> None:
    given = value if isinstance(value, list) else [value]
    if question.kind == "words" and (not isinstance(value, str) or len(value) > LONGEST):
        raise InvalidRecord("words", "too_long")
    if question.kind == "scale" and (not isinstance(value, int) or not 0 <= value <= 10):
        raise InvalidRecord("one", "choose_listed")
    if question.kind in ("ticks", "one") and any(one not in question.options for one in given):
        raise InvalidRecord("ticks" if question.kind == "ticks" else "one", "choose_listed")


def speak(session: Session, row: Questionnaire, language: str, *, by: Actor) -> None:
    """Ask in another language from now on. One that there are no sentences in changes nothing."""
    access.require(by, "questionnaire:answer", row)
    if language in languages.every():
        row.language = language
        session.flush()


def give(session: Session, row: Questionnaire, *, by: Actor, at: datetime) -> None:
    """Give the answers to school. They may still be changed until somebody has looked."""
    access.require(by, "questionnaire:answer", row)
    if row.given_at is None:
        row.given_at = at
        session.flush()
        audit.record(session, "questionnaire:given", ("questionnaire", row.id), by=by, at=at, answered=len(row.said))


def take_back(session: Session, row: Questionnaire, *, by: Actor, at: datetime) -> None:
    """Delete the answers and end the link. Nobody is asked why."""
    access.require(by, "questionnaire:answer", row)
    row.answers, row.browser_hash, row.taken_back_at = None, None, at
    session.flush()
    audit.record(session, "questionnaire:taken_back", ("questionnaire", row.id), by=by, at=at)


def looked(session: Session, row: Questionnaire, *, by: Actor, at: datetime) -> None:
    """Note that a person read the answers with the family and confirmed what there was to confirm. The link ends.

    Raises:
        Conflict: somebody looked already, or the family took its answers back.
        SetAside: the family asked that its records are not used for now.
    """
    access.require(by, "questionnaire:look", row)
    require_in_use(row.family)
    if not row.waits:
        raise Conflict("These answers were looked at already, or the family took them back.")
    row.looked_at, row.looked_by_id = at, by.user_id
    session.flush()
    audit.record(session, "questionnaire:looked_at", ("questionnaire", row.id), by=by, at=at)


def get(session: Session, questionnaire_id: uuid.UUID, *, by: Actor) -> Questionnaire:
    """Return a questionnaire of the actor's school. Raises NotFound."""
    row = session.get(Questionnaire, questionnaire_id)
    if row is None:
        access.require(by, "questionnaire:look")
        raise NotFound("page")
    access.require(by, "questionnaire:look", row)
    return row


def to_read(session: Session, questionnaire_id: uuid.UUID, *, by: Actor) -> Questionnaire:
    """Return a questionnaire for somebody at school to read. Raises NotFound, and SetAside while the family's records are kept and not used."""
    row = get(session, questionnaire_id, by=by)
    require_in_use(row.family)
    return row


def of_family(session: Session, family: Family, *, by: Actor) -> list[Questionnaire]:
    """Return a family's questionnaires, the latest first."""
    access.require(by, "questionnaire:begin", family)
    return list(session.scalars(select(Questionnaire).where(Questionnaire.family_id == family.id).order_by(Questionnaire.made_at.desc(), Questionnaire.id)).unique())


def waiting(session: Session, *, by: Actor) -> list[Questionnaire]:
    """Return the answers that wait for somebody to read them, the oldest first; none of a family whose records are not in use."""
    access.require(by, "questionnaire:look")
    query = select(Questionnaire).join(Family).where(
        Questionnaire.school_id == by.school_id, Questionnaire.given_at.is_not(None), Questionnaire.looked_at.is_(None), Questionnaire.taken_back_at.is_(None),
        Family.in_use, Family.archived_at.is_(None),
    )
    return list(session.scalars(query.order_by(Questionnaire.given_at, Questionnaire.id)).unique())
