"""What the town does together: partnerships over years, and exchanges, through the verbs that people use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families import gives
from partners.foundation.actors import Actor, partner_by_partnership_link
from partners.foundation.calendars import day_of
from partners.matching import exchanges
from partners.registry import asks, partnership_views, partnerships
from partners.registry.asks import Wanted
from partners.registry.partnerships import Happened, Partnership, Side
from seeds.events import give_out_christmas, leave_gaps
from seeds.groups import bring_together

if TYPE_CHECKING:
    from seeds.demo import Town

# Who · days ago they met · what they can carry a month · the next step and in how many days.
PARTNERS = (
    ("hooyo", 1540, 6, "Plan the spring circle with the mothers who lead it", 12), ("theatre", 760, 4, "Send Maddy the dates of the hall", 9),
    ("pantry", 1100, 12, "Thank Joan's volunteers at assembly", -6), ("library", 620, None, "", None), ("advice", 900, 8, "Visit on a Thursday", 20),
    ("bank2", 300, None, "Ask about the minibus in May", 30),
)
# Days ago · what · in a sentence. One row a thing that happened with the women's network, over four years.
NETWORK = (
    (1540, Happened.MET, "Amina came to the gate and stayed for tea."), (1490, Happened.SPOKE, "What mothers ask about reports."),
    (1400, Happened.JOINT_ACT, "The first coffee morning: nine mothers, two teachers."), (1260, Happened.WE_DID, "The hall for Eid, with the kitchen."),
    (1180, Happened.THEY_DID, "Read our letter home in Somali and told us what it really said."), (1170, Happened.THANKED, ""),
    (1020, Happened.CHANGED, "Letters home are now spoken as well as written."), (860, Happened.THEY_DID, "Two mothers sat in on phonics and ran a workshop."),
    (850, Happened.THANKED, ""), (700, Happened.PARENTS_SAY, "Three mothers joined the parent forum and set its questions."),
    (560, Happened.CHANGED, "Parents' evening has a quiet room and an interpreter from the start."), (420, Happened.JOINT_ACT, "The Tuesday Circle began."),
    (300, Happened.PARENTS_SAY, "A mother of the circle was asked on to the governing board, and said yes."),
    (160, Happened.WE_DID, "Wrote for their bid to the lottery."), (95, Happened.THEY_DID, "Met every new family in September at the door."),
    (33, Happened.SPOKE, "The spring circle."),
)
OTHERS = {
    "theatre": ((760, Happened.MET, ""), (600, Happened.JOINT_ACT, "The Christmas show, with forty families in the stalls."), (210, Happened.CHANGED, "Relaxed performances on school days."), (60, Happened.SPOKE, "Spare seats.")),
    "pantry": ((1100, Happened.MET, ""), (500, Happened.JOINT_ACT, "A tin for a ticket: the summer fair."), (140, Happened.SPOKE, "Opening in the holidays."), (75, Happened.THEY_DID, "Kept Wednesday open in the half-term.")),
    "library": ((620, Happened.MET, ""), (380, Happened.SPOKE, "Library cards for Reception.")),
    "advice": ((900, Happened.MET, ""), (430, Happened.JOINT_ACT, "Advice in the community room on Thursdays."), (41, Happened.SPOKE, "How busy they are.")),
    "bank2": ((300, Happened.MET, ""), (120, Happened.SPOKE, "What a minibus costs them.")),
}
PEOPLE = {
    "hooyo": (("Amina", "leads the network"), ("Hodan", "runs the Tuesday Circle"), ("Sahra", "welcomes new families")), "theatre": (("Maddy", "front of house"), ("Ivo", "workshops")),
    "pantry": (("Joan", "opens on Wednesdays"), ("Les", "drives the van")), "library": (("Pam", "children's librarian"),), "advice": (("Ruth", "leads the advisers"), ("Tom", "Thursdays")),
    "bank2": (("Bev", "keeps the diary"),),
}
OURS = {"hooyo": ("Jas", "Miss Adeyemi", "Mr Whitworth"), "theatre": ("Jas", "Miss Adeyemi"), "pantry": ("Jas", "Moira"), "library": ("Jas",), "advice": ("Jas", "Mr Whitworth"), "bank2": ("Moira",)}
# Days ago · our view · theirs, in the order of the five statements: n not yet, s sometimes, u usually.
VIEWS = {"hooyo": ((350, "ussss", "ssnns"), (20, "uuuuu", "uusus")), "theatre": ((25, "usssn", "ussnn"),), "pantry": ((30, "uusnu", "usnnu"),), "advice": ((28, "ussns", ""),)}
_LETTERS = {"n": "not_yet", "s": "sometimes", "u": "usually"}


def do_together(session: Session, town: Town, *, at: datetime) -> None:
    """Live through what the first school and its partners did together. The caller commits."""
    by = town.liaison[town.schools[0].id]
    known = _partnerships(session, town, by, at)
    _views(session, known, by, at)
    _exchanges(session, town, by, at)
    bring_together(session, town, by, at=at)
    give_out_christmas(session, town, by, at=at)
    leave_gaps(session, town, by, at=at)


def _partnerships(session: Session, town: Town, by: Actor, at: datetime) -> dict[str, Partnership]:
    known = {}
    for key, met_days, cap, step, in_days in PARTNERS:
        since = day_of(at - timedelta(days=met_days))
        # What is older than Kith at this school was written down on its first day.
        began = max(at - timedelta(days=met_days), at - timedelta(days=399))
        row = known[key] = partnerships.begin(session, town.organisations[key], since_on=since, monthly_cap=cap, by=by, at=began)
        for name, part in PEOPLE[key]:
            partnerships.know(session, row, Side.PARTNER, name=name, part=part, by=by, at=began)
        for name in OURS[key]:
            partnerships.know(session, row, Side.SCHOOL, name=name, part="", by=by, at=began)
        for days, kind, words in NETWORK if key == "hooyo" else OTHERS[key]:
            happened_at = at - timedelta(days=days)
            partnerships.happened(
                session, row, kind, on=day_of(happened_at), words=words, spoke_with=PEOPLE[key][0][0] if kind is Happened.SPOKE else None,
                by=by, at=max(happened_at, began),
            )
        if step:
            partnerships.plan(session, row, next_step=step, next_step_on=day_of(at + timedelta(days=in_days or 0)), monthly_cap=cap, by=by, at=at - timedelta(days=8), seen_version=row.version)
    return known


def _views(session: Session, known: dict[str, Partnership], by: Actor, at: datetime) -> None:
    for key, rounds in VIEWS.items():
        row = known[key]
        them = partner_by_partnership_link(row.organisation_id, row.school_id, row.organisation.name)
        for days, ours, theirs in rounds:
            for who, name, letters in ((by, by.name, ours), (them, PEOPLE[key][0][0], theirs)):
                if letters:
                    answers = {s: _LETTERS[x] for s, x in zip(partnership_views.STATEMENTS, letters, strict=True)}
                    partnership_views.say(session, row, answers, name=name, by=who, at=at - timedelta(days=days))


def _exchanges(session: Session, town: Town, by: Actor, at: datetime) -> None:
    things = exchanges.things()
    hooyo, theatre, library, advice = (town.organisations[k] for k in ("hooyo", "theatre", "library", "advice"))
    pantry, transport = town.organisations["pantry"], town.organisations["bank2"]
    # A round of three: the hall for the welcome group for the seats. Each goes only with something in return.
    early = at - timedelta(days=70)
    asks.ask(session, theatre, Wanted("hall", 30, "Rehearsals while the stage is mended", ["thu"], "16:00", "18:00"), things=things, by=by, at=early)
    asks.ask(session, None, Wanted("group_session", 10, "A welcome group for new families"), things=things, by=by, at=early)
    asks.ask(session, hooyo, Wanted("tickets", 12, "An evening out for mothers and daughters"), things=things, by=by, at=early)
    asks.give(session, None, Wanted("hall", 60, "Free after school on Thursdays", ["thu"], "15:30", "19:00"), things=things, in_exchange=True, by=by, at=early)
    asks.give(session, hooyo, Wanted("group_session", 12, "Sahra and Hodan welcome new families"), things=things, in_exchange=True, by=by, at=early)
    asks.give(session, theatre, Wanted("tickets", 20, "Matinees"), things=things, in_exchange=True, by=by, at=early)
    row = _choose(session, 3, "seed-round", by, early)
    _all_yes(session, row, by, early + timedelta(days=2))
    for n, handover in enumerate(row.handovers):
        exchanges.came(session, row, handover.id, "received", by=by, at=early + timedelta(days=14 + 7 * n))
    # A swap of two, arranged and still to come.
    later = at - timedelta(days=20)
    asks.ask(session, library, Wanted("publicity", 1, "A word at the gate about library cards"), things=things, by=by, at=later)
    asks.ask(session, None, Wanted("reading_help", 4, "Hearing children read on Fridays"), things=things, by=by, at=later)
    asks.give(session, None, Wanted("publicity", 2), things=things, in_exchange=True, by=by, at=later)
    asks.give(session, library, Wanted("reading_help", 6), things=things, in_exchange=True, by=by, at=later)
    row = _choose(session, 2, "seed-swap", by, later)
    _all_yes(session, row, by, later + timedelta(days=3))
    # A family's hour of Somali for the advice centre, asked and not answered yet.
    lately = at - timedelta(days=4)
    asks.ask(session, advice, Wanted("interpreting", 1, "Somali on Thursday mornings", language="so"), things=things, by=by, at=lately)
    giver = next(f for f in town.families if f.school_id == by.school_id and f.language == "so" and f.with_dsl_at is None)
    gives.record(session, giver, thing="interpreting", amount=2, language="so", words="I like to help people talk", things=things, by=by, at=lately)
    _choose(session, 1, "seed-one", by, lately)
    # Still open: two that fit, and one that nothing meets yet.
    asks.ask(session, pantry, Wanted("van", 1, "To fetch a freezer", ["sat"], "09:00", "13:00"), things=things, by=by, at=lately)
    asks.give(session, transport, Wanted("van", 2, "With a driver", ["sat"], "08:00", "14:00"), things=things, by=by, at=lately)
    asks.ask(session, hooyo, Wanted("room", 15, "Thursday evenings", ["thu"], "18:00", "20:00"), things=things, by=by, at=lately)
    asks.give(session, None, Wanted("room", 25, "The community room", ["mon", "tue"], "17:00", "20:00"), things=things, by=by, at=lately)
    asks.ask(session, None, Wanted("coats", 40, "Winter, sizes 3 to 11"), things=things, by=by, at=lately)


def _choose(session: Session, steps: int, press: str, by: Actor, at: datetime) -> exchanges.Exchange:
    found = next(p for p in exchanges.propose(session, by=by, at=at).exchanges if len(p.steps) == steps)
    return exchanges.choose(session, found.signature, press=press, by=by, at=at)


def _all_yes(session: Session, row: exchanges.Exchange, by: Actor, at: datetime) -> None:
    for party in row.parties:
        exchanges.answer(session, row, party.id, yes=True, name="The one who answers there", by=by, at=at)
