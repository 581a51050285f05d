"""`kith impact`: the frozen figures of a school, as they were released, and the making of the next release."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import click
from sqlalchemy.orm import Session


def _school(session: Session, name: str | None) -> Any:
    from partners.families import schools

    found = [s for s in schools.every(session) if name is None or s.name == name]
    if len(found) == 1 or (found and name is None):
        return found[0]
    known = ", ".join(s.name for s in schools.every(session)) or "none"
    click.echo(f"There is no school of that name. Known: {known}. Name one with --school.", err=True)
    sys.exit(2)


@click.group(invoke_without_command=True, epilog="Example: kith impact --json")
@click.option("--school", help="The school's name; by default the first by name.")
@click.option("--release", "release_id", type=click.UUID, help="One release, by its id; by default the last.")
@click.option("--json", "as_json", is_flag=True, help="Print the release as it was released, byte for byte.")
@click.pass_context
def impact(context: click.Context, school: str | None, release_id: uuid.UUID | None, as_json: bool) -> None:
    """Print the figures that were released last, or any release."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console
    from rich.table import Table

    from partners.foundation.actors import SYSTEM
    from partners.impact import releases
    from web.cli.database import working

    with working() as session:
        found = releases.of_school(session, _school(session, school).id, by=SYSTEM)
        if release_id is not None:
            known = session.get(releases.Release, release_id)
            found = [] if known is None else [known]
        if not found:
            click.echo("There is no such release. Make the first with: kith impact release", err=True)
            sys.exit(1)
        releases.verify(found[0])
        if as_json:
            click.echo(found[0].document)
            return
        console = Console()
        for name, table in found[0].tables.items():
            shown = Table(title=name)
            for heading in ("", *table["columns"]):
                shown.add_column(heading)
            for label, cells in zip(table["rows"], table["cells"], strict=True):
                shown.add_row(label, *(str(c) for c in cells))
            console.print(shown)


@impact.command(epilog="Example: kith impact release --json")
@click.option("--school", help="The school's name; by default every school.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def release(school: str | None, as_json: bool) -> None:
    """Freeze the figures of the last half-term that ended. With fewer than ten families changed, the last release stands."""
    from rich.console import Console

    from partners.families import schools
    from partners.impact import rounds
    from web.cli.database import now, working

    console = Console(stderr=True)
    with working() as session, console.status("Freezing figures") as status:
        wanted = [_school(session, school)] if school else schools.every(session)
        done = [(s.name, rounds.release_for(session, s, at=now(), say=lambda words: status.update(words))) for s in wanted]
        rows = [{"school": name, "release": str(m.release.id) if m.release else None, "new": m.is_new, "because": m.because} for name, m in done]
    told = (f"{name}: a new release, to {m.release.ends_on}" if m.is_new and m.release else f"{name}: nothing new, because {m.because}" for name, m in done)
    click.echo(json.dumps(rows) if as_json else "\n".join(told))
