"""Counting: sets of families for each row of each table. Nothing here is rounded, and nothing here leaves the school."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from partners.foundation.calendars import day_of
from partners.impact.areas import WARD
from partners.impact.periods import Period
from partners.impact.snapshot import BANDS, OLDER, OWN, ReferralRow, Snapshot, Word
from partners.impact.turns import CHECK_IN
from partners.referrals.returns import DID_NOT_COME

Families = set[uuid.UUID]
HELPED = ("met", "partly")
# Each step that a family reaches holds all the steps before it.
STEPS = ("offered", "agreed", "sent", "answered", "contacted", "took up", "finished", "says_helped")


@dataclass(frozen=True)
class Row:
    """A row of a table: what it says, a name that does not change, and its families."""

    label: str
    key: str
    families: Families


def happened_by(at: datetime | None, period: Period) -> bool:
    return at is not None and at < period.high


def asked(snap: Snapshot, period: Period) -> Families:
    """Return the families who told us a need in a period."""
    low, high = period.low, period.high
    return {n.family for n in snap.needs.values() if low <= n.opened_at < high}


def cohort(snap: Snapshot, period: Period) -> list[ReferralRow]:
    """Return the introductions, up to the end of a period, for needs told in it."""
    low, high, needs = period.low, period.high, snap.needs
    return [r for r in snap.referrals if r.created_at < high and low <= needs[r.need].opened_at < high]


def last_word(r: ReferralRow, period: Period) -> Word | None:
    """Return the last that anybody said by the end of a period of what became of a need. What was said later does not take it out of the period."""
    return next((word for word in reversed(r.words) if happened_by(word.at, period)), None)


def worked(r: ReferralRow, period: Period) -> bool:
    """Return whether a need was met or met in part by the end of a period, whoever says so."""
    word = last_word(r, period)
    return word is not None and word.result in HELPED


def came_to_an_end(r: ReferralRow, period: Period) -> bool:
    """Return whether help was finished, or closed with what became of it, by the end of a period. Where a partner says that the family did not come, nothing came to an end."""
    closed = r.ended_as == "closed" and r.code != DID_NOT_COME and happened_by(r.ended_at, period) and last_word(r, period) is not None
    return happened_by(r.finished_at, period) or closed or worked(r, period)


def says_it_helped(r: ReferralRow, period: Period) -> bool:
    """Return whether help came to an end and the family's own last word by the end of a period, at closing or at a check-in, is that it helped."""
    said = [yes for at, yes in r.says if happened_by(at, period)]
    return came_to_an_end(r, period) and bool(said) and said[-1]


def only_others(snap: Snapshot, period: Period, says: Families) -> Families:
    """Return the families of whom a partner or school says that help helped, and who do not say so themselves."""
    return {r.family for r in cohort(snap, period) if (word := last_word(r, period)) and word.result in HELPED and word.said_by != OWN} - says


def _reached(r: ReferralRow, period: Period) -> int:
    """Return how many of the steps an introduction reached by the end of a period."""
    told = happened_by(r.told_at, period)
    kept = happened_by(r.agreed_at, period) and not (happened_by(r.taken_back_at, period) and not happened_by(r.sent_at, period))
    here = (
        True, kept or told, happened_by(r.sent_at, period) or told, happened_by(r.replied_at, period) or told, happened_by(r.contacted_at, period), happened_by(r.started_at, period),
        came_to_an_end(r, period), says_it_helped(r, period),
    )
    return max(n + 1 for n, reached in enumerate(here) if reached)


ONLY_OTHERS = "Only a partner or school says it helped"


def steps(snap: Snapshot, period: Period) -> list[Row]:
    """Return the families who reached each step: told us first, then the steps in order.

    A family that was told about an offer goes itself: it needs no agreement, no message and no answer, so it is among these three steps from the start, and their names say so.
    """
    furthest: dict[uuid.UUID, int] = {}
    for r in cohort(snap, period):
        furthest[r.family] = max(furthest.get(r.family, 0), _reached(r, period))
    labels = ("Offered help", "Agreed, or were told and go themselves", "A partner was asked, or they were told", "A partner answered, or they were told", "Spoke with the partner", "Came, or received it", "Finished", "Say it helped")
    rows = [Row("Told us a need", "asked", asked(snap, period))]
    return rows + [Row(label, key, {f for f, n in furthest.items() if n > at}) for at, (key, label) in enumerate(zip(STEPS, labels, strict=True))]


