"""Every route, for everybody, over records in every state: what each may do is the table's, and nobody sees a word of another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from partners.foundation.db import open_engine
from tests.integration.matrix import town
from tests.integration.matrix.conftest import service_on, settings_with
from tests.integration.matrix.rows import Row, gaps, read
from tests.integration.matrix.walk import World, address, leaks, walk
from web import create_app
from web.signing_in import guard_of, open_to_all


def test_every_route_has_its_row_and_every_row_its_route(world: World, rows: list[Row]) -> None:
    assert gaps(world.app, rows) == []


def test_a_route_without_a_row_and_a_row_without_a_route_fail(world: World, rows: list[Row]) -> None:
    assert any("GET heads.page is not in the matrix: add a row to tests/integration/matrix/table.csv" in f for f in gaps(world.app, [r for r in rows if r.endpoint != "heads.page"]))
    gone = Row("heads.export", "GET", frozenset({"head"}), "none", frozenset({200}), {}, frozenset())
    assert gaps(world.app, [*rows, gone]) == ["GET heads.export has a row and no route: take the row out of table.csv"]
    assert gaps(world.app, [*rows, rows[0]]) == [f"{rows[0].method} {rows[0].endpoint} has two rows: keep one"]


def test_the_demo_adds_only_its_own_pages(world: World, rows: list[Row], sealing_keys: list[str]) -> None:
    demo = create_app(settings_with(sealing_keys, demo=True), engine=world.engine, clock=lambda: town.AT)
    extra = [fault for fault in gaps(demo, rows) if "showcase." not in fault]
    assert extra == []


def test_each_row_asks_for_the_roles_of_its_guard(world: World, rows: list[Row]) -> None:
    wrong = []
    for row in rows:
        guard = guard_of(world.app, row.endpoint)
        assert guard is not None, row.endpoint
        declared = {"public": {"everybody"}, "link": {"everybody"}, "signed_in": {"signed_in"}}.get(guard.kind) or {role.value for role in guard.roles}
        if declared != set(row.who) or (guard.kind == "link") != row.is_link:
            wrong.append(f"{row.method} {row.endpoint}: the guard says {sorted(declared)}, the row {sorted(row.who)}")
    assert wrong == []


def test_everybody_gets_what_the_table_says_and_no_word_of_anybody_else(world: World, rows: list[Row]) -> None:
    faults = list(walk(world, rows))
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:60])


@pytest.mark.postgres
def test_the_same_holds_on_postgresql_for_looks_and_refusals(postgres_url: str, sealing_keys: list[str], rows: list[Row]) -> None:
    engine = open_engine(postgres_url)
    try:
        app, made = service_on(engine, sealing_keys)
        there = World(app, engine, made, restore=lambda: None)
        named = [row for row in rows if row.scope in ("school", "organisation", "account", "mail")]
        lists = [row for row in rows if row.method == "GET" and row.scope == "none" and row.who <= {"flo", "partner", "admin", "dsl", "head"}]
        faults = list(walk(there, named + lists, only=("flo_a", "partner_b", "admin_a", "dsl_b"), own_changes=False))
    finally:
        engine.dispose()
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:60])


def test_people_do_see_their_own_so_the_words_are_really_there(world: World, rows: list[Row]) -> None:
    by = {row.endpoint: row for row in rows if row.method == "GET"}
    shown = {
        "liaison.family": ("flo_a", {"initials", "school", "registry"}), "liaison.referral": ("flo_a", {"family", "initials", "school", "asked", "account"}),
        "portal.card": ("anonymous", {"registry", "school"}), "lead.page": ("dsl_b", {"initials", "school"}), "admin.page": ("admin_a", {"account", "school"}),
        "liaison.change_family": ("flo_b", {"family", "initials"}), "portal.inbox": ("partner_b", {"registry"}),
    }
    for endpoint, (name, kinds) in shown.items():
        identity = world.town.identities[name]
        tenant = world.town.tenants[identity.tenant or "a"]
        seen = world.ask(identity, "GET", address(world.app, by[endpoint], tenant, "accepted")).get_data(as_text=True)
        found = {c.kind for c in town.canaries() if c.text in seen and c.tenant == tenant.letter}
        assert kinds <= found, f"{endpoint} shows {name} {sorted(found)}, and not {sorted(kinds - found)}"


def test_the_walk_sees_a_page_that_shows_too_much(sealing_keys: list[str], world: World) -> None:
    class Page:
        headers = {"X-Seen": "Contactqza"}

        @staticmethod
        def get_data(as_text: bool) -> str:
            return "<p>Offerqzb Q.X.B. LS9 7AB</p>"

    partner, flo = world.town.identities["partner_b"], world.town.identities["flo_b"]
    assert set(leaks(Page, partner.may_read, town.canaries())) == {"Contactqza", "Q.X.B.", "LS9 7AB"}
    assert set(leaks(Page, flo.may_read, town.canaries())) == {"Contactqza", "LS9 7AB"}


def test_a_new_page_without_a_row_is_noticed(sealing_keys: list[str], rows: list[Row], tmp_path: Path) -> None:
    app: Flask = create_app(settings_with(sealing_keys), engine=open_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}"), clock=lambda: town.AT)

    @open_to_all
    def everything() -> str:
        return ""

    app.add_url_rule("/everything", "everything", everything)
    assert gaps(app, rows) == ["GET everything is not in the matrix: add a row to tests/integration/matrix/table.csv (its first lines say how)"]


@pytest.mark.parametrize("wrong", ["endpoint,method,who,scope,own,other\nheads.page,GET,head,county,200,-\n"])
def test_a_row_with_an_unknown_scope_says_which_there_are(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "t.csv").write_text(wrong)
    with pytest.raises(AssertionError, match="the scope is one of"):
        read(tmp_path / "t.csv")
