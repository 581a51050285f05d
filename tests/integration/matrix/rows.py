"""The rows of the matrix: `table.csv` read into what each route gives to whom, and checked against the routes there are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

TABLE = Path(__file__).with_name("table.csv")
SCOPES = ("none", "school", "organisation", "registry", "account", "mail", "person", "reply_link", "offer_link", "sign_in_link", "partnership_link", "school_link", "check_in_link", "deletion_link", "family_link", "own_link")
FIX = "add a row to tests/integration/matrix/table.csv (its first lines say how)"


@dataclass(frozen=True)
class Row:
    """What one route and method gives: to whom, over whose records, and with which status."""

    endpoint: str
    method: str
    who: frozenset[str]
    scope: str
    own: frozenset[int]
    by_state: dict[str, frozenset[int]]
    other: frozenset[int]

    @property
    def is_link(self) -> bool:
        """Whether the word in the address is the key, whoever holds it."""
        return self.scope.endswith("_link")

    def expected(self, state: str, who: str) -> frozenset[int]:
        """Return the statuses for one's own record in a state; a role's own come first."""
        return self.by_state.get(who) or self.by_state.get(state, self.own)


def _statuses(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split("|") if part)


def read(path: Path = TABLE) -> list[Row]:
    """Return the table's rows. Lines that start with # are for people."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    rows = []
    for record in csv.DictReader(lines):
        plain, *special = record["own"].split()
        states = dict(part.split("=") for part in special)
        assert record["scope"] in SCOPES, f"{record['endpoint']}: the scope is one of {SCOPES}"
        rows.append(Row(
            record["endpoint"], record["method"], frozenset(record["who"].split("+")), record["scope"], _statuses(plain),
            {state: _statuses(text) for state, text in states.items()}, _statuses(record["other"].replace("-", "")),
        ))
    return rows


def routes(app: Flask) -> set[tuple[str, str]]:
    """Return every endpoint and method of a service; HEAD follows GET, and OPTIONS shows nothing."""
    return {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def gaps(app: Flask, rows: list[Row]) -> list[str]:
    """Return what the table and the routes do not agree on, one sentence each."""
    known, there = [(row.endpoint, row.method) for row in rows], routes(app)
    faults = [f"{method} {endpoint} is not in the matrix: {FIX}" for endpoint, method in sorted(there - set(known))]
    faults += [f"{method} {endpoint} has a row and no route: take the row out of {TABLE.name}" for endpoint, method in sorted(set(known) - there)]
    return faults + [f"{method} {endpoint} has two rows: keep one" for endpoint, method in sorted({pair for pair in known if known.count(pair) > 1})]
