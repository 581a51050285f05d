"""THE MEASURES: one row each: the question it answers, what is counted over what, what is left out, and what it does not show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One row. `tables` names where its figures stand in a release."""

    name: str
    question: str
    numerator: str
    denominator: str
    exclusions: str
    caution: str
    source: str
    tables: tuple[str, ...]


_GUIDE = "domain guide 8"
_WITH_LEAD = "families that are with the safeguarding lead"

MEASURES: tuple[Measure, ...] = (
    Measure("Reach", "How many families did we offer help?", "families offered help: a person chose an offer for one of their needs", "families who told us a need in the period; beside it stands the school's roll, which counts children",
            _WITH_LEAD, "Families who came to something open to all are not counted.", _GUIDE, ("families", "steps")),
    Measure("Agreement", "How many said yes to an introduction?", "families who agreed to an introduction, or were told about an offer and go themselves, for which nobody is asked for an agreement", "families offered help",
            "agreements taken back before anything was sent", "A no is as good an answer as a yes. This is never a target.", _GUIDE, ("steps",)),
    Measure("First reply", "How long does a partner take to answer?", "working days from sending to a person's answer: the middle of all, the shortest and the longest; and, of every 100, how many came in the promised time and how many never", "introductions answered; for the shares, introductions answered or run out",
            "weekends, bank holidays, school holidays and the partner's own pauses", "It says nothing about what came after.", _GUIDE, ("days", "shares")),
    Measure("First contact", "How long until somebody speaks with the family?", "working days from the family's yes to the first talk, both ways: the middle of all, the shortest and the longest; and, of every 100, how many spoke within ten working days and how many never", "introductions with a first talk; for the shares, agreed introductions that were sent and had a first talk, ended without one, or are past ten working days",
            "weekends, bank holidays, school holidays and the partner's own pauses; what a family or school stopped before a talk; a message on an answering machine is not a talk", "Never means by the last day that is counted. Families who were told and go themselves agreed to no introduction and are not in it.", _GUIDE, ("days", "shares", "steps")),
    Measure("Acceptance", "Did we ask the right partner?", "introductions that a partner took on, in 100", "introductions answered", "introductions that wait for an answer; those for which no answer came",
            "It judges our matching, not the partner.", _GUIDE, ("shares", "introductions", "left")),
    Measure("Taken up and finished", "Did families come, and stay until they had what they needed?", "families who came once, or received; families who finished", "families introduced",
            "families of whom a partner says at the end that they did not come", "In one trial about a third came to anything at all (EEF). Goods count as received.", _GUIDE, ("steps", "outcomes")),
    Measure("Distance travelled", "Do families say that things are better?", "families whose own number, 0 to 10, went up by two or more, stayed or went up by one, or went down: from the first that it gave for a need to the last by the end of the period", "families offered help who gave two numbers or more for one need",
            "numbers that a partner or school gave; families who gave none, or one", "The numbers are the family's own, in the questions about its child, at check-ins and at closing, and are never averaged. Of several needs the greatest change counts; of a rise and a fall as great, the fall.", _GUIDE, ("travelled",)),
    Measure("Equity", "Does help reach all our children alike?", "families who were offered help, agreed, spoke with the partner and finished", "families who told us a need, by year band, and by free meals, SEN and first language where the office linked them to a pupil",
            "families with no child recorded; for free meals, SEN and first language, families that are linked to no pupil", "Compare within a need. A gap is a question for us, never a change for one family. Never by ethnicity or religion.", _GUIDE, ("bands", "equity_fsm", "equity_sen", "equity_eal")),
    Measure("Unmet need", "What could nobody help with?", "families with a need that nothing suitable met", "families who told us a need", "a family's own 'rather not'",
            "It shows what we looked for and did not find, not all that is missing. By area, figures are by electoral ward where the wards of nine in ten of our families' postcodes are known, else by postcode district; days that were shown one way are not shown the other.", _GUIDE, ("families", "unmet_groups", "unmet_reasons", "unmet_areas", "unmet_wards")),
    Measure("Partners' replies", "Do partners answer in the time they promised?", "introductions answered within the partner's own promise, in 100", "introductions answered or run out: fifteen working days without an answer", "weekends, bank holidays, school holidays and the partner's own pauses; introductions that still wait",
            "No partner is named: this is not a league table.", _GUIDE, ("shares", "introductions")),
    Measure("Family voice", "Do families say that it helped? Was it easy to say? Did anyone ring? Would they use it again?",
            "families whose own last word, at closing or at a check-in, is that help which came to an end helped; families who said yes to each question at a check-in", "families whose help came to an end; for the questions, families who answered at a check-in",
            "what only a partner or school says: it stands apart, as what they say; families who left the question", "Their own word is what they said, wrote or answered by a link, or what an officer wrote down as theirs. Asked at the check-ins after two and six weeks; those whom nobody asked are not in it.",
            _GUIDE, ("voice", "families", "became", "steps", "outcomes")),
    Measure("Staff", "Is the work too much for those who do it, and do we keep our own part?", "families with a need that is open; families whose check-in, at two or six weeks, is over a week late; open needs to the nearest five for each officer; and, of every 100 of our own turns, how many were in time",
            "counts stand alone, and open needs stand over the officers with an account when the figures were frozen; turns are over those that were due: a partner's question in one working day, a yes without names in two, a check-in within a week of its day",
            "check-ins of what was stopped, and of families who were never reached; an earlier check-in where the later one was made", "For planning work, never for judging a person: nobody is named or told apart.", _GUIDE, ("work", "workload", "ours")),
    Measure("Attendance", "What did attendance do before and after?", "the share of sessions attended in six school weeks before first contact and six that start two weeks after", "the same for the whole school and for pupils of a similar start",
            "groups of under ten in any of the three; pupils with under thirty half-days in either six weeks", "Pupils chosen when their attendance is low tend to rise anyway. This doesn't show that the help caused the change.", "domain guide 8.3", ("attendance",)),
    Measure("Relationships", "Are our partnerships growing stronger?", "partners whose help helped a family in the period, as the family, the partner or school says; partnerships, and with how many each first thing has happened", "none: these are counts", "partnerships that ended", "No league table. Trust can take four years.", "domain guide 8.1", ("partners", "together")),
)
BY_NAME = {m.name: m for m in MEASURES}
# Where each stands on a page that explains them.
ANCHORS = {m.name: f"measure-{n}" for n, m in enumerate(MEASURES, start=1)}
