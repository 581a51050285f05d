"""Health: whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from partners.foundation import schema
from web import database
from web.signing_in import open_to_all

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def alive() -> Response:
    """The process answers. Touches nothing else."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@bp.get("/readyz")
@open_to_all
def ready() -> Response:
    """The database answers and has the newest schema; 503 in plain words where not."""
    try:
        with database.looking() as session:
            session.execute(text("SELECT 1"))
        current = schema.is_current(database.the_edge().engine)
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, content_type="text/plain; charset=utf-8")
    if not current:
        return Response("the database is empty or older than this version: run kith init\n", 503, content_type="text/plain; charset=utf-8")
    return Response("ready\n", content_type="text/plain; charset=utf-8")
