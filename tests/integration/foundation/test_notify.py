"""GOV.UK Notify behind the outbox's door, against a service on loopback that answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import outbox
from partners.foundation.errors import InvalidRecord, NotReady
from partners.foundation.notify import Doors, NotifyTransport, token
from partners.foundation.outbox import Message

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"kith-{SERVICE}-{SECRET}"
CANARY = "canary@pantry.example"


class Notify(ThreadingHTTPServer):
    """What it was told and what it answers: a status each time, `lost` to keep the message and answer nothing, `hang` to answer late."""

    def __init__(self, answers: list[Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answers, self.kept, self.bearers, self.asked = answers, [], [], 0
        self.released, self.texts = threading.Event(), []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that gave up is part of the tests."""


class _Answers(BaseHTTPRequestHandler):
    server: Notify

    def log_message(self, *_args: Any) -> None:
        """Print nothing."""

    def _say(self, status: int, body: Any) -> None:
        told = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def do_GET(self) -> None:
        if "received-text" in self.path:
            self._say(200, {"received_text_messages": self.server.texts})
            return
        self.server.asked += 1
        reference = self.path.split("reference=")[1]
        self._say(200, {"notifications": [m for m in self.server.kept if m["reference"] == reference]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if answer == "hang":
            self.server.released.wait(10)
            return
        self.server.bearers.append(self.headers["Authorization"])
        if answer in (201, "lost"):
            self.server.kept.append(body | {"path": self.path})
        if answer == "lost":
            self.connection.close()
            return
        self._say(answer, {"id": "x"} if answer == 201 else {"errors": [{"error": "BadRequestError", "message": f"no {CANARY}"}]})


@contextmanager
def notify(*answers: Any) -> Iterator[Notify]:
    server = Notify(list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def door(server: Notify, **more: Any) -> NotifyTransport:
    return NotifyTransport(KEY, mail_template="t-mail", text_template="t-text", address=server.url, timeout_s=more.get("timeout_s", 2.0))


def queue(sessions: sessionmaker[Session], at: datetime, *, text: bool = False) -> str:
    with sessions.begin() as session:
        made = outbox.queue_text(session, kind="family_text", to="07700 900456", body="Hello", at=at) if text else outbox.queue(session, kind="reminder", to=CANARY, subject="A message waits", body="Log in.", at=at)
        return str(made.id)


def run(sessions: sessionmaker[Session], transport: Any, at: datetime) -> outbox.Delivered:
    return outbox.deliver(sessions, transport, now=lambda: at)


def test_a_mail_and_a_text_leave_by_their_templates_with_the_messages_own_id(session_factory: sessionmaker[Session], at: datetime) -> None:
    mail, text = queue(session_factory, at), queue(session_factory, at, text=True)
    with notify(201) as server:
        assert run(session_factory, door(server), at).sent == 2
    by_id = {m["reference"]: m for m in server.kept}
    assert by_id[mail] == {"email_address": CANARY, "template_id": "t-mail", "personalisation": {"subject": "A message waits", "body": "Log in."}, "reference": mail, "path": "/v2/notifications/email"}
    assert by_id[text] == {"phone_number": "+447700900456", "template_id": "t-text", "personalisation": {"body": "Hello"}, "reference": text, "path": "/v2/notifications/sms"}


def test_the_token_is_signed_with_the_secret_and_tells_when_it_was_made(at: datetime) -> None:
    head, claims, mark = token(SERVICE, SECRET, at=at).split(".")
    plain = [json.loads(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))) for x in (head, claims)]
    assert plain == [{"typ": "JWT", "alg": "HS256"}, {"iss": SERVICE, "iat": int(at.timestamp())}]
    assert base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)) == hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()


@pytest.mark.parametrize(("answer", "becomes"), [(429, "retried"), (500, "retried"), (503, "retried"), (403, "retried"), ("hang", "retried"), (400, "dead")])
def test_what_may_pass_is_tried_again_and_what_never_can_leave_is_a_dead_letter(session_factory: sessionmaker[Session], at: datetime, answer: Any, becomes: str) -> None:
    queue(session_factory, at)
    with notify(answer) as server:
        done = run(session_factory, door(server, timeout_s=0.3), at)
    assert getattr(done, becomes) == 1
    with session_factory() as session:
        assert CANARY not in (session.scalars(select(Message)).one().last_error or "")


