"""The edge: one database session a request, and the only commit of the web."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request
from flask.ctx import _AppCtxGlobals
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from partners.foundation.db import reading_factory, session_factory
from partners.foundation.errors import Conflict, NotReady
from web.settings import Settings

LOOKING = ("GET", "HEAD", "OPTIONS")
# Below this much free space on the disk of an SQLite file, only signing in still writes: a full disk then never catches anybody half-way,
# and people can go on reading. Judgement, November 2026: room for some thousand sign-ins and for the write-ahead log.
RESERVE_BYTES = 16 * 1024 * 1024
_WRITES_IN_THE_RESERVE = ("accounts", "second_step")


@dataclass
class Edge:
    """What the web holds for as long as it runs: its settings, the database and the clock."""

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    writing: sessionmaker[Session] = field(init=False)
    reading: sessionmaker[Session] = field(init=False)
    folder: Path | None = field(init=False)

    def __post_init__(self) -> None:
        self.writing = session_factory(self.engine)
        self.reading = reading_factory(self.engine)
        url = self.engine.url
        is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        self.folder = Path(str(url.database).removeprefix("file://")).parent if is_file else None

    def has_room(self) -> bool:
        """Whether the disk of the database has more left than the reserve; PostgreSQL looks after its own."""
        if self.folder is None:
            return True
        try:
            left = os.statvfs(unquote(str(self.folder)))
        except OSError:
            return True
        return left.f_bavail * left.f_frsize >= RESERVE_BYTES


class _Globals(_AppCtxGlobals):
    """Flask's `g`, which opens `g.session` when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "session":
            edge = the_edge()
            if request.method not in LOOKING and request.blueprint not in _WRITES_IN_THE_RESERVE and not edge.has_room():
                raise NotReady("The disk of the database is nearly full, so nothing new is kept. Reading still works.")
            self.session = edge.reading() if request.method in LOOKING else edge.writing()
            return self.session
        return super().__getattr__(name)


def the_edge() -> Edge:
    """Return what the running service holds."""
    edge: Edge = current_app.extensions["kith"]
    return edge


def settings() -> Settings:
    """Return what the running service was set up with."""
    return the_edge().settings


def now() -> datetime:
    """Return the present instant (UTC) by the service's clock; one request sees one instant."""
    if "at" not in g:
        g.at = the_edge().clock()
    at: datetime = g.at
    return at


@contextmanager
def looking() -> Iterator[Session]:
    """Open a session of its own, for reading before a slow sum, so that no write lock is held meanwhile."""
    with the_edge().reading() as session:
        yield session


@contextmanager
def apart() -> Iterator[Session]:
    """Open a session of its own and commit it at the end: for what must outlive a roll-back.

    On SQLite a second writer waits for the first, so `give_up` the request's own session before.
    """
    with the_edge().writing() as session:
        yield session
        session.commit()


def give_up() -> None:
    """Forget everything the request changed so far."""
    session = g.get("session")
    if session is not None:
        session.rollback()
        session.close()


def let_go() -> None:
    """Keep what the request changed so far and let others write: before a slow sum in a request that keeps nothing more."""
    session = g.get("session")
    if session is not None:
        session.commit()


def _settle(response: Response) -> Response:
    """Commit what a successful request changed; forget the rest. Looking never commits."""
    session = g.get("session")
    if session is None:
        return response
    if request.method not in LOOKING and response.status_code < 400:
        session.commit()
    else:
        session.rollback()
    return response


def _close(_error: BaseException | None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()


# What PostgreSQL says to the later of two transactions: serialization_failure and deadlock_detected. Source: PostgreSQL 15, appendix A.
_CAME_BETWEEN = ("40001", "40P01")


def _came_between(error: Exception) -> bool:
    """Whether another press at the same moment is why this one could not be kept."""
    if isinstance(error, StaleDataError | IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CAME_BETWEEN


def _tried_twice(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Let a request that another one overtook look again, once: it then sees what the other did, and a second press changes nothing."""

    def dispatch() -> ResponseReturnValue:
        try:
            return view()
        except (StaleDataError, DBAPIError) as error:
            if not _came_between(error):
                raise
            give_up()
        try:
            return view()
        except (StaleDataError, DBAPIError) as error:
            if not _came_between(error):
                raise
            raise Conflict("Somebody else pressed at the same moment. Open the page again to see how it stands now.") from error

    return dispatch


def init_app(app: Flask) -> None:
    """Give every request its session."""
    app.app_ctx_globals_class = _Globals
    app.dispatch_request = _tried_twice(app.dispatch_request)  # type: ignore[method-assign]
    app.after_request(_settle)
    app.teardown_appcontext(_close)
