"""Searching 10,000 offers: typed words with slips and accents, beside a LIKE scan for the same words in the same run."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, or_, select

from partners.foundation import schema
from partners.foundation.actors import SYSTEM
from partners.foundation.db import new_id, open_engine, reading_factory, session_factory
from partners.matching import words
from partners.registry import offers, organisations, searching
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
GOAL_P95_MS = 50
THINGS = "bed cooker letter breakfast football choir café garden laptop uniform nappy coat bicycle library theatre swimming homework interpreter pantry mattress".split()
DOINGS = "given repaired explained shared taught mended lent cooked grown read sung played swapped borrowed visited".split()
WHERE = "Harehills Beeston Chapeltown Armley Bramley Seacroft Hunslet Meanwood Roundhay Headingley".split()
TYPED = (
    "mattress", "matress", "cafe", "caffe harehills", "letters explained", "leters", "bicycle repaired", "homework", "chapeltown choir", "LS9", "interpeter", "mill lane",
    "football beeston", "uniform", "a bed or bedding", "garden grown", "swiming", "organisation 40", "", "zzzzzzz",
)


def timed(work: Callable[[str], Any], rounds: int) -> list[float]:
    """Return milliseconds of each question, in order of size."""
    found = []
    for n in range(rounds):
        started = time.perf_counter()
        work(TYPED[n % len(TYPED)])
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def told(times: list[float]) -> dict[str, float]:
    """Return the middle and the 95th of a hundred."""
    return {"p50_ms": round(statistics.median(times), 1), "p95_ms": round(times[int(0.95 * len(times))], 1)}


@click.command(epilog="Example: python -m tests.bench.search --offers 10000 --json")
@click.option("--offers", "count", default=10_000, show_default=True, help="How many offers.")
@click.option("--rounds", default=200, show_default=True, help="How many questions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(count: int, rounds: int, as_json: bool) -> None:
    """Measure the search of the offers page."""
    chance, labels, codes = random.Random(24), words.labels(), [code for code, path in words.paths().items() if path == "open"]
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'search.sqlite3'}")
        schema.migrate(engine)
        with session_factory(engine)() as session:
            for n in range(count):
                if n % 20 == 0:
                    organisation = organisations.add(session, name=f"{chance.choice(WHERE)} organisation {n}", by=SYSTEM, at=NOW)
                place = Place(id=new_id(), organisation_id=organisation.id, address=f"{n % 90} Mill Lane, {chance.choice(WHERE)}", postcode=f"LS{n % 28 + 1} {n % 9}AB")
                said = " ".join(chance.choices(THINGS + DOINGS + WHERE, k=30)) + f" number{n % 3000}"
                offers.add(
                    session, organisation, name=f"{chance.choice(THINGS)} {chance.choice(DOINGS)}", needs=chance.sample(codes, 2), by=SYSTEM, at=NOW, place=place, description=said,
                )
            session.commit()
        looking = reading_factory(engine)

        def ours(typed: str) -> None:
            with looking() as session:
                searching.find(session, typed, labels=labels)

        def scan(typed: str) -> None:
            with looking() as session:
                query = select(Offer).join(Organisation).where(Offer.archived_at.is_(None), Organisation.archived_at.is_(None))
                for word in typed.lower().split():
                    query = query.where(or_(*(func.lower(column).like(f"%{word}%") for column in (Offer.name, Offer.description, Organisation.name))))
                session.scalar(select(func.count()).select_from(query.with_only_columns(Offer.id).subquery()))
                list(session.scalars(query.order_by(Offer.name, Offer.id).limit(50)).unique())

        started = time.perf_counter()
        ours("matress")
        first = (time.perf_counter() - started) * 1000
        kith, peer = told(timed(ours, rounds)), told(timed(scan, rounds))
        engine.dispose()
    out = {
        "offers": count, "questions": rounds, "first_slip_ms": round(first, 1), "kith": kith, "goal_p95_ms": GOAL_P95_MS, "met": kith["p95_ms"] <= GOAL_P95_MS,
        "peers": {"LIKE scan: no slips, accents, labels, places or counts": peer}, "scan_over_kith_p50": round(peer["p50_ms"] / kith["p50_ms"], 2), "scan_over_kith_p95": round(peer["p95_ms"] / kith["p95_ms"], 2),
    }
    click.echo(json.dumps(out) if as_json else json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