def test_an_answer_that_was_lost_on_the_way_makes_no_second_copy(session_factory: sessionmaker[Session], at: datetime) -> None:
    mail = queue(session_factory, at)
    with notify("lost", 201) as server:
        assert run(session_factory, door(server), at).retried == 1
        assert run(session_factory, door(server), at + timedelta(minutes=6)).sent == 1
        assert [m["reference"] for m in server.kept] == [mail]
        assert server.asked == 1


def test_mails_go_by_smtp_and_texts_by_notify_where_both_are_set(session_factory: sessionmaker[Session], at: datetime) -> None:
    from tests.integration.foundation.smtp_server import mail_server

    queue(session_factory, at)
    queue(session_factory, at, text=True)
    with notify(201) as server, mail_server("ok") as smtp:
        doors = Doors(mail=outbox.SmtpTransport(smtp.url, "kith@example.org"), text=door(server))
        assert run(session_factory, doors, at).sent == 2
    assert (len(smtp.kept), [m["path"] for m in server.kept]) == (1, ["/v2/notifications/sms"])


@pytest.mark.parametrize("number", ["0113 496 0000", "", "+33 6 12 34 56 78", "07700", "07700 900456, 07700 900457"])
def test_a_text_goes_to_one_mobile_of_this_country(session_factory: sessionmaker[Session], at: datetime, number: str) -> None:
    with session_factory() as session, pytest.raises(InvalidRecord):
        outbox.queue_text(session, kind="family_text", to=number, body="Hello", at=at)


@pytest.mark.parametrize(("key", "address"), [("kith", "https://notify.example"), (KEY, "http://notify.example"), (KEY, "ftp://127.0.0.1")])
def test_a_key_or_an_address_that_cannot_be_is_refused(key: str, address: str) -> None:
    with pytest.raises(NotReady):
        NotifyTransport(key, mail_template="t", text_template=None, address=address)


def test_what_families_answer_by_text_is_read_once_and_from_nobody_else(session_factory: sessionmaker[Session], engine: Any, at: datetime) -> None:
    from partners.families import families
    from partners.families.families import ContactBy
    from partners.referrals import family_links, referrals, text_replies
    from partners.referrals.moves import Kind
    from partners.registry import offers
    from tests.reliability.small_town import Need, settle

    town = settle(engine, at=at, count=1)
    with session_factory.begin() as session:
        need = session.get_one(Need, town.needs[0])
        referral = referrals.choose(session, need, offers.get(session, town.offer), Kind.TELL, press="t", by=town.flo, at=at)
        referrals.move(session, referral, "tell", by=town.flo, at=at)
        families.change(session, need.family, seen_version=need.family.version, contact_by=ContactBy.TEXT, by=town.flo, at=at)
        family_links.ask_by_text(session, referral, by=town.flo, at=at)
    rows = [{"id": str(n), "user_number": number, "content": words, "created_at": (at + timedelta(minutes=n)).isoformat().replace("+00:00", "Z")} for n, (number, words) in enumerate(
        [("447700900456", "too early"), ("447700900456", "2"), ("447700900456", "Could you ring my sister instead?"), ("447700900999", "2"), (None, None)], start=0)]
    rows[0]["created_at"] = (at - timedelta(minutes=5)).isoformat()
    with notify(201) as server:
        run(session_factory, door(server), at)
        server.texts = rows
        received = door(server).received(at=at)
    with session_factory.begin() as session:
        assert [text_replies.take_in(session, received, at=at + timedelta(hours=1)) for _ in range(2)] == [2, 0]
        assert [(r.said, r.words) for r in text_replies.waiting(session, by=town.flo)] == [("call", None), ("other", "Could you ring my sister instead?")]
        text_replies.finish(session, text_replies.waiting(session, by=town.flo)[0].id, by=town.flo, at=at)
        assert [r.said for r in text_replies.waiting(session, by=town.flo)] == ["other"]
