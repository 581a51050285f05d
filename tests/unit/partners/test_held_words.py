"""What is held, in words: every column that a family can be shown, and every value that it can have, is said in every language."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import Enum

from partners.families import agreements, families, languages, lawful_bases
from partners.families.needs import UNMET_REASONS
from partners.foundation.db import Base
from partners.foundation.schema import load_models
from partners.matching.exchanges import proposing
from partners.matching.groups import records
from partners.privacy import held, whereabouts
from partners.referrals import check_ins, family_links, meetings, moves, notices, outcomes, returns, text_replies, withdrawals
from web import features
from web.family import telling

load_models()
WORDS = languages.held("en")
ROWS = [row for rows in languages.held_fields().values() for row in rows]
# Values that a column of plain text can have, by the set of words that says them. Columns of an enum bring their own.
VALUES: dict[str, Iterable[str]] = {
    "yes_no": check_ins.ANSWERS, "decides": families.RESPONSIBILITY, "other_parent": families.OTHER_PARENT, "unmet": UNMET_REASONS, "shared": agreements.SHAREABLE,
    "purpose": agreements.PURPOSES, "service": agreements.SERVICES, "interpreter": agreements.INTERPRETERS, "returns": agreements.RETURNS, "law": lawful_bases.BASES,
    "law_private": lawful_bases.CONDITIONS, "group_answer": records.ANSWERS, "result": records.RESULTS, "where": meetings.WHERE, "text": [*text_replies.SAID.values(), "other"],
    "turn": {m.next_owner for m in moves.MOVES} | {party for m in moves.MOVES for party in m.parties} | {"none"}, "said_by": outcomes.SAID_BY, "how_told": withdrawals.HOW,
    "reason": ({*moves.DECLINE_CODES} - {"safety_risk"}) | {*moves.WITHDRAW_CODES, returns.DID_NOT_COME, "could_not_reach", "no_response"}, "move": {m.action for m in moves.MOVES} | {"choose"}, "thing": proposing.things(),
    "message": (*notices.PARTNER_KINDS, *family_links.KINDS, "deletion_request"), "actor": ("family", "user", "system"), "how_said": ("spoken", "signed"),
    "parent": ("parent", "carer", "mum", "mother", "dad", "father"),
}


def _can_appear() -> set[tuple[str, str]]:
    """Return every column that a family can be shown: by the tables that hold rows about it, less what `held` keeps inside or has a person look at first."""
    found = set()
    for name in (whereabouts.reached() | {"complaints", "rights_requests"}) - {"legal_holds"}:
        for column in Base.metadata.tables[name].columns:
            inside = column.name in held._SILENT or column.name in held.WITHHELD.get(name, ()) or (column.name in held.REVIEWED.get(name, {}) and column.name != "said_by")
            named = column.name in ("organisation_id", "offer_id", "owner_id", "user_id") or column.name.endswith("by_id")
            if not inside and (named or not column.name.endswith("_id")):
                found.add((name, column.name))
    return found


def test_every_column_that_a_family_can_be_shown_is_said_or_says_nothing_of_anybody() -> None:
    told = {(row.table, row.column) for row in ROWS if row.told not in ("for_need", "child")}
    assert _can_appear() - told == set(), "give each a row in held_fields.csv, with its label in held.csv, or with why it is silent"
    assert told - _can_appear() == set(), "these are shown to no family any more"
    assert [row for row in ROWS if row.told == "silent" and not row.why] == []


def test_every_label_heading_and_kind_of_record_has_its_words() -> None:
    wanted = {f"field.{row.label}" for row in ROWS if row.told != "silent"} | {f"record.{table}" for table in languages.held_fields()} | {f"group.{name}" for name in (*telling.GROUPS, "looked")}
    wanted |= {f"record.{table}" for table in telling._ABOUT.values()} | set(telling._ACTORS.values())
    assert wanted - set(WORDS) == set()
    assert set(languages.held_fields()) - {t for tables in telling.GROUPS.values() for t in tables} == set(), "say in which group it is looked for"
    unused = {key for key in WORDS if key.startswith("field.")} - wanted
    assert unused == set()


def _values(row: languages.Field) -> set[str]:
    kind = Base.metadata.tables[row.table].c[row.column].type
    return set(kind.enums) if isinstance(kind, Enum) else set(VALUES[row.told.partition(":")[2]])


@pytest.mark.parametrize("row", [row for row in ROWS if row.told.startswith("word")], ids=lambda row: f"{row.table}.{row.column}")
def test_every_value_has_its_words(row: languages.Field) -> None:
    said = row.told.partition(":")[2]
    assert {f"{said}.{value}" for value in _values(row)} - set(WORDS) == set()


def test_every_way_of_saying_is_one_that_there_is() -> None:
    ways = set(telling._Telling(held.Whole(), "en").ways) | {"word", "words", "text", "person", "name", "staff", "school", "complaint", "offers", "for_need", "child", "silent"}
    assert {row.told.partition(":")[0] for row in ROWS} - ways == set()


def test_everything_that_help_can_be_asked_to_be_like_has_its_words() -> None:
    assert {f"feature.{code}" for code in features.ROWS} - set(WORDS) == set()
    assert {telling._Telling(held.Whole(), "so")._year(group) for group in families.YEAR_GROUPS} >= {"Xannaano", "Fasalka 13"}
