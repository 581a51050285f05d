"""`kith backup` and `kith restore`: an encrypted copy, and back again with mail held."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from partners.foundation.errors import PartnersError
from partners.foundation.ledger import Line


def _key() -> str:
    """Return the key of backups, and say so where it is only borrowed."""
    from web.cli.database import settings

    found = settings()
    if found.backup_key is None:
        click.echo("KITH_BACKUP_KEY is not set, so the newest of KITH_SEALING_KEYS is used. A key of its own is safer: kith init --new-key", err=True)
    return found.backup_key or found.sealing_keys[0]


@click.command(epilog="Example: kith backup --to /backups/kith-2026-11-24.kith")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(target: Path, as_json: bool) -> None:
    """Write an encrypted backup while the service runs. It opens with KITH_BACKUP_KEY; the sealing keys are not in it."""
    from partners.foundation import backups
    from web.cli.database import now, settings

    try:
        made = backups.backup(settings().database_url, target, key=_key(), at=now())
    except PartnersError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(json.dumps({"file": target.name, "audit_head": made.audit_head}) if as_json else f"Written. The audit ends with {made.audit_head[:16]}…")


def _lines_of(database_url: str) -> list[Line]:
    """Return the ledger of the database that is to be replaced; none where there is no such database or it cannot be read."""
    from partners.foundation import ledger
    from partners.foundation.db import open_engine

    try:
        engine = open_engine(database_url, must_exist=True)
        try:
            return ledger.of_database(engine)
        finally:
            engine.dispose()
    except (PartnersError, SQLAlchemyError):
        return []


def _replaying(lines: list[Line], counts: dict[str, int]) -> Callable[[Engine], None]:
    """Return what does erasures and withdrawals again in the restored database, brought up to date first where there are any."""
    def replay(engine: Engine) -> None:
        from partners.foundation import schema
        from partners.foundation.db import session_factory
        from partners.privacy import erasure
        from web.cli.database import now

        if not lines:
            return
        schema.migrate(engine)
        with session_factory(engine).begin() as session:
            done = erasure.replay(session, lines, at=now())
        counts.update(erased=done.erased, withdrawn=done.withdrawn)
        if done.erased:
            erasure.wipe(engine)

    return replay


@click.command(epilog="Example: kith restore --from /backups/kith-2026-11-24.kith")
@click.option("--from", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The backup to read.")
@click.option("--force", is_flag=True, help="Replace a database that holds records.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def restore(source: Path, force: bool, as_json: bool) -> None:
    """Bring a backup back into the database of KITH_DATABASE_URL. Mail that had not left is held until a person looks."""
    from partners.foundation import backups, ledger
    from web.cli.database import now, settings

    found = settings()
    path, replayed = ledger.path_for(found.database_url), {"erased": 0, "withdrawn": 0}
    if path is None:
        click.echo("KITH_LEDGER is not set, so what was erased or withdrawn since the backup is known only from the database that is replaced.", err=True)
    lines = [*ledger.read(path), *_lines_of(found.database_url)]
    try:
        done = backups.restore(source, found.database_url, key=_key(), at=now(), force=force, replay=_replaying(lines, replayed))
    except PartnersError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"restored": True, "made_at": done.backup.created_at.isoformat(), "held": done.held, "faults": done.faults} | replayed))
    else:
        click.echo(f"Restored, as it was on {done.backup.created_at:%d %B %Y at %H:%M} (UTC). Everybody has to sign in again.")
        click.echo(f"{done.held} {'mail is' if done.held == 1 else 'mails are'} held: on the administrator's page a person sends or cancels each.")
        click.echo("The audit is whole." if not done.faults else "The audit has faults:\n" + "\n".join(f"  - {fault}." for fault in done.faults))
        click.echo(f"Done again from the ledger: {replayed['erased']} erased, {replayed['withdrawn']} agreements withdrawn. Now run: kith init")
    sys.exit(3 if done.faults else 0)
