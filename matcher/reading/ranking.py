"""Ranking: which texts of many answer a question best, by words (BM25), by meaning (vectors), and by both.

Used to measure reading on labelled sets, and wherever a list of texts is searched at once. Unlike the scores of suggestions, these weigh
a word by the texts searched; they order a search and never enter a suggestion's score.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from matcher.reading import passages
from matcher.reading.passages import Passages
from matcher.reading.words import STOP, stem

K1, B = 1.2, 0.75  # Source: the usual values of BM25 (Robertson and Zaragoza 2009, section 3)
# Tuned on the two development sets, November 2026; the choice made on one half of the questions held on the other, 100 times over.
WORDS_SHARE, WORDS_MOST = 0.35, 0.6  # of the fused score, for a question whose words a text holds wholly; less as it holds fewer
PIECES_SHARE = 0.6  # of meaning, from the pieces of words; the rest from stretches and description, half each
FEEDBACK, FEEDBACK_TEXTS, FEEDBACK_SHARE = 0.2, 5, 0.5  # the first five texts lend the question half of their meaning
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
        self._rarity, self._unseen = rarity, float(np.log(1 + (size + 0.5) / 0.5))
        counts.data = counts.data * (K1 + 1) / (counts.data + K1 * (1 - B + B * length[rows] / max(length.mean(), 1e-9))) * rarity[counts.indices]
        self._weights = counts
        self._size = size

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        """Return how well each text answers each question, shape (questions, texts), 0 where they share no word."""
        if self._weights is None:
            return np.zeros((len(questions), self._size))
        return np.asarray((self._counter.transform(questions) @ self._weights.T).toarray())


    def held(self, questions: Sequence[str], scores: np.ndarray) -> np.ndarray:
        """Return how much of each question the text that scores best holds, 0 to 1: its score beside the most that any text could have."""
        if self._weights is None or not scores.size:
            return np.zeros(len(questions))
        known = np.asarray(self._counter.transform(questions) @ self._rarity).ravel()
        unknown = np.array([sum(w not in self._counter.vocabulary_ for w in roots(q)) for q in questions])
        most = (K1 + 1) * (known + unknown * self._unseen)
        return np.asarray(np.clip(scores.max(axis=1) / np.maximum(most, 1e-9), 0, 1))


def standard(scores: np.ndarray) -> np.ndarray:
    """Return each question's scores with mean 0 and spread 1, so that two methods can be added."""
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, 1.0)


def by_meaning(questions: Passages, texts: Passages) -> np.ndarray:
    """Return how alike each text is to each question in meaning, shape (questions, texts), with mean 0 and spread 1 for each question."""
    near = (passages.by_stretches(questions, texts) + questions.whole @ texts.description.T) / 2
    return PIECES_SHARE * standard(passages.by_pieces(questions, texts)) + (1 - PIECES_SHARE) * standard(near)


def fused(words: np.ndarray, held: np.ndarray, meaning: np.ndarray, questions: Passages, texts: Passages) -> np.ndarray:
    """Return words and meaning together, shape (questions, texts): both standardised and added, then a little of what the first texts mean.

    `held` says for each question how much of it the best text holds (`ByWords.held`): words count as far as they are there at all.
    """
    share = np.minimum(WORDS_MOST, WORDS_SHARE * held)[:, None]
    both = share * standard(words) + (1 - share) * meaning
    first = np.argsort(-both, axis=1, kind="stable")[:, :FEEDBACK_TEXTS]
    lent = FEEDBACK_SHARE * questions.whole + (1 - FEEDBACK_SHARE) * texts.whole[first].mean(axis=1)
    lent /= np.maximum(np.linalg.norm(lent, axis=1, keepdims=True), 1e-12)
    return np.asarray(both + FEEDBACK * standard(lent @ texts.whole.T))
