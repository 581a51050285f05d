"""One running Kith for every browser test of a worker. Each test begins with a database of its own behind it, and nothing of the test before."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import BaseWSGIServer, make_server

from partners.foundation import db, ledger, sealing
from partners.impact.school_data import keys as school_data_keys
from web import create_app
from web.database import Edge
from web.settings import Settings

LONGEST_ANSWER_S = 60  # judgement, November 2026: what is still being answered after that will never be


class Busy:
    """How many requests are being answered, so that no database is taken away from under one."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.now, self.free = app, 0, threading.Condition()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, and count it until its answer is given."""
        with self.free:
            self.now += 1
        try:
            with closing(self.app(environ, start)) as answer:  # type: ignore[type-var]
                return list(answer)
        finally:
            with self.free:
                self.now -= 1
                self.free.notify_all()

    def wait(self) -> None:
        """Wait until nothing is being answered. Raises TimeoutError."""
        with self.free:
            if not self.free.wait_for(lambda: self.now == 0, LONGEST_ANSWER_S):
                raise TimeoutError(f"{self.now} requests of the test before are still being answered")


class Service:
    """A server, the application behind it, and the folder of its database."""

    def __init__(self, server: BaseWSGIServer, app: Flask, engine: Engine, folder: Path) -> None:
        self.app, self.folder, self.address = app, folder, f"http://127.0.0.1:{server.port}"
        self._engine, self._busy = engine, Busy(app.wsgi_app)
        server.app = self._busy

    @property
    def _edge(self) -> Edge:
        edge: Edge = self.app.extensions["kith"]
        return edge

    def begin_with(self, file: Path) -> Engine:
        """Put a copy of a database behind the service and forget the one before; return an engine on it.

        The engine is another each time, for what was fitted or read of a registry is kept by engine; the connections' pool and the
        statements that were compiled are the same.
        """
        self._busy.wait()
        self._engine.dispose()
        for old in self.folder.iterdir():  # the write-ahead log too, and the ledger of what was erased
            old.unlink()
        shutil.copy(file, self.folder / "kith.sqlite3")
        engine = self._engine.execution_options(begun=time.monotonic())
        settings = self._edge.settings
        self.app.extensions["kith"] = Edge(settings, engine, self._edge.clock)
        self.app.extensions["kith_limits"].reset()
        sealing.use_keys(list(settings.sealing_keys))  # other tests of this worker may have set their own
        school_data_keys.use_keys(list(settings.school_data_keys))
        ledger.use_path(settings.ledger)
        return engine

    def tell_time_by(self, clock: Callable[[], datetime]) -> None:
        """Let the service go by a test's clock."""
        self._edge.clock = clock


@contextmanager
def started(folder: Path, key: str) -> Iterator[Service]:
    """Start Kith with the demo's settings on any free port, its database in an empty folder, and stop it at the end."""
    # The app must know its address before it is made, and the port is known once the server listens.
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    url = f"sqlite:///{folder / 'kith.sqlite3'}"
    environment = {"KITH_DEMO": "1", "KITH_DATABASE_URL": url, "KITH_BASE_URL": f"http://127.0.0.1:{server.port}", "KITH_SEALING_KEYS": key}
    engine = db.open_engine(url)
    service = Service(server, create_app(Settings.from_environment(environment), engine=engine), engine, folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
        engine.dispose()
