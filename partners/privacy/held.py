"""What is held about a family or one child: every row and every column, in plain words, with what a person must look at before it is given out.

The rows come from `partners.privacy.whereabouts`, so that nothing is left out because a page forgot it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from partners.families.families import Child, Family
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.audit import AuditEvent
from partners.foundation.calendars import london
from partners.foundation.db import Base
from partners.foundation.errors import NotFound
from partners.foundation.users import User
from partners.matching import words
from partners.privacy import whereabouts
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation


class Review(StrEnum):
    """Why a person looks at something before it is given out."""

    THIRD_PARTY = "third_party"
    SAFETY = "safety"
    STAFF_WORDS = "staff_words"
    PLACE = "place"


REVIEW_WORDS = {
    Review.THIRD_PARTY: "This may be about somebody else.",
    Review.SAFETY: "This says who must not know, or how to stay safe. It is given only to the person who said it.",
    Review.STAFF_WORDS: "Somebody at school or a partner wrote this. It may be about somebody else.",
    Review.PLACE: "This may say where a place is that is kept quiet.",
}

# One row a table: what a family reads, and which columns a person must look at first. A table without a row is shown under its own name.
TITLES: dict[str, str] = {
    "families": "About your family", "children": "Children", "needs": "What would help", "family_requirements": "What help must be like", "agreements": "What you agreed to",
    "referrals": "Introductions", "referral_events": "What happened with introductions", "referral_notes": "Notes and messages", "check_ins": "How it was going",
    "outcomes": "What came of it", "family_gives": "What you would like to give", "gift_wishes": "Gifts asked for", "group_members": "Groups", "meeting_presences": "Meetings you came to",
    "suggestion_runs": "Suggestions that were looked at", "messages": "Mails sent to partners about an introduction", "reply_links": "Links sent to partners", "detail_codes": "Codes sent to partners",
    "text_replies": "What you answered by text", "check_in_links": "Links sent to you", "nudges": "Reminders sent to partners",
    "drafts": "Typed and not sent yet", "complaints": "Complaints", "legal_holds": "Holds", "rights_requests": "Requests about your records", "access_copies": "Copies given out",
    "questionnaires": "Questions you answered", "withdrawals": "What you took back", "corrections": "What you said is not right", "family_links": "Links to your own page",
    "family_pupils": "A child on the school office's list", "stories": "A story you were glad to have told",
}
REVIEWED: dict[str, dict[str, Review]] = {
    "families": {"must_not_know": Review.SAFETY, "keep_away": Review.SAFETY, "kept_from": Review.SAFETY},
    "questionnaires": {"answers": Review.SAFETY}, "withdrawals": {"confirmed_by": Review.THIRD_PARTY}, "corrections": {"words": Review.THIRD_PARTY},
    "agreements": {"must_not_know": Review.SAFETY, "childs_view": Review.THIRD_PARTY, "said_by": Review.THIRD_PARTY},
    "needs": {"said": Review.THIRD_PARTY},
    "referrals": {"meeting": Review.PLACE, "chosen_because": Review.STAFF_WORDS},
    "referral_events": {"note": Review.STAFF_WORDS, "spoke_with": Review.THIRD_PARTY},
    "referral_notes": {"words": Review.STAFF_WORDS},
    "text_replies": {"words": Review.THIRD_PARTY}, "drafts": {"typed": Review.STAFF_WORDS}, "check_ins": {"words": Review.THIRD_PARTY}, "outcomes": {"words": Review.THIRD_PARTY},
}
# Columns that say nothing to a person: keys, pointers that are shown by what they point to, hashes, counters. The JSON has the ids.
_SILENT = ("id", "version", "position", "press", "token_hash", "code_hash", "browser_hash", "due_at", "attempts", "tries", "last_error", "rule_version", "notify_id")
# What stays inside: a mail's address and words belong to the partner that it went to, a hold's reason to the school.
WITHHELD: dict[str, tuple[str, ...]] = {"messages": ("to_address", "body", "user_id"), "legal_holds": ("reason", "owner_id"), "rights_requests": ("checks",), "access_copies": ("document", "sha256")}
GIVES = ("family_gives", "exchange_parties")  # what a family gives
_NEVER, _NEVER_LOOKS = ("legal_holds",), ("hold:",)  # telling of a hold could defeat it; the DPO decides
# What was done for somebody's safety is not on the family's own page, which somebody else may be reading too. The lead sees it, and a copy has it once a person decided.
_SAFETY_LOOKS = ("family:with_dsl", "family:released_by_dsl", "family:kept_from_person", "family:kept_from_taken_off")
SOMEBODY_AT = "somebody at "  # and the partner's name: a partner's volunteers are not named
SOMEBODY_AT_SCHOOL = "somebody at school"
NOTHING_FITTED = "nothing that fitted"


@dataclass(frozen=True)
class Fact:
    """One thing that is held: where (`key` is table:id:column), what, and why a person must look at it first (None: nothing to look at).

    `raw` is the value as it is kept, or the name or names of what a pointer points to: pages that say it in another language read it.
    """

    key: str
    label: str
    value: str
    review: Review | None = None
    raw: Any = field(default=None, compare=False)

    @property
    def column(self) -> str:
        """The name of the column that it stands in."""
        return self.key.rsplit(":", 1)[-1]


@dataclass(frozen=True)
class Held:
    """One record: a table's row as facts, and the rows about the same family that it points to, by column."""

    table: str
    key: str
    facts: list[Fact]
    points: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """Somebody did something with the records: when, who, what, and whether that was a person who signed in (`kind` is "user") or another kind of actor."""

    at: datetime
    who: str
    action: str
    kind: str = "user"


