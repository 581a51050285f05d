"""Duplicates: two offers that may be the same one. They are shown to a person as a pair; software never merges any."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, NotFound
from partners.registry.do_not_list import name_key, website_key
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place


class OfferPair(Base):
    """Two offers that look alike, by how much and by which signs; then what a person decided: the same (merged) or not."""

    __tablename__ = "offer_pairs"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    first_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"))
    second_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    score: Mapped[float]
    signs: Mapped[dict[str, Any]]
    found_at: Mapped[datetime]
    decided: Mapped[str | None] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None]
    kept_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offers.id"))
    taken: Mapped[list[str]] = mapped_column(default=list)


@dataclass(frozen=True)
class Likeness:
    """How alike two offers are, from 0 to 1, with each sign that was known; `None` where two things show that they are not the same."""

    score: float
    signs: dict[str, float]


@dataclass(frozen=True)
class Sketch:
    """What of an offer is compared."""

    id: uuid.UUID
    name: str
    organisation: str
    description: str
    postcode: str
    point: tuple[float, float] | None
    number: str
    host: str
    organisation_id: uuid.UUID | None = None
    confirmed: bool = False


# THE SIGNS: how much each counts, of those that are known of both. Judgements, November 2026, looked at on real directories.
WEIGHTS = {"name": 0.5, "place": 0.25, "description": 0.1, "number": 0.15}
LEAST_SCORE, LEAST_NAME = 0.8, 0.8
FAR_M = 400.0  # further apart than this, two places are two
GRID = (0.004, 0.0065)  # degrees of latitude and longitude, some 450 m each in England
LARGEST_BLOCK = 60  # a block of more holds what many offers share, such as a town hall's postcode
_DIGITS = re.compile(r"\d+")
_EVERYDAY = frozenset({
    "at", "of", "and", "in", "for", "on", "by", "a", "an", "saint", "st", "church", "hall", "library", "warm", "space", "hub", "welcome", "cafe", "food", "bank", "foodbank", "council",
    "methodist", "baptist", "parish", "village", "memorial", "club", "coffee", "morning", "uk",
})


# What kind of place or thing a name says it is: two names that say different kinds, and share none, are two.
_KINDS = {
    "library": "library", "libraries": "library", "llyfrgell": "library", "church": "church", "chapel": "church", "cathedral": "church", "methodist": "church", "baptist": "church",
    "salvation": "church", "centre": "centre", "center": "centre", "canolfan": "centre", "association": "association", "hall": "hall", "theatre": "theatre", "museum": "museum",
    "school": "school", "pub": "pub", "hotel": "hotel", "hospice": "hospice", "citizens": "advice", "pantry": "food", "foodbank": "food", "larder": "food", "pool": "sport", "park": "",
}


def _kinds(name: str) -> set[str]:
    said = name.lower().replace("food bank", "foodbank")
    return {kind for word in re.findall(r"[a-z]+", said) if (kind := _KINDS.get(word))}


def _key(name: str) -> str:
    return name_key(name.replace("'", "").replace("’", "").replace("&", " and "))


def likeness(a: Sketch, b: Sketch) -> Likeness | None:
    """Return how alike two offers are, or None where something shows that they are two: another number in the name, a place too far off."""
    first, second = _key(a.name), _key(b.name)
    if set(_DIGITS.findall(first)) != set(_DIGITS.findall(second)):
        return None
    kinds = _kinds(a.name), _kinds(b.name)
    if kinds[0] and kinds[1] and not kinds[0] & kinds[1]:
        return None
    telling = [{w for w in key.split() if w not in _EVERYDAY} for key in (first, second)]
    if not (telling[0] & telling[1]) and first != second:
        return None
    signs = {"name": _names_alike(first, second, telling)}
    if a.point and b.point:
        metres = _metres(a.point, b.point)
        if metres > FAR_M and a.postcode != b.postcode:
            return None
        signs["place"] = 1.0 if a.postcode and a.postcode == b.postcode else max(0.0, 1.0 - metres / FAR_M)
    elif a.postcode and b.postcode:
        if a.postcode.split()[0] != b.postcode.split()[0]:
            return None
        signs["place"] = 1.0 if a.postcode == b.postcode else 0.3
    if len(a.description) > 40 and len(b.description) > 40:
        signs["description"] = fuzz.token_set_ratio(a.description[:600].lower(), b.description[:600].lower()) / 100
    if a.number and b.number:
        signs["number"] = float(a.number == b.number)
    elif a.host and b.host:
        signs["number"] = float(a.host == b.host)
    if signs["name"] < LEAST_NAME:
        return None
    score = sum(WEIGHTS[s] * v for s, v in signs.items()) / sum(WEIGHTS[s] for s in signs)
    return Likeness(round(score, 4), {s: round(v, 3) for s, v in signs.items()})


def _names_alike(first: str, second: str, telling: list[set[str]]) -> float:
    """Return how alike two names are: as they stand, and by the words that tell one place from another."""
    whole = fuzz.token_sort_ratio(first, second) / 100
    few, many = sorted(telling, key=len)
    told = fuzz.token_sort_ratio(" ".join(sorted(few)), " ".join(sorted(many))) / 100 if few else whole
    inside = 0.9 if few and few <= many and len(few) >= 2 else 0.0  # one name says more of the same thing
    return max((whole + told) / 2, inside)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north = (a[0] - b[0]) * 111_195
    east = (a[1] - b[1]) * 111_195 * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(north, east)


def _blocks(sketches: list[Sketch]) -> Iterator[list[Sketch]]:
    """Yield groups in which two that are the same would both stand: a postcode, a square of four overlapping grids, a name in an outcode."""
    blocks: dict[tuple[Any, ...], list[Sketch]] = {}
    for s in sketches:
        if s.postcode:
            blocks.setdefault(("postcode", s.postcode), []).append(s)
            blocks.setdefault(("name", _key(s.name), s.postcode.split()[0]), []).append(s)
        if s.number:
            blocks.setdefault(("number", s.number), []).append(s)
        if s.point:
            for shift in ((0, 0), (0, 0.5), (0.5, 0), (0.5, 0.5)):
                blocks.setdefault((*shift, math.floor(s.point[0] / GRID[0] + shift[0]), math.floor(s.point[1] / GRID[1] + shift[1])), []).append(s)
    yield from (b for b in blocks.values() if 2 <= len(b) <= LARGEST_BLOCK)


def alike(sketches: list[Sketch]) -> Iterator[tuple[Sketch, Sketch, Likeness]]:
    """Yield each pair that a person should look at, once."""
    seen: set[tuple[uuid.UUID, uuid.UUID]] = set()
    for block in _blocks(sketches):
        for n, a in enumerate(block):
            for b in block[n + 1 :]:
                key = (a.id, b.id) if a.id < b.id else (b.id, a.id)
                if a.id == b.id or key in seen:
                    continue
                seen.add(key)
                found = likeness(a, b)
                if found is not None and found.score >= LEAST_SCORE:
                    yield (a, b, found) if key == (a.id, b.id) else (b, a, found)


def sketches_of(session: Session) -> list[Sketch]:
    """Return what of each listed offer is compared. A withheld place is never read."""
    query = (
        select(Offer.id, Offer.name, Offer.description, Offer.organisation_id, Offer.confirmed_on, Organisation.name, Organisation.phone, Organisation.website, Place.postcode, Place.latitude, Place.longitude, Place.withheld)
        .join(Organisation, Organisation.id == Offer.organisation_id).outerjoin(Place, Place.id == Offer.place_id)
        .where(Offer.archived_at.is_(None), Organisation.archived_at.is_(None)).order_by(Offer.id)
    )
    return [
        Sketch(
            r[0], r[1], r[5], r[2], "" if r.withheld else _postcode(r.postcode), None if r.withheld or r.latitude is None or r.longitude is None else (r.latitude, r.longitude),
            "".join(_DIGITS.findall(r.phone or ""))[-10:], website_key(r.website), r[3], r[4] is not None,
        )
        for r in session.execute(query)
    ]


def _postcode(text: str | None) -> str:
    plain = "".join((text or "").split()).upper()
    return f"{plain[:-3]} {plain[-3:]}" if 5 <= len(plain) <= 7 else ""


def find(session: Session, *, by: Actor, at: datetime) -> int:
    """Look for pairs that may be the same, keep the new ones for a person, and return how many those are. None is merged.

    Two offers of one organisation that people have confirmed are two: they were looked at.
    """
    access.require(by, "offer:import")
    known = {(a, b) for a, b in session.execute(select(OfferPair.first_id, OfferPair.second_id))}
    new = 0
    for a, b, found in alike(sketches_of(session)):
        if (a.id, b.id) in known or (a.confirmed and b.confirmed and a.organisation_id == b.organisation_id):
            continue
        session.add(OfferPair(id=new_id(), first_id=a.id, second_id=b.id, score=found.score, signs=found.signs, found_at=at))
        new += 1
    session.flush()
    audit.record(session, "duplicates:found", None, by=by, at=at, pairs=new)
    return new


def open_pairs(session: Session, *, by: Actor, limit: int = 20) -> tuple[list[tuple[OfferPair, Offer, Offer]], int]:
    """Return the pairs that wait for a person, the likeliest first, and how many there are. A pair of which one is gone waits no more."""
    access.require(by, "offer:change")
    first, second = aliased(Offer), aliased(Offer)
    query = (
        select(OfferPair.id, func.count().over()).join(first, first.id == OfferPair.first_id).join(second, second.id == OfferPair.second_id)
        .where(OfferPair.decided.is_(None), first.archived_at.is_(None), second.archived_at.is_(None)).order_by(OfferPair.score.desc(), OfferPair.id).limit(limit)
    )
    rows = session.execute(query).all()
    found = {p.id: p for p in session.scalars(select(OfferPair).where(OfferPair.id.in_([r[0] for r in rows])))}
    by_id = {o.id: o for o in session.scalars(select(Offer).where(Offer.id.in_([i for p in found.values() for i in (p.first_id, p.second_id)]))).unique()}
    return [(found[r[0]], by_id[found[r[0]].first_id], by_id[found[r[0]].second_id]) for r in rows], rows[0][1] if rows else 0


def get(session: Session, pair_id: uuid.UUID, *, by: Actor) -> OfferPair:
    """Return a pair. Raises NotFound."""
    access.require(by, "offer:change")
    pair = session.get(OfferPair, pair_id)
    if pair is None:
        raise NotFound("pair")
    return pair


def differ(session: Session, pair: OfferPair, *, by: Actor, at: datetime) -> None:
    """Record that a person says they are two: the pair is never shown again. A second press changes nothing."""
    access.require(by, "offer:change")
    if pair.decided == "merged":
        raise Conflict("These two were merged already.")
    if pair.decided is None:
        pair.decided, pair.decided_at, pair.decided_by_id = "two", at, by.user_id
        session.flush()
        audit.record(session, "duplicates:two", ("pair", pair.id), by=by, at=at)
