"""What careless counting gets wrong, for the measures whose awkward case needs no database; the others stand beside releases and school data."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from partners.impact import counting, outcomes, shares, turns
from partners.impact.disclosure import SMALL, share_of
from partners.impact.periods import Period, instant
from partners.impact.snapshot import NeedRow, Number, ReferralRow, Snapshot, Word

TERM = Period("This school year", date(2026, 9, 1), date(2026, 12, 18))
BEGAN = instant(date(2026, 9, 7)) + timedelta(hours=9)
PANTRY = uuid.UUID(int=1)


def day(number: int) -> datetime:
    return BEGAN + timedelta(days=number)


def introduced(snap: Snapshot, family: uuid.UUID, **more: Any) -> ReferralRow:
    """Add a need and its introduction, offered on the first day and nothing since."""
    need = uuid.uuid4()
    snap.needs[need] = NeedRow(family, "food_weekly", BEGAN, None, None, None, None)
    facts: dict[str, Any] = dict.fromkeys(("agreed_at", "taken_back_at", "sent_at", "replied_at", "accepted_at", "contacted_at", "finished_at", "ended_at", "ended_as", "code"))
    row = ReferralRow(need, family, PANTRY, BEGAN, **(facts | {"kind": "introduce", "promise_days": 5} | more))
    snap.referrals.append(row)
    return row


def told(rows: list[counting.Row]) -> dict[str, int]:
    return {row.key: len(row.families) for row in rows}


def gave(snap: Snapshot, row: ReferralRow, *numbers: tuple[int, int], known: int | None = None) -> None:
    """Give a family's numbers for a need: the day that each is of, and the number; each is known on its day, or all on one."""
    snap.numbers.setdefault(row.need, []).extend(Number(day(of), day(of if known is None else known), value) for of, value in numbers)


def test_distance_a_family_with_a_rise_and_a_fall_as_great_is_once_among_the_falls_in_whatever_order() -> None:
    for numbers in permutations(((2, 5), (8, 5), (4, 5))):
        snap, family = Snapshot(), uuid.uuid4()
        for before, after in numbers:
            gave(snap, introduced(snap, family), (0, before), (20, after), known=20)
        gave(snap, introduced(snap, uuid.uuid4()), (20, 9))
        assert told(counting.travelled(snap, TERM)) == {"distance_up": 0, "distance_near": 0, "distance_down": 1, "distance": 1}


def test_distance_is_from_a_needs_first_number_to_its_last_by_the_end_wherever_they_were_given() -> None:
    """A number in the questions before the need, and one at each check-in: the second after the term is not yet the last. Two needs are not one journey."""
    snap, family = Snapshot(), uuid.uuid4()
    gave(snap, introduced(snap, family), (42, 6), (14, 4), (-3, 3), (110, 1))
    gave(snap, introduced(snap, uuid.uuid4()), (14, 6), (42, 5))
    apart = uuid.uuid4()
    for number in (1, 9):
        gave(snap, introduced(snap, apart), (14, number))
    assert told(counting.travelled(snap, TERM)) == {"distance_up": 1, "distance_near": 0, "distance_down": 1, "distance": 2}


def parts(found: list[shares.Share]) -> dict[str, tuple[int, int]]:
    return {s.key: (len(s.part), len(s.whole)) for s in found}


def test_acceptance_a_no_and_then_a_yes_for_one_family_are_two_introductions_and_a_later_yes_is_not_yet() -> None:
    snap, family = Snapshot(), uuid.uuid4()
    introduced(snap, family, sent_at=day(1), replied_at=day(2), ended_at=day(2), ended_as="declined", code="full")
    introduced(snap, family, sent_at=day(3), replied_at=day(4), accepted_at=day(4))
    introduced(snap, uuid.uuid4(), sent_at=day(1), replied_at=day(5), accepted_at=day(130))  # a waiting list, and a place after the term
    introduced(snap, uuid.uuid4(), sent_at=day(1))  # no answer yet
    assert parts(shares.of_answers(snap, TERM))["taken_on"] == (1, 3)
    assert told(counting.introductions(snap, TERM)) == {"sent_for": 3, "due_for": 2, "answered_for": 2}


