"""Rooms: small, named after a concept, saying what lives in them, in a tree that README maps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import rules, tree

MOST_SOURCE_LINES, MOST_TEST_LINES = 400, 500
# What every project has at its root and no map needs to show.
UNMAPPED = {"README.md", "LICENSE", ".gitignore"}


def _length(path: str) -> int:
    return tree.text_of(path).count("\n")


def test_a_room_that_passes_400_lines_becomes_a_folder() -> None:
    large = {path: _length(path) for path in tree.python() if _length(path) > MOST_SOURCE_LINES and not path.startswith("partners/migrations/versions/")}
    assert not large, f"split each into a folder of rooms, one concept each: {large}"


def test_a_file_of_tests_stays_under_500_lines() -> None:
    large = {path: _length(path) for path in tree.python("tests") if _length(path) > MOST_TEST_LINES}
    assert not large, f"split each by what its tests are about: {large}"


def test_the_shared_fixtures_stay_under_200_lines() -> None:
    assert _length("tests/conftest.py") < 200, "move fixtures beside the tests that use them"


def test_every_room_says_what_lives_in_it() -> None:
    # A migration's docstring is its title, which Alembic lists.
    rooms = [path for path in tree.python(*tree.PACKAGES, "tests") if not path.startswith("partners/migrations/versions/")]
    silent = [path for path in rooms if not rules.has_docstring(tree.text_of(path))]
    assert not silent, f"give each a docstring whose first sentence says what concept lives there: {silent}"


def test_every_room_is_named_after_a_concept() -> None:
    vague = [path for path in tree.files() if rules.is_vague(path)]
    assert not vague, f"name each after the concept or the verb that lives there: {vague}"


def test_readme_maps_everything_at_the_root() -> None:
    roots = sorted({path.split("/")[0] for path in tree.files()} - UNMAPPED)
    readme = tree.text_of("README.md")
    missing = [root for root in roots if root not in readme]
    assert not missing, f"README's map of rooms does not name: {missing}. Name each there, or take it away"


def test_no_file_names_a_place_on_a_developers_machine() -> None:
    places = [f"/{folder}/" for folder in ("work", "root", "Users")]
    found = [(path, place) for path in tree.written() for place in places if _names(tree.text_of(path), place)]
    assert not found, f"use a path from the file's own place, or a setting: {found}"


def _names(text: str, place: str) -> bool:
    """Whether a text names a folder at the root of a machine, and not a part of a web address or a longer path."""
    before = text.split(place)[:-1]
    return any(not part or not (part[-1].isalnum() or part[-1] in "._-~/}") for part in before)


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        ('"""Travel: how far is far."""\n', True),
        ('"""Travel."""\n', False),
        ("distance_km = 3\n", False),
        ('"""Travel\n\nhow far is far"""\n', False),
    ],
)
def test_the_docstring_rule_fails_a_silent_room(source: str, fine: bool) -> None:
    assert rules.has_docstring(source) is fine


@pytest.mark.parametrize("path", ["web/helpers.py", "web/form_utils.py", "partners/util/x.py", "partners/referral_manager.py", "common.py"])
def test_the_name_rule_fails_a_vague_name(path: str) -> None:
    assert rules.is_vague(path)


@pytest.mark.parametrize("path", ["web/fields.py", "partners/registry/offers.py", "web/commonly_used.py"])
def test_the_name_rule_passes_a_concept(path: str) -> None:
    assert not rules.is_vague(path)


def test_the_machine_rule_fails_a_path_and_passes_an_address() -> None:
    place = "/" + "work/"
    assert _names(f"open('{place}kith.db')", place)
    assert _names(f"{place}kith", place)
    assert not _names(f"https://example.org{place}page", place)


def test_the_tree_holds_the_project_and_nothing_that_running_leaves() -> None:
    assert {"README.md", "pyproject.toml", "web/__init__.py", "tests/house/rules.py", ".ci/run"} <= set(tree.files())
    assert not [path for path in tree.files() if "__pycache__" in path or path.startswith((".venv", ".git/"))]
    assert Path(tree.ROOT / "pyproject.toml").exists()
