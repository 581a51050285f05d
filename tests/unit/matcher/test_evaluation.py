"""Evaluation: the measures by hand, the intervals, and a labelled folder read with clear faults."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from matcher import evaluation
from partners.foundation.errors import InvalidRecord
from partners.matching import evaluations
from web.cli.evaluate import evaluate as command


def a_folder(path: Path, corpus: list[object] | None = None, queries: list[object] | None = None, qrels: str | None = None) -> Path:
    corpus = corpus if corpus is not None else [{"id": "d1", "title": "Food bank", "description": "Parcels of food."}, {"id": "d2", "title": "Swimming", "description": "Lessons in the pool."}, {"id": "d3", "title": "Choir"}]
    queries = queries if queries is not None else [{"id": "q1", "text": "food parcels"}, {"id": "q2", "text": "swimming lesson"}]
    (path / "corpus.jsonl").write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in corpus), encoding="utf-8")
    (path / "queries.jsonl").write_text("\n".join(json.dumps(row) for row in queries), encoding="utf-8")
    (path / "qrels.tsv").write_text(qrels if qrels is not None else "query\tdocument\trelevance\nq1\td1\t1\nq2\td2\t1\n", encoding="utf-8")
    return path


def test_the_measures_of_a_ranking_worked_by_hand() -> None:
    found = evaluation.measure(np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]]), [{1: 1, 2: 2}, {2: 1}])
    by_hand = (1 / math.log2(3) + 2 / math.log2(4)) / (2 / math.log2(2) + 1 / math.log2(3))
    assert found.ndcg10 == pytest.approx([by_hand, 1.0])
    assert found.recall10 == pytest.approx([1.0, 1.0])
    assert found.mrr == pytest.approx([0.5, 1.0])


def test_only_the_first_ten_count_for_recall_and_the_first_right_one_for_mrr_wherever_it_stands() -> None:
    scores = np.arange(20, 0, -1, dtype=float)[None, :]
    found = evaluation.measure(scores, [{0: 1, 15: 1}])
    assert found.recall10[0] == 0.5
    assert evaluation.measure(scores, [{15: 1}]).mrr[0] == pytest.approx(1 / 16)
    assert evaluation.measure(scores, [{15: 1}]).ndcg10[0] == 0


def test_an_interval_holds_zero_for_noise_and_not_for_a_real_difference() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 200)
    apart = evaluation.difference(noise, np.zeros(200))
    assert apart["low"] < 0 < apart["high"]
    better = evaluation.difference(noise + 1, np.zeros(200))
    assert better["low"] > 0


def test_rank_fusion_puts_first_what_both_put_high() -> None:
    fused = evaluation.rank_fusion(np.array([[3.0, 2.0, 1.0]]), np.array([[1.0, 3.0, 2.0]]))
    assert evaluation.order(fused[0]).tolist()[0] == 1


def test_a_folder_is_scored(tmp_path: Path) -> None:
    found = evaluations.evaluate(a_folder(tmp_path))
    assert found["words"] == {"ndcg10": 1.0, "recall10": 1.0, "mrr": 1.0, "n": 2}
    assert found["fused"]["mrr"] == 1.0
    assert found["seconds"] > 0


def test_a_run_that_was_stopped_goes_on_with_what_it_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    folder = a_folder(tmp_path)
    first = evaluations.evaluate(folder, kept_in=kept)
    if first["meaning"] is None:
        pytest.skip("the extra 'meaning' is not installed")
    files = sorted(kept.iterdir())
    assert files
    stamps = [f.stat().st_mtime_ns for f in files]
    again = evaluations.evaluate(folder, kept_in=kept)
    assert [f.stat().st_mtime_ns for f in sorted(kept.iterdir())] == stamps
    assert {**first, "seconds": 0} == {**again, "seconds": 0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"corpus": ["{not json"]}, "corpus.jsonl line 1: is not a JSON object"),
        ({"corpus": [{"id": "d1", "title": 7}]}, "corpus.jsonl line 1: title: should be a text"),
        ({"corpus": [{"id": "d1", "title": "a"}, {"id": "d1", "title": "b"}]}, "corpus.jsonl line 2: id: stands twice"),
        ({"corpus": []}, "corpus.jsonl: is empty"), ({"queries": [{"id": "q1"}]}, "queries.jsonl line 1: text: should be a text"),
        ({"qrels": "query\tdocument\trelevance\nq1\td9\t1\n"}, "qrels.tsv line 2: names a text that is not in the folder"),
        ({"qrels": "query\tdocument\trelevance\nq1\td1\n"}, "qrels.tsv line 2: should be"),
        ({"qrels": "query\tdocument\trelevance\nq1\td1\tgood\n"}, "qrels.tsv line 2: should be"),
    ],
)
def test_a_fault_names_its_file_and_line(tmp_path: Path, change: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        evaluations.read(a_folder(tmp_path, **change))  # type: ignore[arg-type]
    assert says in str(refused.value)


def test_the_command_prints_json_and_leaves_with_2_on_a_fault(tmp_path: Path) -> None:
    good = CliRunner().invoke(command, [str(a_folder(tmp_path)), "--json", "--no-keep"])
    assert good.exit_code == 0, good.output
    found = json.loads(good.stdout)
    assert set(found) == {"words", "meaning", "fused", "differences", "seconds"}
    (tmp_path / "qrels.tsv").unlink()
    bad = CliRunner().invoke(command, [str(tmp_path), "--json"])
    assert bad.exit_code == 2
    assert "qrels.tsv is not in the folder" in bad.stderr
