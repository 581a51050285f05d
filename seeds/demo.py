"""The demo: an invented town, Marlbeck, with three schools of one trust, their families, and the organisations round them. Facts are CSV beside this file."""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from partners.families import families, requirements, schools
from partners.families.families import ContactBy, Family
from partners.families.schools import School
from partners.foundation import users, ward_lists
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_offer_link
from partners.foundation.calendars import day_of
from partners.foundation.db import new_id
from partners.foundation.postcodes import locate
from partners.foundation.sweeping import without_sweeping
from partners.impact import rounds, trusts
from partners.impact.periods import finished, instant
from partners.referrals import thanks
from partners.registry import edits, freshness, offers, organisations, papers
from partners.registry.assurance import Authorisation
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from partners.registry.organisations import Organisation
from partners.registry.papers import PaperKind
from partners.registry.places import Place
from partners.registry.schedules import OfferSession

DATA = Path(__file__).parent / "data"
FAMILIES = (72, 24)  # at each of the first two schools
NEIGHBOURS = 36  # at the third, which is there so that the trust has totals: they are shown for three schools or more
TRUST = "Marlbeck Learning Trust"


@dataclass
class Town:
    """What was made: enough to sign in as anybody and to find the records that matter."""

    schools: list[School] = field(default_factory=list)
    emails: dict[str, str] = field(default_factory=dict)
    liaison: dict[uuid.UUID, Actor] = field(default_factory=dict)
    offices: dict[uuid.UUID, Actor] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    neighbours: list[Family] = field(default_factory=list)
    referrals: int = 0


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one CSV file of the town."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(session: Session, *, at: datetime, progress: Callable[[str], None] | None = None) -> Town:
    """Make the town as it stands at an instant, with a year of history through the real verbs. The caller commits."""
    with without_sweeping():
        return _load(session, at=at, say=progress or (lambda _words: None))


def _load(session: Session, *, at: datetime, say: Callable[[str], None]) -> Town:
    from seeds.following import follow_through, settle_what_is_long_past
    from seeds.journeys import live_through
    from seeds.own_words import tell
    from seeds.rights import ask_for_rights
    from seeds.school_data import bring_school_data
    from seeds.together import do_together

    began = at - timedelta(days=400)
    town, chance = Town(), random.Random(20261124)  # noqa: S311
    say("Schools and people")
    _wards(session, began)
    _schools(session, town, began)
    say("Organisations and offers")
    _organisations(session, town, began)
    _offers(session, town, began, at)
    _terms(session, town, at)
    say("Families")
    _families(session, town, chance, at)
    say("A year of introductions")
    town.referrals = live_through(session, town, chance, at=at)
    say("The last days")
    follow_through(session, town, at=at)
    say("What families said themselves")
    tell(session, town, at=at)
    say("Four years of doing things together")
    do_together(session, town, at=at)
    settle_what_is_long_past(session, town, at=at)
    say("What school's own system says")
    bring_school_data(session, town, at=at)
    say("Requests about records")
    ask_for_rights(session, town, at=at)
    say("Figures for the head")
    _releases(session, town, at)
    return town


def _releases(session: Session, town: Town, at: datetime) -> None:
    """Freeze the figures of each half-term that ended in the year, in the order of time, some days after it ended; and then the trust's."""
    [trust] = trusts.every(session)
    for ends_on in finished(town.schools[0], day_of(at)):
        made_at = instant(ends_on) + timedelta(days=4, hours=9)
        if made_at <= at:
            for school in town.schools:
                rounds.release_for(session, school, at=made_at)
            rounds.trust_release_for(session, trust, at=made_at)


def _wards(session: Session, began: datetime) -> None:
    """Bring in the ward of each of the town's postcodes, and the wards' names, as `kith import postcodes` does."""
    found, (names, _) = ward_lists.read(DATA / "ward_postcodes.csv"), ward_lists.read_names(DATA / "wards.csv")
    ward_lists.apply(session, ward_lists.plan(session, found, names), file_name="ward_postcodes.csv", by=SYSTEM, at=began)


