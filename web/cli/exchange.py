"""`kith exchanges`, `kith groups` and `kith gaps`: what could be arranged, on the database of KITH_DATABASE_URL."""

from __future__ import annotations

import json
import sys
from typing import Any

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


@click.command(epilog='Example: kith groups --school "Marlbeck Primary School" --json')
@click.option("--school", help="The school's name; not needed where there is one school.")
@click.option("--json", "as_json", is_flag=True, help="Print the proposals as JSON.")
def groups(school: str | None, as_json: bool) -> None:
    """List groups of needs that one session could serve: never fewer than five families, and never who they are."""
    from partners.matching import groups as room
    from partners.matching import words
    from web.cli.database import now, working

    with working() as session:
        found: list[dict[str, Any]] = [
            {
                "need": p.code, "area": p.area, "families": len(p.needs), "in_common": list(p.in_common), "half_hours": len(p.half_hours),
                "offers": [{"id": str(o.id), "name": o.name} for o in p.offers],
            }
            for p in room.propose(session, by=liaison_of(session, school), at=now())
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    labels = words.labels()
    for row in found:
        click.echo(f"{row['families']} families · {labels[row['need']]} · {row['area'] or 'any area'} · {len(row['offers'])} offers fit them all")
    click.echo(f"{len(found)} groups could meet.")


@click.command(epilog='Example: kith gaps --school "Marlbeck Primary School" --json')
@click.option("--school", help="The school's name; not needed where there is one school.")
@click.option("--json", "as_json", is_flag=True, help="Print the ledger and the changes as JSON.")
def gaps(school: str | None, as_json: bool) -> None:
    """List needs that nothing meets, and the changes that would meet most, each run before it is told. Up to seven families are not shown."""
    from partners.impact import gap_page
    from partners.matching import gaps as room
    from partners.matching import words
    from web.cli.database import now, working

    with working() as session:
        found: dict[str, Any] = gap_page.as_records(room.find(session, by=liaison_of(session, school), at=now()))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    labels = words.labels()
    for row in found["ledger"]:
        click.echo(f"{_shown(row['families'])} · {labels[row['need']]} · {row['area'] or 'no area'} · {row['reason']} · {row['term']}{'' if row['nothing_fits'] else ' · one change away'}")
    for row in found["changes"]:
        click.echo(f"would help {_shown(row['families'])}: {row['says']}{' at ' + row['offer'] if row['offer'] else ''}{': ' + ', '.join(row['invite']) if row['invite'] else ''}")


def _shown(families: int | None) -> str:
    return "too few to show" if families is None else f"about {families} families"
