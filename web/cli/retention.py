"""`kith retention` and `kith processing`: what is due by a school's schedule, and the record of processing."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from sqlalchemy.orm import Session

from partners.families.schools import School
from partners.foundation.errors import InvalidRecord


def _schools(session: Session, name: str | None) -> list[School]:
    """Return the school of a name, or every school."""
    from partners.families import schools

    every = schools.every(session)
    found = [s for s in every if name in (None, s.name, str(s.id))]
    if name is not None and not found:
        raise InvalidRecord("school", "There is no school of that name. The names are on the administrator's page.")
    return found


@click.command(epilog="Example: kith retention --dry-run --json")
@click.option("--dry-run", is_flag=True, help="Count what is due and delete nothing. This is what happens without --yes too.")
@click.option("--yes", is_flag=True, help="Delete what is due, at the schools that signed their schedule.")
@click.option("--school", default=None, help="One school's name or id; every school when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def retention(dry_run: bool, yes: bool, school: str | None, as_json: bool) -> None:
    """Count what is due by each school's schedule, or end it. Nothing is deleted before a school has recorded who signed its schedule, and when."""
    from partners.foundation.actors import SYSTEM
    from partners.privacy import retention as kept
    from partners.privacy import schedule
    from web.cli.database import now, working

    if dry_run and yes:
        click.echo("Give --dry-run or --yes, not both.", err=True)
        sys.exit(2)
    with working() as session:
        rows: list[dict[str, Any]] = []
        for one in _schools(session, school):
            signed = schedule.signed(session, one.id)
            due = {d.rule.code: {"due": d.count, "held": d.left} for d in kept.plan(session, one, at=now())}
            done = kept.carry_out(session, one, by=SYSTEM, at=now()) if yes and signed is not None else None
            rows.append({"school": one.name, "signed_by": signed.signed_by if signed else None, "due": due, "done": done})
        if as_json:
            click.echo(json.dumps(rows))
            return
        for row in rows:
            click.echo(f"{row['school']}: {'signed by ' + str(row['signed_by']) if row['signed_by'] else 'nobody has signed its schedule, so nothing is deleted'}")
            for code, count in row["due"].items():
                click.echo(f"  {count['due']:>6} due, {count['held']} held: {schedule.RULES[code].what}, {schedule.RULES[code].end}")
            if row["done"] is not None:
                click.echo(f"  Ended: {sum(row['done'].values())}.")


@click.command(epilog="Example: kith processing --school 'Marlbeck Primary School' --json")
@click.option("--school", default=None, help="One school's name or id; every school when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
def processing(school: str | None, as_json: bool) -> None:
    """Print the record of processing, with the facts for an impact assessment: read from the tables as they are. No family is in it."""
    from partners.foundation.actors import SYSTEM
    from partners.privacy import processing as record
    from web.cli.database import working

    with working() as session:
        found = [record.record(session, one, by=SYSTEM) for one in _schools(session, school)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        click.echo(f"{row['school']}: {row['purpose']}\n  {len(row['kept'])} kinds of record about families, {len(row['recipients'])} partners; schedule signed by {row['signed_by'] or 'nobody yet'}.")
