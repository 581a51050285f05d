"""Words: a thesaurus read by TF-IDF. Its weights come from the thesaurus alone, so no offer can change what a sentence means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from matcher.reading.thesaurus import PHRASES
from matcher.taxonomy import NEEDS

LONGEST = 4000  # characters of a sentence that are read; judgement, November 2026
LEAST = 0.06  # a likeness below this says nothing; tuned on half of the family sentences, November 2026
STOP = frozenset(
    ["a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "got", "had", "has", "have", "he", "her", "him", "his", "how", "i", "i'm", "if", "in", "into", "is", "it", "its", "it's", "just", "like", "me", "my", "no", "not", "now", "of", "on", "or", "our", "out", "she", "so", "some", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "too", "up", "us", "very", "was", "we", "were", "what", "when", "which", "who", "will", "with", "would", "you", "your", "hello", "hi", "please", "thanks", "thank"]
)


@dataclass(frozen=True)
class Reading:
    """A code that some words may mean: how alike they are (0 to 1), and the words that led there."""

    code: str
    score: float
    evidence: tuple[str, ...]


def tokens(text: str) -> list[str]:
    """Return the words of a text, in lower case, without plurals and the words that say nothing.

    >>> tokens("The meter's run out")
    ['meter', 'run']
    """
    return [stem(w) for w in re.findall(r"[a-z][a-z'’-]*", text[:LONGEST].lower()) if w not in STOP and len(w) > 1]


def stem(word: str) -> str:
    """Return a word without its plural or possessive ending."""
    word = re.sub(r"['’]s?$", "", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _terms(text: str) -> list[str]:
    found = tokens(text)
    return found + [f"{a} {b}" for a, b in pairwise(found)]


@cache
def _model() -> tuple[Any, Any, list[str], frozenset[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    codes = list(NEEDS)
    documents = [" . ".join([need.label, *need.synonyms, *PHRASES.get(need.code, ())]) for need in NEEDS.values()]
    vectorizer = TfidfVectorizer(analyzer=_terms, sublinear_tf=True)
    matrix = vectorizer.fit_transform(documents)
    return vectorizer, matrix, codes, frozenset(t for t in vectorizer.vocabulary_ if " " not in t)


@lru_cache(maxsize=20_000)
def _known(word: str, vocabulary: frozenset[str]) -> str:
    """Return the word, or the one word of the thesaurus that it is a slip of."""
    if word in vocabulary or len(word) < 5:
        return word
    import difflib

    near = difflib.get_close_matches(word, [v for v in vocabulary if v[0] == word[0] and abs(len(v) - len(word)) <= 2], n=1, cutoff=0.84)
    return near[0] if near else word


def spoken(text: str) -> list[str]:
    """Return the words of a text as they were said, without those that say nothing."""
    return [w for w in re.findall(r"[a-z][a-z'’-]*", text[:LONGEST].lower()) if w not in STOP and len(w) > 1]


@lru_cache(maxsize=64)
def _row(text: str) -> tuple[list[str], list[str], Any]:
    """Return the words said, the same with slips mended, and their row of weights."""
    vectorizer, _, _, vocabulary = _model()
    told = spoken(text)
    mended = [_known(stem(w), vocabulary) for w in told]
    return told, mended, vectorizer.transform([" ".join(mended)])


def code_scores(text: str) -> Any:
    """Return how alike a text is to each code's phrases, an array of 62 numbers from 0 to 1, in the order of the list."""
    row = _row(text)[2]
    return (_model()[1] @ row.T).toarray().ravel()


@lru_cache(maxsize=1)
def _named_terms() -> Any:
    return _model()[0].get_feature_names_out()


def evidence_of(text: str, code_number: int) -> tuple[str, ...]:
    """Return the words of a text that speak for a code, as they were said, each once."""
    matrix, terms = _model()[1], _named_terms()
    told, mended, row = _row(text)
    parts = {part for n in matrix[code_number].multiply(row).indices for part in terms[n].split(" ")}
    return tuple(dict.fromkeys(w for w, m in zip(told, mended, strict=True) if m in parts))


def read(text: str, *, most: int = 3) -> list[Reading]:
    """Return at most `most` codes that a sentence may mean, the likeliest first; none where it says nothing.

    >>> [r.code for r in read("the meter's run out and I've a letter from the bailiffs")][:2]
    ['energy_water', 'debt']
    >>> read("hello")
    []
    """
    if _row(text)[2].nnz == 0:
        return []
    codes, scores = _model()[2], code_scores(text)
    best = float(scores.max())
    order = sorted(range(len(codes)), key=lambda n: (-scores[n], n))[:most]
    return [Reading(codes[n], round(min(float(scores[n]), 1.0), 4), evidence_of(text, n)) for n in order if scores[n] >= max(LEAST, 0.35 * best)]


def propose_for_offer(title: str, description: str, tags: list[str] | tuple[str, ...] = (), *, most: int = 5) -> list[Reading]:
    """Return codes that a service's own words suggest, for a person to accept; its title and tags count three times.

    >>> [r.code for r in propose_for_offer("St Mark's", "A cup of tea on Mondays", ["Warm space"])][:1]
    ['warm_space']
    """
    told = " . ".join([title, title, *tags, *tags, *tags, description])
    return [r for r in read(told, most=most) if NEEDS[r.code].path not in ("restricted", "dsl_only")]
