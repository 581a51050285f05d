"""Freshness: how long the monthly round and the list to ring take in a registry of many offers, of which few were ever confirmed.

Run: python -m tests.bench.freshness --offers 10000 --json
"""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy.orm import Session

from partners.foundation import schema, sealing
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.db import open_engine, session_factory
from partners.referrals import digests
from partners.registry import offers, organisations

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
OFFERS_EACH = 5


def _fill(session: Session, count: int, confirmed: int) -> None:
    said = AT.date() - timedelta(days=40)
    for n in range(count // OFFERS_EACH):
        organisation = organisations.add(session, name=f"Partner {n}", by=SYSTEM, at=AT)
        facts = {"confirmed_on": said, "availability_on": said} if n < confirmed else {}
        if n < confirmed:
            organisations.add_contact(session, organisation, name="Joan", email=f"joan{n}@partner.example", phone=None, by=SYSTEM, at=AT)
        for k in range(OFFERS_EACH):
            offers.add(session, organisation, name=f"Offer {n} {k}", needs=["food_now"], by=SYSTEM, at=AT, **facts)


@click.command()
@click.option("--offers", "count", default=10_000, show_default=True)
@click.option("--confirmed", default=200, show_default=True, help="How many partners somebody has confirmed.")
@click.option("--json", "as_json", is_flag=True)
def main(count: int, confirmed: int, as_json: bool) -> None:
    """Measure the monthly round, the same again, the list to ring, and reading every offer beside it."""
    sealing.use_keys([sealing.new_key()])
    flo, told = Actor(kind="user", name="Jo", roles=frozenset({Role.FLO})), {}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'freshness.sqlite3'}")
        schema.migrate(engine)
        sessions = session_factory(engine)
        with sessions.begin() as session:
            _fill(session, count, confirmed)
        for name in ("round_s", "again_s", "to_ring_s", "every_offer_s"):
            with sessions.begin() as session:
                started = time.perf_counter()
                if name == "to_ring_s":
                    digests.to_ring(session, by=flo, at=AT)
                elif name == "every_offer_s":
                    offers.listed(session)
                else:
                    told[name.replace("_s", "_mailed")] = digests.send_due(session, base_url="http://kith.example", at=AT).mailed
                told[name] = round(time.perf_counter() - started, 3)
        engine.dispose()
    click.echo(json.dumps(told) if as_json else "\n".join(f"{k}: {v}" for k, v in told.items()))


if __name__ == "__main__":
    main()
