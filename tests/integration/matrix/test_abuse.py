"""Abuse: fields that no form has, pages opened by an ended account, forms without their token, looks that change, and ways out of Kith."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from partners.foundation import outbox, sign_ins, users
from partners.foundation.actors import SYSTEM
from partners.foundation.db import Base, session_factory
from partners.referrals import family_links
from tests.integration.matrix import town
from tests.integration.matrix.forms import form_for
from tests.integration.matrix.rows import Row
from tests.integration.matrix.town import Identity
from tests.integration.matrix.walk import World, address
from web.fields import KithForm

READ_BY_NAME = {"complain.start": {"school"}, "complain.page": {"words", "wanted", "name", "contact", "press"}, "portal.propose_part": {"hidden_costs"}, "check_in.ask": {*family_links.ASKED, "now_0_10", "words"}, "family.ask": {"words", "ticks", "one", "do"}, "family.speak": {"language"}, "family.not_right": {"words"}, "family.complain": {"words", "press"}, "family.door": {"code"}, "liaison.begin_questions": {"child"}, "liaison.take_off": {"person", "organisation"}, "liaison.change_family": {"version"}, "liaison.make_move": {"version"}, "liaison.save_part": {"seen", "cost", "hidden_costs"}}
_RANDOM = re.compile(r"[A-Za-z0-9_-]{30,}|\b\d{6}\b")


def _who(world: World, row: Row) -> Identity:
    role = next(iter(row.who))
    return world.town.identities[{"everybody": "anonymous", "signed_in": "flo_a"}.get(role, f"{role}_a")]


def _state(row: Row) -> str:
    return "draft" if row.endpoint in ("liaison.agreement", "liaison.choose") else "sent"


def _rows_now(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every row by table and key, unsealed."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    with world.engine.connect() as connection:
        for mapper in Base.registry.mappers:
            table = mapper.local_table
            keys = [column.key for column in table.primary_key]  # type: ignore[attr-defined]
            for row in connection.execute(select(table)).mappings():
                found[table.name, repr([row[key] for key in keys])] = dict(row)  # type: ignore[attr-defined]
    return found


def _effect(world: World, row: Row, extra: dict[str, Any], before: dict[tuple[str, str], dict[str, Any]], known: set[str]) -> Counter[str]:
    """Return what one press writes, without what is random: the changed columns and the new rows, whose new ids are all alike."""
    world.restore()
    form = extra | form_for(row.endpoint, world.town.tenants["a"])
    world.ask(_who(world, row), row.method, address(world.app, row, world.town.tenants["a"], _state(row)), form)

    def plain(column: str, value: Any) -> str:
        if "hash" in column or column == "seq" or (column.endswith("id") and str(value) not in known):
            return "new"
        return _RANDOM.sub("new", str(value))

    written: Counter[str] = Counter()
    for (table, key), facts in _rows_now(world).items():
        was = before.get((table, key), {})
        changed = {column: plain(column, value) for column, value in facts.items() if not was or was[column] != value}
        if changed:
            written[f"{table} {key if was else 'new'} {sorted(changed.items())}"] += 1
    return written


def _declared(row: Row, world: World) -> set[str]:
    """Return the fields that the forms of a route's room have: those a browser may send."""
    view = world.app.view_functions[row.endpoint]
    room = vars(sys.modules[view.__module__])
    forms = {name: kind for name, kind in room.items() if isinstance(kind, type) and issubclass(kind, KithForm)}
    own = [forms[name] for name in view.__code__.co_names if name in forms] or list(forms.values())
    return {name for kind in own for name in dir(kind) if hasattr(getattr(kind, name), "field_class")} | READ_BY_NAME.get(row.endpoint, set())


def _columns(world: World) -> dict[str, Any]:
    """Return every column there is, each with a value that somebody would like to slip in: the other tenant's, a right, an end."""
    other = world.town.tenants["b"]
    ids = {"school_id": other.school, "organisation_id": other.organisation, "family_id": other.family, "offer_id": other.offer, "referral_id": other.referrals["sent"], "need_id": other.needs["sent"]}
    special = {"roles": "admin", "role": "admin", "state": "accepted", "email": "evil@school.example", "confirmed_how": "phone", "kind": "introduce", "is_admin": "1"}
    names = {column.key for mapper in Base.registry.mappers for column in mapper.column_attrs} | set(special)
    return {name: str(ids.get(name) or special.get(name) or ("2020-01-01T00:00:00" if name.endswith(("_at", "_on")) else "1")) for name in names}


def test_no_column_can_be_slipped_into_a_form(world: World, rows: list[Row]) -> None:
    columns, faults, tried = _columns(world), [], 0
    world.restore()
    before = _rows_now(world)
    known = {str(value) for facts in before.values() for value in facts.values()}
    for row in rows:
        if row.method == "GET":
            continue
        if row.endpoint == "liaison.keep_draft":  # keeps what was typed as it was, sealed, for one's own page alone, and writes no column of it
            continue
        extra = {name: value for name, value in columns.items() if name not in _declared(row, world)}
        tried += len(extra)
        plain, laden = _effect(world, row, {}, before, known), _effect(world, row, extra, before, known)
        faults += [f"{row.endpoint} wrote {line[:200]}" for line in (laden - plain)] + [f"{row.endpoint} no longer wrote {line[:200]}" for line in (plain - laden)]
    assert faults == []
    assert tried > 2000


