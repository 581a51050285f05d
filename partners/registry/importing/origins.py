"""Origins: where each field of an imported offer came from: which source, which row, and when. A field that a person changed since is theirs."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from partners.foundation.db import Base, new_id
from partners.registry import terms
from partners.registry.offers import Offer
from partners.registry.places import Place


class ImportRun(Base):
    """One import that was applied: from which source and file, when, by whom, and how much it brought."""

    __tablename__ = "import_runs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str] = mapped_column(String(80), index=True)
    file_name: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None]
    new: Mapped[int]
    changed: Mapped[int]
    refused: Mapped[int]


class FieldOrigin(Base):
    """The fields of one offer that one import gave, each with a short mark of what it gave. One row an offer, until a later import changes some."""

    __tablename__ = "field_origins"

    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id", ondelete="CASCADE"), primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_runs.id"), primary_key=True, index=True)
    row: Mapped[int]
    marks: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class Origin:
    """Where a field came from. `changed_here` says that a person changed it since."""

    source: str
    file_name: str
    row: int
    at: datetime
    changed_here: bool


def _place(offer: Offer) -> Any:
    return [offer.place.address, offer.place.postcode, offer.place.latitude, offer.place.longitude] if offer.place is not None else None


def place_facts(place: Place) -> list[Any]:
    """Return what an import says of a further place: name, address, postcode and point."""
    return [place.name, place.address, place.postcode, place.latitude, place.longitude]


def _further(offer: Offer) -> Any:
    session = object_session(offer)
    return [place_facts(p) for p in terms.further_places(session, offer)] if session is not None else []


# THE FIELDS THAT AN IMPORT GIVES: how each is read from an offer.
FIELDS: dict[str, Callable[[Offer], Any]] = {
    "name": lambda o: o.name, "description": lambda o: o.description, "ages": lambda o: [o.age_min_years, o.age_max_years], "conditions": lambda o: list(o.conditions),
    "sessions": lambda o: [s.record() for s in o.sessions], "place": _place, "further_places": _further, "languages": lambda o: list(o.languages), "area": lambda o: o.area, "features": lambda o: o.features,
    "modes": lambda o: list(o.modes), "audience": lambda o: list(o.audience), "who_may_refer": lambda o: list(o.who_may_refer), "kind": lambda o: o.kind,
}
LABELS = {
    "name": "Name", "description": "Description", "ages": "Ages", "conditions": "What to check", "sessions": "Times", "place": "Place", "further_places": "Further places", "languages": "Languages", "area": "Area",
    "features": "Features", "modes": "How it can be had", "audience": "Whom it is for", "who_may_refer": "Who may refer", "kind": "Kind",
}


def mark(value: Any) -> str:
    """Return a short mark of a value: ten of the 64 digits of its hash, enough to see that it changed."""
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()[:10]


def mark_of(offer: Offer, name: str) -> str:
    """Return the mark of an offer's field as it is now."""
    return mark(FIELDS[name](offer))


def is_theirs(offer: Offer, name: str, marks: dict[str, str]) -> bool:
    """Whether a person changed a field since an import gave it: an import then leaves it alone."""
    return name in marks and marks[name] != mark_of(offer, name)


def marks_of(session: Session, offer_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[FieldOrigin]]:
    """Return what imports gave, by offer, the oldest import first."""
    found: dict[uuid.UUID, list[FieldOrigin]] = {}
    ids = list(offer_ids)
    for start in range(0, len(ids), 400):
        rows = session.scalars(select(FieldOrigin).join(ImportRun, ImportRun.id == FieldOrigin.run_id).where(FieldOrigin.offer_id.in_(ids[start : start + 400])).order_by(ImportRun.made_at))
        for row in rows:
            found.setdefault(row.offer_id, []).append(row)
    return found


def note(session: Session, offer: Offer, run: ImportRun, *, row: int, fields: Iterable[str], before: list[FieldOrigin] = []) -> None:  # noqa: B006 (never changed)
    """Note that these fields of an offer came with this import. An older row that gives nothing any more is dropped."""
    given = {name: mark_of(offer, name) for name in fields}
    if not given:
        return
    for old in before:
        left = {name: m for name, m in old.marks.items() if name not in given}
        if not left:
            session.execute(delete(FieldOrigin).where(FieldOrigin.offer_id == old.offer_id, FieldOrigin.run_id == old.run_id).execution_options(synchronize_session=False))
            session.expunge(old)
        elif left != old.marks:
            old.marks = left
    session.add(FieldOrigin(offer_id=offer.id, run_id=run.id, row=row, marks=given))


def of(session: Session, offer: Offer) -> dict[str, Origin]:
    """Return where each field of an offer came from, by field; a field that no import gave is not there."""
    runs = {run.id: run for run in session.scalars(select(ImportRun).join(FieldOrigin, FieldOrigin.run_id == ImportRun.id).where(FieldOrigin.offer_id == offer.id))}
    found: dict[str, Origin] = {}
    for given in marks_of(session, [offer.id]).get(offer.id, []):
        run = runs[given.run_id]
        for name in given.marks:
            if name in FIELDS:
                found[name] = Origin(run.source, run.file_name, given.row, run.made_at, is_theirs(offer, name, given.marks))
    return found
