"""Small numbers: the rule for one count, for a table, and for all tables put together."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from partners.families.schools import School, Term
from partners.impact import auditing, disclosure
from partners.impact.counting import Row
from partners.impact.disclosure import HELD, SMALL, Counted, counted, merged, per_cent, ruled, shown
from partners.impact.periods import Period, finished, half_terms, periods_to

YEAR = Period("This school year", date(2026, 9, 1), date(2026, 10, 23))


def families(count: int) -> set[uuid.UUID]:
    return {uuid.uuid4() for _ in range(count)}


def a_table(*counts: int, kind: str = "sets", base: int = 100, name: str = "left") -> Counted:
    rows = [Row(f"row {n}", f"k{n}", families(c)) for n, c in enumerate(counts)]
    return ruled(counted(name, kind, [YEAR], [rows], base=[base]))


def column(table: Counted) -> list[object]:
    return [row[0] for row in table.cells]


def test_one_count_is_nothing_hidden_or_the_nearest_five() -> None:
    assert [shown(n) for n in (0, 1, 7, 8, 12, 13, 17, 18)] == [0, None, None, 10, 10, 15, 15, 20]
    with pytest.raises(ValueError, match="below 0"):
        shown(-1)


def test_a_breakdown_among_too_few_families_shows_nothing_but_its_whole() -> None:
    assert column(a_table(9, 8, 12, base=19)) == [HELD, HELD, 10]
    assert column(a_table(9, 8, 12, base=20)) == [10, 10, 10]


def test_a_row_that_is_nearly_everybody_is_held_back() -> None:
    assert column(a_table(36, 4, 40)) == [HELD, SMALL, 40]
    assert column(a_table(35, 9, 40)) == [35, 10, 40]


def test_rare_rows_become_one_before_they_are_counted() -> None:
    columns = [[Row("often", "o", families(9)), Row("seldom", "s", families(3)), Row("rarely", "r", families(6)), Row("All", "all", families(18))]]
    made = merged(columns)
    assert [row.label for row in made[0]] == ["often", "Other", "All"]
    assert len(made[0][1].families) == 9


def test_percentages_are_of_shown_figures_over_twenty() -> None:
    assert per_cent(10, 40) == 25
    assert (per_cent(5, 15), per_cent(SMALL, 40), per_cent(10, HELD)) == (None, None, None)


def test_seven_hidden_rows_of_a_hidden_whole_would_be_ones_and_so_the_table_goes() -> None:
    table = Counted("left", "parts", tuple("abcdefgh"), ("x",), tuple((f"{c}|a|b",) for c in "abcdefgh"), (), ((SMALL,),) * 8)
    known = auditing.Known()
    known.learn(table)
    assert auditing.narrow(known) == {f"{c}|a|b" for c in "abcdefgh"}
    assert auditing.safe([table]) == []


def test_a_hidden_row_that_the_whole_gives_away_goes_and_one_that_it_does_not_stays() -> None:
    names = (("k0|a|b",), ("k1|a|b",), ("all|a|b",))
    told = Counted("left", "parts", ("a", "b", "All"), ("x",), names, (), ((10,), (SMALL,), (10,)))
    assert auditing.safe([told]) == []
    vague = Counted("left", "parts", ("a", "b", "All"), ("x",), names, (), ((20,), (SMALL,), (25,)))
    assert auditing.safe([vague]) == [vague]


def a_hidden_table(name: str, *quantities: str, whole: int | str = SMALL) -> Counted:
    """Return parts that are all hidden, and their whole."""
    names = (*((f"{q}|a|b",) for q in quantities), (f"{name}|a|b",))
    return Counted(name, "parts", (*quantities, "All"), ("x",), names, (), (*(((SMALL,),) * len(quantities)), (whole,)))


def test_what_was_released_before_is_known_still() -> None:
    """Three tables that are each safe: two parts of about ten; three of at most seven with one of those; three with the other."""
    before = [a_hidden_table("became", "b", "c", whole=10), a_hidden_table("travelled", "c", "d", "e")]
    after = a_hidden_table("left", "b", "f", "g")
    assert auditing.safe(before) == before
    assert auditing.safe([after]) == [after]
    assert auditing.safe([after], [before]) == []


def test_only_the_coarsest_left_has_its_cells_held_back() -> None:
    table = Counted("families", "parts", ("a", "b", "All"), ("x",), (("k0|a|b",), ("k1|a|b",), ("all|a|b",)), (), ((10,), (SMALL,), (10,)))
    [kept] = auditing.safe([table])
    assert SMALL not in [row[0] for row in kept.cells]


def test_of_a_trusts_totals_only_the_one_that_tells_a_schools_cell_is_held_back() -> None:
    """One school shows about ten, one none, and one a star: a total of about twenty says that the star is six or seven."""
    def told(owner: str, *cells: tuple[str, int | str]) -> Counted:
        return auditing.whose(Counted("families", "free", tuple(k for k, _ in cells), ("x",), tuple((f"{k}|a|b",) for k, _ in cells), (), tuple((c,) for _, c in cells)), owner)

    schools = [[told("one", ("helped", 10))], [told("two", ("helped", 0))], [told("three", ("helped", SMALL))]]
    sums = [("trust§helped|a|b", ("one§helped|a|b", "two§helped|a|b", "three§helped|a|b"))]
    [kept] = auditing.safe([told("trust", ("helped", 20), ("asked", 40))], schools, sums=sums)
    assert column(kept) == [HELD, 40]
    [kept] = auditing.safe([told("trust", ("helped", 15), ("asked", 40))], schools, sums=sums)
    assert column(kept) == [15, 40]


def test_who_says_so_and_of_whom_only_others_do_are_two_among_those_who_finished() -> None:
    """About ten of about ten who finished say that it helped: others speak for four at most. Of about twenty they may speak for seven."""
    def told(finished: int) -> list[Counted]:
        return [
            Counted("families", "free", ("says", "others"), ("x",), (("says_helped|a|b",), ("only_others|a|b",)), (), ((10,), (SMALL,))),
            Counted("steps", "chain", ("finished", "says"), ("x",), (("finished|a|b",), ("says_helped|a|b",)), (), ((finished,), (10,))),
        ]

    assert column(auditing.safe(told(10))[0]) == [10, HELD]
    assert auditing.safe(told(20)) == told(20)


def a_school(*spans: tuple[date, date]) -> School:
    return School(id=uuid.uuid4(), name="Hill", terms=[Term(starts_on=a, ends_on=b) for a, b in spans])


def test_periods_come_from_the_schools_own_half_terms() -> None:
    school = a_school(
        (date(2025, 9, 2), date(2025, 10, 24)), (date(2025, 11, 3), date(2025, 12, 19)), (date(2026, 1, 5), date(2026, 2, 13)), (date(2026, 9, 2), date(2026, 10, 23)),
        (date(2026, 11, 2), date(2026, 12, 18)),
    )
    assert finished(school, date(2026, 11, 24))[-1] == date(2026, 10, 23)
    now, then, year, last = periods_to(school, date(2026, 10, 23))
    assert (now.starts_on, now.ends_on) == (date(2026, 9, 1), date(2026, 10, 23))
    assert (then.starts_on, then.ends_on) == (date(2025, 9, 1), date(2025, 10, 24))
    assert (year.starts_on, year.ends_on) == (now.starts_on, now.ends_on)
    assert (last.starts_on, last.ends_on) == (date(2025, 9, 1), date(2026, 8, 31))
    spring = periods_to(school, date(2026, 2, 13))
    assert (spring[0].starts_on, spring[2].starts_on) == (date(2026, 1, 5), date(2025, 9, 1))


def test_a_school_without_dates_has_the_usual_half_terms() -> None:
    assert half_terms(a_school(), 2026)[0] == (date(2026, 9, 1), date(2026, 10, 31))
    assert finished(a_school(), date(2026, 11, 24))[-1] == date(2026, 10, 31)


def test_every_kind_of_table_has_its_place_among_the_finer_and_the_coarser() -> None:
    from partners.impact import report

    assert set(auditing.FINER) == set(report.TITLES) - {"days", "shares", "ours", "workload", "partners", "together", "attendance"}  # these count no families
    assert disclosure.LEAST_FAMILIES == 20
