"""`kith backup` and `kith restore`: an encrypted copy, and back again with mail held."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from partners.foundation.errors import PartnersError


def _key() -> str:
    from web.cli.database import settings

    return settings().sealing_keys[0]


@click.command(epilog="Example: kith backup --to /backups/kith-2026-11-24.kith")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(target: Path, as_json: bool) -> None:
    """Write an encrypted backup while the service runs. It opens with the newest of KITH_SEALING_KEYS."""
    from partners.foundation import backups
    from web.cli.database import now, settings

    try:
        made = backups.backup(settings().database_url, target, key=_key(), at=now())
    except PartnersError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(json.dumps({"file": target.name, "audit_head": made.audit_head}) if as_json else f"Written. The audit ends with {made.audit_head[:16]}…")


@click.command(epilog="Example: kith restore --from /backups/kith-2026-11-24.kith")
@click.option("--from", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The backup to read.")
@click.option("--force", is_flag=True, help="Replace a database that holds records.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def restore(source: Path, force: bool, as_json: bool) -> None:
    """Bring a backup back into the database of KITH_DATABASE_URL. Mail that had not left is held until a person looks."""
    from partners.foundation import backups
    from web.cli.database import now, settings

    try:
        backups.restore(source, settings().database_url, key=_key(), at=now(), force=force)
    except PartnersError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(json.dumps({"restored": True}) if as_json else "Restored. Mail that had not left is held: see the administrator's page.")
