"""README's two small files, as a newcomer would paste them, run through `kith suggest`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli.suggest import suggest

README = Path(__file__).parents[3] / "README.md"
NAMES = ("offers.json", "request.json")


def files_in(readme: str) -> dict[str, str]:
    """The blocks of a page that stand under the name of a file, without their indent."""
    found = {}
    for name in NAMES:
        block = re.search(rf"`{re.escape(name)}`[^\n]*:\n\n((?:    [^\n]*\n|\n)+)", readme)
        if block:
            found[name] = "\n".join(line.removeprefix("    ") for line in block[1].splitlines())
    return found


@pytest.fixture
def pasted(tmp_path: Path) -> Path:
    """A folder with the two files."""
    found = files_in(README.read_text(encoding="utf-8"))
    assert set(found) == set(NAMES), "README should show offers.json and request.json, each in a block under its name"
    for name, text in found.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_two_files_of_readme_give_the_answer_that_readme_tells(pasted: Path) -> None:
    ran = CliRunner().invoke(suggest, ["--offers", str(pasted / NAMES[0]), "--request", str(pasted / NAMES[1]), "--json"])
    assert ran.exit_code == 0, ran.stderr
    (need,) = json.loads(ran.stdout)["needs"]
    assert [s["offer"] for s in need["suggestions"]] == ["hooyo-tuesdays"]
    (left_out,) = need["left_out"]
    assert left_out["offer"] == "saturday-circle"
    (change,) = left_out["would_fit_if"]
    assert change["to"]["until"] == "12:30"
    request = (pasted / NAMES[1]).read_text().replace('"until": "12:00"', '"until": "12:30"')
    (pasted / NAMES[1]).write_text(request)
    again = CliRunner().invoke(suggest, ["--offers", str(pasted / NAMES[0]), "--request", str(pasted / NAMES[1]), "--json"])
    assert len(json.loads(again.stdout)["needs"][0]["suggestions"]) == 2
