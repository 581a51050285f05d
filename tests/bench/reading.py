"""Reading measured beside BM25, TF-IDF, MiniLM and their reciprocal rank fusion on labelled sets, in the same run, with paired intervals."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np

from matcher import evaluation
from matcher.reading.ranking import ByWords
from partners.matching import evaluations, meaning
from web.cli.evaluate import _kept_in


def tfidf(texts: list[str], questions: list[str]) -> np.ndarray:
    """scikit-learn's TF-IDF with its own English stop words, cosine."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    matrix = vectorizer.fit_transform(texts)
    return np.asarray((vectorizer.transform(questions) @ matrix.T).toarray())


@click.command(epilog="Example: python -m tests.bench.reading ../shared/data/eval/ukcat --json")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(folder: Path, as_json: bool) -> None:
    """Score our fused reading and its peers on a folder."""
    labelled = evaluations.read(folder)
    model = meaning.load()
    if model is None:
        raise click.ClickException(meaning.ABSENT)
    ours = evaluations.rankings(labelled, kept_in=_kept_in())["fused"]
    texts = [f"{t} {d}" for t, d in zip(labelled.titles, labelled.descriptions, strict=True)]
    bm25 = ByWords(texts).scores(labelled.questions)
    asked, whole = (meaning.vectors(model, x, kept_in=_kept_in()) for x in (labelled.questions, labelled.whole()))
    minilm = asked @ whole.T
    peers = {"BM25": bm25, "TF-IDF": tfidf(texts, labelled.questions), "MiniLM": minilm, "RRF (BM25 + MiniLM)": evaluation.rank_fusion(bm25, minilm)}
    # The kinds of question, where the set names them, are scored apart too.
    kinds = [json.loads(line).get("type", "all") for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    out = {}
    for kind in ["all", *sorted(set(kinds) - {"all"})]:
        pick = [n for n, k in enumerate(kinds) if kind in ("all", k)]
        labels = [labelled.labels[n] for n in pick]
        mine = evaluation.measure(ours[pick], labels)
        theirs = {name: evaluation.measure(scores[pick], labels) for name, scores in peers.items()}
        best = max(theirs, key=lambda name: float(theirs[name].ndcg10.mean()))
        out[kind] = {
            "kith": mine.to_dict(), "peers": {name: found.to_dict() for name, found in theirs.items()}, "best_peer": best,
            "ndcg10_over_best": evaluation.difference(mine.ndcg10, theirs[best].ndcg10),
        }
    click.echo(json.dumps(out) if as_json else json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
