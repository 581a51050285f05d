"""Guessing: ids are random, a guess tells nothing, and somebody who guesses much is stopped and noticed."""

from __future__ import annotations

import secrets
import uuid

import pytest
from sqlalchemy import select

from partners.foundation.audit import AuditEvent
from partners.foundation.db import session_factory
from tests.integration.matrix.rows import Row
from tests.integration.matrix.town import Identity
from tests.integration.matrix.walk import World, bare

GUESSES = 500  # at an account's ids, and as many at the words of links: 1,000 in all


def _open(world: World, identity: Identity, referral_id: object) -> tuple[str, object]:
    path = f"/portal/referrals/{referral_id}/open"
    return path, world.ask(identity, "POST", path)


def test_a_partner_learns_nothing_from_another_partners_ids_or_from_random_ones(world: World) -> None:
    partner, theirs = world.town.identities["partner_a"], world.town.tenants["b"]
    ids = [*theirs.referrals.values(), *theirs.needs.values(), theirs.family, theirs.offer, theirs.organisation, *(uuid.uuid4() for _ in range(GUESSES))]
    answers = {bare(response, path) for path, response in (_open(world, partner, one) for one in ids)}
    assert {status for status, _headers, _body in answers} == {404}
    assert len(answers) == 1
    assert _open(world, partner, world.town.tenants["a"].referrals["sent"])[1].status_code == 303


def test_random_words_open_no_link(world: World) -> None:
    nobody = world.town.identities["anonymous"]
    answers = set()
    for n in range(GUESSES):
        path = f"/{'ro'[n % 2]}/{secrets.token_urlsafe(24)}"
        answers.add(bare(world.ask(nobody, "GET", path), path))
    assert [status for status, _headers, _body in answers] == [404]


@pytest.mark.parametrize(("name", "missing", "real"), [
    ("partner_a", "/portal/referrals/{}/open", lambda t: f"/portal/referrals/{t.referrals['sent']}/open"),
    ("flo_a", "/liaison/families/{}/needs/words", lambda t: f"/liaison/families/{t.family}/needs/words"),
    ("anonymous", "/r/{}/view", lambda t: f"/r/{t.reply_words['sent']}/decline"),
])
def test_after_twenty_misses_every_address_with_an_id_is_shut_and_it_is_written_down(world: World, name: str, missing: str, real: object) -> None:
    tenant, browser = world.town.tenants["a"], world.app.test_client()
    identity = world.town.identities[name]
    if identity.cookie:
        browser.set_cookie("kith", identity.cookie)
    world.app.extensions["kith_limits"].reset()
    assert [browser.post(missing.format(uuid.uuid4())).status_code for _ in range(20)] == [404] * 20
    refused = browser.post(real(tenant))  # type: ignore[operator]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert browser.get("/").status_code in (200, 303), "pages without an id stay open"
    with session_factory(world.engine)() as session:
        (noted,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "refused")).all()
    assert noted.facts["error"] == "NotFound"


def test_one_persons_guessing_shuts_nobody_else_out(world: World) -> None:
    world.app.extensions["kith_limits"].reset()
    guesser, colleague = world.app.test_client(), world.app.test_client()
    guesser.set_cookie("kith", world.town.identities["flo_b"].cookie or "")
    colleague.set_cookie("kith", world.town.identities["flo_a"].cookie or "")
    for _ in range(25):
        guesser.get(f"/liaison/families/{uuid.uuid4()}")
    own = world.town.tenants
    assert guesser.get(f"/liaison/families/{own['b'].family}").status_code == 429
    assert colleague.get(f"/liaison/families/{own['a'].family}").status_code == 200


def test_every_id_in_an_address_is_random(world: World, rows: list[Row]) -> None:
    for rule in world.app.url_map.iter_rules():
        numbered = [name for name in rule.arguments if type(rule._converters[name]).__name__ in ("IntegerConverter", "FloatConverter")]
        assert not numbered, f"{rule.rule}: count nothing in an address; use the record's own random id"
    for tenant in world.town.tenants.values():
        assert all(one.version == 4 for one in (tenant.family, tenant.run, *tenant.referrals.values(), *tenant.needs.values()))
