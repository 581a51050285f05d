"""Searching offers: by words of the offer, its partner, its place and the label of its need; accents and small slips are forgiven.

What is archived has no words to be found by, and an offer for a need that is never in a list is in no answer.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from partners.registry import offers, organisations
from partners.registry.offer_words import OfferWords, words_of
from partners.registry.offers import Offer

MOST_WORDS = 8
# Judgement, November 2026: a word of four letters may hold one slip, a word of seven two; a shorter one is another word.
SHORTEST_SLIP, SHORTEST_TWO_SLIPS, MOST_NEAR = 4, 7, 3
SMALL_WORDS = frozenset({"a", "an", "and", "at", "by", "for", "in", "my", "of", "on", "or", "our", "the", "to", "with"})
_vocabularies: WeakKeyDictionary[Any, tuple[tuple[int, int], list[str]]] = WeakKeyDictionary()
_lock = threading.Lock()


@dataclass(frozen=True)
class Found:
    """Offers in order of how well they fit the words, how many there are in all, and how many each filter would leave.

    `needs` is of code to how many under the words and the partner; `partners` of id to name and how many under the words and the need.
    `read_as` is of each word that no offer has to the words it was read as; a word read as nothing finds nothing.
    """

    offers: list[Offer]
    total: int
    needs: dict[str, int]
    partners: dict[uuid.UUID, tuple[str, int]]
    read_as: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Term:
    """One word as it is sought: any of some beginnings of words, or any of some need codes."""

    words: tuple[str, ...]
    codes: tuple[str, ...]

    def sqlite(self) -> str:
        """Return it in FTS5's language. Words are letters and digits alone, so a quote cannot end one."""
        parts = ["{name partner place body} : (" + " OR ".join(f'"{w}" *' for w in self.words) + ")"]
        if self.codes:
            parts.append("codes : (" + " OR ".join(f'"{c}"' for c in self.codes) + ")")
        return "(" + " OR ".join(parts) + ")"

    def postgresql(self, n: int) -> tuple[str, dict[str, str]]:
        """Return it as an expression of tsquery, and its values."""
        parts, values = [], {}
        for m, word in enumerate(self.words):
            parts.append(f"to_tsquery('simple', :w{n}_{m} || ':*') || to_tsquery('english', :w{n}_{m})")
            values[f"w{n}_{m}"] = word
        for m, code in enumerate(self.codes):
            parts.append(f"CAST(:c{n}_{m} AS tsquery)")
            values[f"c{n}_{m}"] = f"'{code}'"
        return "(" + " || ".join(parts) + ")", values


def _matching(session: Session, terms: list[_Term], *, unconfirmed: bool, most: int | None = None) -> list[Any]:
    """Return id, organisation and codes of the offers that have every term, the best first."""
    values: dict[str, Any] = {}
    tables, where, order = "offer_words AS w", ["1 = 1"], "w.name, w.offer_id"
    if terms and session.get_bind().dialect.name == "sqlite":
        tables, where, order = "offer_index JOIN offer_words AS w ON w.id = offer_index.rowid", ["offer_index MATCH :sought"], f"bm25(offer_index, 4, 10, 6, 6, 1), {order}"
        values["sought"] = " AND ".join(term.sqlite() for term in terms)
    elif terms:
        made = [term.postgresql(n) for n, term in enumerate(terms)]
        query = " && ".join(part for part, _ in made)
        where, order = [f"w.offer_index @@ ({query})"], f"ts_rank(w.offer_index, {query}) DESC, {order}"
        for _, more in made:
            values |= more
    if unconfirmed:
        tables += " JOIN offers ON offers.id = w.offer_id"
        where.append("offers.confirmed_on IS NULL")
    limit, order = ("", f" ORDER BY {order}") if most is None else (f" LIMIT {most}", "")
    # Only names of this room stand in the statement; every word typed is a bound value.
    return list(session.execute(text(f"SELECT w.offer_id, w.organisation_id, w.codes FROM {tables} WHERE {' AND '.join(where)}{order}{limit}"), values))  # noqa: S608


