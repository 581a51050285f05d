"""Ranking: which texts of many answer a question best, by words (BM25), by meaning (vectors), and by both.

Used to measure reading on labelled sets, and wherever a list of texts is searched at once. Unlike the scores of suggestions, these weigh
a word by the texts searched; they order a search and never enter a suggestion's score.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from matcher.reading.words import STOP, stem

K1, B = 1.2, 0.75  # Source: the usual values of BM25 (Robertson and Zaragoza 2009, section 3)
WORDS_SHARE = 0.25  # of the fused score; tuned on the two development sets, November 2026
WHOLE_SHARE = 0.7  # of a text's meaning from title and description together; the rest from the description alone; tuned as above
FEEDBACK, FEEDBACK_TEXTS, FEEDBACK_SHARE = 0.2, 5, 0.5  # the first five texts lend the question half of their meaning; tuned as above
_ENDINGS = (("ations", "ate"), ("ation", "ate"), ("ments", "ment"), ("ings", ""), ("ing", ""), ("edly", ""), ("ied", "y"), ("ed", ""), ("ers", ""), ("er", ""))
_KEPT = frozenset({"no", "not", "now", "out", "get", "got", "hello", "hi", "please", "thanks", "thank"})


def root(word: str) -> str:
    """Return a word without its common endings, so that 'teaching' meets 'teach'.

    >>> root("lessons"), root("swimming"), root("organisations")
    ('lesson', 'swimm', 'organisate')
    """
    word = stem(word)
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def roots(text: str) -> list[str]:
    """Return the roots of the words of a text, without those that say nothing.

    >>> roots("Learning to swim")
    ['learn', 'swim']
    """
    return [root(w) for w in re.findall(r"[a-z0-9][a-z0-9'’]*", text.lower()) if w not in STOP - _KEPT]


class ByWords:
    """Texts fitted once for BM25."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._counter = CountVectorizer(analyzer=roots)
        try:
            counts = self._counter.fit_transform(texts).tocsr().astype(float)
        except ValueError:  # not one word in all of them
            self._weights = None
            self._size = len(texts)
            return
        size, length = counts.shape[0], np.asarray(counts.sum(axis=1)).ravel()
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log(1 + (size - held + 0.5) / (held + 0.5))
        rows = np.repeat(np.arange(size), np.diff(counts.indptr))
        counts.data = counts.data * (K1 + 1) / (counts.data + K1 * (1 - B + B * length[rows] / max(length.mean(), 1e-9))) * rarity[counts.indices]
        self._weights = counts
        self._size = size

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        """Return how well each text answers each question, shape (questions, texts), 0 where they share no word."""
        if self._weights is None:
            return np.zeros((len(questions), self._size))
        return np.asarray((self._counter.transform(questions) @ self._weights.T).toarray())


def by_meaning(questions: np.ndarray, whole: np.ndarray, description: np.ndarray) -> np.ndarray:
    """Return how alike each text is to each question, shape (questions, texts), from vectors of shape (…, 384)."""
    return WHOLE_SHARE * (questions @ whole.T) + (1 - WHOLE_SHARE) * (questions @ description.T)


def standard(scores: np.ndarray) -> np.ndarray:
    """Return each question's scores with mean 0 and spread 1, so that two methods can be added."""
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1.0)


def fused(words: np.ndarray, questions: np.ndarray, whole: np.ndarray, description: np.ndarray) -> np.ndarray:
    """Return words and meaning together, shape (questions, texts): both standardised and added, then a little of what the first texts mean."""
    both = WORDS_SHARE * standard(words) + (1 - WORDS_SHARE) * standard(by_meaning(questions, whole, description))
    first = np.argsort(-both, axis=1, kind="stable")[:, :FEEDBACK_TEXTS]
    lent = FEEDBACK_SHARE * questions + (1 - FEEDBACK_SHARE) * whole[first].mean(axis=1)
    lent /= np.maximum(np.linalg.norm(lent, axis=1, keepdims=True), 1e-12)
    return np.asarray(both + FEEDBACK * standard(lent @ whole.T))
