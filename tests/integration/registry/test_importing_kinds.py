"""What is no offer is not brought in as one: an organisation, a taxonomy and a term of Open Referral UK are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from partners.registry.importing import rows


@pytest.mark.parametrize(("record", "kind"), [
    ({"id": "a", "name": "Hope", "description": "We help.", "organization_identifiers": []}, "an organisation"),
    ({"id": "a", "name": "Needs", "version": "1", "uri": "https://needs.example"}, "a taxonomy"),
    ({"id": "a", "name": "Food", "term_uri": "https://needs.example/food", "taxonomy": "needs"}, "a taxonomy term"),
])
def test_another_kind_of_document_is_refused_by_name(record: dict[str, Any], kind: str) -> None:
    taken, refused = rows.read_records([record])
    assert taken == []
    assert f"This describes {kind}, and no offer" in refused[0].says


@pytest.mark.parametrize("record", [{"id": "a", "title": "Warm room", "version": "2"}, {"id": "a", "name": "Warm room", "description": "Tea."}])
def test_a_plain_offer_with_such_a_column_is_still_an_offer(record: dict[str, Any]) -> None:
    taken, refused = rows.read_records([record])
    assert ([row.title for row in taken], refused) == (["Warm room"], [])