def vocabulary(session: Session) -> list[str]:
    """Return every word that some offer has, also without an ending -s or -es, read again when any offer's words were written since."""
    mark = tuple(session.execute(select(func.count(), func.coalesce(func.max(OfferWords.id), 0)).select_from(OfferWords)).one())
    bind = session.get_bind()
    with _lock:
        kept = _vocabularies.get(bind)
    if kept is not None and kept[0] == mark:
        return kept[1]
    known: set[str] = set()
    for row in session.execute(select(OfferWords.name, OfferWords.partner, OfferWords.place, OfferWords.body)):
        for column in row:
            known.update(column.split())
    known.update([w[:-1] for w in known if len(w) > SHORTEST_SLIP and w.endswith("s")] + [w[:-2] for w in known if len(w) > SHORTEST_TWO_SLIPS and w.endswith("es")])
    made = sorted(known)
    with _lock:
        _vocabularies[bind] = ((mark[0], mark[1]), made)
    return made


def _near(word: str, known: list[str]) -> tuple[str, ...]:
    """Return the words one slip away (two for a long word), of which none is further than another; a swap of neighbours is one slip."""
    if len(word) < SHORTEST_SLIP or any(c.isdigit() for c in word):
        return ()
    most = 1 if len(word) < SHORTEST_TWO_SLIPS else 2
    found = process.extract(word, known, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=20)
    # The first letter is seldom the slip, so words that share it come first.
    ranked = sorted((distance, near[0] != word[0], near) for near, distance, _ in found)
    return tuple(near for distance, other, near in ranked if (distance, other) == ranked[0][:2])[:MOST_NEAR]


def _terms(session: Session, typed: str, labels: Mapping[str, str]) -> tuple[list[_Term], dict[str, tuple[str, ...]]]:
    """Return the terms of what was typed, and what was read as something else."""
    words = list(dict.fromkeys(words_of(typed)))
    words = ([w for w in words if w not in SMALL_WORDS] or words)[:MOST_WORDS]
    of_labels = {code: words_of(label) for code, label in labels.items()}

    def codes(sought: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(c for c, label in of_labels.items() if any(w.startswith(s) for w in label if w not in SMALL_WORDS for s in sought))

    terms, read_as = [], {}
    for word in words:
        term = _Term((word,), codes((word,)))
        if not _matching(session, [term], unconfirmed=False, most=1):
            near = _near(word, sorted({*vocabulary(session), *(w for label in of_labels.values() for w in label)}))
            read_as[word] = near
            if near:
                term = _Term(near, codes(near))
        terms.append(term)
    return terms, read_as


def _id(value: Any) -> uuid.UUID:
    """Return an id as the database gave it: PostgreSQL knows ids, SQLite keeps their 32 digits."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def find(
    session: Session, typed: str = "", *, labels: Mapping[str, str], hidden: frozenset[str] = frozenset(), need: str | None = None,
    partner: uuid.UUID | None = None, unconfirmed: bool = False, limit: int = 50,
) -> Found:
    """Return the offers that have every word typed, in its beginning or its stem.

    `labels` is of need code to its label, which is searched too; `hidden` are the codes whose offers are in no list. At most eight words
    are read. A word that nothing has is read as the nearest that something has.
    """
    terms, read_as = _terms(session, typed, labels)
    needs: Counter[str] = Counter()
    partners: Counter[Any] = Counter()
    best: list[uuid.UUID] = []
    total = 0
    chosen = None if partner is None else (partner.hex if session.get_bind().dialect.name == "sqlite" else partner)
    for offer_id, organisation_id, codes in _matching(session, terms, unconfirmed=unconfirmed):
        has = codes.split()
        if hidden and not hidden.isdisjoint(has):
            continue
        right_partner, right_need = chosen is None or organisation_id == chosen, need is None or need in has
        if right_partner:
            needs.update(has)
        if right_need:
            partners[organisation_id] += 1
        if right_partner and right_need:
            total += 1
            if len(best) < limit:
                best.append(_id(offer_id))
    by_id = {offer.id: offer for offer in offers.of_ids(session, best)}
    named = organisations.names(session)
    told = sorted(((named[_id(one)], _id(one), n) for one, n in partners.items()), key=lambda row: (row[0].casefold(), row[1]))
    return Found([by_id[one] for one in best], total, dict(needs), {one: (name, n) for name, one, n in told}, read_as)
