"""`kith exchanges`: what could be arranged, on the database of KITH_DATABASE_URL."""

from __future__ import annotations

import json
import sys

import click
from sqlalchemy.orm import Session

from partners.foundation.actors import Actor, Role


def liaison_of(session: Session, name: str | None) -> Actor:
    """Return an actor that looks as the liaison officer of a school does, or leave with the names there are."""
    from partners.families import schools

    rows = schools.every(session)
    found = [s for s in rows if name is None or s.name == name]
    if len(found) != 1:
        click.echo(f"Say which school with --school: {', '.join(s.name for s in rows) or 'there is none yet'}", err=True)
        sys.exit(2)
    return Actor(kind="user", name="the command line", roles=frozenset({Role.FLO}), school_id=found[0].id)


@click.command(epilog='Example: kith exchanges --school "Marlbeck Primary School" --json')
@click.option("--school", help="The school's name; not needed where there is one school.")
@click.option("--json", "as_json", is_flag=True, help="Print the proposals as JSON.")
def exchanges(school: str | None, as_json: bool) -> None:
    """List what could be arranged between asks and gives: one to one, swaps, and rounds of three. Nothing is chosen."""
    from partners.matching import exchanges as room
    from web.cli.database import now, working

    with working() as session:
        found = room.as_records(room.propose(session, by=liaison_of(session, school), at=now()))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    labels = room.things()
    for row in found["exchanges"]:
        click.echo(" → ".join(f"{h['from']} gives {labels[h['thing']].lower()} to {h['to']}" for h in row["handovers"]))
    for row in found["unmet"]:
        click.echo(f"not met: {labels[row['thing']].lower()}: {row['because']}")
    click.echo(f"{found['met']} met{', and no other way would meet more' if found['proven'] else ''}; {len(found['unmet'])} not met.")
