"""Confidential places: moving a withheld place by 0.1, 10 or 100 km leaves every answer of every route just as it was, to the last byte.

Every route of the matrix is asked, as everybody who may open it, with the suggestions found anew after each move. Ids are random in every
town, so each is written as the number of its first appearance: an order that changed would still show.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from geopy.distance import distance as ground
from sqlalchemy import select

from partners.families.families import Family
from partners.foundation import outbox, users
from partners.foundation.db import session_factory
from partners.foundation.postcodes import locate
from partners.matching import suggestions
from partners.oruk import exporter
from partners.referrals import digests
from partners.registry import offers, organisations
from partners.registry.offers import ConfirmedHow
from partners.registry.places import Place
from tests.integration.matrix import town
from tests.integration.matrix.forms import form_for
from tests.integration.matrix.rows import Row
from tests.integration.matrix.walk import World, address, bare, sqlite_restore

MOVES_KM = (0.1, 10.0, 100.0)
PRESSED_AT_KM = MOVES_KM if os.environ.get("KITH_TEST_NIGHTLY") == "1" else (10.0,)  # every look after each move, every press after one; after each at night
AT_HOME = "LS9 7AB"  # where the family lives: the place starts out beside it
# A place is moved to where a postcode lies, so that its words move with its point.
NEIGHBOURS = 6
WHERE_OFFERS_STAND = ("liaison.run", "liaison.offer", "liaison.family", "liaison.referral", "portal.")  # enough to see that the walk notices
_SQUARE = re.compile(r'viewBox="[^"]*"|\bd="M[^"]*"')  # a link's word drawn as a square for a camera: each is its own
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<![\w-])[A-Za-z0-9_-]{32,64}(?![\w-])|\b[0-9a-f]{12,32}\b|(?<=<strong>)\d{3} \d{3}(?=<)|(?<=: )[0-9A-F]{6}\b")
_ASKERS = ("flo_a", "flo_b", "partner_b", "head_a", "admin_a", "dsl_a", "anonymous")


def _numbered(text: str) -> str:
    """Return a text with each random word as the number of its first appearance."""
    known: dict[str, str] = {}
    text = re.sub(r"^(Expires|Content-Length): .*$", "", text, flags=re.MULTILINE)  # by the machine's own clock; and the body is compared itself
    text = _SQUARE.sub("", text)
    return _RANDOM.sub(lambda found: known.setdefault(found[0], f"#{len(known)}"), text)


def _hide(world: World, km: float) -> None:
    """Put the offer's place so many kilometres away, and find suggestions anew."""
    home = locate(AT_HOME)
    assert home is not None
    tenant = world.town.tenants["a"]
    moved = ground(kilometers=km).destination((home.latitude, home.longitude), bearing=90)
    with session_factory(world.engine)() as session:
        offer = offers.get(session, tenant.offer)
        assert offer.place is not None
        offer.place.withheld, offer.place.latitude, offer.place.longitude = True, moved.latitude, moved.longitude
        offer.place.name, offer.place.address, offer.place.postcode = f"House {km}", f"{km} Hidden Lane", "LS1 4AP" if km < 1 else "HG1 1AA" if km < 50 else "YO1 7HH"
        offer.place.precision = "postcode"
        family = session.get_one(Family, tenant.family)
        flo = users.find_by_email(session, f"flo.{town.word('account', 'a')}@school.example")
        assert flo is not None
        tenant.run = suggestions.find(session, family, by=users.actor_of(flo), at=town.AT + timedelta(minutes=1)).id  # the later of two, so that lists of them keep their order
        digests.send_due(session, base_url=town.BASE_URL, at=town.AT.replace(month=12, day=29))
        session.commit()


def _neighbour(session: Any, n: int, where: Any) -> None:
    """Add another partner's offer of the same help at a place that anybody may know, so that an order could tell where the hidden one is."""
    from partners.foundation.actors import SYSTEM

    organisation = organisations.add(session, name=f"Neighbour {n}", by=SYSTEM, at=town.AT)
    place = Place(organisation_id=organisation.id, name=f"Hall {n}", latitude=where.latitude, longitude=where.longitude, precision="postcode")
    session.add(place)
    session.flush()
    offer = offers.add(
        session, organisation, name=f"Nearby help {n}", needs=town.open_codes()[:5], by=SYSTEM, at=town.AT, place=place, confirmed_on=town.AT.date(),
        confirmed_by="N", confirmed_how=ConfirmedHow.PHONE, availability_on=town.AT.date(),
    )
    session.flush()
    assert offer.place is place