def unmet(snap: Snapshot, period: Period) -> dict[uuid.UUID, Families]:
    """Return, by need, whose needs told in a period nothing suitable had met by its end."""
    return {i: {n.family} for i, n in snap.needs.items() if period.low <= n.opened_at < period.high and happened_by(n.unmet_at, period)}


def families(snap: Snapshot, period: Period) -> list[Row]:
    """Return the first figures: who asked, was helped, has a need not met, and would rather not."""
    by_key = {row.key: row.families for row in steps(snap, period)}
    rather_not = {n.family for n in snap.needs.values() if period.low <= n.opened_at < period.high and happened_by(n.preferred_not_at, period)}
    return [
        Row("Told us a need", "asked", by_key["asked"]), Row("Were offered help", "offered", by_key["offered"]), Row("Say it helped", "says_helped", by_key["says_helped"]),
        Row(ONLY_OTHERS, "only_others", only_others(snap, period, by_key["says_helped"])),
        Row("Have a need that nothing met", "unmet", set().union(*unmet(snap, period).values())), Row("Would rather not", "rather_not", rather_not),
    ]


def became(snap: Snapshot, period: Period) -> list[Row]:
    """Return each family once, by the best that became of what it told us; the last row is all of them."""
    everyone = asked(snap, period)
    by_key = {row.key: row.families for row in families(snap, period)}
    under_way = {r.family for r in cohort(snap, period) if not happened_by(r.ended_at, period)}
    left, rows = set(everyone), []
    for label, key, found in (
        ("Say it helped", "says_helped", by_key["says_helped"]), (ONLY_OTHERS, "only_others", by_key["only_others"]), ("Help is under way", "best_under_way", under_way),
        ("Nothing suitable found", "best_unmet", by_key["unmet"]), ("Would rather not", "best_rather_not", by_key["rather_not"]),
    ):
        rows.append(Row(label, key, left & found))
        left -= found
    return [*rows, Row("Nothing yet, or it ended before it helped", "best_nothing", left), Row("All", "asked", everyone)]


NOT_KNOWN = "Not known"  # a row of its own, so that the rows together hold everybody


def _grouped(snap: Snapshot, period: Period, group_of: Callable[[uuid.UUID], str | None], prefix: str) -> list[Row]:
    found: dict[str, Families] = {}
    for need, who in unmet(snap, period).items():
        found.setdefault(group_of(need) or NOT_KNOWN, set()).update(who)
    return [*(Row(label, f"{prefix}:{label}", who) for label, who in sorted(found.items())), Row("All", "unmet", set().union(*unmet(snap, period).values()))]


def unmet_groups(snap: Snapshot, period: Period, *, groups: dict[str, str]) -> list[Row]:
    """Return families with a need not met by its group; `groups` gives each code's."""
    return _grouped(snap, period, lambda i: groups.get(snap.needs[i].code), "group")


REASONS = {
    "no_such_offer": "Nobody offers it", "not_open": "Full or paused", "waiting_too_long": "The wait is too long", "time": "Not at a time they can come", "language": "Not in their language",
    "too_far": "Too far", "outside_area": "Outside the area served", "not_eligible": "Not for them", "not_accessible": "They cannot get in", "requirement": "Something they asked for",
    "may_not_refer": "School may not ask", "not_authorised": "No authorised adviser", "not_confirmed": "Not confirmed lately", "cost": "The cost", "no_reply": "No answer came",
}


def unmet_reasons(snap: Snapshot, period: Period) -> list[Row]:
    """Return families with a need not met by the reason that a person wrote down."""
    return _grouped(snap, period, lambda i: REASONS.get(snap.needs[i].unmet_reason or ""), "reason")


def unmet_areas(snap: Snapshot, period: Period) -> list[Row]:
    """Return families with a need not met by postcode district."""
    return _grouped(snap, period, lambda i: snap.needs[i].outcode, "area")


def unmet_wards(snap: Snapshot, period: Period) -> list[Row]:
    """Return families with a need not met by ward."""
    rows, prefix = _grouped(snap, period, lambda i: snap.needs[i].ward, snap.areas.prefix), f"{snap.areas.prefix}:"
    said = [Row(snap.areas.labels.get(row.label, row.label), row.key, row.families) if row.key.startswith(prefix) else row for row in rows]
    return [*sorted(said[:-1], key=lambda row: row.label), said[-1]]