@dataclass
class Whole:
    """Everything that is held about somebody: sections of records, and who looked."""

    sections: list[tuple[str, list[Held]]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def facts(self) -> list[Fact]:
        """Return every fact."""
        return [f for _, rows in self.sections for row in rows for f in row.facts]

    def to_review(self) -> list[Fact]:
        """Return what a person must look at before it is given out."""
        return [f for f in self.facts() if f.review is not None]


def what_is_held(session: Session, family: Family, *, by: Actor, child: Child | None = None) -> Whole:
    """Return everything that is held about a family, or about one child and what was done for that child. The edge writes down who looked.

    A family that looks by its own link is given what nobody needs to review; the lead is given everything, marked; a liaison officer the same without complaints and what the family gives.

    Raises:
        NotFound: another family than the actor's, or a child of another family.
    """
    access.require(by, "rights:see_held", family)
    if child is not None and child.family_id != family.id:
        raise NotFound("child")
    # Complaints are the lead's and the family's: one may be about the person who helps them. Whoever arranges help never sees what a family gives beside what it gets.
    whole = gather(session, family, child=child, without=() if by.kind == "family" or access.allows(by, "complaint:answer", family) else ("complaints", *GIVES))
    if by.kind != "family":
        return whole
    shown = reviewed(whole, keep=frozenset())
    shown.looks = [look for look in shown.looks if look.action not in _SAFETY_LOOKS]
    return shown


def reviewed(whole: Whole, *, keep: frozenset[str]) -> Whole:
    """Return what may be given out: what needs no review, and what a person chose to give, by key."""
    shown = Whole(looks=[look for look in whole.looks if not look.action.startswith(_NEVER_LOOKS)])
    for title, rows in whole.sections:
        kept = [replace(r, facts=[f for f in r.facts if f.review is None or f.key in keep]) for r in rows]
        shown.sections.append((title, [r for r in kept if r.facts]))
    shown.sections = [(title, rows) for title, rows in shown.sections if rows]
    return shown


def gather(session: Session, family: Family, *, child: Child | None = None, without: Collection[str] = ()) -> Whole:
    """Return everything that is held, for a room that has checked who asks."""
    found = whereabouts.find(session, "families", [family.id]) if child is None else whereabouts.find(session, "children", [child.id])
    for (beside, column), keys in found.loose.items():
        if beside in ("complaints", "rights_requests"):
            known = Base.metadata.tables[beside]
            found.rows.setdefault(beside, set()).update(i for part in whereabouts.parts(keys) for i in session.scalars(select(known.c.id).where(known.c[column].in_(part))))
    whole, names = Whole(), _Names(session)
    for table in sorted(found.tables(), key=lambda t: list(TITLES).index(t.name) if t.name in TITLES else len(TITLES)):
        if table.name in (*_NEVER, *without):
            continue
        rows = [_held(table, row, names) for row in _rows(session, table, found.rows[table.name])]
        whole.sections.append((TITLES.get(table.name, table.name.replace("_", " ").capitalize()), [r for r in rows if r.facts]))
    whole.looks = _looks(session, found.every_id(), names)
    return whole


def _rows(session: Session, table: Table, ids: set[uuid.UUID]) -> list[Any]:
    (key,) = table.primary_key.columns
    when = next((table.c[c] for c in ("at", "opened_at", "created_at", "made_at", "agreed_at", "queued_at", "received_at", "done_at") if c in table.c), key)
    return [row for part in whereabouts.parts(ids) for row in session.execute(select(table).where(key.in_(part)).order_by(when, *([table.c.position] if "position" in table.c else []), key)).mappings()]


def _held(table: Table, row: Any, names: _Names) -> Held:
    facts, key = [], f"{table.name}:{row[next(iter(table.primary_key.columns)).name]}"
    for column in table.columns:
        value = row[column.name]
        if column.name in _SILENT or value is None or value in ("", [], {}) or column.name in WITHHELD.get(table.name, ()):
            continue
        shown = _shown(table.name, column.name, value, names)
        if shown:
            facts.append(Fact(f"{key}:{column.name}", _label(column.name), shown, _why_review(table.name, column.name, shown, row), _raw(table.name, column.name, value, shown)))
    return Held(table.name, key, facts, {column: str(row[column]) for column in whereabouts.NAMED if row.get(column) is not None})


def _raw(table: str, column: str, value: Any, shown: str) -> Any:
    return shown if column.endswith("_id") or (table, column) == ("suggestion_runs", "answer") else value


def _why_review(table: str, column: str, shown: str, row: Any) -> Review | None:
    """Return why a person looks at a fact first. That it was a parent who said yes is about nobody else."""
    if table == "rights_requests" and column in ("who", "name", "contact", "words") and row["who"] != "parent":
        return Review.THIRD_PARTY  # it may be the other parent who asked
    if (table, column) == ("referrals", "code") and row["code"] == "safety_risk":
        return Review.SAFETY
    return None if column == "said_by" and shown.casefold() in ("parent", "carer", "mum", "mother", "dad", "father") else REVIEWED.get(table, {}).get(column)


def _shown(table: str, column: str, value: Any, names: _Names) -> str:
    if column.endswith("_id"):
        return names.of(column, value)
    if column == "code" and table != "referrals":
        return words.labels().get(value, plain(value))
    if (table, column) == ("suggestion_runs", "answer"):
        offers = [names.called(Offer, uuid.UUID(s["offer"])) for need in value["needs"] for s in need["suggestions"]]
        return ", ".join(filter(None, dict.fromkeys(offers))) or NOTHING_FITTED
    return plain(value)


_LABELS = {
    "initials": "Initials", "first_name": "First name", "contact_by": "How to reach you", "contact": "Number or address", "safe_times": "When it is safe", "voicemail_ok": "Voicemail",
    "letters_ok": "Letters", "created_at": "Written down on", "updated_at": "Last changed on", "set_aside_at": "Kept and not used since", "set_aside_days": "Kept and not used, from and to",
    "must_not_know": "Who must not know", "keep_away": "Kept away from", "with_dsl_at": "With the safeguarding lead since", "code": "What", "said": "What was said", "said_by": "Who said it",
    "fields": "What may be shared", "childs_view": "What the child said", "organisation_id": "Partner", "offer_id": "Offer", "taken_by_id": "Written down by", "recorded_by_id": "Written down by",
    "added_by_id": "Written down by", "created_by_id": "Started by", "asked_by_id": "Asked by", "done_by_id": "Asked by", "made_by_id": "Looked for by", "at": "When", "answer": "What was shown",
    "now_0_10": "How things were, 0 to 10", "before_0_10": "Before, 0 to 10", "after_0_10": "After, 0 to 10", "rule": "What it must be like", "need_id": "For",
}


def _label(column: str) -> str:
    words = column.removesuffix("_at").removesuffix("_on").removesuffix("_id").replace("_", " ")
    return _LABELS.get(column, words.capitalize())


def plain(value: Any) -> str:
    """Return a kept value as a person reads it.

    >>> plain(["first_name", "need"]), plain(True), plain("not_known")
    ('first name, need', 'yes', 'not known')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, StrEnum):
        return value.value.replace("_", " ")
    if isinstance(value, datetime):
        value = london(value)
        return f"{value.day} {value:%B %Y}, {value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, dict):
        return "; ".join(f"{k.replace('_', ' ')}: {plain(v)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(plain(v) for v in value)
    text = str(value)
    return text.replace("_", " ") if text.islower() and " " not in text else text


class _Names:
    """What ids are called: people at the school, partners, offers. An id that is called nothing is not shown."""

    def __init__(self, session: Session) -> None:
        self._session, self._known = session, {}  # type: ignore[var-annotated]

    def of(self, column: str, value: Any) -> str:
        """Return what a pointer points to, in words; '' for a row that is shown itself."""
        kind = {"organisation_id": Organisation, "offer_id": Offer}.get(column) or (User if column.endswith("by_id") or column in ("owner_id", "user_id") else None)
        return "" if kind is None else self.called(kind, value)

    def called(self, kind: type[Any], value: Any) -> str:
        """Return the name of a person, a partner or an offer; '' where it is not known."""
        if (kind, value) not in self._known:
            row = self._session.get(kind, value)
            # A volunteer who signed in for a partner answers as the partner: the family is told which, the name is not the school's to give.
            partner = self._session.get(Organisation, row.organisation_id) if isinstance(row, User) and row.organisation_id else None
            self._known[kind, value] = f"{SOMEBODY_AT}{partner.name}" if partner is not None else row.name if row is not None else ""
        found: str = self._known[kind, value]
        return found


def _looks(session: Session, ids: set[str], names: _Names) -> list[Look]:
    """Return who did what with the records, the latest first, by the audit."""
    found: list[Look] = []
    every = sorted(ids)
    for n in range(0, len(every), whereabouts.MANY):
        events = select(AuditEvent.at, AuditEvent.actor_kind, AuditEvent.actor_id, AuditEvent.action).where(AuditEvent.subject_id.in_(every[n : n + whereabouts.MANY]))
        found += [Look(at, _who(kind, actor, names), action, kind) for at, kind, actor, action in session.execute(events)]
    return sorted(found, key=lambda look: (look.at, look.action), reverse=True)


def _who(kind: str, actor_id: str | None, names: _Names) -> str:
    if kind == "user" and actor_id:
        return names.called(User, uuid.UUID(actor_id)) or SOMEBODY_AT_SCHOOL
    return {"partner_link": "the partner, by its link", "family": "the family", "system": "the clock", "nobody": "nobody signed in"}.get(kind, kind.replace("_", " "))

