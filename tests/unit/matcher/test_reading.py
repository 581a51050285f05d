"""Reading plain words: by the thesaurus alone, and with meaning beside it. Half of the sentences were used to tune; the other half is reported."""

from __future__ import annotations

import csv
import lzma
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.reading import fusion, read, words
from matcher.reading.meaning import Meaning, MeaningUnavailable, Tokenizer
from matcher.taxonomy import NEEDS
from partners.matching import meaning

SENTENCES = Path(__file__).with_name("family_sentences.csv")
PACKED = resources.files("matcher.reading").joinpath("vocabulary.txt.xz").read_bytes()


def rows(half: str) -> list[dict[str, str]]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["half"] == half]


def share_in_first_three(found: list[list[words.Reading]], asked: list[dict[str, str]]) -> float:
    """Return the share of sentences whose every code stands among the three that are told."""
    return float(np.mean([set(r["code"].split("+")) <= {x.code for x in f} for f, r in zip(found, asked, strict=True)]))


@pytest.fixture(scope="module")
def by_both() -> fusion.ByMeaning:
    found = meaning.reader()
    if found is None:
        pytest.skip("the extra 'meaning' is not installed")
    return found


def test_the_sentences_are_150_over_all_62_codes_in_both_halves() -> None:
    for half in ("tune", "report"):
        assert {c for r in rows(half) for c in r["code"].split("+")} == set(NEEDS)
    assert len(rows("tune")) + len(rows("report")) == 150


def test_words_alone_find_what_a_family_says_in_most_sentences_not_tuned_on() -> None:
    asked = rows("report")
    assert share_in_first_three([read(r["sentence"]) for r in asked], asked) >= 0.85


def test_words_and_meaning_find_more(by_both: fusion.ByMeaning) -> None:
    asked = rows("report")
    fused = share_in_first_three([by_both.read(r["sentence"]) for r in asked], asked)
    assert fused >= 0.91
    assert fused >= share_in_first_three([read(r["sentence"]) for r in asked], asked)


@pytest.mark.parametrize(
    ("said", "code"),
    [("the leccy's gone", "energy_water"), ("no bed for the little one", "beds"), ("he needs a matress", "beds"), ("we was evicted", "housing_risk"), ("babys nappys", "baby_things"), ("ADHD", "autism_adhd")],
)
def test_slips_plurals_and_everyday_words_are_read(said: str, code: str) -> None:
    assert code in [r.code for r in read(said)]


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_at_most_three_codes_come_back_each_with_words_that_were_said(said: str) -> None:
    found = read(said)
    assert len(found) <= 3
    for r in found:
        assert r.code in NEEDS
        assert r.evidence
        assert set(r.evidence) <= set(words.spoken(said))


@pytest.mark.parametrize("said", ["", "   ", "…", "12345", "مرحبا"])
def test_what_says_nothing_proposes_nothing(said: str, by_both: fusion.ByMeaning) -> None:
    assert read(said) == []
    assert by_both.read(said) == []


def test_meaning_gives_evidence_that_was_said_and_nothing_for_small_talk(by_both: fusion.ByMeaning) -> None:
    for r in rows("report")[:20]:
        for found in by_both.read(r["sentence"]):
            assert found.evidence
            assert set(found.evidence) <= set(words.spoken(r["sentence"]))
    assert by_both.read("it's raining again isn't it") == []


def test_a_text_has_the_same_vector_whatever_stands_beside_it(by_both: fusion.ByMeaning) -> None:
    model = meaning.load()
    assert model is not None
    alone, among = model.vectors(["no bed"])[0], model.vectors(["a much longer sentence about something else", "no bed"])[1]
    assert np.array_equal(alone, among)
    assert np.linalg.norm(alone) == pytest.approx(1, abs=1e-5)


def test_packed_phrases_are_those_of_the_thesaurus(by_both: fusion.ByMeaning) -> None:
    packed = resources.files("matcher.reading").joinpath("phrases.npz").read_bytes()
    found = fusion.unpack(packed)
    assert found is not None, "the thesaurus has changed: run python -m seeds.build_meaning"
    model = meaning.load()
    assert model is not None
    some = [0, 100, 500, len(fusion.phrases()) - 1]
    again = model.vectors([fusion.phrases()[n][1] for n in some])
    assert (found[some] * again).sum(axis=1) == pytest.approx(1, abs=2e-3)


def test_a_model_or_vocabulary_of_other_bytes_is_refused() -> None:
    with pytest.raises(MeaningUnavailable, match="model is not the one we know"):
        Meaning(b"something else", PACKED)


# Source: computed once with the tokenizers library from the model's own tokenizer.json.
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("no bed", [101, 2053, 2793, 102]),
        ("Hello, wörld! unaffable 中国", [101, 7592, 1010, 2088, 999, 14477, 20961, 3468, 1746, 1799, 102]),
    ],
)
def test_texts_are_cut_into_the_pieces_the_model_knows(text: str, ids: list[int]) -> None:
    assert Tokenizer(lzma.decompress(PACKED)).ids(text) == ids


def test_a_very_long_text_keeps_its_marks() -> None:
    ids = Tokenizer(lzma.decompress(PACKED)).ids("bed " * 1000)
    assert (len(ids), ids[0], ids[-1]) == (256, 101, 102)