def unmet_by_area(snap: Snapshot, period: Period) -> list[Row]:
    """Return families with a need not met by ward, or by postcode district, as the snapshot says: never by both."""
    return unmet_wards(snap, period) if snap.areas.by == WARD else unmet_areas(snap, period)


LEFT = {
    "full": "The partner was full or paused", "paused": "The partner was full or paused", "outside_area": "Not the right partner", "age": "Not the right partner",
    "language_not_available": "Not the right partner", "not_right_service": "Not the right partner", "needs_specialist": "Not the right partner", "no_response": "No answer came",
    "not_now": "The family said not now", "changed_mind": "The family changed its mind", "agreement_withdrawn": "The family changed its mind", "got_help_elsewhere": "They got help somewhere else",
    "could_not_reach": "The family could not be reached", DID_NOT_COME: "The family couldn't make it",
}


def left(snap: Snapshot, period: Period) -> list[Row]:
    """Return families by why an introduction ended before it helped. What is about safety is never broken down."""
    found: dict[str, Families] = {}
    for r in cohort(snap, period):
        if not happened_by(r.ended_at, period) or worked(r, period) or r.code == "safety_risk":
            continue
        reason = LEFT.get(r.code or "", "Something else" if r.ended_as != "closed" or last_word(r, period) is None else None)
        if reason is not None:
            found.setdefault(reason, set()).add(r.family)
    return [*(Row(label, f"left:{label}", who) for label, who in sorted(found.items())), Row("All", "left", set().union(*found.values()))]


def travelled(snap: Snapshot, period: Period) -> list[Row]:
    """Return each family once, by its own numbers for a need, from the first to the last by the end of the period.

    Of several needs the greatest change counts; of a rise and a fall as great, the fall.
    """
    change: dict[uuid.UUID, int] = {}
    for need, family in {r.need: r.family for r in cohort(snap, period)}.items():
        # Of two numbers of one instant the later told is the better known.
        said = {n.of: n.value for n in sorted(snap.numbers.get(need, ()), key=lambda n: n.known_at) if happened_by(n.known_at, period)}
        if len(said) > 1:
            by = said[max(said)] - said[min(said)]
            change[family] = max(change.get(family, by), by, key=lambda n: (abs(n), -n))
    rows = [
        Row("Up by two or more", "distance_up", {f for f, n in change.items() if n >= 2}), Row("The same, or up by one", "distance_near", {f for f, n in change.items() if n in (0, 1)}),
        Row("Down", "distance_down", {f for f, n in change.items() if n < 0}),
    ]
    return [*rows, Row("All who gave two numbers or more", "distance", set(change))]


def bands(snap: Snapshot, period: Period) -> list[tuple[str, dict[str, Families]]]:
    """Return families at four of the steps by the year bands of their children; a family with children in two bands is in both."""
    by_key = {row.key: row.families for row in steps(snap, period)}
    names = [*(name for name, _ in BANDS), OLDER]
    return [(name, {key: {f for f in by_key[key] if name in snap.bands.get(f, ())} for key in FAIR_STEPS}) for name in names]


# What is compared between groups, in the order of the steps.
FAIR_STEPS = {"asked": "Told us a need", "offered": "Were offered help", "agreed": "Agreed", "contacted": "Spoke with the partner", "finished": "Finished"}
# Never ethnicity or religion: a school's own columns and nothing that anybody guessed.
TRAITS = {
    "fsm": ("Free school meals", "No free meals, or not known"), "sen": ("SEN support or a plan (K or E)", "No SEN (N), or not known"),
    "eal": ("A first language other than English", "English, or not known"),
}


def fairness(snap: Snapshot, period: Period, trait: str) -> list[tuple[str, str, dict[str, Families]]]:
    """Return families linked to school data at five of the steps, with a trait, without it (or not known), and all of them: label, name, families."""
    by_key = {row.key: row.families & set(snap.school.traits) for row in steps(snap, period)}
    having = {f for f, traits in snap.school.traits.items() if traits[trait] == "yes"}
    with_it, without = TRAITS[trait]
    return [
        (with_it, f"eq:{trait}:yes", {key: by_key[key] & having for key in FAIR_STEPS}), (without, f"eq:{trait}:no", {key: by_key[key] - having for key in FAIR_STEPS}),
        ("All with school data", "linked", {key: by_key[key] for key in FAIR_STEPS}),
    ]


