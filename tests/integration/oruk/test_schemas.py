"""Every document of the feed keeps the official schemas with format checks on, and the official failing ones are refused by our reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker

from partners.oruk import importer
from partners.registry.offers import Offer
from tests.integration.oruk.test_feed import KEYS, LISTS

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "conformance"
needs_schemas = pytest.mark.skipif(not SHARED.exists(), reason="the official schemas are not beside this checkout")
SINGLE = {
    "services": "service.json", "service_at_locations": "service_at_location.json", "organizations": "organization.json", "taxonomies": "taxonomy.json",
    "taxonomy_terms": "taxonomy_term.json",
}
LIST_ITEMS = {"services": "service_list.json", "service_at_locations": "service_at_location_list.json", "organizations": "organization_list.json"}
CHECKER = FormatChecker()


@CHECKER.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    import uuid

    return not isinstance(value, str) or str(uuid.UUID(value)) == value.lower()


def faults(schema: Path, document: Any) -> list[str]:
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")), format_checker=CHECKER)
    return [f"{'/'.join(map(str, e.path))}: {e.message[:120]}" for e in validator.iter_errors(document)]


@needs_schemas
@pytest.mark.parametrize("name", LISTS)
def test_single_documents_keep_the_schema(browser: FlaskClient, town: dict[str, Offer], name: str) -> None:
    rows = browser.get(f"/oruk/v3/{name}").json["contents"]
    assert rows
    for row in rows[:30]:
        document = browser.get(f"/oruk/v3/{name}/{row['id']}").json
        for folder in ("compiled-schema", "uk-profile-schema/compiled" if (SHARED / "uk-profile-schema/compiled" / SINGLE[name]).exists() else "uk-profile-schema"):
            if (SHARED / folder / SINGLE[name]).exists() and "$ref" not in (SHARED / folder / SINGLE[name]).read_text():
                assert faults(SHARED / folder / SINGLE[name], document) == []


@needs_schemas
@pytest.mark.parametrize("name", LISTS)
def test_lists_keep_the_schema_of_the_page_and_of_each_row(browser: FlaskClient, town: dict[str, Offer], name: str) -> None:
    page = browser.get(f"/oruk/v3/{name}").json
    assert set(page) == KEYS  # the list schema itself accepts {}
    listed = SHARED / "compiled-schema" / SINGLE[name].replace(".json", "_list.json")
    if listed.exists():
        of_a_page = "contents" in json.loads(listed.read_text(encoding="utf-8"))["properties"]  # the organizations' list schema is that of one row
        for document in [page] if of_a_page else page["contents"]:
            assert faults(listed, document) == []
    if name in LIST_ITEMS:
        for row in page["contents"]:
            assert faults(SHARED / "uk-profile-schema" / "compiled" / LIST_ITEMS[name], row) == []


@needs_schemas
def test_the_schemas_notice_a_document_that_is_wrong(browser: FlaskClient, town: dict[str, Offer]) -> None:
    row = browser.get("/oruk/v3/services").json["contents"][0]
    for name, wrong in (("id", "7"), ("status", "busy"), ("name", 7)):
        assert faults(SHARED / "compiled-schema" / "service.json", row | {name: wrong}) != []


@needs_schemas
def test_what_the_feed_says_of_itself_keeps_the_schema(browser: FlaskClient) -> None:
    assert faults(SHARED / "compiled-schema" / "api_details.json", browser.get("/oruk/v3/").json) == []


def _mocks(folder: str, name: str) -> list[Any]:
    found = json.loads((SHARED / "validator-mocks" / folder / name).read_text(encoding="utf-8"))
    return found["contents"] if isinstance(found, dict) and "contents" in found else [found]


@needs_schemas
def test_the_official_good_documents_can_be_read() -> None:
    for folder in ("V3.0-UK-Default", "V3.0-UK-Test", "V3.0-UK-Warn"):
        for name in ("service_full.json", "service_list.json"):
            for document in _mocks(folder, name):
                if not faults(SHARED / "compiled-schema" / "service.json", document):
                    assert importer.faults(document) == [], (folder, name)
                    assert importer.service(document).name


@needs_schemas
def test_the_official_failing_services_are_refused_with_the_field() -> None:
    told = {name: [f for d in _mocks("V3.0-UK-Fail", name) for f in importer.faults(d)] for name in ("service_full.json", "service_list.json")}
    for name, documents in ((n, _mocks("V3.0-UK-Fail", n)) for n in told):
        officially = [e for d in documents for e in faults(SHARED / "compiled-schema" / "service.json", d)]
        assert bool(told[name]) == bool([e for e in officially if e.split("/")[0].split(":")[0] in ("", "id", "name", "status", "minimum_age", "maximum_age", "email", "url")]), (name, officially, told[name])
