"""`kith import`: offers from a file, and the wards of postcodes; a plan first."""

from __future__ import annotations

import functools
import json
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import click

MOST_FAULTS = 20  # lines of faults that are printed


@click.group(name="import", epilog="Example: kith import offers services.csv --source 'town directory'")
def import_group() -> None:
    """Bring offers, or the wards of postcodes, in from a file: a plan first, then apply."""


def _bring_in(found: Path | list[dict[str, Any]], *, source: str, file_name: str, plan_only: bool, yes: bool, as_json: bool) -> None:
    """Show the plan, ask, then apply it in one transaction. Stopped at any moment, nothing was brought in; run again, it starts over."""
    from rich.console import Console
    from rich.progress import track

    from partners.foundation.actors import SYSTEM
    from partners.oruk import intake
    from web.cli.database import now, working

    show = sys.stderr.isatty() and not as_json
    stage = functools.partial(track, console=Console(stderr=True), disable=not show)
    try:
        with working() as session:
            made = intake.plan(session, found, source=source, track=functools.partial(stage, description="Reading"))
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
            intake.apply(session, made, by=SYSTEM, at=now(), track=functools.partial(stage, description="Importing"), file_name=file_name)
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing was brought in; run it again whenever you like.", err=True)
        sys.exit(130)
    if not as_json:
        click.echo("Done. Each waits for a person to choose its needs and confirm it.")


