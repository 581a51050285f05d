"""Sharing out measured: many families and scarce places, beside first come, the best pair first, and the linear programme by HiGHS."""

from __future__ import annotations

import json
import time
from typing import Any

import click
import numpy as np
from rich.console import Console
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from matcher.allocation import ONE, Market, first_come, greedy, in_batches, keep_floors, solve
from matcher.allocation.fairness import measures
from matcher.allocation.flow import share

CANDIDATES, NEEDS = 50, 3  # 5,000 families make 750,000 pairs
AREAS = ("north", "east", "south", "west")


def a_town(families: int, seed: int = 1, *, candidates: int = CANDIDATES, offers: int | None = None) -> Market:
    """Return a town where places are scarce and one area has fewer good offers near: scores fall with distance; later rows ask later."""
    r = np.random.default_rng(seed)
    count = offers or max(candidates + 10, families * 3 // 10)
    group = r.choice(4, families, p=[0.4, 0.3, 0.2, 0.1])
    needs = families * NEEDS
    family_of = np.repeat(np.arange(families), NEEDS)
    home = r.random(families)[family_of]
    at = np.sort(r.random(count))
    near = np.clip(np.searchsorted(at, home) - candidates, 0, max(0, count - 2 * candidates))
    spread = np.argsort(r.random((needs, min(count, 2 * candidates))), axis=1)[:, :candidates]
    offer = near[:, None] + spread
    fit = 900 - 600 * np.abs(at[offer] - home[:, None]) - 150 * (group[family_of] == 3)[:, None] + r.integers(-250, 100, offer.shape)
    places = r.integers(1, 2 * families * NEEDS * 7 // 10 // count + 1, count)
    pairs = (np.repeat(np.arange(needs), candidates), offer.ravel(), np.clip(fit, 50, 1000).astype(np.int64).ravel())
    return Market.of(family_of, places, pairs, families=families, group=group)


def a_season(seed: int, *, offers: int = 60, families: int = 400, year: int = 0) -> tuple[Market, np.ndarray]:
    """Return a season of ten weeks: two in ten needs can be met only by specialists, whom everyone else would take too."""
    town, r = np.random.default_rng(seed), np.random.default_rng([seed, year])
    places, special = town.integers(4, 12, offers), 12
    needs = families * 2
    only = r.random(needs) < 0.2
    rows: tuple[list[int], list[int], list[int]] = ([], [], [])
    for need in range(needs):
        pool = np.arange(special) if only[need] else np.arange(offers)
        for offer in r.choice(pool, 4 if only[need] else 10, replace=False).tolist():
            score = int(r.integers(600, 1000)) if offer < special else int(r.integers(400, 900))
            for column, value in zip(rows, (need, offer, score), strict=True):
                column.append(value)
    return Market.of(np.repeat(np.arange(families), 2), places, rows, families=families, group=r.integers(0, 3, families)), np.sort(r.integers(0, 10, families))


def linear_programme(market: Market) -> tuple[float, float]:
    """Return the seconds that HiGHS takes for the linear programme with the same bonus, and its value in thousandths with the bonus."""
    pairs, families = len(market.score), market.families
    row, ones, width = np.arange(pairs), np.ones(pairs), pairs + families
    limits = vstack([
        coo_array((ones, (market.pair_need, row)), shape=(len(market.family_of), width)),
        coo_array((ones, (market.pair_offer, row)), shape=(len(market.places), width)),
        coo_array((np.r_[-ones, np.ones(families)], (np.r_[market.pair_family, np.arange(families)], np.r_[row, pairs + np.arange(families)])), shape=(families, width)),
    ]).tocsc()
    started = time.perf_counter()
    bonus = 10 * ONE * NEEDS
    found = linprog(-np.r_[market.score, np.full(families, bonus)], A_ub=limits, b_ub=np.r_[np.ones(len(market.family_of)), market.places, np.zeros(families)], bounds=(0, 1), method="highs")
    return time.perf_counter() - started, -found.fun


def batches(seeds: int = 10) -> dict[str, Any]:
    """Return what week by week keeps of hindsight, with whether each group keeps its first-come level."""
    kept, come, floors = [], [], []
    for seed in range(seeds):
        market, week = a_season(seed)
        past, past_week = a_season(seed, year=1)
        best = market.objective(share(market, bonus=0).chosen)
        found, first = in_batches(market, week, past, past_week).chosen, first_come(market)
        kept.append(market.objective(found) / best)
        come.append(market.objective(first) / best)
        floors.append(bool((market.by_group(found) >= market.by_group(first)).all()))
    return {"seeds": seeds, "least": round(min(kept), 4), "mean": round(float(np.mean(kept)), 4), "first_come_mean": round(float(np.mean(come)), 4), "floors_kept": sum(floors)}


@click.command(epilog="Example: python -m tests.bench.allocation --families 5000 --json")
@click.option("--families", default=1000, show_default=True, help="How many families, of three needs each, with fifty candidates for each need.")
@click.option("--lp/--no-lp", default=None, help="Solve the linear programme by HiGHS too; by default up to 1,000 families.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(families: int, lp: bool | None, as_json: bool) -> None:
    """Measure sharing out: the flow built, solved, proven and priced. The pairs and their scores are given."""
    market = a_town(families)
    labels, peers = list(AREAS), {}
    started = time.perf_counter()
    found = solve(market)
    seconds = time.perf_counter() - started
    come = np.zeros(0, dtype=np.int64)
    for name, work in (("first_come", first_come), ("best_pair_first", greedy), ("pure", lambda m: share(m, bonus=0).chosen)):
        started = time.perf_counter()
        chosen = work(market)
        peers[name] = {"seconds": round(time.perf_counter() - started, 3), **measures(market, chosen, labels)}
        come = chosen if name == "first_come" else come
    if families <= 1000 if lp is None else lp:
        took, value = linear_programme(market)
        same = share(market, bonus=10 * ONE * NEEDS)
        reached = market.objective(same.chosen) + 10 * ONE * NEEDS * int(market.reached(same.chosen).sum())
        peers["linear_programme"] = {"seconds": round(took, 3), "value": round(value / ONE, 3), "flow_value": reached / ONE}
    started = time.perf_counter()
    fair = keep_floors(market, market.by_group(come), found.chosen, come)
    out = {
        "kith": {"seconds": round(seconds, 3), "objective": market.objective(found.chosen) / ONE, "bound": found.bound / ONE},
        "peers": peers,
        "fairness": {
            "fewest_with_nothing": int((~market.reached(found.chosen)).sum()), **measures(market, fair.chosen, labels), "floors_seconds": round(time.perf_counter() - started, 3),
            "floors_kept": bool((market.by_group(fair.chosen) >= market.by_group(come)).all()), "floors_bound": None if fair.bound is None else fair.bound / ONE,
            "price": round(1 - market.objective(fair.chosen) / (peers["pure"]["objective"] * ONE), 5), "pairs": len(market.score), "batches": batches(),
        },
    }
    if as_json:
        click.echo(json.dumps(out))
    else:
        Console().print(out)


if __name__ == "__main__":
    main()
