"""Plans: what an import would do, shown before anything is done, and then all of it or nothing in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.registry import do_not_list, terms
from partners.registry.hours import read_hours
from partners.registry.importing import origins
from partners.registry.importing.files import records
from partners.registry.importing.rows import Reader, Refused, Row, Track, read_records
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place, is_private
from partners.registry.schedules import OfferSession
from partners.registry.terms import OfferPlace

Propose = Callable[[str, str, list[str]], list[str]]


@dataclass
class Plan:
    """What an import would do."""

    source: str
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    same: int = 0
    refused: list[Refused] = field(default_factory=list)


def plan(session: Session, text: str | list[dict[str, Any]], *, source: str, track: Track = iter, reader: Reader | None = None) -> Plan:
    """Return what an import of a text, or of records, would do, and change nothing. Raises InvalidRecord for a file that cannot be read."""
    rows, refused = read_records(records(text) if isinstance(text, str) else text, track=track, reader=reader)
    known = {row.source_ref: row.source_digest for row in session.execute(select(Offer.source_ref, Offer.source_digest).where(Offer.source == source))}
    made = Plan(source, refused=refused)
    unlisted = do_not_list.every(session)
    by_name, by_host = {row.name_key: row for row in unlisted}, {row.website_key: row for row in unlisted if row.website_key}
    for row in rows:
        asked = (by_name.get(do_not_list.name_key(row.organisation)) or by_host.get(do_not_list.website_key(row.website))) if unlisted else None
        if asked is not None:
            made.refused.append(Refused(row.number, "organisation", asked.says()))
        elif row.ref not in known:
            made.new.append(row)
        elif known[row.ref] != row.digest():
            made.changed.append(row)
        else:
            made.same += 1
    made.refused.sort(key=lambda r: r.row)
    return made


def apply(session: Session, made: Plan, *, propose: Propose, by: Actor, at: datetime, track: Track = iter, file_name: str = "") -> origins.ImportRun:
    """Bring a plan's offers in: none is confirmed, and each gets need codes proposed from its own words for a person to accept.

    A changed offer that a person has confirmed keeps its needs and its confirmation, and asks to be looked at; a field that a person
    changed here stays as they left it.
    """
    access.require(by, "offer:import")
    run = origins.ImportRun(
        id=new_id(), source=made.source, file_name=file_name[:200], made_at=at, made_by_id=by.user_id, new=len(made.new), changed=len(made.changed), refused=len(made.refused),
    )
    session.add(run)
    session.flush()
    organisations = {o.name: o for o in session.scalars(select(Organisation).where(Organisation.source == made.source))}
    known = {o.source_ref: o for o in session.scalars(select(Offer).where(Offer.source == made.source)).unique()} if made.changed else {}
    before = origins.marks_of(session, [known[row.ref].id for row in made.changed if row.ref in known])
    given: list[tuple[Offer, Row, list[str]]] = []
    for row in track([*made.new, *made.changed]):
        offer = known.get(row.ref)
        facts = _facts(row)
        if offer is None:
            offer = _new(session, row, facts, organisations, made.source, at)
            fields = list(facts)
        else:
            marks = {name: m for old in before.get(offer.id, []) for name, m in old.marks.items()}
            fields = [name for name in facts if not origins.is_theirs(offer, name, marks)]
            fields = [name for name in fields if give(offer, name, facts[name]) or name not in marks]
            if offer.confirmed_on is not None:
                offer.flagged_wrong_at = at
        offer.source_digest, offer.updated_at = row.digest(), at
        if not offer.needs:
            offer.proposed_needs = list(dict.fromkeys([*row.needs, *propose(row.title, row.description, list(row.tags))]))[:5]
        given.append((offer, row, fields))
    session.flush()
    for offer, row, fields in given:
        marks = {name: m for old in before.get(offer.id, []) for name, m in old.marks.items()}
        # Further places that a person wrote down before any import gave some are theirs, as are those that they changed since.
        given_before = "further_places" in marks
        is_ours = not origins.is_theirs(offer, "further_places", marks) if given_before else bool(row.further_places) and not terms.further_places(session, offer)
        if is_ours and (give_further(session, offer, row.further_places) or not given_before):
            fields.append("further_places")
        origins.note(session, offer, run, row=row.number, fields=fields, before=before.get(offer.id, []))
    session.flush()
    audit.record(session, "offers:imported", ("import", run.id), by=by, at=at, new=len(made.new), changed=len(made.changed), refused=len(made.refused))
    return run


def _facts(row: Row) -> dict[str, Any]:
    """Return what a row says, by the fields that an import gives."""
    sessions, unread = read_hours(row.hours)
    facts: dict[str, Any] = {
        "name": row.title, "description": row.description, "ages": [row.age_min_years, row.age_max_years],
        "conditions": [*([f"Check the opening times: {unread[:200]}"] if unread else []), *row.to_check],
        "sessions": [*sessions, *row.sessions], "place": [row.address, row.postcode, row.latitude, row.longitude],
    }
    return facts | row.more


def _new(session: Session, row: Row, facts: dict[str, Any], organisations: dict[str, Organisation], source: str, at: datetime) -> Offer:
    organisation = organisations.get(row.organisation)
    if organisation is None:
        organisation = Organisation(id=new_id(), name=row.organisation, website=row.website or None, source=source, created_at=at, updated_at=at, contacts=[])
        organisations[row.organisation] = organisation
    place = Place(id=new_id(), organisation_id=organisation.id, address="")
    offer = Offer(
        id=new_id(), organisation=organisation, place=place, needs=[], source=source, source_ref=row.ref, created_at=at, updated_at=at, name=row.title,
        languages=["en"], modes=["in_person"], who_may_refer=["anyone"], audience=[], features={}, area={"kind": "anywhere"}, kind="group", conditions=[], sessions=[], authorisations=[],
    )
    for name, value in facts.items():
        give(offer, name, value)
    session.add(offer)
    return offer


def give(offer: Offer, name: str, value: Any) -> bool:
    """Set one field of an offer, and return whether that changed it."""
    was = origins.mark_of(offer, name)
    if name == "ages":
        offer.age_min_years, offer.age_max_years = value
    elif name == "sessions":
        if origins.mark([OfferSession(**_slot(n, s)).record() for n, s in enumerate(value)]) != was:
            offer.sessions = [OfferSession(id=new_id(), **_slot(n, s)) for n, s in enumerate(value)]
    elif name == "place":
        if offer.place is None:
            offer.place = Place(id=new_id(), organisation_id=offer.organisation_id)
        offer.place.address, offer.place.postcode, offer.place.latitude, offer.place.longitude = value
    else:
        setattr(offer, name, value)
    return origins.mark_of(offer, name) != was


def give_further(session: Session, offer: Offer, places: Iterable[dict[str, Any]]) -> bool:
    """Give an offer its places beside the first, and return whether that changed them. Where one of its places is withheld, so is each that comes."""
    have = terms.further_places(session, offer)
    wanted = sorted(([p["name"], p["address"], p["postcode"] or None, p["latitude"], p["longitude"]] for p in places), key=repr)
    if sorted((origins.place_facts(p) for p in have), key=repr) == wanted:
        return False
    withheld = is_private(offer.needs) or any(p.withheld for p in [*have, *([offer.place] if offer.place else [])])
    session.execute(delete(OfferPlace).where(OfferPlace.offer_id == offer.id).execution_options(synchronize_session="fetch"))
    for name, address, postcode, latitude, longitude in wanted:
        place = Place(
            id=new_id(), organisation_id=offer.organisation_id, name=name, address=address, postcode=postcode, latitude=latitude, longitude=longitude, withheld=withheld,
        )
        session.add(place)
        session.flush()
        session.add(OfferPlace(id=new_id(), offer_id=offer.id, place_id=place.id))
    session.flush()
    return True


def _slot(position: int, session: dict[str, Any]) -> dict[str, Any]:
    return {"position": position, "weeks": "all_year", **session}
