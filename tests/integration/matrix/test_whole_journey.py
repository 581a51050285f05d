"""The whole line walked in the browser's place, a word in every field that takes one: none may stand in a log, a mail, the audit or an address."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from partners.foundation import outbox
from partners.foundation.audit import AuditEvent
from partners.foundation.db import session_factory
from tests.integration.matrix import forms, town
from tests.integration.matrix.forms import FORMS
from tests.integration.matrix.walk import World

# Typed by people, beside those that every tenant's records hold.
SOUGHT = [*forms.TYPED, "YO1 7HH", "K.J.", *(c.text for c in town.canaries() if c.tenant == "a" and c.kind in ("family", "initials", "asked", "account"))]


class Journey:
    """An officer's browser, a partner's, and every address that either asked for or was sent to."""

    def __init__(self, world: World) -> None:
        self.world, self.addresses, self.titles = world, [], []
        self.flo, self.partner = world.app.test_client(), world.app.test_client()
        self.flo.set_cookie("kith", world.town.identities["flo_a"].cookie or "")

    def get(self, browser: Any, path: str, expected: int = 200) -> Any:
        return self._keep(browser.get(path), path, expected)

    def post(self, browser: Any, path: str, data: dict[str, Any] | None = None, expected: int = 303) -> str:
        return self._keep(browser.post(path, data=data or {}), path, expected).headers.get("Location", "")

    def _keep(self, answer: Any, path: str, expected: int) -> Any:
        assert answer.status_code == expected, (path, answer.status_code, re.findall(r"error-message\">(.*?)</p>", answer.text, re.DOTALL))
        self.addresses += [path, answer.headers.get("Location", ""), *re.findall(r'(?:href|action)="([^"]*)"', answer.text)]
        self.titles += re.findall(r"<title>(.*?)</title>", answer.text, re.DOTALL)
        return answer


def _mail(world: World, kind: str) -> str:
    with session_factory(world.engine)() as session:
        rows = session.scalars(select(outbox.Message).where(outbox.Message.kind == kind).order_by(outbox.Message.queued_at)).all()
        return rows[-1].body


def _walk(journey: Journey) -> None:
    flo, partner, tenant = journey.flo, journey.partner, journey.world.town.tenants["a"]
    journey.get(flo, "/liaison/")
    family = journey.post(flo, "/liaison/families/new", FORMS["liaison.new_family"]).split("/")[3]
    journey.post(flo, "/liaison/families", {"words": "KJ"}, expected=200)
    journey.post(flo, f"/liaison/families/{family}/first", {"harm": "no"})
    journey.post(flo, f"/liaison/families/{family}/needs/words", {"said": forms.SAID}, expected=200)
    journey.post(flo, f"/liaison/families/{family}/needs", FORMS["liaison.new_needs"] | {"codes": town.open_codes()[:1]})
    run = journey.post(flo, f"/liaison/families/{family}/like", {"then": "suggestions"})
    page = journey.get(flo, run).text
    need = re.search(r"/liaison/needs/([0-9a-f-]{36})/", page)[1]  # type: ignore[index]
    chosen = {"offer": str(tenant.offer), "kind": "introduce", "press": "journey", "because": forms.BECAUSE}
    referral = journey.post(flo, f"/liaison/needs/{need}/choose", chosen).split("/")[3]
    journey.get(flo, f"/liaison/referrals/{referral}/agreement")
    journey.post(flo, f"/liaison/referrals/{referral}/agreement", FORMS["liaison.agreement"])
    journey.get(flo, f"/liaison/referrals/{referral}/check")
    journey.post(flo, f"/liaison/referrals/{referral}/check")
    link = "/r/" + re.search(r"/r/([\w-]+)", _mail(journey.world, "partner_message"))[1]  # type: ignore[index]
    journey.get(partner, link)
    journey.post(partner, f"{link}/ask", {"question": forms.QUESTION})
    journey.post(flo, f"/liaison/referrals/{referral}/moves/answer", {"answer": forms.ANSWER})
    journey.post(partner, f"{link}/accept")
    journey.post(partner, f"{link}/code/send")
    code = re.search(r"\d{6}", _mail(journey.world, "detail_code"))[0]  # type: ignore[index]
    journey.post(partner, f"{link}/code/enter", {"code": "not it"}, expected=422)
    details = partner.post(f"{link}/code/enter", data={"code": code})
    assert forms.FIRST in details.text
    for action in ("contact", "start", "finish"):
        journey.post(partner, f"{link}/{action}")
    journey.post(flo, f"/liaison/referrals/{referral}/outcome", FORMS["liaison.outcome"])
    journey.get(flo, f"/liaison/referrals/{referral}")
    journey.post(flo, f"/liaison/families/{family}/change", FORMS["liaison.change_family"] | {"initials": "a whole name"}, expected=422)
    journey.get(flo, f"/liaison/families/{town.word('first', 'a')}", expected=404)


@pytest.fixture
def journey(world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> tuple[Journey, str]:
    made, log = Journey(world), io.StringIO()
    world.app.extensions["kith_limits"].reset()
    with contextlib.redirect_stderr(log), caplog.at_level(logging.DEBUG):
        _walk(made)
    told = capfd.readouterr()
    return made, log.getvalue() + caplog.text + told.out + told.err


def test_after_the_whole_journey_no_log_mail_audit_or_address_holds_a_word_about_the_family(journey: tuple[Journey, str]) -> None:
    walked, log = journey
    assert len(SOUGHT) >= 30
    assert log.count('"event": "request"') >= 20
    with session_factory(walked.world.engine)() as session:
        mails = session.scalars(select(outbox.Message)).all()
        kept = {"subjects": "\n".join(m.subject for m in mails), "mails": "\n".join(m.body for m in mails), "audit": repr([(e.action, e.subject_id, e.facts) for e in session.scalars(select(AuditEvent))])}
    # The one address that holds a word is the one that the test itself typed by hand.
    own = f"/liaison/families/{town.word('first', 'a')}"
    kept |= {"log": log, "addresses": "\n".join(a for a in walked.addresses if town.word("first", "a") not in a or a == own).replace(own, ""), "titles": "\n".join(walked.titles)}
    assert len(mails) >= 3
    found = [(place, text) for place, said in kept.items() for text in SOUGHT if text in said]
    assert found == []


def test_the_database_file_holds_no_word_of_a_family_in_plain(journey: tuple[Journey, str], world: World) -> None:
    with world.engine.connect() as connection:
        path = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    raw = b"".join(Path(path + ending).read_bytes() for ending in ("", "-wal"))
    sealed = [text for text in SOUGHT if text not in ("K.J.", "Q.X.A.", "W.V.A.", forms.CONFIRMER, forms.LEAD, forms.LEADPHONE, forms.PERSON, town.word("account", "a"))]
    assert [text for text in sealed if text.encode() in raw] == []
