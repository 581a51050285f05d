"""Answers: what a family's answers may mean as needs and requirements, proposed for a person to confirm. Nothing here is kept until somebody ticks it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from partners.families import families, languages, needs, questionnaires, requirements
from partners.families.families import ContactBy, Family
from partners.families.needs import STOPPING_PATHS, For, Harm
from partners.families.questionnaires import Questionnaire
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.matching import words
from partners.matching.requests import read_rules

READ_FROM = ("different", "in_the_way")  # the questions whose words may name a need
STRENGTHS = ("must", "would_help")


@dataclass(frozen=True)
class Proposed:
    """One thing that a person may confirm: a need's code, or a requirement's rule, with the answer or the words that led there."""

    key: str
    because: str
    code: str | None = None
    rule: dict[str, Any] | None = None


@cache
def _table() -> dict[str, tuple[tuple[str, ...], str]]:
    with (languages.TEXTS / "proposals.csv").open(encoding="utf-8", newline="") as file:
        return {r["option"]: (tuple(r["need"].split()), r["rule"]) for r in csv.DictReader(file)}


def _ticked(row: Questionnaire, question: str) -> list[str]:
    given = row.said.get(question)
    return given if isinstance(given, list) else []


def needs_proposed(row: Questionnaire) -> list[Proposed]:
    """Return the needs that ticks and words may mean. None whose path stops everything: what worries is for a person to read, and to say to the lead."""
    found: dict[str, str] = {}
    english = languages.texts("en")
    for option in _ticked(row, "could_help"):
        for code in _table()[option][0]:
            found.setdefault(code, english[f"option.{option}"])
    for question in READ_FROM:
        for read in words.read(str(row.said.get(question, ""))):
            found.setdefault(read.code, ", ".join(read.evidence))
    paths = words.paths()
    return [Proposed(f"need:{code}", because, code=code) for code, because in found.items() if paths[code] not in STOPPING_PATHS]


def rules_proposed(row: Questionnaire) -> list[Proposed]:
    """Return the requirements that the ticks mean, each to be confirmed as a must or as what would help."""
    english = languages.texts("en")
    rows = [(option, _rule(_table()[option][1], row)) for option in _ticked(row, "must_be_like")]
    return [Proposed(f"rule:{option}", english[f"option.{option}"], rule=rule) for option, rule in rows if rule is not None]


def _rule(text: str, row: Questionnaire) -> dict[str, Any] | None:
    what, *rest = text.split()
    if what == "language":
        # The language that the family chose to answer in, or asked school for; English asks nothing of an offer.
        spoken = row.language if row.language != languages.USUAL else row.family.language
        return {"what": "language", "value": spoken} if spoken and spoken != languages.USUAL else None
    if what == "time":
        return {"what": "time", "days": rest[:-2], "from": rest[-2], "until": rest[-1]}
    return {"what": what, "value": rest[0]}


def confirm(
    session: Session, row: Questionnaire, *, codes: list[str], strengths: dict[str, str], keep: list[str], harm: Harm, by: Actor, at: datetime,
) -> list[needs.Need]:
    """Keep what a person ticked, and nothing else; the rest of the answers stays an answer, and is kept with the questionnaire alone.

    `strengths` gives 'must' or 'would_help' for each requirement by its key; `keep` may name 'must_not_know', 'safe_times' and 'safe_way'.

    Raises:
        SafetyStop: the answer about harm stops everything; the family is with the lead now, and nothing was kept.
        InvalidRecord: something that was not proposed.
        Conflict: somebody looked already, or the family took its answers back.
    """
    access.require(by, "questionnaire:look", row)
    family = row.family
    if harm is not Harm.NO:
        families.stop(session, family, by=by, at=at)
        raise SafetyStop("at_risk")
    offered = {p.code for p in needs_proposed(row)}
    rules = {p.key: p.rule for p in rules_proposed(row)}
    if not set(codes) <= offered or not set(strengths) <= set(rules) or not set(strengths.values()) <= set(STRENGTHS):
        raise InvalidRecord("codes", "Tick from what stands on the page.")
    questionnaires.looked(session, row, by=by, at=at)
    made = []
    if codes:
        said = " · ".join(str(row.said[q]) for q in ("different", "tried") if row.said.get(q))
        made = needs.record(
            session, family, codes=codes, paths=words.paths(), harm=harm, for_whom=For.CHILD if row.child else For.FAMILY, child_id=row.child_id, said=said[:500] or None,
            by=by, at=at,
        )
    new = [{**(rules[key] or {}), "strength": strength} for key, strength in strengths.items()]
    if new:
        kept = [r.rule for r in requirements.of_family(session, family, by=by)]
        bare = [{k: v for k, v in rule.items() if k != "strength"} for rule in new]
        requirements.replace(session, family, read_rules([r for r in kept if {k: v for k, v in r.items() if k != "strength"} not in bare] + new), by=by, at=at)
    _keep_contact(session, family, row, keep, by, at)
    return made


def _keep_contact(session: Session, family: Family, row: Questionnaire, keep: list[str], by: Actor, at: datetime) -> None:
    facts: dict[str, Any] = {}
    if "must_not_know" in keep and row.said.get("must_not_know"):
        facts["must_not_know"] = "\n".join(x for x in (family.must_not_know, str(row.said["must_not_know"])) if x)
    if "safe_times" in keep and row.said.get("safe_times"):
        facts["safe_times"] = str(row.said["safe_times"])[:200]
    if "safe_way" in keep and can_keep_way(row):
        facts["contact_by"] = ContactBy(str(row.said["safe_way"]))
    if facts:
        families.change(session, family, by=by, at=at, seen_version=family.version, **facts)


def can_keep_way(row: Questionnaire) -> bool:
    """Whether the safe way that was said can be kept as it is: face to face needs no number, the others one that school has already."""
    way = row.said.get("safe_way")
    return way == ContactBy.FACE_TO_FACE.value or (way in (ContactBy.PHONE.value, ContactBy.TEXT.value) and bool(row.family.contact) and "@" not in (row.family.contact or ""))
