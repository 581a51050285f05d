"""Skips: where everything must run, a test that is skipped for want of the browser or the database fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import tree

SKIPPED = """
import pytest

@pytest.fixture
def chromium():
    pytest.skip("the browser is absent: no chromium was found")

def test_that_needs_the_browser(chromium):
    pass

def test_that_needs_the_database():
    pytest.skip("PostgreSQL is absent")

def test_that_needs_shared_data():
    pytest.skip("../shared is absent")

@pytest.mark.xfail(reason="the browser draws it wrongly", strict=True)
def test_known():
    assert False
"""
WHOLE_FILE = 'import pytest\npytest.skip("PostgreSQL is absent", allow_module_level=True)\n'


def _run(folder: Path, text: str, nothing_skipped: str) -> str:
    """Return what pytest says of one file, with this suite's own hooks."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "KITH_"))}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "-rsf", "--rootdir", str(folder), str(folder / "test_it.py")]
    ran = subprocess.run(
        command, cwd=folder, env=environment | {"KITH_TEST_NOTHING_SKIPPED": nothing_skipped, "PYTHONPATH": str(tree.ROOT)},
        capture_output=True, text=True, check=False,
    )
    return ran.stdout + ran.stderr


def test_a_machine_without_the_programs_skips_with_the_reason(tmp_path: Path) -> None:
    said = _run(tmp_path, SKIPPED, "0")
    assert "3 skipped, 1 xfailed" in said
    assert "no chromium was found" in said


def test_where_everything_must_run_only_absent_shared_data_may_skip(tmp_path: Path) -> None:
    said = _run(tmp_path, SKIPPED, "1")
    assert "1 failed, 1 skipped, 1 xfailed, 1 error" in said
    assert "install what is absent" in said
    assert "../shared is absent" in said


@pytest.mark.parametrize(("nothing_skipped", "closing"), [("0", "1 skipped"), ("1", "1 error")])
def test_a_whole_file_counts_too(tmp_path: Path, nothing_skipped: str, closing: str) -> None:
    assert closing in _run(tmp_path, WHOLE_FILE, nothing_skipped)
