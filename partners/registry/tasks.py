"""Tasks: what a person at the school should do so that the registry stays true. The clock and the pages open them; people finish them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import NotFound
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation


class TaskKind(StrEnum):
    """Why somebody should look or ring."""

    WRONG = "wrong"
    MISSED = "missed"
    BOUNCED = "bounced"
    EXPIRES_IN_60 = "expires_in_60"
    EXPIRES_IN_14 = "expires_in_14"
    EXPIRED = "expired"
    NOT_LISTED = "not_listed"
    SILENT = "silent"


TO_RING = (TaskKind.WRONG, TaskKind.MISSED, TaskKind.BOUNCED, TaskKind.NOT_LISTED, TaskKind.SILENT)


class RegistryTask(Base):
    """One thing to do about an organisation or an offer. The same reason has one row, opened again when it comes back."""

    __tablename__ = "registry_tasks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reason: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[TaskKind] = mapped_column(named(TaskKind))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offers.id"), index=True)
    about: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None]
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(120))
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    offer: Mapped[Offer | None] = relationship(lazy="joined")


def open_for(
    session: Session, kind: TaskKind, organisation_id: uuid.UUID, *, by: Actor, at: datetime, offer_id: uuid.UUID | None = None, about: str = "",
    due_on: date | None = None, mark: str = "",
) -> RegistryTask:
    """Open a task, or return the one that is open for the same reason. `mark` tells apart reasons about one offer, such as two registrations."""
    reason = f"{kind.value}:{offer_id or organisation_id}:{mark}"[:120]
    task = session.scalar(select(RegistryTask).where(RegistryTask.reason == reason))
    if task is not None and task.done_at is None:
        return task
    if task is None:
        task = RegistryTask(id=new_id(), reason=reason, kind=kind, organisation_id=organisation_id, offer_id=offer_id, opened_at=at)
        try:
            with session.begin_nested():
                session.add(task)
        except IntegrityError:
            # Somebody opened it for the same reason at the same moment: theirs is the one row.
            return session.execute(select(RegistryTask).where(RegistryTask.reason == reason)).unique().scalar_one()
    task.opened_at, task.done_at, task.done_by, task.about, task.due_on = at, None, None, about[:200], due_on
    session.flush()
    audit.record(session, "task:opened", ("task", task.id), by=by, at=at, kind=kind.value)
    return task


def was_opened(session: Session, kind: TaskKind, subject_id: uuid.UUID, mark: str) -> bool:
    """Whether a task for this reason was ever opened, so that one that somebody finished does not come back by itself."""
    return session.scalar(select(RegistryTask.id).where(RegistryTask.reason == f"{kind.value}:{subject_id}:{mark}"[:120])) is not None


def waiting(session: Session, *, by: Actor) -> list[RegistryTask]:
    """Return the open tasks, the soonest due and the oldest first. Those about what is archived are left out."""
    access.require(by, "offer:change")
    query = select(RegistryTask).join(Organisation).where(RegistryTask.done_at.is_(None), Organisation.archived_at.is_(None))
    rows = [t for t in session.scalars(query).unique() if t.offer is None or t.offer.archived_at is None]
    return sorted(rows, key=lambda t: (t.due_on or date.max, t.opened_at, t.id))


def end_silence(session: Session, organisation_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    """Finish the task to ring a partner that did not answer, because it has."""
    for task in session.scalars(select(RegistryTask).where(RegistryTask.kind == TaskKind.SILENT, RegistryTask.organisation_id == organisation_id, RegistryTask.done_at.is_(None))).unique():
        close(session, task, by=by, at=at)


def silent(session: Session) -> set[uuid.UUID]:
    """Return the organisations to ring before another message: they did not answer twice in a row."""
    return set(session.scalars(select(RegistryTask.organisation_id).where(RegistryTask.kind == TaskKind.SILENT, RegistryTask.done_at.is_(None))))


def get(session: Session, task_id: uuid.UUID, *, by: Actor) -> RegistryTask:
    """Return a task. Raises NotFound."""
    access.require(by, "offer:change")
    task = session.get(RegistryTask, task_id)
    if task is None:
        raise NotFound("task")
    return task


def finish(session: Session, task: RegistryTask, *, by: Actor, at: datetime) -> RegistryTask:
    """Note that a person did it. A second press changes nothing."""
    access.require(by, "offer:change")
    if task.done_at is None:
        close(session, task, by=by, at=at)
    return task


def settle(session: Session, offer: Offer, kinds: tuple[TaskKind, ...], *, by: Actor, at: datetime) -> None:
    """Finish what an answer about an offer has settled: tasks about the offer, and about reaching its organisation."""
    query = select(RegistryTask).where(RegistryTask.done_at.is_(None), RegistryTask.kind.in_(kinds), RegistryTask.organisation_id == offer.organisation_id)
    for task in session.scalars(query).unique():
        if task.offer_id in (None, offer.id):
            close(session, task, by=by, at=at)


def close(session: Session, task: RegistryTask, *, by: Actor, at: datetime) -> None:
    """End a task because its reason is gone, whoever ended it."""
    task.done_at, task.done_by = at, by.name[:120]
    session.flush()
    audit.record(session, "task:done", ("task", task.id), by=by, at=at, kind=task.kind.value)
