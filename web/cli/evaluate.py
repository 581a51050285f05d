"""`kith evaluate`: how well plain words find what people labelled as right."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click


def _kept_in() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kith" / "meaning"


@click.command(epilog="Example: kith evaluate labelled/charities --json")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Keep the texts' vectors in your cache folder, so that a run that was stopped goes on.")
def evaluate(folder: Path, as_json: bool, keep: bool) -> None:
    """Score words, meaning and both on a FOLDER with corpus.jsonl, queries.jsonl and qrels.tsv: nDCG@10, recall@10 and MRR."""
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from partners.foundation.errors import InvalidRecord
    from partners.matching import evaluations, meaning

    if meaning.load() is None:
        click.echo(meaning.ABSENT, err=True)
    try:
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
            task = progress.add_task("Reading the texts", total=None)
            found = evaluations.evaluate(
                folder, kept_in=_kept_in() if keep else None, tick=lambda n: progress.advance(task, n), total=lambda n: progress.update(task, total=n)
            )
    except InvalidRecord as error:
        click.echo(error.message, err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("method", "nDCG@10", "recall@10", "MRR", "questions")
    for name in ("words", "meaning", "fused"):
        if found[name] is not None:
            table.add_row(name, *(f"{found[name][m]:.3f}" for m in ("ndcg10", "recall10", "mrr")), str(found[name]["n"]))
    Console().print(table)
    for name, measures in found["differences"].items():
        apart = measures["ndcg10"]
        click.echo(f"{name}: nDCG@10 {apart['mean']:+.3f} (95 % interval {apart['low']:+.3f} to {apart['high']:+.3f})")
