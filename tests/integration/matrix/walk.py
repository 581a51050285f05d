"""The walk: asks for every route as everybody about every record, and says in one sentence each what was not as the table has it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import uuid
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.routing import Rule

from partners.foundation import outbox
from partners.foundation.audit import AuditEvent
from partners.foundation.db import Base, session_factory
from tests.integration.matrix.forms import WORDS_IN_ADDRESSES, form_for
from tests.integration.matrix.rows import Row
from tests.integration.matrix.together import TOGETHER
from tests.integration.matrix.town import STATES, Canary, Identity, Tenant, Town, canaries

MISSING = "missing"
QUIET_TABLES = ("audit_events", "sign_ins")
_CHANGING = re.compile(r'nonce-[\w-]+|nonce="[^"]*"|name="csrf_token"[^>]*value="[^"]*"')
_PARAMETERS = {
    "family_id": lambda t, _s: t.family, "need_id": lambda t, s: t.needs[s], "referral_id": lambda t, s: t.referrals[s], "run_id": lambda t, _s: t.run,
    "offer_id": lambda t, _s: t.offer, "upload_id": lambda t, _s: t.upload, "school_file_id": lambda t, _s: t.school_file, "story_id": lambda t, _s: t.story, "asked_id": lambda t, _s: t.asked, "pair_id": lambda t, _s: t.pair, "user_id": lambda t, _s: t.colleague, "message_id": lambda t, _s: t.message,
    "version_id": lambda t, _s: t.version, "quick_note_id": lambda t, _s: t.quick_note, "governor_ask_id": lambda t, _s: t.governor_ask,
    "reply_id": lambda t, _s: t.text_reply, "subject_id": lambda t, s: t.family,
    "sign_in_id": lambda t, _s: t.sign_in, "document_id": lambda t, _s: t.offer,
    **{name: lambda t, _s, name=name: t.together[name] for name in TOGETHER},
    "organisation_id": lambda t, _s: t.organisation, "contact_id": lambda t, _s: t.contact, "task_id": lambda t, _s: t.task,
    "agreement_id": lambda t, _s: t.agreement, "withdrawal_id": lambda t, _s: t.withdrawal, "questionnaire_id": lambda t, _s: t.questionnaire, "correction_id": lambda t, _s: t.correction,
    "own_agreement_id": lambda t, _s: t.agreement,
    "proposal_id": lambda t, _s: t.proposal, "place_id": lambda t, _s: t.place,
    "emergency_id": lambda t, _s: t.emergency,
    "complaint_id": lambda t, _s: t.complaint, "rights_request_id": lambda t, _s: t.rights_request, "hold_id": lambda t, _s: t.hold, "breach_id": lambda t, _s: t.breach,
}
_WAITING = ("lead.release",)


@dataclass
class World:
    """A running service on a town, and how its database is put back as it was."""

    app: Flask
    engine: Engine
    town: Town
    restore: Callable[[], None]
    log: io.StringIO = field(default_factory=io.StringIO)

    def checksum(self, *, without: Collection[str] = QUIET_TABLES) -> int:
        """Return a number that changes when any row does, save the audit and the sign-ins."""
        with self.engine.execution_options(reading=True).connect() as connection, contextlib.closing(connection.connection.cursor()) as cursor:
            found = []
            for name in sorted(Base.metadata.tables):
                if name not in without:
                    cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 (our own tables)
                    found.append(repr(sorted(map(repr, cursor.fetchall()))))
            return hash(tuple(found))

    def ask(self, identity: Identity, method: str, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send one request as somebody, in a new browser with no tries counted."""
        self.app.extensions["kith_limits"].reset()
        browser = self.app.test_client()
        if identity.cookie is not None:
            browser.set_cookie("kith", identity.cookie)
        with contextlib.redirect_stderr(self.log):
            response = browser.open(path, method=method, data=data, **more)
            response.get_data()
            response.close()  # a file that is served stays open until then
        return response


def sqlite_restore(engine: Engine, template: Path, path: Path) -> Callable[[], None]:
    """Return what puts an SQLite file back as it was."""

    def restore() -> None:
        engine.dispose()
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        shutil.copy(template, path)

    return restore


def rule_of(app: Flask, row: Row) -> Rule:
    """Return the rule of a row."""
    return next(rule for rule in app.url_map.iter_rules(row.endpoint) if row.method in (rule.methods or ()))


def states_of(rule: Rule) -> tuple[str, ...]:
    """Return the states that matter to a route: those of the referral or need that its address names, else one."""
    return STATES if {"referral_id", "need_id", "token"} & rule.arguments and rule.endpoint not in ("accounts.open_link", "portal.still_right", "portal.change_offer", "portal.propose_change", "portal.add_date", "portal.own_calendar", "portal.not_listed", "portal.deletion") and not rule.endpoint.startswith(("portal.partnership", "complain.", "check_in.", "family.")) else ("sent",)


