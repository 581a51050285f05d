"""Mail headers: whatever is put into an address or a subject, no header, recipient or body is slipped in."""

# ruff: noqa: S311 (chance here only varies the tests)
from __future__ import annotations

import random
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy.orm import Session

from partners.foundation import outbox
from partners.foundation.errors import InvalidRecord
from tests.integration.foundation.conftest import NOW

SENDER = "Kith <kith@example.org>"
BREAKS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n ", "\r\n\t", "%0d%0a", "\\r\\n", "=0D=0A", "=?utf-8?q?=0D=0A?="]
LOADS = ["Bcc: thief@evil.example", "To: thief@evil.example", "Subject: other", "\r\nBody of another", "Content-Type: text/html", "From: x@y.z", "", ".", "\r\n.\r\nMAIL FROM:<a@b.c>"]
HEADERS = {"from", "to", "subject", "date", "message-id", "auto-submitted", "content-type", "content-transfer-encoding", "mime-version"}


def attempts() -> Iterator[tuple[str, str]]:
    """Two thousand pairs of an address and a subject, each with something slipped into one of them."""
    chance = random.Random(17)
    letters = "abcĄ漢🙂 \t,;:<>()[]\"'\\@=?%\r\n\0\u2028\x85\x7f\u202e"
    for n in range(2000):
        odd = chance.choice(BREAKS) + chance.choice(LOADS) if n % 2 else "".join(chance.choices(letters, k=chance.randint(1, 12)))
        base = "jo@example.org" if n % 4 < 2 else "A message waits"
        place = chance.randint(0, len(base))
        made = base[:place] + odd + base[place:]
        yield (made, "A message waits") if n % 4 < 2 else ("jo@example.org", made)


def test_two_thousand_strings_slip_nothing_into_a_mail(session: Session) -> None:
    refused, went = 0, 0
    for to, subject in attempts():
        try:
            message = outbox.queue(session, kind="reminder", to=to, subject=subject, body="Log in.", at=NOW)
        except InvalidRecord:
            refused += 1
            continue
        went += 1
        mail = outbox.as_mail(message, sender=SENDER, at=NOW)
        raw = mail.as_bytes()
        read = message_from_bytes(raw, policy=default)
        assert {name.lower() for name in read} <= HEADERS, (to, subject)
        assert len(read.keys()) == len({name.lower() for name in read}), (to, subject)
        assert [address.addr_spec for address in mail["To"].addresses] == [to]
        assert len(read["To"].addresses) == 1, (to, subject)
        assert read["From"] == SENDER
        assert read.get_content().strip() == "Log in.", (to, subject)
    assert refused + went == 2000
    assert refused > 500
    assert went > 150


@pytest.mark.parametrize("mark", [b for b in BREAKS if b[0] in "\r\n\0\x0b\x0c\x1c\x85\u2028\u2029"])
def test_every_kind_of_line_break_is_refused_beside_its_field(session: Session, mark: str) -> None:
    for field, to, subject in (("to", f"jo{mark}@example.org", "A message"), ("subject", "jo@example.org", f"A{mark}Bcc: thief@evil.example")):
        with pytest.raises(InvalidRecord) as refused:
            outbox.queue(session, kind="reminder", to=to, subject=subject, body="Log in.", at=NOW)
        assert refused.value.field == field


@pytest.mark.parametrize("to", ["", "jo", "jo@", "@example.org", "a@example.org,b@example.org", "a@example.org b@example.org", "Jo <jo@example.org>", "a@b@c.org"])
def test_an_address_is_one_plain_address(session: Session, to: str) -> None:
    with pytest.raises(InvalidRecord):
        outbox.queue(session, kind="reminder", to=to, subject="A message", body="Log in.", at=NOW)
