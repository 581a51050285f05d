"""The edge: one database session a request, and the only commit of the web."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.ctx import _AppCtxGlobals
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation.db import reading_factory, session_factory
from web.settings import Settings

LOOKING = ("GET", "HEAD", "OPTIONS")


@dataclass
class Edge:
    """What the web holds for as long as it runs: its settings, the database and the clock."""

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    writing: sessionmaker[Session] = field(init=False)
    reading: sessionmaker[Session] = field(init=False)

    def __post_init__(self) -> None:
        self.writing = session_factory(self.engine)
        self.reading = reading_factory(self.engine)


class _Globals(_AppCtxGlobals):
    """Flask's `g`, which opens `g.session` when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "session":
            edge = the_edge()
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


def init_app(app: Flask) -> None:
    """Give every request its session."""
    app.app_ctx_globals_class = _Globals
    app.after_request(_settle)
    app.teardown_appcontext(_close)
