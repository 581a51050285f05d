"""Writers: people who send referrals over HTTP and press again until they are answered; and the verdict on what the database then holds."""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Engine, select, text

from partners.foundation import audit
from partners.foundation.db import session_factory
from partners.foundation.outbox import Message
from partners.referrals.moves import State
from partners.referrals.referrals import Referral, ReferralEvent
from partners.referrals.replies import ReplyLink
from tests.reliability.small_town import SmallTown


@dataclass
class Verdict:
    """What went wrong, by kind; nothing did where every list is empty."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.duplicated or self.orphaned or self.damaged)


class Writers:
    """Several people at one server that may vanish at any moment."""

    def __init__(self, town: SmallTown, port: int, count: int = 4) -> None:
        self.town, self.port = town, port
        self.left = list(town.needs)
        self.acknowledged: list[uuid.UUID] = []
        self.problems: list[str] = []
        self.page_cookie = self.token = ""
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]

    def prepare(self) -> None:
        """Take a form's token as a browser does; it outlives the server."""
        while True:
            try:
                answer = self._ask("GET", "/sign-in", {}, "")
                break
            except OSError:
                time.sleep(0.01)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.words)
        assert found is not None, answer.words[:300]
        self.token, self.page_cookie = found.group(1), answer.cookie

    def start(self) -> None:
        """Let everybody begin."""
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Let everybody end what they began. A server has to be there."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def _work(self) -> None:
        while not self.stopping.is_set():
            with self.lock:
                if not self.left:
                    return
                need = self.left.pop()
            facts = {"offer": str(self.town.offer), "kind": "ask_first", "press": uuid.uuid4().hex, "because": "near"}
            where = self._press_until_answered(f"/liaison/needs/{need}/choose", facts)
            if where is None or self._press_until_answered(urllib.parse.urlsplit(where).path, {}) is None:
                continue
            self.acknowledged.append(need)

    def _press_until_answered(self, path: str, facts: dict[str, str]) -> str | None:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            try:
                answer = self._ask("POST", path, {**facts, "csrf_token": self.token}, f"kith={self.town.cookie}; {self.page_cookie}")
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
                continue
            if answer.status == 303:
                return answer.location
            if answer.status != 503:
                self.problems.append(f"{answer.status} at {re.sub(r'[0-9a-f-]{36}', '…', path)}")
                return None
            time.sleep(0.02)
        self.problems.append("no answer in 40 s")
        return None

    def _ask(self, method: str, path: str, facts: dict[str, str], cookie: str) -> _Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = urllib.parse.urlencode(facts) if method == "POST" else None
            headers = {"Cookie": cookie, "Referer": f"http://127.0.0.1:{self.port}/"} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            words = answer.read().decode()
            given = (answer.getheader("Set-Cookie") or "").split(";")[0]
            return _Answer(answer.status, answer.getheader("Location") or "", given, words)
        finally:
            connection.close()

    def verdict(self, engine: Engine) -> Verdict:
        """Compare what was acknowledged with what is there, and every row with the rows that belong to it."""
        found = Verdict(damaged=[p for p in self.problems if not p.startswith("404")], lost=[p for p in self.problems if p.startswith("404")])
        with session_factory(engine)() as session:
            if engine.dialect.name == "sqlite":
                answers = [*session.execute(text("PRAGMA integrity_check")).scalars(), *session.execute(text("PRAGMA foreign_key_check")).scalars()]
                found.damaged += [str(a) for a in answers if a != "ok"]
            found.damaged += audit.verify(session)
            rows = session.execute(select(Referral.id, Referral.need_id, Referral.state)).all()
            by_need = Counter(row.need_id for row in rows)
            sent = {row.need_id for row in rows if row.state is State.SENT}
            found.lost += [str(need) for need in self.acknowledged if need not in sent]
            found.duplicated += [str(need) for need, n in by_need.items() if n > 1]
            mails = Counter(session.scalars(select(Message.referral_id)))
            links = Counter(session.scalars(select(ReplyLink.referral_id)))
            moved = Counter((str(r), a) for r, a in session.execute(select(ReferralEvent.referral_id, ReferralEvent.action)))
            told = Counter((i, a.removeprefix("referral:")) for i, a in session.execute(select(audit.AuditEvent.subject_id, audit.AuditEvent.action).where(audit.AuditEvent.subject_kind == "referral")))
            for row in rows:
                due = 1 if row.state is State.SENT else 0
                if mails[row.id] != due or links[row.id] != due:
                    (found.duplicated if mails[row.id] > 1 else found.orphaned).append(f"{row.id}: {mails[row.id]} mails, {links[row.id]} links")
                for action, times in (("choose", 1), ("prepare", due), ("send", due)):
                    if moved[str(row.id), action] != times or told[str(row.id), action] != times:
                        found.orphaned.append(f"{row.id}: {action} {moved[str(row.id), action]} times, told {told[str(row.id), action]}")
            found.orphaned += [f"mail of no referral {n}" for n in mails.keys() - {row.id for row in rows}]
        return found


@dataclass
class _Answer:
    status: int
    location: str
    cookie: str
    words: str
