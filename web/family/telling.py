"""Telling: what is held, said to the family in its own language, in the groups in which a person would look for it. Words that somebody typed stay as they are.

Which column is said under which label, and how, is the table `held_fields.csv` beside the words; a column without a row fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, get_day_names

from partners.families import languages
from partners.families.languages import Field
from partners.foundation.calendars import day_of, london
from partners.privacy import held
from partners.privacy.held import Fact, Held, Look, Whole
from web import wording

# Where a person would look for each kind of record. What points to an introduction or an agreement stands with it.
GROUPS: dict[str, tuple[str, ...]] = {
    "you": ("families", "children", "family_pupils"),
    "asked": ("needs", "family_requirements", "gift_wishes", "questionnaires", "suggestion_runs", "family_gives"),
    "met": ("referrals", "referral_events", "referral_notes", "check_ins", "outcomes", "text_replies", "check_in_links", "messages", "nudges", "reply_links", "detail_codes", "group_members", "meeting_presences"),
    "agreed": ("agreements", "withdrawals"),
    "said": ("corrections", "complaints", "rights_requests", "access_copies", "family_links", "stories", "drafts"),
}
_STANDS_WITH = {"referral_id": "referrals", "agreement_id": "agreements"}
_LOOKED, _OPENED, _SENT = ("viewed", "looked_at", "opened"), ("details_opened", "code_used"), ("send", "code_sent", "message_sent", "texted", "link_made")
_ABOUT = {
    "need": "needs", "requirements": "family_requirements", "event": "gift_wishes", "questionnaire": "questionnaires", "suggestions": "suggestion_runs", "run": "suggestion_runs", "family_give": "family_gives",
    "referral": "referrals", "check_in": "check_ins", "outcome": "outcomes", "mail": "messages", "group": "group_members", "agreement": "agreements", "withdrawal": "withdrawals", "correction": "corrections",
    "complaint": "complaints", "rights": "rights_requests", "rights_request": "rights_requests", "family_link": "family_links", "story": "stories", "school_data": "family_pupils",
}
_ACTORS = {"family": "who.you", "system": "who.kith", "partner_link": "who.partner", "offer_link": "who.partner", "deletion_link": "who.partner", "partnership_link": "who.partner"}
_AT_SCHOOL = ("flo", "admin", "none")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Line:
    """One thing that is held: its label, its value, whether the value is words or a name as somebody typed it, and whether school did."""

    label: str
    value: str
    typed: bool = False
    by_school: bool = False


@dataclass(frozen=True)
class Card:
    """One record: what it is, its lines, and the records that stand with it."""

    title: str
    lines: list[Line]
    within: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """Records under one heading."""

    heading: str
    cards: list[Card]


@dataclass(frozen=True)
class Glance:
    """That somebody looked, wrote or sent on a day: the day, who (`named` where it is a name), what, and at what kind of record."""

    day: str
    who: str
    named: bool
    did: str
    what: str


def day(value: datetime | date, code: str) -> str:
    """Write a day in a family's language; Somali has no long form here, so its numbers stand."""
    return format_date(day_of(value) if isinstance(value, datetime) else value, "long", locale="en_GB" if code == "en" else code)


def language(spoken: str | None, code: str) -> str:
    """Name a language in the family's own words: as it calls itself where there are sentences in it, else as the page's language says, else in English."""
    if spoken is not None and spoken in languages.every():
        return languages.every()[spoken].own_name
    return Locale.parse(code).languages.get(spoken or "") or wording.LANGUAGES.get(spoken or "", spoken or "")


def tell(whole: Whole, code: str) -> list[Group]:
    """Return everything that a family may read of what is held, in a language, in groups; a group with nothing in it is left out.

    `whole` is what `held.what_is_held` gives a family: what a person must look at first is not in it.
    """
    return _Telling(whole, code).groups()


def glances(looks: list[Look], code: str) -> list[Glance]:
    """Return who looked, wrote or sent, the latest first; the same by the same person on one day stands once."""
    say = languages.held(code)
    return list(dict.fromkeys(_glance(look, say, code) for look in looks))


def _glance(look: Look, say: Mapping[str, str], code: str) -> Glance:
    about, _, verb = look.action.partition(":")
    did = "looked" if verb in _LOOKED else "opened" if verb in _OPENED else "sent" if verb in _SENT else "wrote"
    named = look.kind == "user" and look.who != held.SOMEBODY_AT_SCHOOL
    who = _person(look.who, say) if named else say["who.school" if look.kind == "user" else _ACTORS.get(look.kind, "who.nobody")]
    return Glance(day(look.at, code), who, named, say[f"did.{did}"], say[f"record.{_ABOUT.get(about, 'families')}"])


def _person(name: str, say: Mapping[str, str]) -> str:
    return say["page.somebody_at"].format(partner=name.removeprefix(held.SOMEBODY_AT)) if name.startswith(held.SOMEBODY_AT) else name


