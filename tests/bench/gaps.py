"""Gaps measured beside brute force, which asks the whole matcher again for every change; the best change must be as good, in the same run."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from typing import Any

import click
from rich.console import Console

from matcher import Matcher, Offer, Request, gaps
from matcher.taxonomy import NEEDS
from tests.builders_matching import HOME, a_need, a_request, a_requirement, a_session, an_offer

CODES = [code for code, need in NEEDS.items() if need.path in ("open", "care")]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat"]


def a_school(offers: int, families: int, seed: int = 1) -> tuple[list[Offer], list[Request]]:
    """Return offers for one to three needs each, and families with one or two needs and up to two musts."""
    r = random.Random(seed)  # noqa: S311 (a town to measure, not a secret)

    def near() -> dict[str, float]:
        return {"latitude": HOME["latitude"] + r.uniform(-0.05, 0.05), "longitude": HOME["longitude"] + r.uniform(-0.05, 0.05)}

    def musts() -> list[dict[str, Any]]:
        forms = [
            a_requirement("time", days=r.sample(DAYS, 2), from_=r.choice(["09:00", "17:30"]), until=r.choice(["15:00", "21:00"]) if r.random() < 0.9 else "20:00"),
            a_requirement("language", value=r.choice(["so", "ur", "pl", "ro"])), a_requirement("feature", value=r.choice(["step_free", "creche"])),
            a_requirement("travel", by=r.choice(["walk", "bus"]), minutes=r.choice([15, 30])),
        ]
        return r.sample(forms, r.choice([0, 1, 1, 2]))

    rows = [
        an_offer(f"o{n}", needs=r.sample(CODES, r.choice([1, 1, 2, 3])), sessions=[a_session(r.choice(DAYS), "10:00", "12:00")] if r.random() < 0.7 else [], place=near(),
                 languages=["en", r.choice(["so", "ur", "pl"])] if r.random() < 0.3 else ["en"], interpreter=r.choice(["yes", "no", "not_known"]),
                 features={"step_free": r.choice(["yes", "no"]), "creche": r.choice(["yes", "no"])}, availability={"state": r.choice(["open", "open", "full"])})
        for n in range(offers)
    ]
    asked = [
        a_request(*musts(), id=f"r{n}", home=near(), needs=[a_need(f"n{k}", code) for k, code in enumerate(r.sample(CODES, r.choice([1, 2])))])
        for n in range(families)
    ]
    return [Offer.from_dict(row) for row in rows], [Request.from_dict(row) for row in asked]


def by_force(offers: list[Offer], requests: list[Request]) -> int:
    """Return how many requests the best change to one offer helps, by asking the whole matcher again after each."""
    matcher = Matcher().fit(offers)

    def unmet() -> set[tuple[str, str]]:
        return {(q.id, n.id) for q in requests for n in matcher.suggest(q).needs if n.unmet not in gaps.NOT_GAPS}

    before, best = unmet(), 0
    for offer in offers:
        for _kind, variants in gaps.OFFER_CHANGES:
            for _says, changed in variants(offer):
                matcher.replace(changed)
                best = max(best, len({request for request, _ in before - unmet()}))
        matcher.replace(replace(offer))
    return best


@click.command(epilog="Example: python -m tests.bench.gaps --offers 40 --families 60 --json")
@click.option("--offers", default=40, show_default=True, help="How many offers.")
@click.option("--families", default=60, show_default=True, help="How many families ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(offers: int, families: int, as_json: bool) -> None:
    """Measure the search for the change that would meet most."""
    there, asked = a_school(offers, families)
    gaps.find(*a_school(5, 5))
    started = time.perf_counter()
    found = gaps.find(there, asked, limit=1000)
    ours = time.perf_counter() - started
    started = time.perf_counter()
    best = by_force(there, asked)
    theirs = time.perf_counter() - started
    told = max((c.requests for c in found.changes if c.offer is not None), default=0)
    if told != best:
        raise click.ClickException(f"the best change told helps {told}, and trying everything finds {best}")
    large, many = a_school(500, 1000)
    started = time.perf_counter()
    whole = gaps.find(large, many)
    out = {
        "offers": offers, "families": families, "unmet": len(found.unmet), "best": best, "kith_s": round(ours, 4), "brute_force_s": round(theirs, 3),
        "ratio": round(theirs / ours, 1), "large": {"offers": 500, "families": 1000, "unmet": len(whole.unmet), "kith_s": round(time.perf_counter() - started, 2)},
    }
    if as_json:
        click.echo(json.dumps(out))
    else:
        Console().print(out)


if __name__ == "__main__":
    main()
