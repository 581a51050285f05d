"""Charts: words that stay inside their picture, on a page of either direction, and figures with their unit."""

from __future__ import annotations

import re

import pytest

from web import charts

ROWS = [("LS14", 10), ("LS8", "*"), ("Not known", 15)]


@pytest.mark.parametrize("picture", [charts.bars("t", ROWS), charts.tiles("t", ROWS), charts.multiples("t", ["Now"], [(label, [cell]) for label, cell in ROWS])])
def test_a_picture_keeps_its_direction_on_a_page_that_runs_from_the_right(picture: str) -> None:
    assert re.match(r'<svg [^>]*direction="ltr"', picture)


def test_a_square_says_families_and_a_long_name_is_written_smaller() -> None:
    picture = charts.tiles("t", ROWS)
    assert ">10 families<" in picture
    assert ">too few to show<" in picture
    names = re.findall(r'font-size="(\d+)" font-weight="700"[^>]*>([^<]+)<', picture)
    assert {name: int(size) for size, name in names} == {"LS14": 22, "LS8": 22, "Not known": 17}