def test_an_ended_person_is_out_with_the_next_request_and_gets_no_more_mail(world: World, rows: list[Row]) -> None:
    flo = world.town.identities["flo_a"]
    assert world.ask(flo, "GET", "/liaison/").status_code == 200
    with session_factory(world.engine)() as session:
        person = users.find_by_email(session, "flo.accountqza@school.example")
        assert person is not None
        link = sign_ins.new_sign_in_link(session, person, at=town.AT)
        mail = outbox.queue(session, kind="note", to=person.email, subject="Hello", body="Hello", at=town.AT, user_id=person.id)
        session.commit()
        person_id, mail_id = person.id, mail.id
    assert world.ask(world.town.identities["admin_a"], "POST", f"/admin/people/{person_id}/end").status_code == 303
    for row in rows:
        if "flo" in row.who:
            answer = world.ask(flo, row.method, address(world.app, row, world.town.tenants["a"], "sent"), form_for(row.endpoint, world.town.tenants["a"]) if row.method != "GET" else None)
            shut = (401, None) if row.endpoint.startswith("api.") else (303, "/sign-in")  # a program is told so; it has no page to go to
            assert (answer.status_code, answer.headers.get("Location")) == shut, row
    assert world.ask(flo, "POST", f"/sign-in/link/{link}", {"email": "flo.accountqza@school.example"}).status_code == 422
    with session_factory(world.engine)() as session:
        assert session.get_one(outbox.Message, mail_id).cancelled_at is not None


def test_an_account_that_is_ended_alone_is_out_though_its_sign_in_lives(world: World) -> None:
    with session_factory(world.engine)() as session:
        person = users.find_by_email(session, "gone@school.example")
        assert person is not None
        assert session.query(sign_ins.SignIn).filter_by(user_id=person.id, ended_at=None).count() == 1
        assert users.disable(session, person, by=SYSTEM, at=town.AT) is person
    assert world.ask(world.town.identities["ended_a"], "GET", "/liaison/").headers["Location"] == "/sign-in"


def test_every_unsafe_route_asks_for_its_token_before_anything_else(world: World, rows: list[Row]) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    before, wrong = world.checksum(without=()), []
    for row in rows:
        if row.method == "GET":
            continue
        for identity in (_who(world, row), world.town.identities["anonymous"]):
            tenant = world.town.tenants["a"]
            answer = world.ask(identity, row.method, address(world.app, row, tenant, _state(row)), form_for(row.endpoint, tenant))
            if answer.status_code != 400:
                wrong.append(f"{row.method} {row.endpoint} as {identity.name}: {answer.status_code}")
    assert wrong == []
    assert world.checksum(without=()) == before


def test_looking_changes_nothing(world: World, rows: list[Row]) -> None:
    wrong, tenant = [], world.town.tenants["a"]
    for row in rows:
        if row.method != "GET":
            continue
        before = world.checksum()
        for method in ("GET", "HEAD"):
            answer = world.ask(_who(world, row), method, address(world.app, row, tenant, "accepted"))
            if answer.status_code >= 500 or world.checksum() != before:
                wrong.append(f"{method} {row.endpoint}: {answer.status_code}")
    assert wrong == []


ELSEWHERE = [
    f"{start}{rest}" for start in ("//", "/\\", "\\\\", "/\t/", "/\n/", "/\r/", "///", "/%09/", "/%2f", "/%5c", "https:", "https://", "http:\\\\", "javascript:", "data:text/html,", "/;//", "/.//", "/..//", "/x/../..//", " //")
    for rest in ("evil.example", "evil.example/liaison/", "evil.example@kith.example", "evil.example?x=/liaison/")
] + ["／／evil.example", "/／evil.example", "//evil。example", "/\u2215evil.example", "//[::1]/", "////evil.example", "/\x00/evil.example", "https:evil.example", "ftp://evil.example", "//evil.example:80", "/@evil.example//x",
     "vbscript:x", "//%65vil.example", "/\u200b/evil.example", "?next=//evil.example", "#//evil.example", "evil.example", "/\\/evil.example", "\\/evil.example", "/ /evil.example"]


def _stays(target: str) -> bool:
    return re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", target) is not None and "\\" not in target and "//" not in target.split("?")[0]


@pytest.mark.parametrize("where", ["cover", "referrer", "sign-in"])
def test_a_hundred_addresses_lead_nowhere_else(world: World, where: str) -> None:
    assert len(ELSEWHERE) >= 100
    nobody, wrong = world.town.identities["anonymous"], []
    for payload in ELSEWHERE:
        if where == "cover":
            targets = re.findall(r'href="([^"]*)"', world.ask(nobody, "GET", f"/cover?back={quote(payload, safe='')}").get_data(as_text=True))
        elif where == "referrer":
            told = {"Referer": quote(payload, safe=":/\\@?=&#%[]")}
            targets = re.findall(r'href="([^"]*)"', world.ask(nobody, "GET", "/cover", headers=told).get_data(as_text=True))
        else:
            targets = [_after_sign_in(world, payload)]
        wrong += [(payload, target) for target in targets if not target.startswith("#") and not _stays(target)]
    assert wrong == []


def _after_sign_in(world: World, payload: str) -> str:
    """Return where somebody lands who was asked to sign in on the way to an address."""
    world.app.extensions["kith_limits"].reset()
    browser = world.app.test_client()
    with browser.session_transaction() as kept:
        kept["next"] = payload
    with session_factory(world.engine)() as session:
        person = users.find_by_email(session, "flo.accountqza@school.example")
        assert person is not None
        link = sign_ins.new_sign_in_link(session, person, at=town.AT)
        session.commit()
    answer = browser.post(f"/sign-in/link/{link}", data={"email": person.email})
    assert answer.status_code == 303
    return answer.headers["Location"]