def _schools(session: Session, town: Town, began: datetime) -> None:
    terms = [(date.fromisoformat(r["starts"]), date.fromisoformat(r["ends"])) for r in rows("terms")]
    for row in rows("schools"):
        school = schools.add(
            session, name=row["name"], phone=row["phone"], dsl_name=row["dsl_name"], dsl_phone=row["dsl_phone"], postcode=row["postcode"],
            roll=int(row["roll"]), terms=terms, by=SYSTEM, at=began,
        )
        town.schools.append(school)
        for role in (Role.FLO, Role.HEAD, Role.ADMIN, Role.DSL):
            email = f"{role.value}@{row['key']}.example"
            user = users.add(session, email=email, name=row[role.value], roles=[role], school_id=school.id, by=SYSTEM, at=began)
            town.emails.setdefault(role.value, email)
            if role is Role.ADMIN:
                town.offices[school.id] = users.actor_of(user)
            if role is Role.FLO:
                town.liaison[school.id] = users.actor_of(user)
    town.emails["trust"] = "trust@marlbeck.example"
    reader = users.add(session, email=town.emails["trust"], name="Ms Sykes", roles=[Role.TRUST], by=SYSTEM, at=began)
    trusts.let_in(session, trusts.add(session, name=TRUST, schools=town.schools, by=SYSTEM, at=began), reader, by=SYSTEM, at=began)


def _organisations(session: Session, town: Town, began: datetime) -> None:
    for row in rows("organisations"):
        organisation = organisations.add(session, name=row["name"], phone="0113 496 0100", by=SYSTEM, at=began)
        organisations.add_contact(session, organisation, name=row["contact"], email=f"hello@{row['key']}.example", phone=None, by=SYSTEM, at=began)
        located = locate(row["postcode"])
        session.add(Place(
            id=new_id(), organisation_id=organisation.id, postcode=row["postcode"], withheld=row["withheld"] == "yes",
            latitude=located.latitude if located else None, longitude=located.longitude if located else None, precision=located.precision if located else None,
        ))
        town.organisations[row["key"]] = organisation
    partner = town.organisations["advice"]
    email = "partner@advice.example"
    users.add(session, email=email, name="Ruth", roles=[Role.PARTNER], organisation_id=partner.id, by=SYSTEM, at=began)
    town.emails["partner"] = email
    session.flush()


def _offers(session: Session, town: Town, began: datetime, at: datetime) -> None:
    places = {p.organisation_id: p for p in session.query(Place)}
    liaison = next(iter(town.liaison.values()))
    for row in rows("offers"):
        organisation = town.organisations[row["org"]]
        facts = _facts(row)
        imported = row["extra"] == "imported"
        needs = row["needs"].split(";")
        if imported:
            facts |= {"proposed_needs": needs, "source": "town directory", "source_ref": f"{row['org']}/{row['name']}"}
        offer = offers.add(
            session, organisation, name=row["name"], needs=[] if imported else needs, by=SYSTEM, at=began,
            place=places[organisation.id] if "in_person" in facts["modes"] else None, **facts,
        )
        town.offers.append(offer)
        if imported:
            continue
        how = ConfirmedHow(row["how"])
        by = partner_by_offer_link(organisation.id, organisation.name) if how is ConfirmedHow.LINK else liaison
        confirmed = at - timedelta(days=int(row["confirmed_days"]))
        freshness.confirm(session, offer, how=how, name=organisation.contacts[0].name, by=by, at=confirmed)
        state, _, amount = row["availability"].partition(":")
        if state != "open":
            freshness.set_availability(
                session, offer, AvailabilityState(state), by=by, at=confirmed, places_left=int(amount) if state == "few_places" else None,
                waiting_weeks=float(amount) if state == "waiting" else None,
                paused_until=day_of(at) + timedelta(days=120) if state == "paused" else None,
            )


def _terms(session: Session, town: Town, at: datetime) -> None:
    """Say more of some partners: their terms, a second person who answers, papers, and a word of thanks."""
    liaison, said = next(iter(town.liaison.values())), at - timedelta(days=30)
    for row in rows("terms_of_offers"):
        offer = next(o for o in town.offers if o.name == row["offer"])
        facts: dict[str, Any] = {name: row[name] for name in ("promise", "cost", "hidden_costs", "never_back", "complaints")}
        facts |= {name: row[name].split(";") for name in ("facts_needed", "comes_back")}
        edits.change(session, offer, facts, by=liaison, at=said, seen=edits.number_of(session, offer))
        organisations.add_contact(
            session, offer.organisation, name=row["second"], email=None, phone=row["phone"], answers_in_holidays=True, by=SYSTEM, at=said,
        )
        papers.record(
            session, offer.organisation, PaperKind.INSURANCE, detail="Public liability", valid_until=day_of(at) + timedelta(days=int(row["insured_days"])),
            checked_by=liaison.name, by=liaison, at=said,
        )
        thanks.say(session, offer.organisation, row["thanks"], by=liaison, at=at - timedelta(days=9))


