"""`kith demo`: the invented town on this machine, with a sign-in link for each role; `--check` walks the whole line."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

ROLES = ("flo", "partner", "head", "trust", "admin", "dsl")


@dataclass
class Running:
    """A demo that is being served."""

    address: str
    links: dict[str, str]
    app: Any
    engine: Any
    settings: Any


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _secrets(folder: Path) -> dict[str, str]:
    """Return the demo's made-up secrets, the same each time, so that its database can be opened again."""
    import secrets

    from partners.foundation import sealing

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "demo-secrets.json"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"KITH_SECRET_KEY": secrets.token_urlsafe(48), "KITH_SEALING_KEYS": sealing.new_key()}), encoding="utf-8")
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    if "KITH_SCHOOL_DATA_KEY" not in kept:  # secrets made by an earlier version
        kept["KITH_SCHOOL_DATA_KEY"] = sealing.new_key()
        file.write_text(json.dumps(kept), encoding="utf-8")
    return kept


@contextmanager
def running(port: int, folder: Path, *, fresh: bool, say: Any) -> Iterator[Running]:
    """Serve on loopback in a thread, at once, and make the town where it is not there yet; it is yielded when it is ready."""
    from waitress.server import create_server

    from partners.foundation import schema, sealing, sign_ins, users
    from partners.foundation.db import open_engine, session_factory
    from partners.impact.school_data import keys as school_data_keys
    from partners.matching import words
    from seeds import demo as town
    from web import create_app
    from web.cli.database import now
    from web.settings import Settings

    file = folder / "demo.sqlite3"
    chosen = os.environ.get("KITH_DATABASE_URL")
    if fresh and not chosen:
        for name in (file, file.with_name("demo.sqlite3-wal"), file.with_name("demo.sqlite3-shm")):
            name.unlink(missing_ok=True)
    door = Door()
    server = create_server(door, host="127.0.0.1", port=port, threads=8, ident=None)
    threading.Thread(target=server.run, daemon=True).start()
    engine = None
    try:
        env = _secrets(folder) | {"KITH_DEMO": "1", "KITH_DATABASE_URL": chosen or f"sqlite:///{file}", "KITH_BASE_URL": f"http://127.0.0.1:{port}"}
        settings = Settings.from_environment(env)
        sealing.use_keys(list(settings.sealing_keys))
        school_data_keys.use_keys(list(settings.school_data_keys))
        engine = open_engine(settings.database_url)
        schema.migrate(engine)
        sessions = session_factory(engine)
        with sessions() as session:
            if users.find_by_email(session, "flo@marlbeck.example") is None:
                town.load(session, at=now(), progress=say)
                session.commit()
        links = {}
        with sessions() as session:
            for role in ROLES:
                email = "partner@advice.example" if role == "partner" else f"{role}@marlbeck.example"
                user = users.find_by_email(session, email)
                if user is not None:
                    links[role] = f"{settings.base_url}/sign-in/link/{sign_ins.new_sign_in_link(session, user, at=now(), minutes=480)}"
            session.commit()
        door.app = app = create_app(settings, engine=engine)
        threading.Thread(target=words.warm_up, daemon=True).start()
        yield Running(settings.base_url, links, app, engine, settings)
    finally:
        server.task_dispatcher.shutdown()
        if engine is not None:
            engine.dispose()


class Door:
    """What the server shows: a calm page while the town is made, then the town."""

    PAGE = b"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1"><title>The town is being made \xe2\x80\x93 Kith</title></head>
<body><main><h1>The town is being made</h1><p>It takes a few seconds. This page opens it by itself.</p></main></body></html>
"""

    def __init__(self) -> None:
        self.app: Any = None

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Answer one request. The calm page is a 503, so that a program that asks knows to ask again."""
        if self.app is not None:
            return self.app(environ, start)
        start("503 Service Unavailable", [
            ("Content-Type", "text/html; charset=utf-8"), ("Retry-After", "1"), ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"),
        ])
        return [self.PAGE]


@click.command(epilog="Example: kith demo --port 8000 --fresh")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port to serve on. [default: 8000, or a free one]")
@click.option("--fresh", is_flag=True, help="Make the town anew, forgetting what was done in it.")
@click.option("--json", "as_json", is_flag=True, help="Print the address and the links as JSON.")
@click.option("--check", is_flag=True, help="Serve a new town on a free port, walk the whole line over HTTP, and leave: exit 0 only if all of it holds.")
def demo(port: int | None, fresh: bool, as_json: bool, check: bool) -> None:
    """Serve an invented town on this machine. Nothing leaves it: its mails are shown on a page."""
    from partners.foundation.errors import NotReady
    from web.settings import data_folder

    def say(words: str) -> None:
        click.echo(f"{words} …", err=True)

    try:
        if check:
            from web.cli.demo_check import walk

            with tempfile.TemporaryDirectory() as folder, running(_free_port(), Path(folder), fresh=True, say=say) as served:
                sys.exit(0 if walk(served, as_json=as_json) else 1)
        with running(port or _usual_port(), data_folder(os.environ), fresh=fresh, say=say) as served:
            _tell(served, as_json)
            _go_on(served)
    except NotReady as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"The demo cannot start: {error.strerror}. Try another port: kith demo --port 8123", err=True)
        sys.exit(1)


def _usual_port() -> int:
    with socket.socket() as probe:
        return 8000 if probe.connect_ex(("127.0.0.1", 8000)) else _free_port()


def _tell(served: Running, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"address": served.address, "links": served.links, "mail": f"{served.address}/demo/mail"}))
        return
    names = {"flo": "Family liaison officer", "partner": "Partner (advice centre)", "head": "Head", "trust": "Trust", "admin": "Administrator", "dsl": "Safeguarding lead"}
    click.echo(f"\nKith's demo town is at {served.address}\n")
    for role, link in served.links.items():
        click.echo(f"  {names[role]:<24} {link}")
    click.echo(f"\n  {'Mail that would have gone':<24} {served.address}/demo/mail\n\nEach link works once. Stop with Ctrl+C; start again for new links.")


def _go_on(served: Running) -> None:
    """Deliver to the demo's page and let the clock tick, until somebody stops it."""
    from sqlalchemy.exc import OperationalError

    from partners.foundation import outbox
    from partners.foundation.db import session_factory
    from partners.referrals import digests, notices, reminders
    from web.cli.database import now

    sessions = session_factory(served.engine)
    ticked = now() - timedelta(hours=1)
    try:
        while True:
            try:
                outbox.deliver(sessions, outbox.PageTransport(), now=now, guard=notices.may_leave)
                if now() - ticked > timedelta(minutes=10):
                    with sessions() as session:
                        reminders.tick(session, base_url=served.address, at=now())
                        digests.send_due(session, base_url=served.address, at=now())
                        session.commit()
                    ticked = now()
            except OperationalError:  # somebody wrote for longer than one waits: the next round does what this one could not
                click.echo("The database was busy; trying again.", err=True)
            time.sleep(2)
    except KeyboardInterrupt:
        click.echo("Stopped. What you did is kept for the next time.", err=True)
