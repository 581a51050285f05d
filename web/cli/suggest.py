"""`kith suggest`: requests and offers from JSON files, answers to standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from partners.matching.files import RecordsRefused
from partners.matching.files import suggest as answer


@click.command(epilog="Example: kith suggest --offers offers.json --request request.json --json")
@click.option("--offers", type=click.Path(path_type=Path), required=True, help="A JSON list of offers, or an object with the key offers.")
@click.option("--request", "requests", type=click.Path(path_type=Path), required=True, help="A JSON request, or a list of them.")
@click.option("--limit", type=click.IntRange(1, 5), help="How many suggestions for each need.  [default: 3, or 2 where only company is asked for]")
@click.option("--skip-invalid", is_flag=True, help="Leave out records that break the contract, and count them, instead of refusing the file.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def suggest(offers: Path, requests: Path, limit: int | None, skip_invalid: bool, as_json: bool) -> None:
    """Match requests to offers and say why, and why not. Exit status 2, with one line a fault, where a record breaks the contract."""
    try:
        found, skipped = answer(offers, requests, limit=limit, skip_invalid=skip_invalid, tell=lambda line: click.echo(line, err=True))
    except RecordsRefused as error:
        for fault in error.faults:
            click.echo(fault.replace("\n", " ")[:1000], err=True)
        sys.exit(2)
    if skipped:
        records = len({fault.split(": ", 1)[0] for fault in skipped})
        click.echo(f"{_count(records, 'record')} skipped, with {_count(len(skipped), 'fault')}; the first: {skipped[0][:300]}", err=True)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for one in found if isinstance(found, list) else [found]:
        _show(one)


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    if found["stopped"]:
        console.print(f"[bold]{escape(found['request'])}[/]: stop here and speak to the safeguarding lead. Nothing was listed.")
        return
    for need in found["needs"]:
        console.print(f"\n[bold]{escape(need['id'])} · {need['code']}[/]" + (f" · unmet: {need['unmet']}" if need["unmet"] else ""))
        for s in need["suggestions"]:
            console.print(f"  {s['rank']}. {escape(s['offer'])}  {s['score']:.3f}  ({s['refer_by']}; next {s['next_session'] or 'not known'})")
            for reason in s["reasons"]:
                console.print(f"       {reason['verdict']:<10} {reason['points']:+.3f}  {escape(reason['says'])}")
            for check in s["check_first"]:
                console.print(f"       check first: {escape(check)}")
        for x in need["left_out"]:
            console.print(f"  left out: {escape(x['offer'])}: {escape(' '.join(r['says'] for r in x['because']))}")
    covers = ", ".join(f"{p['offer']} for {', '.join(p['needs'])}" for p in found["plan"]["offers"])
    console.print(f"\nOne plan for everything: {escape(covers) or 'none'}")