def _answers(world: World, rows: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield each route as each person who may open it, and its answer in full."""
    tenant = world.town.tenants["a"]
    for row in rows:
        for name in _ASKERS:
            identity = world.town.identities[name]
            if not (row.is_link or "everybody" in row.who or identity.role in row.who or ("signed_in" in row.who and identity.role != "anonymous")):
                continue
            if row.is_link and name != "anonymous":
                continue
            for state in ("sent", "accepted", "declined") if row.scope in ("reply_link", "school") and row.method == "GET" else ("sent",):
                path = address(world.app, row, tenant, state)
                answer = world.ask(identity, row.method, path, form_for(row.endpoint, tenant) if row.method != "GET" else None)
                status, headers, body = bare(answer, path)
                yield f"{row.method} {row.endpoint} as {name}, {state}", _numbered(f"{status}\n{headers}\n{body}")


def _presses(world: World, rows: list[Row], restore: Any) -> Iterator[tuple[str, str]]:
    """Yield what each press answers, and the page it leads to, with the town put back after each."""
    tenant = world.town.tenants["a"]
    for row in rows:
        name = "anonymous" if row.is_link or "everybody" in row.who else "flo_a" if row.who & {"flo", "signed_in"} else f"{sorted(row.who)[0]}_a"
        if name == "partner_a" or row.endpoint.startswith("accounts."):
            continue  # the partner itself may know where it is; an account has no place
        path = address(world.app, row, tenant, "draft" if row.endpoint in ("liaison.agreement", "liaison.choose", "liaison.check") else "sent")
        answer = world.ask(world.town.identities[name], row.method, path, form_for(row.endpoint, tenant))
        status, headers, body = bare(answer, path)
        after = ""
        if status == 303:
            after = bare(world.ask(world.town.identities[name], "GET", answer.headers["Location"].removeprefix(town.BASE_URL)), path)[2]
        yield f"{row.method} {row.endpoint} as {name}", _numbered(f"{status}\n{headers}\n{body}\n{after}")
        restore()


def _mails(world: World) -> list[str]:
    with session_factory(world.engine)() as session:
        return sorted(_numbered(f"{m.kind} {m.subject}\n{m.body}") for m in session.scalars(select(outbox.Message)))


def _town_at(world: World, rows: list[Row], km: float, *, presses: bool = False) -> dict[str, str]:
    world.restore()
    # What was fitted or read for the town before is of no use to this one, though their marks are alike.
    suggestions._FITTED.clear()
    exporter._KNOWN.clear()
    _hide(world, km)
    looks = [row for row in rows if row.method == "GET"]
    found = dict(_answers(world, looks))
    found["the mails"] = "\n".join(_mails(world))
    if presses:
        found |= _pressed(world, [row for row in rows if row.method != "GET"])
    return found


def _pressed(world: World, rows: list[Row]) -> dict[str, str]:
    raw = world.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    world.engine.dispose()
    path = Path(str(world.engine.url.database))
    here = path.with_name("as-it-stands.sqlite3")
    shutil.copy(path, here)
    return dict(_presses(world, rows, sqlite_restore(world.engine, here, path)))


def _first_difference(one: str, other: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 60):at + 60]!r} | {other[max(0, at - 60):at + 60]!r}"


def _differing(world: World, rows: list[Row], moves: tuple[float, ...] = MOVES_KM, *, presses: bool = False) -> list[str]:
    base = _town_at(world, rows, 0.0, presses=presses)
    assert len(base) > 60
    assert any("Nearby help" in text and "Offerqza" in text for text in base.values()), "the offer does not stand among its neighbours"
    moved = {km: _town_at(world, rows, km, presses=presses and km in PRESSED_AT_KM) for km in moves}
    return sorted({f"{what} at {km} km: {_first_difference(base[what], text)}" for km, found in moved.items() for what, text in found.items() if text != base[what]})


def _where_offers_stand(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.endpoint.startswith(WHERE_OFFERS_STAND)]


@pytest.fixture
def settled(world: World, tmp_path: Path) -> Iterator[World]:
    """The town with neighbours round the family, the same ones after each move; and put back as it was at the end."""
    run, home = world.town.tenants["a"].run, locate(AT_HOME)
    assert home is not None
    with session_factory(world.engine)() as session:
        for n in range(NEIGHBOURS):
            _neighbour(session, n, ground(kilometers=0.02 * 6**n).destination((home.latitude, home.longitude), bearing=200))
        session.commit()
    raw = world.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    world.engine.dispose()
    path, copy = Path(str(world.engine.url.database)), tmp_path / "with-neighbours.sqlite3"
    shutil.copy(path, copy)
    yield World(world.app, world.engine, world.town, sqlite_restore(world.engine, copy, path), world.log)
    world.town.tenants["a"].run = run
    suggestions._FITTED.clear()
    exporter._KNOWN.clear()


def test_moving_a_withheld_place_changes_no_answer_of_any_route(settled: World, rows: list[Row]) -> None:
    assert _differing(settled, rows, presses=True) == []


def test_a_build_that_leaks_the_order_is_noticed(settled: World, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same walk over the pages where offers stand, on a build whose matcher is told where the place is, though no page says so: the order alone gives it away."""
    from partners.matching import requests

    honest = requests.offer_record

    def leaky(offer: Any, replies: Any = None, **when: Any) -> dict[str, Any]:
        record = honest(offer, replies, **when)
        if offer.place is not None and offer.place.withheld:
            record |= {"place_withheld": False, "place": {"latitude": offer.place.latitude, "longitude": offer.place.longitude}}
        return record

    monkeypatch.setattr(suggestions, "offer_record", leaky)
    assert any("liaison.run" in what for what in _differing(settled, _where_offers_stand(rows), (10.0,)))


def test_a_build_that_writes_the_place_in_a_mail_or_on_a_link_is_noticed(settled: World, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    from partners.registry import paragraphs

    honest = paragraphs.paragraph
    monkeypatch.setattr(paragraphs, "paragraph", lambda offer, kept=None: honest(offer, kept) + (f" At {offer.place.postcode}." if getattr(offer, "place", None) else ""))
    found = _differing(settled, _where_offers_stand(rows), (10.0,))
    assert any("portal.still_right" in what for what in found)
    assert any(what.startswith("the mails") for what in found)
