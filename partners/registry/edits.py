"""Edits: every change of an offer's facts, kept as a version with who and when, so that it can be put back and nothing is overwritten unseen."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound, StaleRecord
from partners.registry import offer_fields, offers, paragraphs, private_places, terms
from partners.registry.offer_fields import BY_NAME, FIELDS, OfferField
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.schedules import OfferSession


class OfferVersion(Base):
    """An offer's facts as one edit left them. The first is how they were before anybody edited them here."""

    __tablename__ = "offer_versions"
    __table_args__ = (UniqueConstraint("offer_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(120))
    school_id: Mapped[uuid.UUID | None]
    how: Mapped[str] = mapped_column(String(20))
    changed: Mapped[list[str]] = mapped_column(default=list)
    facts: Mapped[dict[str, Any]]


class StaleEdit(StaleRecord):
    """Somebody else changed the same offer in between: what they changed, how it is now, and what this person wrote."""

    def __init__(self, *, seen: int, now: int, yours: dict[str, Any], theirs: dict[str, Any]) -> None:
        super().__init__("offer", seen=seen, now=now)
        self.yours, self.theirs = yours, theirs


def facts_of(session: Session, offer: Offer) -> dict[str, Any]:
    """Return every fact of the field table for an offer, as plain values."""
    kept = terms.of(session, offer)
    found = {f.name: kept.particulars.get(f.name) if f.kept == "particulars" else getattr(offer if f.kept == "offer" else kept, f.name) for f in FIELDS if f.name != "sessions"}
    return found | {"sessions": [s.record() for s in offer.sessions], "features": dict(offer.features)}


def number_of(session: Session, offer: Offer) -> int:
    """Return the number of an offer's latest version: 0 where nobody has edited it yet."""
    return session.scalar(select(OfferVersion.number).where(OfferVersion.offer_id == offer.id).order_by(OfferVersion.number.desc()).limit(1)) or 0


def versions(session: Session, offer: Offer) -> list[OfferVersion]:
    """Return an offer's versions, the newest first."""
    return list(session.scalars(select(OfferVersion).where(OfferVersion.offer_id == offer.id).order_by(OfferVersion.number.desc())))


def who_made(version: OfferVersion, by: Actor) -> str:
    """Return who made a version, for a reader: the people of another school are not named."""
    return version.by_name if version.school_id in (None, by.school_id) else "another school"


def find_version(session: Session, offer: Offer, version_id: uuid.UUID) -> OfferVersion:
    """Return a version of an offer by its id. Raises NotFound."""
    found = session.get(OfferVersion, version_id)
    if found is None or found.offer_id != offer.id:
        raise NotFound("version")
    return found


def get_version(session: Session, offer: Offer, number: int) -> OfferVersion:
    """Return one version. Raises NotFound."""
    found = session.scalar(select(OfferVersion).where(OfferVersion.offer_id == offer.id, OfferVersion.number == number))
    if found is None:
        raise NotFound("version")
    return found


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what differs in `after`, by field, in the order of the table.

    Empty text, an empty list and nothing are the same; codes that are ticked are the same in any order.
    """
    return {f.name: after[f.name] for f in FIELDS if f.name in after and _plain(f, after[f.name]) != _plain(f, before.get(f.name))}


def _plain(field: OfferField, value: Any) -> Any:
    if field.name == "features":
        return {name: answer for name, answer in (value or {}).items() if answer != "not_known"} or None
    return sorted(value) if value and field.is_ticked else value or None


def add(session: Session, organisation: Organisation, facts: dict[str, Any], *, by: Actor, at: datetime) -> Offer:
    """Add an offer that a person wrote down, and keep its first version. Nobody has confirmed it yet. Raises InvalidRecord for a fact that cannot be so."""
    access.require(by, "offer:change")
    offer_fields.check(facts)
    own = {name: value for name, value in facts.items() if BY_NAME[name].kept == "offer" and name not in ("name", "needs", "sessions", "features")}
    offer = offers.add(session, organisation, name=facts["name"] or "", needs=list(facts["needs"]), by=by, at=at, **own)
    rest = {name: value for name, value in facts.items() if name not in own and name not in ("name", "needs")}
    _set(session, offer, rest, verified_by=by.name, by=by, at=at)
    session.flush()
    session.add(OfferVersion(id=new_id(), offer_id=offer.id, number=1, at=at, by_name=by.name[:120], school_id=by.school_id, how="added", changed=list(facts), facts=facts_of(session, offer)))
    session.flush()
    return offer


def change(
    session: Session, offer: Offer, facts: dict[str, Any], *, by: Actor, at: datetime, seen: int, how: str = "edit", action: str = "offer:change",
    name: str | None = None, verified_by: str = "",
) -> Offer:
    """Change facts of an offer and keep the version. It confirms nothing. Features are verified by `verified_by`, or by whom the version names.

    Raises:
        StaleEdit: somebody edited it since version `seen`; it carries both, and nothing was overwritten.
        InvalidRecord: a fact that cannot be so.
    """
    access.require(by, action, offer)
    before = facts_of(session, offer)
    wanted = differing(before, facts)
    offer_fields.check(facts)
    now = number_of(session, offer)
    if now != seen:
        since = sorted({f for v in versions(session, offer) if v.number > seen for f in v.changed} | set(wanted))
        raise StaleEdit(seen=seen, now=now, yours=facts, theirs={f: before[f] for f in since})
    if not wanted:
        return offer
    if now == 0:
        session.add(OfferVersion(id=new_id(), offer_id=offer.id, number=1, at=offer.created_at, by_name=offer.source or "as it came", how="first", changed=[], facts=before))
        now = 1
    _set(session, offer, wanted, verified_by=verified_by or name or by.name, by=by, at=at)
    offer.updated_at = at
    session.add(OfferVersion(
        id=new_id(), offer_id=offer.id, number=now + 1, at=at, by_name=(name or by.name)[:120], school_id=by.school_id, how=how, changed=list(wanted), facts=facts_of(session, offer) | wanted,
    ))
    session.flush()
    audit.record(session, "offer:changed", ("offer", offer.id), by=by, at=at, fields=list(wanted), how=how)
    return offer


def restore(session: Session, offer: Offer, number: int, *, by: Actor, at: datetime, seen: int) -> Offer:
    """Put an offer's facts back as a version had them; the versions in between are kept. Raises as `change` does."""
    wanted = get_version(session, offer, number).facts
    return change(session, offer, {k: v for k, v in wanted.items() if k in BY_NAME}, by=by, at=at, seen=seen, how="restore")


def verify(session: Session, offer: Offer, answers: dict[str, str], *, name: str, by: Actor, at: datetime, seen: int) -> Offer:
    """Record features as yes, no or not known with who verified them, and keep the version. Raises as `change` does, and InvalidRecord without a name."""
    wanted = {**offer.features, **answers}
    if differing({"features": offer.features}, {"features": wanted}) and not name.strip():
        raise InvalidRecord("verified_by", "Say who verified it.")
    change(session, offer, {"features": wanted}, by=by, at=at, seen=seen, verified_by=name)
    return terms.verify(session, offer, answers, name=name, by=by, at=at)


def accept_needs(session: Session, offer: Offer, codes: list[str], *, by: Actor, at: datetime) -> Offer:
    """Give an offer the need codes that a person chose from those proposed, or others. Raises InvalidRecord for none or over five."""
    return change(session, offer, {"needs": list(codes)}, by=by, at=at, seen=number_of(session, offer), how="needs")


def _set(session: Session, offer: Offer, facts: dict[str, Any], *, verified_by: str, by: Actor, at: datetime) -> None:
    kept, before = terms.of(session, offer), list(offer.needs)
    for name, value in facts.items():
        where = BY_NAME[name].kept
        if name == "sessions":
            offer.sessions = sessions_from(value or [])
        elif name == "features":
            terms.verify(session, offer, {f: (value or {}).get(f, "not_known") for f in {*offer.features, *(value or {})}}, name=verified_by, by=by, at=at)
        elif where == "particulars":
            kept.particulars = {k: v for k, v in {**kept.particulars, name: value}.items() if v not in (None, "")}
        else:
            setattr(offer if where == "offer" else kept, name, value if value is not None or name.endswith(("_years", "_cap", "_within")) else "")
    if any(BY_NAME[name].kept != "offer" for name in facts):
        session.add(kept)
    if "needs" in facts:
        offer.proposed_needs = []
        private_places.withhold(session, offer, before=before, by=by, at=at)


def sessions_from(rows: list[dict[str, Any]]) -> list[OfferSession]:
    """Return records of sessions as rows, in order."""
    return [
        OfferSession(
            id=new_id(), position=n, days=row["days"], starts=row["starts"], ends=row["ends"], weeks=row.get("weeks", "all_year"), mode=row.get("mode"),
            from_on=date.fromisoformat(row["from"]) if row.get("from") else None, until_on=date.fromisoformat(row["until"]) if row.get("until") else None,
            nth=list(row.get("nth", [])), every_weeks=row.get("every_weeks", 1), anchor_on=date.fromisoformat(row["anchor"]) if row.get("anchor") else None,
        )
        for n, row in enumerate(rows)
    ]


def preview(session: Session, offer: Offer, facts: dict[str, Any]) -> str:
    """Return the offer's paragraph as it would be with these facts: what a liaison officer would see. Nothing is kept."""
    after = facts_of(session, offer) | facts
    seen: Any = SimpleNamespace(**{
        **{name: getattr(offer, name) for name in ("place", "availability", "waiting_weeks", "paused_until", "places_left")},
        **after, "sessions": sessions_from(after["sessions"] or []), "particulars": {f.name: after[f.name] for f in FIELDS if f.kept == "particulars"}, **{name: after[name] or "" for name in ("description", "promise", "cost", "hidden_costs")},
    })
    return paragraphs.paragraph(seen, seen)