def address(app: Flask, row: Row, tenant: Tenant, state: str) -> str:
    """Return the path of a route for a tenant's record in a state, or for a record that never was."""
    rule = rule_of(app, row)
    values: dict[str, Any] = {}
    for name in rule.arguments:
        if name in WORDS_IN_ADDRESSES.get(row.endpoint, {}):
            values[name] = WORDS_IN_ADDRESSES[row.endpoint][name]
        elif name == "token":
            word = {"offer_link": tenant.offer_word, "sign_in_link": tenant.sign_in_word, "partnership_link": tenant.partnership_word, "school_link": str(tenant.school), "check_in_link": tenant.check_in_word, "deletion_link": tenant.deletion_word, "family_link": tenant.family_word, "own_link": tenant.own_word}.get(row.scope) or tenant.reply_words.get(state)
            values[name] = "q7Zt1PpX0nCk9bA2dM4rY6uW8sE5vL3h" if state == MISSING else word
        elif name in _PARAMETERS:
            found = tenant.waiting if row.endpoint in _WAITING else None if state == MISSING else _PARAMETERS[name](tenant, state)
            values[name] = uuid.uuid4() if state == MISSING else found
        else:
            raise AssertionError(f"{row.endpoint} has <{name}> in its address: say what it is, in _PARAMETERS of walk.py or WORDS_IN_ADDRESSES of forms.py")
    built: str = app.url_map.bind("kith.example").build(row.endpoint, values, method=row.method)
    return built


def bare(response: Any, path: str) -> tuple[int, str, str]:
    """Return what an answer says, without the words that differ each time and without the address that was asked for."""
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.headers.items()) if name not in ("Date", "Set-Cookie"))
    return response.status_code, _CHANGING.sub("", headers), _CHANGING.sub("", response.get_data(as_text=True)).replace(path, "")


def _whole(response: Any) -> str:
    return "\n".join(f"{name}: {value}" for name, value in response.headers.items()) + "\n" + response.get_data(as_text=True)


def leaks(response: Any, may_read: Callable[[Canary], bool], words: list[Canary]) -> list[str]:
    """Return the words in an answer that this person may not read."""
    text = _whole(response)
    return [canary.text for canary in words if canary.text in text and not may_read(canary)]


def _may_read(identity: Identity, row: Row, tenant: Tenant, *, opened: bool) -> Callable[[Canary], bool]:
    """Return who may read what on a page: a link opens its own school's and organisation's words, to whoever holds it."""
    if row.is_link and opened:
        return lambda c: identity.may_read(c) or (c.tenant == tenant.letter and c.kind in ("school", "registry", "asked"))
    if row.endpoint.startswith("oruk."):  # the feed is for anybody: what an offer is, and never a word more
        return lambda c: identity.may_read(c) or (c.kind == "registry" and not c.text.startswith(("Confirmer", "Answers", "Inbox")))
    if row.endpoint.startswith("rights.processing"):  # the record names the partners that families agreed to
        return lambda c: identity.may_read(c) or c.text == f"Organisationqz{identity.tenant}"
    if row.endpoint.startswith("rights.") and identity.role == "dsl":  # the lead looks through a copy before it is given out
        return lambda c: identity.may_read(c) or c.kind == "registry" or (c.tenant == identity.tenant and c.kind in ("family", "asked", "story"))
    if row.endpoint.startswith("emergency.") and identity.emergency and opened:  # how to reach one's own school's families, and what they said of who must not know
        return lambda c: identity.may_read(c) or (c.tenant == identity.tenant and (c.kind == "initials" or c.text.startswith(("First", "Contact", "Times", "Avoid", "Nottell"))))
    return identity.may_read


def _let_in(row: Row, identity: Identity) -> bool:
    signed_in = identity.role not in ("anonymous", "ended")
    return row.is_link or "everybody" in row.who or ("signed_in" in row.who and signed_in) or identity.role in row.who


