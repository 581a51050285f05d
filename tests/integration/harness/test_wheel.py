"""The wheel, as `pip install` puts it on a machine that has no checkout: every file of the rooms is in it, and README's two files match."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.matcher.test_readme_files import NAMES, README, files_in

ROOT = README.parent
ROOMS = ("matcher", "partners", "web", "seeds")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel unpacks to."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed: README's first command installs it")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([uv, "build", "--wheel", "-q", "-o", str(folder), str(ROOT)], check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "there")
    return folder / "there"


def test_every_file_of_the_rooms_is_in_the_wheel(installed: Path) -> None:
    ours = {p.relative_to(ROOT) for room in ROOMS for p in (ROOT / room).rglob("*") if p.is_file() and p.suffix != ".pyc" and "__pycache__" not in p.parts}
    assert len(ours) > 500
    assert sorted(map(str, ours - {p.relative_to(installed) for p in installed.rglob("*") if p.is_file()})) == []


def test_readmes_two_files_match_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    for name, text in files_in(README.read_text(encoding="utf-8")).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = "import sys, web; from web.cli import main; print(web.__file__, file=sys.stderr); main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "suggest", "--offers", NAMES[0], "--request", NAMES[1], "--json"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True, timeout=120,
    )
    assert Path(ran.stderr.splitlines()[0]).is_relative_to(installed)
    assert [s["offer"] for s in json.loads(ran.stdout)["needs"][0]["suggestions"]] == ["hooyo-tuesdays"]
