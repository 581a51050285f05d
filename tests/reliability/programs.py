"""The programs that are killed: a server, a mail worker, a migration. Each can be made wrongly on purpose, to see that the tests notice."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from waitress import serve as listen

from partners.foundation import outbox, schema
from partners.foundation.db import open_engine, session_factory
from partners.referrals import notices, referrals
from web import app as web_app
from web import database
from web.settings import Settings

SLOW_ANSWER_S = 0.01  # between the commit and the answer, as a network would be: a kill then leaves a sender that does not know


def serve(*, url: str, port: int, secret: str, keys: list[str], fault: str | None = None) -> None:
    """Serve Kith. `fault` makes it a broken build."""
    if fault is not None:
        FAULTS[fault]()
    settings = Settings(database_url=url, secret_key=secret, sealing_keys=tuple(keys), base_url=f"http://127.0.0.1:{port}", demo=False)
    app = web_app.create_app(settings, engine=open_engine(url, must_exist=True))
    inner = app.wsgi_app

    def slowly(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        answer: Iterable[bytes] = inner(environ, start)
        if environ["REQUEST_METHOD"] == "POST":
            time.sleep(SLOW_ANSWER_S)
        return answer

    listen(slowly, host="127.0.0.1", port=port, threads=8, ident=None)


def deliver(*, url: str, smtp: str, at: str) -> None:
    """Deliver what is due, once."""
    sessions = session_factory(open_engine(url))
    outbox.deliver(sessions, outbox.SmtpTransport(smtp, "kith@example.org", timeout_s=5), now=lambda: datetime.fromisoformat(at))


def migrate(*, url: str) -> None:
    """Bring a database up to date."""
    schema.migrate(open_engine(url))


# --- broken builds -----------------------------------------------------------------------------------------------------

def _two_transactions() -> None:
    right = notices.tell_partner

    def apart(session: Any, *facts: Any, **named: Any) -> Any:
        session.commit()
        time.sleep(SLOW_ANSWER_S)
        return right(session, *facts, **named)

    notices.tell_partner = apart  # type: ignore[assignment]


def _no_key() -> None:
    right = referrals.choose

    def forgetful(*facts: Any, press: str, **named: Any) -> Any:
        return right(*facts, press=uuid.uuid4().hex, **named)

    referrals.choose = forgetful  # type: ignore[assignment]
    answered = database._settle

    def later(response: Response) -> Response:
        answer = answered(response)
        time.sleep(5 * SLOW_ANSWER_S)  # on a busy machine a shorter moment is missed by every kill
        return answer

    database._settle = later


def _answer_first() -> None:
    def later(response: Response) -> Response:
        session = g.pop("session", None)
        if session is not None and response.status_code < 400:
            threading.Timer(3 * SLOW_ANSWER_S, session.commit).start()
        elif session is not None:
            session.close()
        return response

    database._settle = later


FAULTS = {"two_transactions": _two_transactions, "no_key": _no_key, "answer_first": _answer_first}


def present() -> datetime:
    """Return the present instant (UTC)."""
    return datetime.now(UTC)
