"""Ranking by words and meaning: passages of texts, how much of a question the words hold, and late interaction worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.reading import passages, ranking
from matcher.reading.passages import Passages
from partners.matching import meaning


def some_passages(pieces: list[list[list[float]]], ids: list[list[int]]) -> Passages:
    """Texts whose pieces are given, each with a first and a last mark that say nothing."""
    mark = [0.0] * len(pieces[0][0])
    rows = [[mark, *text, mark] for text in pieces]
    whole = np.array([np.sum(text, axis=0) / np.linalg.norm(np.sum(text, axis=0)) for text in pieces], np.float32)
    each = np.array([len(text) for text in rows])
    marked = np.concatenate([[101, *i, 102] for i in ids]).astype(np.int32)
    return Passages(whole, whole, whole, np.ones(len(pieces), np.int64), np.round(np.concatenate(rows) * 127).astype(np.int8), marked, each)


def test_each_piece_of_a_question_counts_its_likest_piece_of_a_text_and_rare_pieces_count_for_more() -> None:
    texts = some_passages([[[1.0, 0.0], [0.6, 0.8]], [[0.0, 1.0]], [[1.0, 0.0]]], [[7, 8], [9], [7]])
    asked = some_passages([[[1.0, 0.0], [0.0, 1.0]]], [[7, 9]])
    common, rare = np.sqrt(np.log(1 + (3 - 2 + 0.5) / 2.5)), np.sqrt(np.log(1 + (3 - 1 + 0.5) / 1.5))
    by_hand = [(common * 1.0 + rare * 0.8) / (common + rare), rare / (common + rare), common / (common + rare)]
    assert passages.by_pieces(asked, texts)[0] == pytest.approx(by_hand, abs=0.01)


def test_many_texts_and_questions_are_compared_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    texts, asked = (some_passages([rng.normal(size=(rng.integers(1, 5), 4)).clip(-1, 1).tolist() for _ in range(n)], [[3] * 0 for _ in range(n)]) for n in (7, 5))
    texts, asked = (Passages(**{**p.arrays(), "piece_ids": np.full(len(p.pieces), 5, np.int32)}) for p in (texts, asked))
    whole = passages.by_pieces(asked, texts)
    monkeypatch.setattr(passages, "BLOCK", 2)
    monkeypatch.setattr(passages, "QUESTIONS", 1)
    assert passages.by_pieces(asked, texts) == pytest.approx(whole, abs=1e-6)


def test_how_much_of_a_question_the_best_text_holds() -> None:
    fitted = ranking.ByWords(["food food food parcels", "swimming", "choir"])
    questions = ["food parcels", "swimming quickly underwater", "accordion", ""]
    held = fitted.held(questions, fitted.scores(questions))
    assert held[0] > held[1] > held[2] == held[3] == 0
    assert (held <= 1).all()


def test_words_that_no_text_holds_leave_the_order_to_meaning() -> None:
    texts = some_passages([[[1.0, 0.0]], [[0.0, 1.0]]], [[7], [9]])
    asked = some_passages([[[0.0, 1.0]]], [[9]])
    near = ranking.by_meaning(asked, texts)
    both = ranking.fused(np.array([[9.0, 1.0]]), np.zeros(1), near, asked, texts)
    assert np.argmax(both) == 1
    assert np.argmax(ranking.fused(np.array([[9.0, 1.0]]), np.ones(1), np.zeros((1, 2)), asked, texts) - ranking.fused(np.array([[1.0, 9.0]]), np.ones(1), np.zeros((1, 2)), asked, texts)) == 0


def test_a_text_has_the_same_passages_whatever_stands_beside_it_and_on_any_number_of_threads() -> None:
    model = meaning.load()
    if model is None:
        pytest.skip("the extra 'meaning' is not installed")
    title, description = "Food club", "Every Friday we fill a bag with you. " * 12
    alone = passages.read(model, [title], [description])
    among = passages.read(model, ["", "x", title], ["", "y", description], threads=3)
    assert len(alone.stretches) > 1
    assert np.array_equal(alone.whole[0], among.whole[2])
    assert np.array_equal(alone.pieces, among.pieces[-len(alone.pieces) :])
    assert alone.whole[0] == pytest.approx(model.vectors([f"{title}. {description}"])[0], abs=1e-5)
    assert np.isfinite(among.whole).all()