def test_partners_replies_what_ran_out_was_not_answered_in_time_and_what_waits_is_not_late_yet() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), sent_at=day(0), replied_at=day(1), reply_days=1)
    introduced(snap, uuid.uuid4(), sent_at=day(0), ended_at=day(21), ended_as="expired", code="no_response")
    introduced(snap, uuid.uuid4(), sent_at=day(100))
    introduced(snap, uuid.uuid4(), sent_at=day(100), ended_at=day(130), ended_as="expired", code="no_response")  # it ran out after the term
    introduced(snap, uuid.uuid4(), sent_at=day(0), ended_at=day(2), ended_as="withdrawn", code="changed_mind")
    found = parts(shares.of_answers(snap, TERM))
    assert (found["in_time"], found["ran_out"]) == ((1, 2), (1, 2))


def test_a_share_is_of_introductions_and_is_shown_only_for_families_enough() -> None:
    many, few = [uuid.uuid4() for _ in range(20)], [uuid.uuid4() for _ in range(7)]
    assert share_of(many, [*many, *many]) == 50
    assert share_of([], many) == 0
    assert share_of(few * 3, [*many, *few * 3]) == SMALL  # twenty-one introductions of seven families
    assert share_of(few, few * 6) == SMALL


def test_partners_replies_are_judged_by_their_own_promise_in_working_days_and_not_by_the_calendar() -> None:
    """Twelve days on the calendar over a pause are two of the partner's; three are late for who promised two."""
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), sent_at=day(0), replied_at=day(12), reply_days=2, promise_days=2)
    introduced(snap, uuid.uuid4(), sent_at=day(0), replied_at=day(3), reply_days=3, promise_days=2)
    assert parts(shares.of_answers(snap, TERM))["in_time"] == (1, 2)
    assert sorted(days for _, days in dict(counting.days(snap, TERM))["First reply"]) == [2, 3]


def test_first_contact_after_the_period_is_in_no_middle_and_one_never_made_is_no_zero() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), agreed_at=day(0), contacted_at=day(14), contact_days=10)
    introduced(snap, uuid.uuid4(), agreed_at=day(0), contacted_at=day(130), contact_days=70)
    introduced(snap, uuid.uuid4(), agreed_at=day(0))
    assert [days for _, days in dict(counting.days(snap, TERM))["First contact"]] == [10]


def test_first_contact_who_was_never_spoken_with_is_in_the_share_and_who_is_not_due_one_yet_is_not() -> None:
    snap, agreed = Snapshot(), {"agreed_at": day(0), "yes_at": day(0), "sent_at": day(0)}
    introduced(snap, uuid.uuid4(), **agreed, contacted_at=day(9), contact_days=7)
    introduced(snap, uuid.uuid4(), **agreed, contacted_at=day(20), contact_days=14, talk_due_on=date(2026, 9, 21))
    introduced(snap, uuid.uuid4(), **agreed, talk_due_on=date(2026, 9, 21))
    introduced(snap, uuid.uuid4(), **agreed, talk_due_on=date(2026, 9, 21), contacted_at=day(130), contact_days=70)  # after the term
    introduced(snap, uuid.uuid4(), **agreed, talk_due_on=date(2027, 1, 5), ended_at=day(3), ended_as="declined", code="full")
    introduced(snap, uuid.uuid4(), **agreed, talk_due_on=date(2027, 1, 5))  # paused: its ten days are not over
    introduced(snap, uuid.uuid4(), **agreed, talk_due_on=date(2026, 9, 21), ended_at=day(3), ended_as="withdrawn", code="changed_mind")
    found = parts(shares.of_first_talks(snap, TERM))
    assert (found["talked_in_time"], found["never_talked"]) == ((1, 5), (3, 5))

def test_taken_up_counts_who_finished_without_a_start_and_not_who_was_closed_without_an_outcome() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), sent_at=day(1), finished_at=day(9))  # goods that were received: nobody pressed "came"
    introduced(snap, uuid.uuid4(), sent_at=day(1), ended_at=day(9), ended_as="closed")
    found = told(counting.steps(snap, TERM))
    assert (found["sent"], found["took up"], found["finished"], found["says_helped"]) == (2, 1, 1, 0)


