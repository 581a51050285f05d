"""`kith allocate`: scarce places among many requests, from JSON files. A proposal, never an act."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from partners.matching.allocations import ENGINES
from partners.matching.allocations import allocate as share_out
from partners.matching.files import RecordsRefused

PATH = click.Path(path_type=Path)


@click.command(epilog="Example: kith allocate --offers offers.json --request requests.json --json")
@click.option("--offers", type=PATH, required=True, help="A JSON list of offers, or an object with the key offers.")
@click.option("--request", "requests", type=PATH, required=True, help="A JSON list of requests, in the order they came.")
@click.option("--locks", type=PATH, help="A JSON list of pairs a person has fixed: request, need and offer.")
@click.option("--groups", type=PATH, help="A JSON object from request ids to labels, such as areas, to check fairness by.")
@click.option("--engine", type=click.Choice(ENGINES), default="plain", show_default=True, help="Where to solve: here, or over a Dask cluster.")
@click.option("--scheduler", help="The address of a Dask scheduler; without it a cluster on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the allocation as JSON.")
def allocate(offers: Path, requests: Path, locks: Path | None, groups: Path | None, engine: str, scheduler: str | None, as_json: bool) -> None:
    """Propose who gets which place, beside first come, first served. Exit status 2, with one line a fault, where a record breaks the contract."""
    try:
        found = share_out(offers, requests, locks_path=locks, groups_path=groups, engine=engine, scheduler=scheduler)
    except RecordsRefused as error:
        for fault in error.faults:
            click.echo(fault.replace("\n", " ")[:1000], err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    for row in found["assignments"]:
        click.echo(f"{row['request']} · {row['need']}: {row['offer']}  {row['score']:.3f}")
    for row in found["unmet"]:
        click.echo(f"{row['request']} · {row['need']}: unmet: {row['because']}")
    for row in found["stopped"]:
        click.echo(f"{row['request']}: stop here and speak to the safeguarding lead.")
    for offer, price in found["shadow_price"].items():
        click.echo(f"one more place at {offer} would add {price:.3f}")
    fair = found["fairness"]
    for name, figures in (("this proposal", fair), ("first come, first served", fair["first_come"])):
        click.echo(f"{name}: {figures['requests_with_nothing']} with nothing, sum of scores {figures['objective']:.3f}, Gini {figures['gini']:.3f}")
        for group, level in figures.get("groups", {}).items():
            click.echo(f"  {group}: {level:.3f} for each family")
    click.echo(f"the price of fairness: {fair['price']:.2%} of the sum of scores; {'proven best' if found['optimal'] else 'not proven best'}")
