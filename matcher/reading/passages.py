"""Passages: what texts mean in parts. One reading by the model gives the whole, the description, stretches of it, and every piece of a word.

A long text says many things, and its mean says none of them well: a question is held beside its stretches, and each piece of the question
beside the piece most like it (late interaction; source: Khattab and Zaharia 2020, ColBERT).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np

from matcher.reading.meaning import DIMENSIONS, Meaning

STRETCH, STEP = 40, 20  # pieces in a stretch, and from one to the next: about two sentences; judgement, November 2026
BLOCK = 64  # texts compared at a time
QUESTIONS = 200  # questions compared at a time


@dataclass(frozen=True)
class Passages:
    """Texts in parts. Vectors have length 1, but those of pieces, which are whole numbers of one byte in their own scale.

    `whole` and `description`: shape (texts, 384). `stretches`: (stretches, 384), and how many each text has. `pieces`: (pieces, 384), with
    their ids, and how many each text has, the first and last mark included.
    """

    whole: np.ndarray
    description: np.ndarray
    stretches: np.ndarray
    stretches_each: np.ndarray
    pieces: np.ndarray
    piece_ids: np.ndarray
    pieces_each: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, as they are kept in a file."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def join(parts: Sequence[Passages]) -> Passages:
    """Return the passages of several lists of texts as one."""
    if not parts:
        none = np.zeros((0, DIMENSIONS), np.float32)
        return Passages(none, none, none, np.zeros(0, np.int64), none.astype(np.int8), np.zeros(0, np.int32), np.zeros(0, np.int64))
    return Passages(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Passages)})


def read(meaning: Meaning, titles: Sequence[str], descriptions: Sequence[str], *, threads: int = 1) -> Passages:
    """Return the passages of texts. The same text gives the same passages, whatever stands beside it."""
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return join(list(pool.map(lambda both: _one(meaning, *both), zip(titles, descriptions, strict=True))))


def _one(meaning: Meaning, title: str, description: str) -> Passages:
    named = f"{title}." if title else ""
    ids, states = meaning.states(f"{named} {description}".strip())
    inner = states[1:-1] if len(states) > 2 else states
    told = min(len(meaning.tokenizer.ids(named)) - 2, len(inner)) if named else 0
    body = inner[told:] if told < len(inner) else inner
    starts = range(0, max(1, len(inner) - STEP), STEP)
    stretches = np.stack([inner[a : a + STRETCH].mean(axis=0) for a in starts])
    size = np.abs(states).max(axis=1, keepdims=True)
    pieces = np.round(states * (127 / np.maximum(size, 1e-12))).astype(np.int8)
    return Passages(
        _unit(states.mean(axis=0)[None]), _unit(body.mean(axis=0)[None]), _unit(stretches), np.array([len(stretches)]), pieces,
        np.array(ids, np.int32), np.array([len(ids)]),
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), dtype=np.float32)


def _starts(each: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(each)]).astype(np.int64)


def by_stretches(questions: Passages, texts: Passages) -> np.ndarray:
    """Return how alike each question is to the stretch of each text that is most like it, shape (questions, texts)."""
    if len(texts.whole) == 0:
        return np.zeros((len(questions.whole), 0), np.float32)
    return np.asarray(np.maximum.reduceat(questions.whole @ texts.stretches.T, _starts(texts.stretches_each)[:-1], axis=1))


def by_pieces(questions: Passages, texts: Passages) -> np.ndarray:
    """Return how well each text holds the pieces of each question, shape (questions, texts): of each piece its likest, rare pieces for more."""
    rarity = np.sqrt(_rarity(texts))
    first = _starts(questions.pieces_each)
    found = np.zeros((len(questions.whole), len(texts.whole)), np.float32)
    for low in range(0, len(found), QUESTIONS):
        high = min(low + QUESTIONS, len(found))
        # Without a question's first and last mark, which every text has.
        rows = np.concatenate([np.arange(first[n] + 1, first[n + 1] - 1) for n in range(low, high)])
        each = questions.pieces_each[low:high] - 2
        weights = rarity[questions.piece_ids[rows]].astype(np.float32)
        likest = _likest(_unit(questions.pieces[rows].astype(np.float32)), texts) * weights[:, None]
        for n in np.flatnonzero(each > 0):
            part = slice(int(each[:n].sum()), int(each[: n + 1].sum()))
            found[low + n] = likest[part].sum(axis=0) / max(float(weights[part].sum()), 1e-9)
    return found


def _likest(asked: np.ndarray, texts: Passages) -> np.ndarray:
    """Return for each piece asked how alike the likest piece of each text is, shape (pieces asked, texts)."""
    found = np.zeros((len(asked), len(texts.whole)), np.float32)
    starts = _starts(texts.pieces_each)
    for low in range(0, len(texts.whole), BLOCK):
        high = min(low + BLOCK, len(texts.whole))
        held = _unit(texts.pieces[starts[low] : starts[high]].astype(np.float32))
        found[:, low:high] = np.maximum.reduceat(asked @ held.T, starts[low:high] - starts[low], axis=1) if len(asked) else 0
    return found


def _rarity(texts: Passages) -> np.ndarray:
    """Return how rare each piece of the vocabulary is among texts, as BM25 weighs it, an array by piece id."""
    owner = np.repeat(np.arange(len(texts.whole)), texts.pieces_each)
    seen = np.unique(texts.piece_ids.astype(np.int64) * max(1, len(texts.whole)) + owner)
    held = np.bincount(seen // max(1, len(texts.whole)), minlength=40_000)
    return np.log(1 + (len(texts.whole) - held + 0.5) / (held + 0.5))