def test_taken_up_who_a_partner_says_did_not_come_was_spoken_with_and_neither_came_nor_finished() -> None:
    """Closed twice with nothing known of whether it helped: by a partner that says they came, and by one that says they did not. A family's own word that help helped stands above that."""
    snap, closed = Snapshot(), {"contacted_at": day(3), "ended_at": day(20), "ended_as": "closed"}
    for code in (None, "did_not_come"):
        introduced(snap, uuid.uuid4(), **closed, words=[Word(day(20), "not_known", "partner")], code=code)
    found = told(counting.steps(snap, TERM))
    assert (found["contacted"], found["took up"], found["finished"], found["says_helped"]) == (2, 1, 1, 0)
    assert told(counting.left(snap, TERM)) == {"left:The family couldn't make it": 1, "left": 1}
    introduced(snap, uuid.uuid4(), **closed, words=[Word(day(20), "met", "family")], code="did_not_come", says=[(day(20), True)])
    assert told(counting.steps(snap, TERM))["says_helped"] == 1


def test_voice_what_a_partner_or_school_says_is_not_what_the_family_says() -> None:
    """Closed as met four times: by a family, by a partner, by school after the family said at a check-in that it did not help, and by a partner where the family said that it did."""
    snap, done = Snapshot(), {"ended_at": day(20), "ended_as": "closed"}
    introduced(snap, uuid.uuid4(), **done, words=[Word(day(20), "met", "family")], says=[(day(20), True)])
    introduced(snap, uuid.uuid4(), **done, words=[Word(day(20), "met", "partner")])
    introduced(snap, uuid.uuid4(), **done, words=[Word(day(20), "met", "school")], says=[(day(14), False)])
    introduced(snap, uuid.uuid4(), **done, words=[Word(day(20), "met", "partner")], says=[(day(14), False), (day(42), True), (day(130), False)])
    introduced(snap, uuid.uuid4(), contacted_at=day(2), says=[(day(14), True)])  # help that goes on has not come to an end
    found = told([*counting.families(snap, TERM), *counting.became(snap, TERM)])
    assert (found["says_helped"], found["only_others"], found["best_under_way"], found["best_nothing"]) == (2, 2, 1, 0)
    assert {r.label: len(r.families) for r in outcomes.rows(snap, TERM, groups={})}["All who say it helped"] == 2


def test_voice_one_family_is_not_both_among_those_who_say_so_and_those_of_whom_others_do() -> None:
    snap, family, done = Snapshot(), uuid.uuid4(), {"ended_at": day(20), "ended_as": "closed"}
    introduced(snap, family, **done, words=[Word(day(20), "met", "family")], says=[(day(20), True)])
    introduced(snap, family, **done, words=[Word(day(20), "met", "partner")])
    found = told(counting.families(snap, TERM))
    assert (found["says_helped"], found["only_others"]) == (1, 0)


def test_agreement_taken_back_after_sending_was_still_an_agreement() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), agreed_at=day(1), sent_at=day(2), taken_back_at=day(4))
    introduced(snap, uuid.uuid4(), agreed_at=day(1), taken_back_at=day(2))
    assert told(counting.steps(snap, TERM))["agreed"] == 1


def test_a_family_that_was_told_and_goes_itself_is_under_no_name_that_speaks_of_a_message_or_an_answer_alone() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4(), kind="tell", told_at=day(1), contacted_at=day(9))
    introduced(snap, uuid.uuid4(), agreed_at=day(1), sent_at=day(2))
    found = {row.label: len(row.families) for row in counting.steps(snap, TERM)}
    assert [label for label, n in found.items() if n == 2 and "told" not in label.lower()] == ["Offered help"]
    assert (found["A partner was asked, or they were told"], found["A partner answered, or they were told"], found["Spoke with the partner"]) == (2, 1, 1)
    assert told(counting.introductions(snap, TERM))["sent_for"] == 1


def test_reach_is_what_had_been_offered_by_the_last_day() -> None:
    snap = Snapshot()
    introduced(snap, uuid.uuid4()).created_at = day(120)
    introduced(snap, uuid.uuid4())
    found = told(counting.steps(snap, TERM))
    assert (found["asked"], found["offered"]) == (2, 1)


def test_equity_siblings_in_two_bands_are_one_family_in_each() -> None:
    snap, family = Snapshot(), uuid.uuid4()
    introduced(snap, family)
    introduced(snap, family)
    snap.bands[family] = frozenset({"Years 1 and 2", "Years 5 and 6"})
    assert {name: len(found["asked"]) for name, found in counting.bands(snap, TERM) if found["asked"]} == {"Years 1 and 2": 1, "Years 5 and 6": 1}


