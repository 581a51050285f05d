"""Giving out: gifts of an event shared among the families who would like them, proposed by allocation round what a person has fixed; a person gives them out.

The fewest families with nothing come first, then what fits best. What is left goes back in one press.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import requirements, schools, setting_aside
from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of, london
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.registry import partnerships
from partners.registry.events import CommunityEvent, EventGift
from partners.registry.partnerships import Happened

# What a family asked for that a gift can meet or not: what it is like. When, how far and in which language are agreed quietly with the family.
_OF_GIFTS = ("feature",)


class GiftWish(Base):
    """One family that would like one kind of gift of an event. `locked` says that a person fixed `gift_id` for it."""

    __tablename__ = "gift_wishes"
    __table_args__ = (UniqueConstraint("event_id", "family_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("community_events.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    gift_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event_gifts.id"), index=True)
    locked: Mapped[bool] = mapped_column(default=False)
    given_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    family: Mapped[Family] = relationship(lazy="joined")


@dataclass(frozen=True)
class Sharing:
    """A proposal: who could have which gift, who could not and why, and how many first come, first served would have reached."""

    chosen: tuple[tuple[GiftWish, EventGift], ...]
    without: tuple[tuple[GiftWish, str], ...]
    families: int
    first_come: int
    proven: bool


def wish(session: Session, row: CommunityEvent, family: Family, codes: list[str], *, by: Actor, at: datetime) -> list[GiftWish]:
    """Record that a family would like some kinds of gift. Asking twice changes nothing.

    Raises:
        InvalidRecord: none, or a kind that this event has not.
        Conflict: it was given out already.
        SafetyStop: the family is with the safeguarding lead.
    """
    access.require(by, "event:hold", row)
    access.require(by, "family:match", family)
    setting_aside.require_may_act(family)
    _require_open(row)
    if not codes or set(codes) - {g.code for g in row.gifts}:
        raise InvalidRecord("codes", "Choose from what there is.")
    known = {w.code: w for w in wishes(session, row, by=by) if w.family_id == family.id}
    for code in dict.fromkeys(codes):
        if code not in known:
            known[code] = GiftWish(id=new_id(), school_id=row.school_id, event_id=row.id, family=family, code=code, asked_at=at)
            session.add(known[code])
    session.flush()
    audit.record(session, "event:wished", ("event", row.id), by=by, at=at, kinds=len(codes))
    return [known[c] for c in codes]


def _require_open(row: CommunityEvent) -> None:
    if row.given_out_at is not None:
        raise Conflict("This was given out already.")


def _hold(session: Session, row: CommunityEvent) -> None:
    """Hold an event until the end of the transaction, so that what two people press at once comes one after the other."""
    session.execute(select(CommunityEvent.id).where(CommunityEvent.id == row.id).with_for_update())
    session.refresh(row, ["given_out_at", "version"])


def wishes(session: Session, row: CommunityEvent, *, by: Actor) -> list[GiftWish]:
    """Return who would like what, in the order of asking; families with the safeguarding lead, and those set aside, are left out."""
    access.require(by, "event:hold", row)
    query = select(GiftWish).join(Family).where(GiftWish.event_id == row.id, Family.in_use).order_by(GiftWish.asked_at, GiftWish.id)
    return list(session.scalars(query).unique())


def _one(session: Session, row: CommunityEvent, wish_id: uuid.UUID, by: Actor) -> GiftWish:
    found = next((w for w in wishes(session, row, by=by) if w.id == wish_id), None)
    if found is None:
        raise NotFound("page")
    return found


def fix(session: Session, row: CommunityEvent, wish_id: uuid.UUID, gift_id: uuid.UUID | None, *, by: Actor, at: datetime) -> GiftWish:
    """A person fixes a gift for a family, or lets it go again (None): the rest is shared round it.

    Raises:
        Conflict: there is not so much of it, or it was given out.
        InvalidRecord: a gift of another kind.
    """
    _hold(session, row)
    _require_open(row)
    found = _one(session, row, wish_id, by)
    gift = next((g for g in row.gifts if g.id == gift_id), None)
    if gift_id is not None and (gift is None or gift.code != found.code):
        raise InvalidRecord("gift", "Choose from what they asked for.")
    if gift is not None and sum(w.locked and w.gift_id == gift.id and w.id != found.id for w in wishes(session, row, by=by)) >= gift.places:
        raise Conflict(f"All of these are fixed for others: {gift.name}.")
    found.gift_id, found.locked = (gift.id, True) if gift else (None, False)
    session.flush()
    audit.record(session, "event:fixed" if gift else "event:let_go", ("event", row.id), by=by, at=at)
    return found


def propose(session: Session, row: CommunityEvent, *, by: Actor, at: datetime) -> Sharing:
    """Return how the gifts could be given out: the fewest families with nothing, then what fits best, round what is fixed. Nothing is kept.

    Raises:
        Conflict: what was fixed for a family no longer fits what it asked for.
    """
    from matcher.allocation import allocate
    from matcher.errors import MatcherError
    from matcher.records import Offer, Request

    rows = wishes(session, row, by=by)
    if not rows or not row.gifts:
        return Sharing((), (), 0, 0, proven=True)
    gifts, by_id = {str(g.id): g for g in row.gifts}, {str(w.id): w for w in rows}
    calendar = schools.get(session, row.school_id).calendar()
    asking: dict[Family, list[GiftWish]] = {}
    for one in rows:
        asking.setdefault(one.family, []).append(one)
    requests = [Request.from_dict(_request(session, family, ws, calendar, by, at)) for family, ws in asking.items()]
    offers = [Offer.from_dict(_offer(row, g, at)) for g in row.gifts]
    of_wish = {str(w.id): str(ws[0].id) for ws in asking.values() for w in ws}
    locks = [(of_wish[str(w.id)], str(w.id), str(w.gift_id)) for w in rows if w.locked]
    try:
        found = allocate(offers, requests, locks=locks)
    except MatcherError as error:
        raise Conflict("Something that was fixed for a family no longer fits what they asked for. Let it go on the event's page, then look again.") from error
    chosen = tuple((by_id[a["need"]], gifts[a["offer"]]) for a in found["assignments"])
    without = [(by_id[u["need"]], u["because"]) for u in found["unmet"]]
    without += [(by_id[u["need"]], "held_back") for u in found["held_back"]] + [(by_id[u["need"]], "kept_away") for u in found["kept_away"]]
    return Sharing(chosen, tuple(without), len({w.family_id for w, _ in chosen}), len(requests) - int(found["fairness"]["first_come"]["requests_with_nothing"]), bool(found["optimal"]))


def _request(session: Session, family: Family, rows: list[GiftWish], calendar: dict[str, Any], by: Actor, at: datetime) -> dict[str, Any]:
    return {
        "id": str(rows[0].id), "on": london(at).isoformat(timespec="minutes"), "safety": "no", "referrer": "school", "calendar": calendar, "postcode": family.postcode,
        "needs": [{"id": str(w.id), "code": w.code, "for": "family", "within": "whenever"} for w in rows],
        "requirements": [r.rule for r in requirements.of_family(session, family, by=by) if r.rule["what"] in _OF_GIFTS],
        "keep_away": list(family.keep_away),
    }


def _offer(row: CommunityEvent, gift: EventGift, at: datetime) -> dict[str, Any]:
    giver = {"id": str(gift.organisation_id), "name": gift.organisation.name} if gift.organisation else {"id": str(row.school_id), "name": "School"}
    return {
        "id": str(gift.id), "organisation": giver, "name": gift.name, "needs": [gift.code], "kind": "goods", "features": gift.features, "any_time": True,
        "availability": {"state": "few_places", "places_left": gift.places}, "confirmed_on": day_of(at).isoformat(), "languages": ["en"], "interpreter": "school_arranges",
    }


def give_out(session: Session, row: CommunityEvent, chosen: list[tuple[uuid.UUID, uuid.UUID]], *, by: Actor, at: datetime) -> CommunityEvent:
    """A person gives the gifts out as it was shown to them: (wish, gift) pairs. Pressing twice changes nothing more.

    Raises:
        Conflict: what could be given out has changed since it was shown.
    """
    access.require(by, "event:hold", row)
    _hold(session, row)
    if row.given_out_at is not None:
        return row
    proposed = {(w.id, g.id): (w, g) for w, g in propose(session, row, by=by, at=at).chosen}
    if set(proposed) != set(chosen) or not chosen:
        raise Conflict("Somebody asked, or something was fixed, since you looked. Look again, then give them out.")
    for one, gift in proposed.values():
        one.gift_id, one.given_at = gift.id, at
    row.given_out_at = at
    session.flush()
    audit.record(session, "event:given_out", ("event", row.id), by=by, at=at, gifts=len(proposed))
    return row


def collected(session: Session, row: CommunityEvent, wish_id: uuid.UUID, *, by: Actor, at: datetime) -> GiftWish:
    """Record that a family has it. Raises Conflict where it was not given one, or what was left went back."""
    found = _one(session, row, wish_id, by)
    if found.given_at is None or row.returned_at is not None:
        raise Conflict("There is nothing for them to collect here now.")
    if found.collected_at is None:
        found.collected_at = at
        session.flush()
        audit.record(session, "event:collected", ("event", row.id), by=by, at=at)
    return found


def give_back(session: Session, row: CommunityEvent, *, by: Actor, at: datetime) -> CommunityEvent:
    """What is left goes back, in one press: what nobody was given, and what was not collected. Each giver's partnership says so, and a thank-you is due.

    Raises:
        Conflict: nothing was given out yet.
    """
    access.require(by, "event:hold", row)
    if row.given_out_at is None:
        raise Conflict("Nothing was given out yet.")
    if row.returned_at is not None:
        return row
    rows = wishes(session, row, by=by)
    for gift in row.gifts:
        gift.went_back = gift.places - sum(w.gift_id == gift.id and w.collected_at is not None for w in rows)
    row.returned_at = at
    session.flush()
    audit.record(session, "event:gave_back", ("event", row.id), by=by, at=at, went_back=sum(g.went_back or 0 for g in row.gifts))
    for giver in dict.fromkeys(g.organisation_id for g in row.gifts if g.organisation_id is not None):
        partnership = partnerships.find(session, giver, by=by)
        if partnership is not None:
            # No number: heads read partnerships, and a few gifts are a few families.
            partnerships.happened(session, partnership, Happened.THEY_DID, on=day_of(at), words=f"{row.name}: gifts given out; what was left went back.", by=by, at=at)
    return row