@import_group.command(epilog="Example: kith import offers services.jsonl.gz --source 'town directory' --yes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="What to call where it comes from; importing again under the same name changes only what changed.")
@click.option("--plan-only", is_flag=True, help="Show the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def offers(file: Path, source: str, plan_only: bool, yes: bool, as_json: bool) -> None:
    """Import offers from CSV, XLSX, JSON lines (.gz too) or Open Referral UK 3.0 JSON. None is suggested before a person confirms it."""
    _bring_in(file, source=source, file_name=file.name, plan_only=plan_only, yes=yes, as_json=as_json)


@import_group.command(epilog="Example: kith import feed https://directory.example.org/oruk/v3 --source 'county directory'")
@click.argument("address")
@click.option("--source", required=True, help="What to call where it comes from; importing again under the same name changes only what changed.")
@click.option("--plan-only", is_flag=True, help="Show the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def feed(address: str, source: str, plan_only: bool, yes: bool, as_json: bool) -> None:
    """Import a live Open Referral UK 3.0 feed from ADDRESS, whose host KITH_FEED_HOSTS names."""
    from rich.console import Console
    from rich.progress import track

    from partners.foundation.errors import InvalidRecord
    from partners.oruk import feeds
    from web.cli.database import settings

    stage = functools.partial(track, console=Console(stderr=True), disable=as_json or not sys.stderr.isatty(), description="Fetching")
    try:
        found = feeds.read(address, feeds.Door(settings().feed_hosts), track=stage)
    except InvalidRecord as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    _bring_in(found, source=source, file_name=address, plan_only=plan_only, yes=yes, as_json=as_json)


@import_group.command(epilog="Example: kith import postcodes codepo_gb.zip --names wards.csv --area LS --yes")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--names", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CSV of ward names with the headings code and name (or WD25CD and WD25NM).")
@click.option("--area", "areas", multiple=True, help="Keep only postcodes of this area, by its letters, such as LS; may be given several times. All of the file's when left out.")
@click.option("--plan-only", is_flag=True, help="Show the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def postcodes(file: Path | None, names: Path | None, areas: tuple[str, ...], plan_only: bool, yes: bool, as_json: bool) -> None:
    """Bring in the ward of each postcode from FILE, so that a head sees needs that nothing met by ward.

    FILE is OS Code-Point Open (its zip), the ONS Postcode Directory, or a CSV with the headings postcode and ward; .gz too. Figures that were
    released stay as they are. Without FILE, --names alone gives wards their names.
    """
    from rich.console import Console
    from rich.progress import track

    from partners.foundation import ward_lists
    from partners.foundation.actors import SYSTEM
    from web.cli.database import now, working

    if file is None and names is None:
        raise click.UsageError("Name a FILE of postcodes with their wards, or --names FILE.")
    stage = functools.partial(track, console=Console(stderr=True), disable=as_json or not sys.stderr.isatty())
    try:
        with working() as session:
            found = ward_lists.read(file, areas=areas, track=functools.partial(stage, description="Reading")) if file else ward_lists.Found()
            called, faults = ward_lists.read_names(names) if names else ({}, [])
            faults = [*found.faults, *faults]
            made = ward_lists.plan(session, found, called)
            told = {
                "new": len(made.added), "moved": len(made.moved), "same": made.same, "without_ward": found.without, "wards": len(set(found.wards.values())), "names": made.named,
                "refused": [{"file": f.file, "line": f.line, "says": f.says} for f in faults],
            }
            if as_json:
                click.echo(json.dumps(told))
            else:
                click.echo(f"{len(made.added):,} postcodes new, {len(made.moved):,} in another ward than before, {made.same:,} the same, {found.without:,} without a ward, {len(faults):,} refused. {told['wards']:,} wards; {made.named:,} names new or other.")
                for f in faults[:MOST_FAULTS]:
                    click.echo(f"  {f.file} line {f.line}: {f.says}")
                if len(faults) > MOST_FAULTS:
                    click.echo(f"  … and {len(faults) - MOST_FAULTS:,} more; --json lists all.")
                if made.moved:
                    click.echo("  Postcodes in another ward begin a new drawing of the wards: days that were released by the old one are not counted by ward again.")
            if plan_only or not made.changes:
                return
            if not yes and (as_json or not click.confirm("Bring these in?")):
                return
            ward_lists.apply(session, made, file_name=(file or names or Path("names")).name, by=SYSTEM, at=now(), track=functools.partial(stage, description="Bringing in"))
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing was brought in; run it again whenever you like.", err=True)
        sys.exit(130)
    if not as_json:
        click.echo("Done. The next figures count by ward where the wards of the families' postcodes are known.")


@import_group.command(epilog="Example: kith import duplicates --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def duplicates(as_json: bool) -> None:
    """Look for offers that may be the same. A person decides about each pair on the page 'Maybe the same'; none is merged here."""
    from partners.foundation.actors import SYSTEM
    from partners.registry import duplicates as pairs
    from web.cli.database import now, working

    with working() as session:
        new = pairs.find(session, by=SYSTEM, at=now())
        click.echo(json.dumps({"new": new}) if as_json else f"{new} new pairs wait for a person.")


@import_group.group("do-not-list", epilog="Example: kith import do-not-list list")
def register() -> None:
    """Organisations that asked not to appear: no import brings them back."""


@register.command("add", epilog="Example: kith import do-not-list add 'Quiet Charity' --asked-by 'Their chair, by phone'")
@click.argument("name")
@click.option("--asked-by", required=True, help="Who asked.")
@click.option("--asked-on", type=click.DateTime(["%Y-%m-%d"]), help="The day they asked; today when left out.")
@click.option("--website", help="Their web address, so that another spelling of the name is found too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_to_register(name: str, asked_by: str, asked_on: datetime | None, website: str | None, as_json: bool) -> None:
    """Put NAME on the register and archive what is listed of it."""
    from partners.foundation.actors import SYSTEM
    from partners.registry import do_not_list, organisations
    from web.cli.database import now, working

    with working() as session:
        row = do_not_list.add(session, name=name, asked_by=asked_by, asked_on=asked_on.date() if asked_on else None, website=website, by=SYSTEM, at=now())
        gone = organisations.archive_unlisted(session, row, by=SYSTEM, at=now())
        click.echo(json.dumps({"id": str(row.id), "name": row.name, "archived": len(gone)}) if as_json else f"{row.says()} Archived: {len(gone)}.")


@register.command("list", epilog="Example: kith import do-not-list list --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_register(as_json: bool) -> None:
    """Show who asked not to appear."""
    from partners.registry import do_not_list
    from web.cli.database import working

    with working() as session:
        rows = do_not_list.every(session)
        if as_json:
            click.echo(json.dumps([{"id": str(r.id), "name": r.name, "asked_on": r.asked_on.isoformat(), "asked_by": r.asked_by} for r in rows]))
        else:
            click.echo("\n".join(f"{r.id}  {r.says()}" for r in rows) or "Nobody has asked not to be listed.")


@register.command("lift", epilog="Example: kith import do-not-list lift 3f7b145d-84af-42d7-8fae-eaca714b02b2")
@click.argument("row_id", type=click.UUID)
def lift_from_register(row_id: uuid.UUID) -> None:
    """Take a row (its id from `list`) off the register: they asked to come back. What was archived stays so."""
    from partners.foundation.actors import SYSTEM
    from partners.registry import do_not_list
    from web.cli.database import now, working

    with working() as session:
        click.echo(f"{do_not_list.lift(session, row_id, by=SYSTEM, at=now()).name} may be listed again.")