def _facts(row: dict[str, str]) -> dict[str, Any]:
    low, _, high = row["ages"].partition("-")
    state, _, amount = row["availability"].partition(":")
    features = {f.lstrip("!"): "no" if f.startswith("!") else "yes" for f in row["features"].split(";") if f}
    return {
        "description": row["description"], "kind": row["kind"], "audience": [a for a in row["audience"].split(";") if a],
        "age_min_years": float(low) if low else None, "age_max_years": float(high) if high else None, "gender": row["gender"],
        "who_may_refer": row["refer"].split(";"), "modes": row["modes"].split(";"), "languages": row["languages"].split(";"),
        "area": {"kind": "postcodes", "prefixes": row["area"].split(";")} if row["area"] else {"kind": "anywhere"},
        "interpreter": row["interpreter"] or "not_known", "sessions": _sessions(row["sessions"]), "features": features,
        "any_time": row["extra"] == "any_time", "community": row["extra"] == "community",
        "answers_within": amount if state == "open" and amount else None,
        "authorisations": [
            Authorisation(id=new_id(), need_code=code, regulator="seen by the school", number="checked", valid_until=date(2028, 8, 31), checked_by="the school", checked_at=datetime.fromisoformat("2025-11-01T09:00:00+00:00"))
            for code in [row["extra"].removeprefix("auth=")] if row["extra"].startswith("auth=")
        ],
    }


def _sessions(text: str) -> list[OfferSession]:
    weeks = {"term": "term_time", "holidays": "school_holidays"}
    found = []
    for n, part in enumerate(p for p in text.split(";") if p):
        days, hours, *rest = part.split(" ")
        starts, ends = hours.split("-")
        mode = next((r for r in rest if r not in weeks), "in_person")
        found.append(OfferSession(id=new_id(), position=n, days=days.split("+"), starts=starts, ends=ends, weeks=next((weeks[r] for r in rest if r in weeks), "all_year"), mode=mode))
    return found


def _families(session: Session, town: Town, chance: random.Random, at: datetime) -> None:
    letters = "ABCDEFGHIJKLMNOPRSTVWYZ"
    names = [r["name"] for r in rows("first_names")]
    rules: list[dict[str, Any]] = [
        {"what": "feature", "value": "step_free", "strength": "must"}, {"what": "feature", "value": "creche", "strength": "would_help"},
        {"what": "feature", "value": "not_on_school_site", "strength": "would_help"}, {"what": "feature", "value": "goes_with_you", "strength": "would_help"},
        {"what": "time", "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "until": "12:00", "strength": "would_help"},
        {"what": "time", "days": ["sat", "sun"], "from": "09:00", "until": "18:00", "strength": "would_help"},
    ]
    apart = random.Random(20261128)  # noqa: S311 - the third school's own, so that the first two's families are what they were without it
    for school, count, draw, told in zip(town.schools, (*FAMILIES, NEIGHBOURS), (chance, chance, apart), (town.families, town.families, town.neighbours), strict=True):
        by = town.liaison[school.id]
        for n in range(count):
            added = at - timedelta(days=draw.randint(60, 370), hours=draw.randint(0, 5))
            language = draw.choice(["en", "en", "en", "so", "ar", "ur", "pl", "ro"])
            reach = draw.choice([ContactBy.PHONE, ContactBy.PHONE, ContactBy.TEXT, ContactBy.FACE_TO_FACE])
            family = families.add(
                session, initials=draw.choice(letters) + draw.choice(letters), first_name=names[(n * 7) % len(names)], contact_by=reach,
                contact=f"07700 900{draw.randint(0, 999):03d}" if reach is not ContactBy.FACE_TO_FACE else None,
                safe_times=draw.choice(["weekdays before 3pm", "after 6pm", None]), voicemail_ok=draw.choice(["yes", "no", "not_known"]),
                postcode=draw.choice(["LS9 7AB", "LS8 3QD", "LS14 6PA", "LS9 6NT", None]), language=language,
                children=[{"year_group": y} for y in sorted(draw.sample(["Reception", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6"], draw.randint(1, 3)))],
                by=by, at=added,
            )
            wanted = draw.sample(rules, draw.choice([0, 0, 1, 2]))
            if language != "en":
                wanted = [{"what": "language", "value": language, "strength": draw.choice(["must", "would_help"])}, *wanted]
            if wanted:
                requirements.replace(session, family, wanted, by=by, at=added)
            told.append(family)
