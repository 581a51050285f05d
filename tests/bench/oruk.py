"""The Open Referral UK feed at 10,000 offers: a page by HTTP, beside the same page by plain SQL and json in the same run."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select, text

from partners.foundation import schema
from partners.foundation.actors import SYSTEM
from partners.foundation.db import new_id, open_engine, session_factory
from partners.oruk import exporter
from partners.registry import offers, organisations
from partners.registry.places import Place
from web import create_app
from web.settings import Settings

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ROUNDS = 60


def timed(work: Callable[[int], Any]) -> list[float]:
    """Return milliseconds of each round."""
    found = []
    for n in range(ROUNDS):
        started = time.perf_counter()
        work(n)
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


@click.command(epilog="Example: python -m tests.bench.oruk --offers 10000 --json")
@click.option("--offers", "count", default=10_000, show_default=True, help="How many offers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(count: int, as_json: bool) -> None:
    """Measure a page of the feed."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'feed.sqlite3'}")
        schema.migrate(engine)
        made = Settings.from_environment({"KITH_DEMO": "1"})
        app = create_app(Settings(database_url="", secret_key=made.secret_key, sealing_keys=made.sealing_keys, base_url="http://kith.example"), engine=engine, clock=lambda: NOW)
        with session_factory(engine)() as session:
            for n in range(count):
                if n % 5 == 0:
                    organisation = organisations.add(session, name=f"Organisation {n}", by=SYSTEM, at=NOW)
                place = Place(id=new_id(), organisation_id=organisation.id, address="1 Mill Lane", postcode="LS9 7AB", latitude=53.8, longitude=-1.5)
                offers.add(session, organisation, name=f"Offer {n}", needs=["esol"], by=SYSTEM, at=NOW, confirmed_on=NOW.date(), place=place, description="What happens. " * 10)
            session.commit()
            started = time.perf_counter()
            exporter.feed(session, on=NOW.date())
            first = time.perf_counter() - started
        browser = app.test_client()

        def page(n: int) -> None:
            app.extensions["kith_limits"].reset()
            answer = browser.get(f"/oruk/v3/services?page={n * 3 % (count // 50) + 1}&per_page=50&full=true")
            assert answer.status_code == 200
            assert len(answer.json["contents"]) == 50

        def plain(n: int) -> None:
            with engine.connect() as connection:
                rows = connection.execute(select(text("offers.*")).select_from(text("offers JOIN organisations ON organisations.id = offers.organisation_id")).order_by(text("offers.id")).limit(50).offset(n * 150 % count))
                json.dumps([{k: str(v) for k, v in row._mapping.items()} for row in rows])

        ours, peer = timed(page), timed(plain)
    out = {
        "offers": count, "first_s": round(first, 2), "kith": {"p50_ms": round(statistics.median(ours), 1), "p95_ms": round(ours[int(0.95 * ROUNDS)], 1)},
        "peers": {"plain SQL and json, no schema": {"p50_ms": round(statistics.median(peer), 1), "p95_ms": round(peer[int(0.95 * ROUNDS)], 1)}},
    }
    click.echo(json.dumps(out) if as_json else json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
