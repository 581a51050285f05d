"""Fusion: plain words read into need codes by the thesaurus and by meaning together. The extra's model is handed in; words alone always work."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import numpy as np

from matcher.reading import words
from matcher.reading.meaning import DIMENSIONS, Meaning
from matcher.reading.thesaurus import PHRASES
from matcher.taxonomy import NEEDS

WORDS_SHARE = 0.3  # the thesaurus' share of the score, meaning has the rest; tuned on half of the family sentences, November 2026
NEAREST = 3  # a code is as near as its three nearest phrases, on average; tuned as above
LEAST = 0.22  # a score below this says nothing; judgement, November 2026
NEAR_BEST = 0.5  # a code below this share of the best is not told; judgement, November 2026
MOST_EVIDENCE = 3


@cache
def phrases() -> tuple[tuple[str, str], ...]:
    """Return every (code, phrase) that says a need: its label, its synonyms and the thesaurus'."""
    return tuple((code, p) for code, need in NEEDS.items() for p in (need.label, *need.synonyms, *PHRASES.get(code, ())))


def mark() -> str:
    """Return a mark of the phrases, so that packed vectors are never read for other words."""
    return hashlib.sha256("\n".join(f"{c}\t{p}" for c, p in phrases()).encode()).hexdigest()


def pack(vectors: np.ndarray) -> bytes:
    """Return the phrases' vectors packed in whole numbers of one byte, with their mark: about half a megabyte."""
    scale = 127 / np.abs(vectors).max(axis=1, keepdims=True)
    file = io.BytesIO()
    np.savez_compressed(file, mark=np.array(mark()), vectors=np.round(vectors * scale).astype(np.int8))
    return file.getvalue()


def unpack(packed: bytes) -> np.ndarray | None:
    """Return packed vectors at length 1, shape (phrases, 384); None where they are of other phrases."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        if str(file["mark"]) != mark():
            return None
        found = file["vectors"].astype(np.float32)
    if found.shape != (len(phrases()), DIMENSIONS):
        return None
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


class ByMeaning:
    """Need codes as vectors, and sentences read against them."""

    def __init__(self, meaning: Meaning, packed: bytes | None = None) -> None:
        """Take the model, and the packed vectors of the phrases where there are any; without, they are made now (some seconds)."""
        known = unpack(packed) if packed is not None else None
        self._meaning = meaning
        self._vectors = known if known is not None else meaning.vectors([p for _, p in phrases()])
        codes = list(NEEDS)
        owner = [codes.index(c) for c, _ in phrases()]
        self._starts = np.array([owner.index(n) for n in range(len(codes))])
        self._ends = np.append(self._starts[1:], len(owner))

    def scores(self, texts: list[str]) -> np.ndarray:
        """Return how near each text is to each code, shape (texts, 62), -1 to 1."""
        alike = self._meaning.vectors(texts) @ self._vectors.T
        return np.stack([np.sort(alike[:, a:b], axis=1)[:, -NEAREST:].mean(axis=1) for a, b in zip(self._starts, self._ends, strict=True)], axis=1)

    def read(self, text: str, *, most: int = 3) -> list[words.Reading]:
        """Return at most `most` codes that a sentence may mean, each with the words that led there; none where it says nothing."""
        text = text[: words.LONGEST]
        told = words.spoken(text)
        if not told:
            return []
        both = WORDS_SHARE * words.code_scores(text) + (1 - WORDS_SHARE) * self.scores([text])[0]
        chosen = [int(n) for n in np.argsort(-both, kind="stable")[:most] if both[n] >= max(LEAST, NEAR_BEST * float(both.max()))]
        if not chosen:
            return []
        evidence = self._evidence(text, told, chosen)
        codes = list(NEEDS)
        return [words.Reading(codes[n], round(min(float(both[n]), 1.0), 4), evidence[n]) for n in chosen]

    def _evidence(self, text: str, told: list[str], chosen: list[int]) -> dict[int, tuple[str, ...]]:
        """Return the words without which each code would be less near: those of the thesaurus, else those that meaning misses most."""
        found = {n: words.evidence_of(text, n) for n in chosen}
        if all(found.values()):
            return found
        once = list(dict.fromkeys(told))[:24]
        without = self.scores([" ".join(w for w in told if w != one) for one in once])
        for n in chosen:
            if not found[n]:
                by_loss = sorted(range(len(once)), key=lambda k: (without[k, n], k))
                found[n] = tuple(w for w in told if w in {once[k] for k in by_loss[:MOST_EVIDENCE]})
        return found
