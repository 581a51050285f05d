"""Exchanges measured beside brute force on small towns and beside first come, first served on a large one, in the same run."""

from __future__ import annotations

import json
import random
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console

from matcher.exchanges import THINGS, Ask, Give, propose
from matcher.exchanges.judging import judge
from matcher.records import Place, Requirement, Session
from tests.unit.matcher.test_exchanges import a_town, best_by_force

ON = datetime(2026, 11, 24, 9, tzinfo=UTC)
SMALL = 20


def a_city(size: int, in_exchange: float, seed: int = 1) -> tuple[list[Ask], list[Give]]:
    """Return as many asks and as many gives, from a quarter as many parties within about 15 km; a share of gives goes only in exchange."""
    r = random.Random(seed)  # noqa: S311 (a town to try, not a secret)
    things, clocks = list(THINGS), [9 * 60, 13 * 60, 17 * 60]
    homes = {f"party-{n}": Place(53.8 + r.uniform(-0.1, 0.1), -1.5 + r.uniform(-0.15, 0.15)) for n in range(max(4, size // 4))}
    parties = list(homes)

    def wanted() -> tuple[Requirement, ...]:
        found = []
        if r.random() < 0.4:
            starts = r.choice(clocks)
            found.append(Requirement("time", r.random() < 0.5, days=tuple(sorted(r.sample(range(5), 2))), from_minute=starts, until_minute=starts + 180))
        if r.random() < 0.15:
            found.append(Requirement("language", r.random() < 0.5, value=r.choice(["ur", "so", "pl"])))
        if r.random() < 0.2:
            found.append(Requirement("feature", r.random() < 0.5, value="step_free"))
        return tuple(found)

    asks, gives = [], []
    for n in range(size):
        asker, giver, starts = r.choice(parties), r.choice(parties), r.choice(clocks)
        asks.append(Ask(f"a{n:06}", asker, r.choice(things), r.choice([1, 5, 20, 40]), wanted(), homes[asker]))
        gives.append(Give(
            f"g{n:06}", giver, r.choice(things), r.choice([1, 5, 20, 40]), 1, r.random() < in_exchange,
            (Session(tuple(sorted(r.sample(range(7), 3))), starts, starts + 120),) if r.random() < 0.7 else (), False,
            ("en", r.choice(["ur", "so", "pl"])) if r.random() < 0.2 else ("en",), {"step_free": r.choice(["yes", "no", "not_known"])}, homes[giver],
        ))
    return asks, gives


def first_come(asks: list[Ask], gives: list[Give]) -> int:
    """Serve asks in their order, each with the best of what still goes freely; return how many are met."""
    left: dict[str, list[Give]] = {}
    for give in gives:
        if not give.in_exchange:
            left.setdefault(give.thing, []).append(give)
    met = 0
    for ask in asks:
        fitting = [(judge(ask, g, on=ON), g) for g in left.get(ask.thing, ())]
        best = max(((j.score, g.id, g) for j, g in fitting if j.failed is None), default=None)
        if best is not None:
            left[ask.thing].remove(best[2])
            met += 1
    return met


def timed(work: Any) -> tuple[float, Any]:
    """Return the seconds of processor time that a piece of work takes, which other programs on the machine change least, and what it returns."""
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def against_force() -> dict[str, Any]:
    """Run small towns by both; the answers must be equal, or the figures mean nothing."""
    ours, theirs = [], []
    for seed in range(SMALL):
        asks, gives = a_town(seed, 8)
        took, found = timed(lambda a=asks, g=gives: propose(a, g, on=ON))
        ours.append(took)
        took, best = timed(lambda a=asks, g=gives: best_by_force(a, g))
        theirs.append(took)
        if (found.met, found.score) != best:
            raise click.ClickException(f"town {seed}: found {found.met, found.score}, and trying everything finds {best}")
    return {"towns": SMALL, "kith_s": statistics.median(ours), "brute_force_s": statistics.median(theirs), "ratio": statistics.median(theirs) / statistics.median(ours)}


@click.command(epilog="Example: python -m tests.bench.exchanges --size 2000 --json")
@click.option("--size", default=2000, show_default=True, help="How many asks, and how many gives.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(size: int, as_json: bool) -> None:
    """Measure the best cover of asks by gives."""
    out: dict[str, Any] = {"small": against_force(), "size": size, "runs": []}
    propose(*a_city(40, 0.1), on=ON)
    for share in (0.0, 0.1):
        asks, gives = a_city(size, share)
        took, found = timed(lambda a=asks, g=gives: propose(a, g, on=ON))
        peer, met = timed(lambda a=asks, g=gives: first_come(a, g))
        out["runs"].append({
            "in_exchange": share, "kith_s": round(took, 3), "met": found.met, "bound_met": found.bound_met, "score": found.score, "bound_score": found.bound_score,
            "first_come_s": round(peer, 3), "first_come_met": met, "ratio_met": round(found.met / max(met, 1), 3),
        })
    if as_json:
        click.echo(json.dumps(out))
    else:
        Console().print(out)


if __name__ == "__main__":
    main()