def first_contacts(snap: Snapshot, *, since: date, until: date) -> dict[uuid.UUID, date]:
    """Return the day on which each family was first spoken with, for those first spoken with between two days."""
    found: dict[uuid.UUID, date] = {}
    for r in snap.referrals:
        if r.contacted_at is not None:
            spoke = day_of(r.contacted_at)
            found[r.family] = min(found.get(r.family, spoke), spoke)
    return {family: on for family, on in found.items() if since <= on <= until}


def introductions(snap: Snapshot, period: Period) -> list[Row]:
    """Return the families for whom an introduction was sent, for whom one was answered or ran out, and for whom one was answered: who stands behind the shares."""
    sent = [r for r in cohort(snap, period) if happened_by(r.sent_at, period)]
    replied = [r for r in sent if happened_by(r.replied_at, period)]
    ran_out = [r for r in sent if r.ended_as == "expired" and happened_by(r.ended_at, period)]
    return [
        Row("Families with an introduction that was sent", "sent_for", {r.family for r in sent}), Row("With one that was answered, or ran out", "due_for", {r.family for r in (*replied, *ran_out)}),
        Row("With one that a partner answered", "answered_for", {r.family for r in replied}),
    ]


def days(snap: Snapshot, period: Period) -> list[tuple[str, list[tuple[uuid.UUID, int]]]]:
    """Return the working days of first replies and of first contacts, each with its family."""
    rows = cohort(snap, period)
    return [
        ("First reply", [(r.family, r.reply_days) for r in rows if r.reply_days is not None and happened_by(r.replied_at, period)]),
        ("First contact", [(r.family, r.contact_days) for r in rows if r.contact_days is not None and happened_by(r.contacted_at, period)]),
    ]


def middle(values: list[int]) -> int:
    """Return the median, to the nearest whole day."""
    return round(median(values))


def open_needs(snap: Snapshot, period: Period) -> list[uuid.UUID]:
    """Return the family of each need that is open at the end of a period: a family with two stands there twice."""
    settled = {r.need for r in snap.referrals if last_word(r, period) is not None}
    return [
        n.family for i, n in snap.needs.items()
        if n.opened_at < period.high and not happened_by(n.unmet_at, period) and not happened_by(n.preferred_not_at, period) and i not in settled
    ]


def work(snap: Snapshot, period: Period) -> list[Row]:
    """Return families with an open need, and those whose check-in, at two or at six weeks, is late and not made at the end of a period; whether the introduction goes on or has closed."""
    late = {t.family for t in snap.turns if t.kind == CHECK_IN and t.waits(period.ends_on)}
    return [Row("Families with an open need", "open", set(open_needs(snap, period))), Row("Families whose check-in is over a week late", "check_in_late", late)]


def voice(snap: Snapshot, period: Period) -> list[Row]:
    """Return the families who answered when they were asked how it went, and what they said; a family that said yes once said yes."""
    rows = [(snap.needs[n].family, easy, rang, again) for n, at, easy, rang, again in snap.said if period.low <= snap.needs[n].opened_at < period.high and at < period.high]
    answered = {f for f, *said in rows if set(said) != {"not_known"}}
    return [
        Row("Answered when we asked", "voice", answered), Row("It was easy to say", "voice_easy", {f for f, easy, _, _ in rows if easy == "yes"}),
        Row("Somebody was in touch", "voice_rang", {f for f, _, rang, _ in rows if rang == "yes"}), Row("Would ask school again", "voice_again", {f for f, _, _, again in rows if again == "yes"}),
    ]


def together(snap: Snapshot, period: Period) -> list[tuple[str, int]]:
    """Return how many partnerships there were by the end of a period, and with how many each first thing had happened. Organisations, never families."""
    kinds = (
        ("Partnerships", "since"), ("We have done something together", "joint_act"), ("They have done something for us", "they_did"), ("We have done something for them", "we_did"),
        ("Something changed because of one of us", "changed"), ("Parents from their community have a say", "parents_say"),
    )
    return [(label, sum(first.get(kind, period.ends_on + timedelta(days=1)) <= period.ends_on for first in snap.together)) for label, kind in kinds]


def partners(snap: Snapshot, period: Period) -> Families:
    """Return the organisations that helped a family in a period, whoever says so."""
    return {r.organisation for r in cohort(snap, period) if worked(r, period)}
