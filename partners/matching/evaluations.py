"""Evaluations: a folder of texts, questions and people's labels, read and scored by words, by meaning and by both."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partners.foundation.errors import InvalidRecord
from partners.matching import meaning

MOST_FAULTS = 20


@dataclass
class LabelledSet:
    """Texts (title, description), questions, and for each question the places of the right texts."""

    titles: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    labels: list[dict[int, int]] = field(default_factory=list)

    def whole(self) -> list[str]:
        """Return each text's title and description together."""
        return [f"{t}. {d}" for t, d in zip(self.titles, self.descriptions, strict=True)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InvalidRecord(path.name, f"{path.name} is not in the folder. It should hold corpus.jsonl, queries.jsonl and qrels.tsv.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecord(path.name, f"{path.name} cannot be read as UTF-8 text.") from error


def _records(path: Path, wanted: tuple[str, ...], faults: list[str]) -> list[dict[str, str]]:
    found, seen = [], set()
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            faults.append(f"{path.name} line {number}: is not a JSON object; it should be one, with {', '.join(wanted)}")
            continue
        bad = [n for n in wanted if not isinstance(row.get(n), str)]
        if bad:
            faults.append(f"{path.name} line {number}: {bad[0]}: should be a text")
        elif row["id"] in seen:
            faults.append(f"{path.name} line {number}: id: stands twice; it should be different on each line")
        else:
            seen.add(row["id"])
            found.append({**{n: row[n] for n in wanted}, "description": row["description"] if isinstance(row.get("description"), str) else ""})
    if not found and not faults:
        faults.append(f"{path.name}: is empty; it should hold one JSON object a line")
    return found


def read(folder: Path) -> LabelledSet:
    """Return a labelled set. Raises InvalidRecord with a line for each fault: the file, the line, what is wrong and what would be right."""
    faults: list[str] = []
    texts = _records(folder / "corpus.jsonl", ("id", "title"), faults)
    questions = _records(folder / "queries.jsonl", ("id", "text"), faults)
    places, asked = {t["id"]: n for n, t in enumerate(texts)}, {q["id"]: n for n, q in enumerate(questions)}
    labels: list[dict[int, int]] = [{} for _ in questions]
    rows = _lines(folder / "qrels.tsv")
    for number, line in enumerate(rows, 1):
        parts = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and parts[0] not in asked):
            continue  # the header
        if len(parts) < 3 or not parts[2].strip().isdigit():
            faults.append(f"qrels.tsv line {number}: should be a question's id, a text's id and a whole number, with tabs between")
        elif parts[0] not in asked or parts[1] not in places:
            faults.append(f"qrels.tsv line {number}: names {'a question' if parts[0] not in asked else 'a text'} that is not in the folder")
        elif int(parts[2]) > 0:
            labels[asked[parts[0]]][places[parts[1]]] = int(parts[2])
    if faults:
        more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        raise InvalidRecord("folder", "\n".join(faults[:MOST_FAULTS] + more))
    return LabelledSet([t["title"] for t in texts], [t["description"] for t in texts], [q["text"] for q in questions], labels)


def rankings(labelled: LabelledSet, *, kept_in: Path | None, tick: Callable[[int], None] = lambda n: None) -> dict[str, Any]:
    """Return the scores of each method, shape (questions, texts): words, and meaning and fused (None without the extra)."""
    from matcher.reading import ranking

    words = ranking.ByWords([f"{t} {d}" for t, d in zip(labelled.titles, labelled.descriptions, strict=True)]).scores(labelled.questions)
    model = meaning.load()
    if model is None:
        return {"words": words, "meaning": None, "fused": words}
    asked, whole, description = (meaning.vectors(model, texts, kept_in=kept_in, tick=tick) for texts in (labelled.questions, labelled.whole(), labelled.descriptions))
    return {"words": words, "meaning": ranking.by_meaning(asked, whole, description), "fused": ranking.fused(words, asked, whole, description)}


def evaluate(folder: Path, *, kept_in: Path | None = None, tick: Callable[[int], None] = lambda n: None, total: Callable[[int], None] = lambda n: None) -> dict[str, Any]:
    """Return the measures of words, meaning and both on a folder's set, the differences with 95 % intervals, and the seconds it took.

    Raises InvalidRecord as `read` does.
    """
    from matcher import evaluation

    started = time.perf_counter()
    labelled = read(folder)
    total(len(labelled.questions) + 2 * len(labelled.titles))
    found = {name: None if scores is None else evaluation.measure(scores, labelled.labels) for name, scores in rankings(labelled, kept_in=kept_in, tick=tick).items()}
    out: dict[str, Any] = {name: None if scores is None else scores.to_dict() for name, scores in found.items()}
    fused = found["fused"]
    out["differences"] = {
        f"fused - {name}": {m: evaluation.difference(getattr(fused, m), getattr(found[name], m)) for m in ("ndcg10", "recall10", "mrr")}
        for name in ("words", "meaning") if found[name] is not None
    }
    out["seconds"] = round(time.perf_counter() - started, 2)
    return out
