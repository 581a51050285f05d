"""A Christmas event, given out, and what the town lacks, by the verbs that people use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families import needs, requirements
from partners.families.families import Family
from partners.families.needs import For, Harm, Within
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.calendars import day_of
from partners.matching import exchanges, gap_asks, gaps, giving_out, words
from partners.registry import bringing, events, offers, organisations

if TYPE_CHECKING:
    from seeds.demo import Town

# Last year's Christmas, about eleven months ago, and this year's, still open.
LAST, SOONEST = 340, 7
# What the dinner takes: what, how many, in a few words, and who brings how many of it (None is the school itself). The first list is last year's.
TAKES: tuple[tuple[tuple[str, float, str, tuple[tuple[str | None, float, str], ...]], ...], ...] = (
    (
        ("hall", 350, "Tables and chairs out from ten", ((None, 350, "Jas"),)), ("cooking", 340, "Hot, with a choice without meat", (("council", 200, "Dev"), ("mosque", 140, "Imran"))),
        ("buying_power", 900, "Vegetables and meat at the price a school kitchen pays", (("college", 900, "Lynn"),)), ("volunteers", 24, "From nine, in two shifts", (("dads", 10, "Col"), ("hooyo", 8, "Hodan"), ("church", 6, "Moira"))),
        ("minibus", 32, "For those who can't walk so far", (("bank2", 32, "Bev"),)), ("toys", 150, "Wrapped, for the table by the door", (("theatre", 150, "Maddy"),)),
    ),
    (
        ("hall", 400, "Tables and chairs out from ten", ((None, 400, "Jas"),)), ("cooking", 400, "Hot, with a choice without meat", (("council", 200, "Dev"), ("mosque", 120, "Imran"))),
        ("buying_power", 1_000, "Vegetables and meat at the price a school kitchen pays", (("college", 1_000, "Lynn"),)), ("volunteers", 30, "From nine, in two shifts", (("dads", 12, "Col"), ("hooyo", 8, "Hodan"))),
        ("minibus", 32, "For those who can't walk so far", ()), ("toys", 150, "Wrapped, for the table by the door", (("theatre", 100, "Maddy"),)),
    ),
)
# What nothing in the town meets: what is asked for, by how many, with what it must be like.
LACKING: tuple[tuple[str, int, dict[str, object]], ...] = (
    ("energy_water", 9, {"what": "time", "days": ["mon", "tue", "wed", "thu"], "from": "18:00", "until": "21:00", "strength": "must"}),
    ("adult_learning", 3, {"what": "feature", "value": "creche", "strength": "must"}),
    ("baby_things", 2, {"what": "wait", "weeks": 1, "strength": "must"}),
)


def _next_dinner(on: date) -> date:
    """Return the next 23 December, the day before the day before, that leaves a week to ask."""
    this = date(on.year, 12, 23)
    return this if this >= on + timedelta(days=SOONEST) else date(on.year + 1, 12, 23)


def give_out_christmas(session: Session, town: Town, by: Actor, *, at: datetime) -> None:
    """One Christmas that is over, collected and what was left gone back; and the next, being asked about. The caller commits."""
    ours = [f for f in town.families if f.school_id == by.school_id and f.with_dsl_at is None]
    theatre, foodbank = town.organisations["theatre"], town.organisations["foodbank"]
    then = at - timedelta(days=LAST)
    last = events.add(
        session, theatre, name="Christmas Eve Eve", on=day_of(then), starts="12:00", ends="16:00", place="The school hall", open_to_all=True,
        words="Dinner for anyone local. Come as you are; nobody asks.", collecting="A plain bag at the office from three, or we bring it round.", by=by, at=then - timedelta(days=30),
        expected=350,
    )
    _bring(session, town, last, TAKES[0], by, then - timedelta(days=25))
    known = words.labels()
    events.add_gift(session, last, name="A hamper", code="food_weekly", places=10, features=["no_proof_needed"], known=known, by=by, at=then - timedelta(days=30))
    events.add_gift(session, last, name="Four seats at the Christmas show", code="clubs_play", places=6, features=["step_free", "quiet_space"], known=known, by=by, at=then - timedelta(days=30))
    early = [f for f in ours if f.created_at < then - timedelta(days=22)] or ours
    _ask_for_gifts(session, last, early, by, then - timedelta(days=20))
    proposed = giving_out.propose(session, last, by=by, at=then - timedelta(days=6))
    first = proposed.chosen[0]
    giving_out.fix(session, last, first[0].id, first[1].id, by=by, at=then - timedelta(days=6))
    shown = giving_out.propose(session, last, by=by, at=then - timedelta(days=5))
    giving_out.give_out(session, last, [(w.id, x.id) for w, x in shown.chosen], by=by, at=then - timedelta(days=5))
    for w, _gift in shown.chosen[: max(1, len(shown.chosen) - 2)]:
        giving_out.collected(session, last, w.id, by=by, at=then)
    events.counted(session, last, 340, by=by, at=then)
    bringing.came(session, last, None, yes=True, labels=exchanges.things(), by=by, at=then)
    giving_out.give_back(session, last, by=by, at=then + timedelta(days=1))
    coming = events.add(
        session, foodbank, name="Christmas Eve Eve, again", on=_next_dinner(day_of(at)), starts="12:00", ends="16:00", place="The school hall", open_to_all=True,
        words="Dinner for anyone local. Come as you are; nobody asks.", collecting="A plain bag at the office from three, or we bring it round.", by=by, at=at - timedelta(days=9),
        expected=400,
    )
    _bring(session, town, coming, TAKES[1], by, at - timedelta(days=8))
    events.add_gift(session, coming, name="A hamper", code="food_weekly", places=5, features=["no_proof_needed"], known=known, by=by, at=at - timedelta(days=9))
    events.add_gift(session, coming, name="A winter coat for each child", code="uniform", places=4, known=known, giver=town.organisations["uniform"], by=by, at=at - timedelta(days=9))
    _ask_for_gifts(session, coming, ours[:9], by, at - timedelta(days=3))


def _bring(session: Session, town: Town, row: events.CommunityEvent, takes: tuple[tuple[str, float, str, tuple[tuple[str | None, float, str], ...]], ...], by: Actor, at: datetime) -> None:
    for n, (thing, amount, note, brings) in enumerate(takes):
        want = bringing.add(session, row, thing=thing, amount=amount, note=note, things=exchanges.things(), by=by, at=at)
        for key, many, name in brings:
            bringing.bring(session, want, town.organisations[key] if key else None, amount=many, name=name, by=by, at=at + timedelta(days=1, minutes=n))


def _ask_for_gifts(session: Session, row: events.CommunityEvent, asking: list[Family], by: Actor, at: datetime) -> None:
    codes = [x.code for x in row.gifts]
    for n, family in enumerate(asking):
        giving_out.wish(session, row, family, codes if n % 3 == 0 else [codes[n % 2]], by=by, at=at + timedelta(minutes=n))


def leave_gaps(session: Session, town: Town, by: Actor, *, at: datetime) -> None:
    """Families ask for what nothing in the town meets as they need it. The caller commits."""
    # Those in the groups keep what they asked for: these are the families who asked for something of their own already.
    ours = [f for f in town.families if f.school_id == by.school_id and f.with_dsl_at is None and (f.postcode or "").split(" ")[0] in ("LS14", "LS8")]
    others = [f for f in town.families if f.school_id == by.school_id and f.with_dsl_at is None and (f.postcode or "").split(" ")[0] == "LS9"]
    asking = iter([*ours, *reversed(others)])
    for code, families, rule in LACKING:
        for _ in range(families):
            family = next(asking)
            rules = [r.rule for r in requirements.of_family(session, family, by=by)]
            requirements.replace(session, family, [*rules, dict(rule)], by=by, at=at - timedelta(days=40))
            needs.record(
                session, family, codes=[code], paths=words.paths(), harm=Harm.NO, for_whom=For.ADULT if code != "baby_things" else For.FAMILY,
                within=Within.WHENEVER, by=by, at=at - timedelta(days=40),
            )
    _list_elsewhere(session, by, at)
    _ask_somebody(session, by, at)


def _list_elsewhere(session: Session, by: Actor, at: datetime) -> None:
    """A county's directory lists somebody with whom the school has no partnership."""
    began = at - timedelta(days=60)
    listed = organisations.add(session, name="Family Learning at Gledwell Hall", source="county directory", source_ref="gledwell", by=SYSTEM, at=began)
    offers.add(
        session, listed, name="Learning with a crèche", needs=[], proposed_needs=["adult_learning"], source="county directory", source_ref="gledwell/learning",
        description="Reading, writing and maths for adults. Children play next door.", features={"creche": "yes"}, interpreter="yes", any_time=True, area={"kind": "postcodes", "prefixes": ["LS8", "LS9", "LS14"]}, by=SYSTEM, at=began,
    )


def _ask_somebody(session: Session, by: Actor, at: datetime) -> None:
    """One page was drafted from the gap that most families share, and sent."""
    best = gaps.find(session, by=by, at=at).in_turn[0]
    row = gap_asks.draft(
        session, signature=best.signature, kind=best.kind, to_whom="partner", families=None, title="An evening with the Energy doctor",
        words="Thank you for what you do with our families.\n\nSome who ask about their bills work in the day. One evening a week would reach them.\n\nCould we talk?",
        by=by, at=at - timedelta(days=5),
    )
    gap_asks.sent(session, row, by=by, at=at - timedelta(days=4))
