"""What a family gives and what it gets are never on one page: asked of every page that anybody may open."""

from __future__ import annotations

import pytest

from tests.integration.matrix.rows import Row
from tests.integration.matrix.town import Tenant
from tests.integration.matrix.walk import World, address, rule_of, states_of

READERS = {"flo": "flo_a", "head": "head_a", "admin": "admin_a", "dsl": "dsl_a", "partner": "partner_a", "everybody": "anonymous", "signed_in": "flo_a", "trust": "trust_a"}


# Everything that is held about a family, which the law gives it whole: for the lead, who answers, and in the copy itself.
WHOLE = {("rights.held_about", "dsl_a"), ("rights.review_copy", "dsl_a"), ("rights.copy", "dsl_a")}


def gives(text: str, tenant: Tenant) -> bool:
    """Whether a page shows what the family gives: its words, or the family named beside something that could be given."""
    return f"Gaveqz{tenant.letter}" in text or (f"/families/{tenant.family}/gives\"" in text and "could give" in text)


def gets(text: str, tenant: Tenant) -> bool:
    """Whether a page shows what the family gets: its own words, or the way to one of its needs, suggestions or introductions."""
    ways = [*tenant.needs.values(), *tenant.referrals.values(), tenant.run]
    return f"Saidqz{tenant.letter}" in text or any(str(way) in text for way in ways)


def test_no_page_shows_what_a_family_gives_beside_what_it_gets(world: World, rows: list[Row]) -> None:
    tenant, both = world.town.tenants["a"], []
    seen: dict[str, set[str]] = {"gives": set(), "gets": set()}
    for row in (r for r in rows if r.method == "GET"):
        for state in states_of(rule_of(world.app, row)):
            path = address(world.app, row, tenant, state)
            for name in {READERS[who] for who in row.who if (row.endpoint, READERS[who]) not in WHOLE}:
                text = world.ask(world.town.identities[name], "GET", path).get_data(as_text=True)
                what = {"gives": gives(text, tenant), "gets": gets(path + text, tenant)}
                for kind, there in what.items():
                    if there:
                        seen[kind].add(row.endpoint)
                if all(what.values()):
                    both.append(f"{row.endpoint} as {name}")
    assert both == []
    assert {"liaison.family_gives", "liaison.exchange_list"} <= seen["gives"], "the pages of gives are really looked at"
    assert {"liaison.family", "liaison.referral"} <= seen["gets"], "the pages of gets are really looked at"


@pytest.mark.parametrize("page", ["liaison.family", "liaison.family_gives"])
def test_a_page_with_both_is_noticed(world: World, rows: list[Row], page: str) -> None:
    tenant = world.town.tenants["a"]
    row = next(r for r in rows if r.endpoint == page and r.method == "GET")
    text = world.ask(world.town.identities["flo_a"], "GET", address(world.app, row, tenant, "sent")).get_data(as_text=True)
    other = f"Gaveqz{tenant.letter}" if page == "liaison.family" else f"/liaison/needs/{tenant.needs['sent']}"
    assert gives(text + other, tenant)
    assert gets(text + other, tenant)
