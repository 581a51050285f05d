"""`kith init` and `kith serve`: make the database, then serve it. A server never makes tables."""

from __future__ import annotations

import json
import sys
import threading

import click


@click.command(epilog="Example: kith init")
@click.option("--new-key", is_flag=True, help="Print a new sealing key and do nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def init(new_key: bool, as_json: bool) -> None:
    """Make the database of KITH_DATABASE_URL, or bring it up to date, under a lock. Running it twice changes nothing."""
    from partners.foundation import schema, sealing
    from partners.foundation.db import open_engine
    from partners.foundation.errors import NotReady
    from web.cli.database import settings
    from web.settings import data_folder

    if new_key:
        click.echo(sealing.new_key())
        return
    import os

    found = settings()
    data_folder(os.environ).mkdir(parents=True, exist_ok=True)
    try:
        engine = open_engine(found.database_url)
        schema.migrate(engine)
    except NotReady as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(json.dumps({"ready": True}) if as_json else "The database is ready.")


@click.command(epilog="Example: kith serve --host 127.0.0.1 --port 8000")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen on.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="How many requests at once.")
def serve(host: str, port: int, threads: int) -> None:
    """Serve Kith. Run `kith init` once before, and `kith deliver` and `kith tick` every few minutes beside it."""
    from waitress import serve as listen

    from partners.matching import words
    from web import create_app
    from web.cli.database import open_database, settings

    found = settings()
    engine, _ = open_database(found)
    click.echo(f"Kith is at http://{host}:{port}")
    threading.Thread(target=words.warm_up, daemon=True).start()
    listen(create_app(found, engine=engine), host=host, port=port, threads=threads, ident=None)
