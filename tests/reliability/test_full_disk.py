"""A full disk: a plain page and never a false "sent"; reading and signing in go on; and it resumes by itself when there is room again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from partners.foundation import schema, sign_ins, users
from partners.foundation.db import open_engine, session_factory
from partners.foundation.outbox import Message
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from tests.integration.conftest import AT
from tests.reliability.pressing import Pressing
from tests.reliability.small_town import sent, settle
from web.database import RESERVE_BYTES

SIZE_MB = 32


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "none", str(folder)], capture_output=True, check=False) if os.getuid() == 0 else None
    if mounted is None or mounted.returncode != 0:
        pytest.skip("a small disk needs an account that may mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def filled(folder: Path, *, leaving_bytes: int) -> Iterator[None]:
    """Fill a disk while the block lasts."""
    left = os.statvfs(folder)
    with (folder / "filling").open("wb") as file:
        if leaving_bytes:
            file.write(b"x" * (left.f_bavail * left.f_frsize - leaving_bytes))
        else:
            try:
                while True:
                    os.write(file.fileno(), b"x" * 4096)
            except OSError:
                pass
    try:
        yield
    finally:
        (folder / "filling").unlink()


def _state(session: Session, referral_id: Any) -> tuple[State, int]:
    mails = session.scalar(select(func.count()).select_from(Message).where(Message.referral_id == referral_id)) or 0
    return session.scalars(select(Referral.state).where(Referral.id == referral_id)).one(), mails


def _signs_in(pressing: Pressing, word: str) -> int:
    """Open a sign-in link and press its button, in a new browser; then open the first page."""
    browser = pressing.app.test_client()
    browser.set_cookie("kith-page", pressing.page)
    answer = browser.post(f"/sign-in/link/{word}", data={"csrf_token": pressing.token, "email": "flo@elm.example"})
    return int(browser.get("/liaison/").status_code) if answer.status_code == 303 else int(answer.status_code)


@pytest.mark.parametrize("leaving_bytes", [RESERVE_BYTES // 2, 0])
def test_a_full_disk_sends_nothing_falsely_and_resumes(small_disk: Path, leaving_bytes: int) -> None:
    engine = open_engine(f"sqlite:///{small_disk}/kith.sqlite3")
    schema.migrate(engine)
    town = settle(engine, at=AT, count=3)
    with session_factory(engine).begin() as session:
        ids = [sent(session, town, need, at=AT, upto="choose").id for need in town.needs]
        flo = users.find_by_email(session, "flo@elm.example")
        assert flo is not None
        words = [sign_ins.new_sign_in_link(session, flo, at=AT) for _ in range(2)]
    pressing = Pressing(engine, town)
    assert pressing.press(f"/liaison/referrals/{ids[0]}/check", {}) == 303
    with filled(small_disk, leaving_bytes=leaving_bytes):
        answer = pressing.browser().post(f"/liaison/referrals/{ids[1]}/check", data={"csrf_token": pressing.token})
        assert answer.status_code == 503
        assert "Nothing was sent" in answer.text
        assert answer.headers["Retry-After"]
        for path in ("/privacy", "/liaison/", f"/liaison/referrals/{ids[0]}", "/readyz"):
            assert pressing.browser().get(path).status_code == 200, path
        if leaving_bytes:
            assert _signs_in(pressing, words[0]) == 200
    with session_factory(engine)() as session:
        assert _state(session, ids[1]) == (State.DRAFT, 0)
        assert _state(session, ids[0]) == (State.SENT, 1)
    assert pressing.press(f"/liaison/referrals/{ids[1]}/check", {}) == 303
    assert _signs_in(pressing, words[1]) == 200
    with session_factory(engine)() as session:
        assert _state(session, ids[1]) == (State.SENT, 1)
    engine.dispose()


def test_a_database_that_may_grow_no_more_sends_nothing_falsely(sqlite_url: str) -> None:
    """The same without a disk of its own: SQLite itself refuses to grow, in the middle of whatever was being written."""
    engine = open_engine(sqlite_url)
    town = settle(engine, at=AT, count=40)
    engine.dispose()
    most = [0]

    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={most[0] or pages + 6}")

    event.listen(engine, "connect", limit)
    pressing = Pressing(engine, town)
    answers, chosen = [], []
    for n, need in enumerate(town.needs):
        browser = pressing.browser()
        answer = browser.post(f"/liaison/needs/{need}/choose", data={"offer": str(town.offer), "kind": "ask_first", "press": f"{n}", "because": "near", "csrf_token": pressing.token})
        answers.append(answer.status_code)
        if answer.status_code == 303:
            chosen.append(answer.location)
            answers.append(browser.post(answer.location, data={"csrf_token": pressing.token}).status_code)
        if 503 in answers:
            break
    assert set(answers) == {303, 503}
    assert pressing.browser().get("/liaison/").status_code == 200
    with session_factory(engine)() as session:
        sent_now = session.scalar(select(func.count()).select_from(Referral).where(Referral.state == State.SENT))
        assert sent_now == session.scalar(select(func.count()).select_from(Message))
        assert sent_now == answers.count(303) - len(chosen)
    engine.dispose()
    most[0] = 100_000
    assert pressing.press(f"/liaison/needs/{town.needs[-1]}/choose", {"offer": str(town.offer), "kind": "ask_first", "press": "last", "because": "near"}) == 303
    engine.dispose()
