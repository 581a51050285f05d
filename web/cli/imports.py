"""`kith import`: offers from a file, a plan first."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.group(name="import", epilog="Example: kith import offers services.csv --source 'town directory'")
def import_group() -> None:
    """Bring offers in from a file: a plan first, then apply."""


@import_group.command(epilog="Example: kith import offers services.jsonl.gz --source 'town directory' --yes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="What to call where it comes from; importing again under the same name changes only what changed.")
@click.option("--plan-only", is_flag=True, help="Show the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def offers(file: Path, source: str, plan_only: bool, yes: bool, as_json: bool) -> None:
    """Import offers from CSV, JSON lines (.gz too) or Open Referral UK 3.0 JSON. None is suggested before a person confirms it."""
    from rich.progress import track

    from partners.foundation.actors import SYSTEM
    from partners.matching.words import propose_for_offer
    from partners.registry import importing
    from web.cli.database import now, working

    with working() as session:
        made = importing.plan(session, importing.read_text(file), source=source[:80])
        told = {"new": len(made.new), "changed": len(made.changed), "same": made.same, "refused": [{"row": r.row, "field": r.field, "says": r.says} for r in made.refused]}
        if as_json:
            click.echo(json.dumps(told))
        else:
            click.echo(f"{len(made.new)} new, {len(made.changed)} changed, {made.same} the same, {len(made.refused)} refused.")
            for r in made.refused[:20]:
                click.echo(f"  row {r.row}: {r.field}: {r.says}")
        if plan_only or not (made.new or made.changed):
            return
        if not yes and (as_json or not click.confirm("Bring these in?")):
            return
        show = sys.stderr.isatty() and not as_json
        importing.apply(session, made, propose=propose_for_offer, by=SYSTEM, at=now(), track=lambda rows: track(rows, description="Importing", disable=not show))
        if not as_json:
            click.echo("Done. Each waits for a person to choose its needs and confirm it.")
