"""Edges: imports run one way, one place commits, one folder moves a referral, and the clock is an argument."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.house import rules, tree
from tests.house.rules import Fault

# Who may end a transaction, file by file, and why.
COMMITS: dict[str, str] = {
    "web/database.py": "the edge of the web: one commit a request",
    "partners/foundation/outbox.py": "each mail has a transaction of its own: what has left must stay noted when the next one fails",
    "partners/foundation/audit.py": "a refusal is kept in a transaction of its own, because rolling back would erase it",
    "partners/foundation/schema.py": "a migration is one transaction under a lock",
    "partners/foundation/backups.py": "a restored database is made safe before anybody can open it",
}
# Other things than referrals have a state too; each is written in its own room.
OTHER_STATES = {
    ("partners/families/needs.py", "need.state = …"): "whether a need is open, met or unmet",
    ("partners/foundation/errors.py", "self.state = …"): "the error says in which state a move was refused",
}
COMMITTING_FOLDERS = ("web/cli/", "seeds/")  # the edges of the command line and of making a town
# Who may read the machine's clock: the edges, which hand it on as `at`.
CLOCKS = {"web/app.py": "the service's clock, when none is given"}
CLOCK_FOLDERS = ("web/cli/", "seeds/")


def _found(rule: Callable[[str], list[Fault]], paths: list[str]) -> list[str]:
    return [f"{path}:{line} {what}" for path in paths for line, what in rule(tree.text_of(path))]


def test_imports_run_downwards() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=tree.ROOT, capture_output=True, text=True, check=False,
    )
    assert checked.returncode == 0, f"import from the room below, or move what both need into it:\n{checked.stdout[-4000:]}{checked.stderr[-1000:]}"
    assert "0 broken" in checked.stdout


def test_the_import_rule_fails_an_import_upwards(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("house")
    for package, text in (("lower", "import upper\n"), ("upper", "")):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(text)
    (folder / ".importlinter").write_text(
        "[importlinter]\nroot_packages=\n  upper\n  lower\n[importlinter:contract:a]\nname=down\ntype=layers\nlayers=\n  upper\n  lower\n"
    )
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=folder, capture_output=True, text=True, check=False,
    )
    assert checked.returncode == 1
    assert "1 broken" in checked.stdout


def test_only_the_edges_commit() -> None:
    paths = [path for path in tree.python() if path not in COMMITS and not path.startswith(COMMITTING_FOLDERS)]
    found = _found(rules.commits, paths)
    assert not found, f"leave the commit to web/database.py or the command: {found}"


def test_each_place_that_may_commit_does() -> None:
    idle = [path for path in COMMITS if path not in tree.files() or not rules.commits(tree.text_of(path))]
    assert not idle, f"take these out of COMMITS, they commit nothing: {idle}"


def test_only_referrals_move_a_referral() -> None:
    paths = [path for path in tree.python() if not path.startswith("partners/referrals/")]
    found = [f"{path}:{line} {what}" for path in paths for line, what in rules.state_changes(tree.text_of(path)) if (path, what) not in OTHER_STATES]
    assert not found, f"call a verb of partners.referrals, which asks the table of moves: {found}"


def test_referrals_do_move() -> None:
    assert _found(rules.state_changes, tree.python("partners/referrals")), "no state is written in partners/referrals/: has the column another name?"


def test_the_clock_is_an_argument() -> None:
    found = _found(rules.clocks, [path for path in tree.python() if path not in CLOCKS and not path.startswith(CLOCK_FOLDERS)])
    assert not found, f"take `at` as an argument: {found}"


def test_no_instant_lacks_its_zone() -> None:
    found = _found(rules.naive_clocks, tree.python(*tree.PACKAGES, "tests"))
    assert not found, f"use datetime.now(UTC): {found}"


@pytest.mark.parametrize(
    "broken", ["session.commit()", "g.session.commit()", "with sessions.begin() as session:\n    pass", "with engine.begin() as c:\n    pass"]
)
def test_the_commit_rule_fails_a_commit(broken: str) -> None:
    assert rules.commits(broken)


def test_the_commit_rule_passes_a_savepoint() -> None:
    assert rules.commits("attempt = session.begin_nested()\nattempt.commit()\n") == []
    assert rules.commits("attempt = session.begin_nested()\nattempt = session\nattempt.commit()\n")


def test_the_commit_rule_passes_a_room_with_a_verb_of_that_name() -> None:
    assert rules.commits("from web import signing_in\nsigning_in.begin()\n") == []


@pytest.mark.parametrize(
    "broken",
    [
        "referral.state = 'accepted'", "referral.state, other = 1, 2", "referral.state: str = 'sent'", "setattr(referral, 'state', 'sent')",
        "session.execute(update(Referral).values(state='sent'))",
    ],
)
def test_the_state_rule_fails_a_move_by_hand(broken: str) -> None:
    assert rules.state_changes(broken)


def test_the_state_rule_passes_a_look() -> None:
    assert rules.state_changes("if referral.state == 'sent':\n    state = referral.state\n") == []


@pytest.mark.parametrize(
    "broken", ["datetime.now(UTC)", "datetime.datetime.now()", "date.today()", "datetime.utcnow()", "time.time()", "dt.datetime.today()"]
)
def test_the_clock_rule_fails_a_look_at_the_clock(broken: str) -> None:
    assert rules.clocks(broken)


@pytest.mark.parametrize(("source", "is_naive"), [("datetime.now()", True), ("date.today()", True), ("datetime.now(UTC)", False), ("now()", False)])
def test_the_zone_rule_fails_an_instant_without_one(source: str, is_naive: bool) -> None:
    assert bool(rules.naive_clocks(source)) is is_naive
