"""Charts: words that stay inside their picture, on a page of either direction, and figures with their unit."""

from __future__ import annotations

import re

import pytest

from web import charts

ROWS = [("LS14", 10), ("LS8", "*"), ("Not known", 15)]


@pytest.mark.parametrize("picture", [charts.bars("t", ROWS), charts.tiles("t", ROWS), charts.multiples("t", ["Now"], [(label, [cell]) for label, cell in ROWS])])
def test_a_picture_keeps_its_direction_on_a_page_that_runs_from_the_right(picture: str) -> None:
    assert re.match(r'<svg [^>]*direction="ltr"', picture)


def names_in(picture: str) -> list[tuple[int, str]]:
    """Return each line of a name with the size of its letters."""
    return [(int(size), name) for size, name in re.findall(r'font-size="(\d+)" font-weight="700"[^>]*>([^<]+)<', picture)]


def test_a_square_says_families_and_a_long_name_is_written_in_lines_or_smaller() -> None:
    picture = charts.tiles("t", ROWS)
    assert ">10 families<" in picture
    assert ">too few to show<" in picture
    assert names_in(picture) == [(22, "LS14"), (22, "LS8"), (22, "Not"), (22, "known")]
    long = names_in(charts.tiles("t", [("Killingbeck & Seacroft", 10), ("Llanfairpwllgwyngyllgogerych", 10), ("x", 0), ("y", 0)], grid={"Killingbeck & Seacroft": (3, 0)}))
    for size, name in long:
        assert len(name.replace("&amp;", "&")) * size * charts.LETTER <= 92 - 8
    assert [name for _, name in long[:2]] == ["Killingbeck", "&amp; Seacroft"]


def squares(picture: str) -> dict[str, tuple[int, int]]:
    """Return where the last line of each square's name stands: its middle, and its height."""
    return {name: (int(x), int(y)) for x, y, name in re.findall(r'<text x="(\d+)" y="(\d+)" font-size="\d+" font-weight="700"[^>]*>([^<]+)<', picture)}


def test_squares_stand_where_their_grid_has_them_and_what_is_no_place_stands_below() -> None:
    at = squares(charts.tiles("t", [("Other", 10), ("West", 15), ("South", 10), ("North", 20)], grid={"North": (1, 0), "West": (0, 1), "South": (1, 2)}))
    assert at["North"][0] == at["South"][0] > at["West"][0]
    assert at["North"][1] < at["West"][1] < at["South"][1] < at["Other"][1]


def test_what_is_no_place_is_never_among_the_dark() -> None:
    picture = charts.tiles("t", [("Not known", 40), ("West", 15)], grid={"West": (0, 0)})
    assert re.findall(r'<rect [^>]*fill="([^"]+)"', picture) == [charts.PALE, charts.DEEP]


def test_a_square_is_the_darker_the_more_families_it_holds() -> None:
    """Of 15, 10 and 5 no two look alike; none and what is not shown are white."""
    picture = charts.tiles("t", [("North", 15), ("West", 10), ("South", 5), ("East", 0), ("Far", "*")])
    assert re.findall(r'<rect [^>]*fill="([^"]+)"', picture) == [charts.DEEP, charts.MIDDLE, charts.PALE, "#ffffff", "#ffffff"]
