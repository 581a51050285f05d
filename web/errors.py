"""Errors: one table from what went wrong to what the page says. Refusals are written down; nothing unexpected tells any detail."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    Gone,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from werkzeug.wrappers import Response as AnyResponse

from partners.foundation import audit, errors
from partners.foundation.actors import Actor
from web import database, limits
from web.logs import frames, log


@dataclass(frozen=True)
class Answer:
    """What one error becomes: a status, a heading, a sentence (the error's own where left out), and whether a refusal is written down."""

    status: int
    heading: str
    says: str | None = None
    refusal: bool = False


_NOT_THERE = "If you typed the address, check it. If you followed a link, it may have been moved or stopped."

# The nearest class wins. A record that is somebody else's and one that never was look just the same.
ERRORS: dict[type[Exception], Answer] = {
    errors.NotFound: Answer(404, "There is nothing here", _NOT_THERE),
    errors.NotAllowed: Answer(
        403, "This page is not open to you", "If you think it should be, ask your school's administrator.", refusal=True
    ),
    errors.SafetyStop: Answer(409, "Stop here", refusal=True),
    errors.SetAside: Answer(409, "These records are set aside", refusal=True),
    errors.AgreementMissing: Answer(409, "The family's agreement comes first", refusal=True),
    errors.IllegalMove: Answer(409, "Something has changed since", refusal=True),
    errors.StaleRecord: Answer(409, "Somebody else changed this"),
    errors.NothingToDo: Answer(409, "Nothing to do now"),
    errors.Conflict: Answer(409, "Something has changed since"),
    errors.InvalidRecord: Answer(422, "Something needs putting right"),
    errors.NotReady: Answer(503, "Kith is not ready", "Nothing was sent and nothing was lost. Please tell your administrator."),
    errors.PartnersError: Answer(500, "Something went wrong on our side", "Nothing was sent. Please try again in a minute."),
    OperationalError: Answer(
        503, "We could not keep that just now", "Nothing was sent and nothing was half-kept. Please try again in a minute."
    ),
    CSRFError: Answer(
        400,
        "This page had been open too long",
        "Nothing was lost and nothing was sent. Go back, open the page again and press the button once more.",
    ),
    BadRequest: Answer(400, "We could not read that", "Go back and try again. Nothing was changed."),
    Unauthorized: Answer(401, "Please sign in", "Sign in first."),
    Forbidden: Answer(403, "This page is not open to you", "If you think it should be, ask your school's administrator."),
    NotFound: Answer(404, "There is nothing here", _NOT_THERE),
    MethodNotAllowed: Answer(405, "That cannot be done here", "Go back and use the buttons on the page."),
    Gone: Answer(410, "This has ended", "The link was used or has run out. Ask for a new one."),
    RequestEntityTooLarge: Answer(
        413, "That is too large", "Files can be up to 5 MB, and text as long as the page says. Nothing was kept."
    ),
    TooManyRequests: Answer(429, "Please wait a little", "That was tried many times in a short while. Try again in some minutes."),
    ServiceUnavailable: Answer(503, "Kith is busy", "Nothing was lost. Please try again in a minute."),
    InternalServerError: Answer(500, "Something went wrong on our side", "Nothing was sent. Please try again in a minute."),
    HTTPException: Answer(400, "We could not do that", "Go back and try again. Nothing was changed."),
}


def answer_to(error: Exception) -> Answer:
    """Return the row of the nearest class of an error."""
    return next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)


def wants_json() -> bool:
    """Whether a program is asking: an address under /api or /oruk, or one that would rather have JSON than a page."""
    if request.path.startswith(("/api/", "/oruk/")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"], default="text/html")
    return best != "text/html"


def _notice_guessing(error: Exception) -> None:
    """Count a record that was not there. After many, the log and the audit say so, and `limits.refuse_guessing` shuts the door for a while."""
    if limits.count_miss():
        who = g.get("actor")
        log().warning("many_missing", endpoint=request.endpoint, actor=str(who.user_id) if who else "nobody")
        _write_down(error)


def _write_down(error: Exception) -> None:
    """Record a refusal in a session of its own: the roll-back would erase it."""
    try:
        with database.apart() as own:
            audit.record(
                own,
                "refused",
                by=g.get("actor") or Actor(kind="nobody", name=""),
                at=database.now(),
                error=type(error).__name__,
                endpoint=request.endpoint or "none",
            )
    except OperationalError:
        log().error("refusal_not_written", endpoint=request.endpoint)


def _problem(answer: Answer, status: int, says: str, error: Exception) -> Response:
    """Return an error for a program, as RFC 9457 writes it."""
    body: dict[str, object] = {"type": "about:blank", "title": answer.heading, "status": status, "detail": says}
    if isinstance(error, errors.InvalidRecord):
        body["errors"] = [{"field": error.field, "message": error.message}]
    return Response(json.dumps(body), status, content_type="application/problem+json")


def show(error: Exception) -> AnyResponse:
    """Return what an error becomes, as a page or for a program."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response(request.environ)
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        cause = error.original_exception
        log().error("failed", error=type(cause).__name__, endpoint=request.endpoint or "none", at=frames(cause))
        if isinstance(cause, OperationalError):
            error = cause
    answer = answer_to(error)
    database.give_up()
    if answer.status == 404 and request.endpoint is not None:
        _notice_guessing(error)
    # An unknown HTTP error keeps its own status.
    own = error.code if isinstance(error, HTTPException) and type(error) not in ERRORS and error.code else None
    status = own or answer.status
    if answer.refusal:
        _write_down(error)
    if status >= 500 and not isinstance(error, InternalServerError | OperationalError):
        log().error("failed", error=type(error).__name__, endpoint=request.endpoint or "none", at=frames(error))
    says = answer.says or str(error)
    if wants_json():
        response = _problem(answer, status, says, error)
    else:
        response = Response(render_template("errors/error.html", heading=answer.heading, says=says, status=status), status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if status in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after", None) or 60)
    return response


def init_app(app: Flask) -> None:
    """Let the table answer every error. What is not in it becomes an InternalServerError, which has its row."""
    for kind in ERRORS:
        app.register_error_handler(kind, show)