def walk(world: World, rows: list[Row], *, only: Collection[str] | None = None, own_changes: bool = True) -> Iterator[str]:
    """Ask for everything and give each fault as it is found.

    Args:
        only: names of identities to ask as; everybody when left out.
        own_changes: whether to press what would be taken, which changes the database and puts it back.
    """
    everything = canaries()
    mails_before = _mails(world)
    clean: int | None = None  # what the tables add up to before anything is pressed, until a look comes between
    for row in rows:
        if row.method == "GET":
            clean = None
        asking = [i for i in world.town.identities.values() if only is None or i.name in only]
        for identity in asking:
            if not _let_in(row, identity) and not _stands_for_its_like(row, identity, asking):
                continue
            # That a look changes nothing has a test of its own (test_abuse.py).
            if row.method != "GET" and clean is None:
                clean = world.checksum()
            changed = False
            missing = None
            for tenant, state in _targets(world, row, identity):
                response, opened = None, False
                own = _is_own(row, identity, tenant)
                would_change = row.method != "GET" and _let_in(row, identity) and own and state != MISSING
                if would_change and not own_changes:
                    continue
                path = address(world.app, row, tenant, state)
                response = world.ask(identity, row.method, path, form_for(row.endpoint, tenant) if row.method != "GET" else None)
                what = f"{row.method} {row.endpoint} as {identity.name} on {'a missing record' if state == MISSING else f'{tenant.letter}, {state}'}"
                opened = own and state != MISSING and response.status_code < 500
                yield from _judge(row, identity, tenant, state, own, response, what)
                yield from (f"{what}: shows {word}" for word in leaks(response, _may_read(identity, row, tenant, opened=opened), everything))
                if state == MISSING:
                    missing = bare(response, path)
                elif missing is not None and not own and response.status_code == 404 and bare(response, path) != missing:
                    yield f"{what}: another's record does not look like one that never was"
                if would_change or (row.method != "GET" and response.status_code < 400 and not row.is_link and _let_in(row, identity)):
                    yield from (f"{what}: a mail holds {word}" for word in _in_mails(world, mails_before, everything))
                    world.restore()
                    changed, clean = True, None
            if clean is not None and not changed and world.checksum() != clean:
                world.restore()
                clean = None
                yield f"{row.method} {row.endpoint} as {identity.name}: changed something, though it was refused"
    yield from (f"the log holds {c.text}" for c in everything if c.text in world.log.getvalue())


def _stands_for_its_like(row: Row, identity: Identity, asking: Collection[Identity]) -> bool:
    """Whether this one tries a door that is shut for all like it: who is refused for its role is refused before it is known whose it is. At night each tries."""
    if os.environ.get("KITH_TEST_NIGHTLY") == "1":
        return True
    like = [i for i in asking if (i.role, i.emergency) == (identity.role, identity.emergency)]
    return like[zlib.crc32(f"{row.method} {row.endpoint}".encode()) % len(like)] is identity


def _targets(world: World, row: Row, identity: Identity) -> Iterator[tuple[Tenant, str]]:
    a, b = world.town.tenants["a"], world.town.tenants["b"]
    rule = rule_of(world.app, row)
    if rule.arguments <= WORDS_IN_ADDRESSES.get(row.endpoint, {}).keys():  # no record is named
        yield (b if identity.tenant == "b" else a), "sent"
        return
    if not _let_in(row, identity) and os.environ.get("KITH_TEST_NIGHTLY") != "1":
        # Who is refused at the door is refused before any record is read: of each tenant's and a missing one, each pair of a route and a person tries one.
        yield ((a, MISSING), (a, "sent"), (b, "sent"))[zlib.crc32(f"{row.method} {row.endpoint} {identity.name}".encode()) % 3]
        return
    yield a, MISSING
    # Whoever holds a link is the same to it, so three try every state and what changes something is pressed on one tenant's only.
    whole = _let_in(row, identity) and (not row.is_link or identity.name in ("anonymous", "flo_b", "partner_b"))
    for tenant in (a,) if row.is_link and row.method != "GET" else (a, b):
        for state in states_of(rule):
            if whole or state == "sent":
                yield tenant, state


def _is_own(row: Row, identity: Identity, tenant: Tenant) -> bool:
    if row.scope == "person":
        return identity.name == f"flo_{tenant.letter}"
    return row.is_link or row.scope in ("registry", "none") or tenant.letter == identity.tenant


def _judge(row: Row, identity: Identity, tenant: Tenant, state: str, own: bool, response: Any, what: str) -> Iterator[str]:
    status = response.status_code
    if not _let_in(row, identity):
        if identity.role in ("anonymous", "ended"):
            # A program is told 401; a person is led to where they sign in.
            asked = (401, None) if row.endpoint.startswith("api.") else (303, "/sign-in")
            if (status, response.headers.get("Location")) != asked:
                yield f"{what}: {status}, and not the way to sign in"
        elif status != 403:
            yield f"{what}: {status}, and not 403: the row says {'+'.join(sorted(row.who))}"
        return
    expected = row.by_state.get(MISSING, frozenset({404})) if state == MISSING else row.expected(state, "emergency" if identity.emergency else identity.role) if own else row.other
    if status not in expected:
        yield f"{what}: {status}, and the table says {'|'.join(map(str, sorted(expected))) or 'nothing'}"


def _mails(world: World) -> set[uuid.UUID]:
    with session_factory(world.engine)() as session:
        return set(session.scalars(select(outbox.Message.id)))


def _in_mails(world: World, before: set[uuid.UUID], words: list[Canary]) -> list[str]:
    """Return a family's words in the mails that were queued since, and in the audit."""
    with session_factory(world.engine)() as session:
        mails = [m for m in session.scalars(select(outbox.Message)) if m.id not in before]
        told = "\n".join(f"{m.subject}\n{m.body}" for m in mails) + repr([(e.action, e.facts) for e in session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(6))])
    return [c.text for c in words if c.kind in ("family", "initials", "asked", "account") and c.text in told]