def check_ins(need: uuid.UUID, spoke: int, *, ended: tuple[str, int] | None = None, made: dict[int, int] | None = None) -> list[turns.Turn]:
    state, at = ended if ended else (None, None)
    return turns.of_check_ins(
        need, uuid.uuid4(), began_at=day(spoke), ended_as=state, ended_at=None if at is None else day(at), code=None, made={n: day(on) for n, on in (made or {}).items()},
    )


@pytest.mark.parametrize(("spoke", "ended", "made", "late"), [
    (82, None, {}, 0), (80, None, {}, 1),  # two weeks and another week are over on the term's last day, the hundred and second, or the day after
    (50, None, {14: 65}, 1), (50, None, {14: 65, 42: 94}, 0), (50, None, {42: 94}, 0), (50, None, {14: 65, 42: 130}, 1),
    (40, ("closed", 60), {14: 54}, 1), (40, ("withdrawn", 60), {14: 54}, 0),
])
def test_staff_a_check_in_is_late_at_two_and_at_six_weeks_also_where_it_closed_unless_it_was_made_or_stopped(spoke: int, ended: tuple[str, int] | None, made: dict[int, int], late: int) -> None:
    snap = Snapshot()
    snap.turns = check_ins(introduced(snap, uuid.uuid4()).need, spoke, ended=ended, made=made)
    assert told(counting.work(snap, TERM))["check_in_late"] == late


def test_staff_our_own_turns_are_of_all_that_were_due_and_not_of_those_we_made() -> None:
    """One made on its day, one eight days late, one never, and one of an introduction that was stopped before its day."""
    snap = Snapshot()
    for more in ({"made": {14: 15}}, {"made": {14: 40}}, {}, {"ended": ("withdrawn", 10)}):
        snap.turns += check_ins(introduced(snap, uuid.uuid4()).need, 1, **more)[:1]
    assert parts(shares.of_ours(snap, TERM))["ours:check_in"] == (1, 3)


def test_staff_a_question_that_the_partner_ended_itself_was_never_ours_and_a_yes_is_done_when_the_family_was_asked() -> None:
    snap = Snapshot()
    stories: list[list[turns.Event]] = [
        [("ask", day(0)), ("answer", day(1))], [("ask", day(0)), ("answer", day(3))], [("ask", day(0))], [("ask", day(0)), ("decline", day(0))],
        [("accept", day(0)), ("introduce", day(1))], [("accept", day(0)), ("withdraw", day(2))], [("accept", day(0))],
    ]
    for events in stories:
        need = introduced(snap, uuid.uuid4()).need
        snap.turns += turns.of_events(need, uuid.uuid4(), events, without_names=True, due=lambda on, days: on + timedelta(days=days))
    found = parts(shares.of_ours(snap, TERM))
    assert (found["ours:question"], found["ours:yes"]) == ((1, 3), (2, 3))


def test_staff_open_needs_for_each_officer_are_needs_and_of_families_enough() -> None:
    snap, families = Snapshot(), [uuid.uuid4() for _ in range(8)]
    snap.officers = 2
    for family in [*families, *families, *families[:5]]:
        introduced(snap, family)
    assert shares.for_each_officer(snap, TERM) == 10  # twenty-one needs, twenty to the nearest five
    few = Snapshot(officers=2)
    for family in families[:7] * 3:
        introduced(few, family)
    assert shares.for_each_officer(few, TERM) == SMALL


def test_relationships_a_partner_that_helped_two_families_is_one_and_a_later_first_thing_has_not_happened() -> None:
    snap = Snapshot()
    for _ in range(2):
        introduced(snap, uuid.uuid4(), words=[Word(day(20), "met", "family")])
    introduced(snap, uuid.uuid4(), words=[Word(day(20), "not_met", "family")]).organisation = uuid.uuid4()
    assert counting.partners(snap, TERM) == {PANTRY}
    snap.together = [{"since": date(2022, 9, 1), "joint_act": date(2026, 12, 19)}, {"since": date(2026, 12, 18), "joint_act": date(2026, 12, 18)}]
    assert dict(counting.together(snap, TERM)) == {**dict.fromkeys(dict(counting.together(snap, TERM)), 0), "Partnerships": 2, "We have done something together": 1}