class _Telling:
    """One telling: the words of a language, and what records that are pointed to are called."""

    def __init__(self, whole: Whole, code: str) -> None:
        self.say, self.code, self.comma = languages.held(code), code, "، " if code in ("ar", "ur") else ", "
        self.records = [record for _, rows in whole.sections for record in rows]
        self.called = {r.key.split(":")[1]: f for r in self.records for f in r.facts if (r.table, f.column) in (("needs", "code"), ("children", "initials"))}
        self.years = {r.key.split(":")[1]: f for r in self.records for f in r.facts if (r.table, f.column) == ("children", "year_group")}
        self.ways: dict[str, Callable[[Any], str]] = {
            "day": lambda v: day(v, code), "hour": lambda v: f"{day(v, code)}, {london(v):%H:%M}", "days": self._spans, "yes": lambda v: self.say[f"yes_no.{'yes' if v else 'no'}"],
            "number": lambda v: f"{v:g}", "language": lambda v: language(v, code), "need": self._need, "year": self._year, "rule": self._rule,
            "rules": lambda v: self.comma.join(map(self._rule, v)),
        }

    def groups(self) -> list[Group]:
        """Return the groups that have something in them."""
        found = [Group(self.say[f"group.{name}"], self._cards(tables)) for name, tables in GROUPS.items()]
        return [group for group in found if group.cards]

    def _cards(self, tables: tuple[str, ...]) -> list[Card]:
        mine = sorted((r for r in self.records if r.table in tables), key=lambda r: tables.index(r.table))
        there, inside, alone = {r.key for r in mine}, {}, []  # type: ignore[var-annotated]
        for record in mine:
            parents = [f"{table}:{record.points[column]}" for column, table in _STANDS_WITH.items() if column in record.points]
            parent = next((key for key in parents if key in there and key != record.key), None)
            if parent is None:
                alone.append(record)
            else:
                inside.setdefault(parent, []).append(record)
        cards = [Card(self.say[f"record.{r.table}"], self._lines(r), [Card(self.say[f"record.{i.table}"], self._lines(i)) for i in inside.get(r.key, [])]) for r in alone]
        return [card for card in cards if card.lines or card.within]

    def _lines(self, record: Held) -> list[Line]:
        facts, rows = {f.column: f for f in record.facts}, languages.held_fields().get(record.table, ())
        lines = [line for row in rows if (line := self._line(row, facts, record)) is not None]
        unknown = set(facts) - {row.column for row in rows}
        return [*lines, *(Line(self.say["page.no_words"], "") for _ in unknown)]

    def _line(self, row: Field, facts: dict[str, Fact], record: Held) -> Line | None:
        if row.told in ("for_need", "child"):
            called = self._pointed(row.told, record.points.get(row.column))
            return Line(self.say[f"field.{row.label}"], called, typed=row.told == "child") if called else None
        fact = facts.get(row.column)
        if fact is None or row.told == "silent" or (row.told == "staff" and facts["party"].raw not in _AT_SCHOOL):
            return None
        return self._said(self.say[f"field.{row.label}"], row.told, fact, facts)

    def _said(self, label: str, told: str, fact: Fact, facts: dict[str, Fact]) -> Line:
        way, _, words = told.partition(":")
        if way in self.ways:
            return Line(label, self.ways[way](fact.raw))
        if way in ("word", "words"):
            values = fact.raw if way == "words" else [fact.raw.casefold()]
            return Line(label, self.comma.join(self.say.get(f"{words}.{value}", self.say["page.no_words"]) for value in values))
        if way == "offers" and fact.raw == held.NOTHING_FITTED:
            return Line(label, languages.texts(self.code)["own.nothing"])
        by_school = way == "school" or (way == "complaint" and facts["came_by"].raw not in ("page", "link"))
        return Line(label, _person(str(fact.raw), self.say), typed=True, by_school=by_school)

    def _pointed(self, told: str, key: str | None) -> str:
        fact = self.called.get(key or "")
        if told == "for_need":
            return self._need(fact.raw) if fact is not None else ""
        return str(fact.raw) if fact is not None else self._year(self.years[key].raw) if key in self.years else ""

    def _need(self, code: str) -> str:
        label = languages.needs(self.code).get(code, self.say["page.no_words"])
        return label[:1].upper() + label[1:]

    def _year(self, group: str) -> str:
        return self.say.get(f"year.{group}") or self.say["year.other"].format(n=group.removeprefix("Y"))

    def _spans(self, spans: list[list[str]]) -> str:
        return self.comma.join(f"{day(date.fromisoformat(first), self.code)} – {day(date.fromisoformat(last), self.code)}" for first, last in spans)

    def _rule(self, rule: dict[str, Any]) -> str:
        """Say a requirement, and how much it matters."""
        what, value, say = rule["what"], rule.get("value", ""), self.say
        if what == "language":
            said = say["rule.language"].format(what=language(value, self.code))
        elif what == "feature":
            named = say.get(f"feature.{value}", say["page.no_words"])
            said = say["rule.without"].format(what=named) if rule.get("is") == "no" else named
        elif what == "wait":
            said = say["rule.wait"].format(n=f"{rule['weeks']:g}")
        elif what == "travel":
            said = say[f"rule.{rule['by']}"].format(n=f"{rule['minutes']:g}")
        elif what in ("time", "not_time"):
            names = get_day_names("wide", "stand-alone", locale=self.code)
            said = say[f"rule.{what}"].format(days=self.comma.join(names[_WEEK.index(one)] for one in rule["days"]), **{"from": rule["from"], "until": rule["until"]})
        else:
            said = say.get(f"{'mode' if what == 'mode' else 'rule'}.{value}", say["page.no_words"])
        return say[f"rule.{rule['strength']}"].format(what=said)
