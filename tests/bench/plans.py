"""How long a plan takes: six needs among many organisations, beside the same question put to a mixed-integer solver.

Run: `python -m tests.bench.plans [--needs 6] [--organisations 2000] [--rounds 20] [--peer-rounds 3] [--json]`.
"""

# ruff: noqa: S311 (chance here only varies the questions)
from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import time
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher import Offer, Request
from matcher.fits import Fits, Fitting
from matcher.plans import make
from matcher.records import Need, Plan
from matcher.register import Register, burden_of
from matcher.timetables import Slot, overlap, slots_of
from tests.builders_matching import HOME, ON

Choice = dict[str, list[Fitting]]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CODES = ("parenting", "lonely", "grief", "esol", "uniform", "clubs_play", "sleep_daily", "new_baby", "kinship", "digital")


def a_choice(rng: random.Random, needs: int, organisations: int, *, most_offers: int = 2, days: int = 7, hours: int = 9) -> tuple[Choice, Request]:
    """Draw offers that fit some of the needs: most are at set hours, an organisation has one or more. Fewer days and hours clash more."""
    codes = CODES[:needs]
    request = Request.from_dict({"id": "r1", "on": ON, "safety": "no", "home": HOME, "needs": [{"id": f"n{n}", "code": c} for n, c in enumerate(codes)]})
    fitting: Choice = {n.id: [] for n in request.needs}
    for organisation in range(organisations):
        for number in range(rng.choice([1] * 3 + list(range(1, most_offers + 1)))):
            offer = _an_offer(rng, f"o{organisation:04d}-{number}", f"g{organisation:04d}", codes, days, hours)
            for need in request.needs:
                if need.code in offer.needs:
                    fitting[need.id].append(Fitting(offer, rng.randint(300, 900), False))
    return fitting, request


def _an_offer(rng: random.Random, offer_id: str, organisation: str, codes: tuple[str, ...], days: int, hours: int) -> Offer:
    row: dict[str, Any] = {
        "id": offer_id, "organisation": {"id": organisation, "name": organisation}, "name": offer_id, "confirmed_on": "2026-10-08",
        "needs": rng.sample(codes, min(len(codes), rng.choice((1, 1, 1, 2, 2, 3)))), "availability": rng.choice(({"state": "open"}, {"state": "waiting", "waiting_weeks": rng.randint(1, 9)})),
        "place": {"latitude": HOME["latitude"] + rng.uniform(-0.1, 0.1), "longitude": HOME["longitude"] + rng.uniform(-0.15, 0.15)},
    }
    sessions = []
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        starts = 9 + rng.randrange(hours)
        sessions.append({"days": [rng.choice(DAYS[:days])], "starts": f"{starts:02d}:00", "ends": f"{starts + rng.randint(1, 3):02d}:00"})
    return Offer.from_dict(row | {"sessions": sessions})


def in_columns(fitting: Choice) -> dict[str, Fits]:
    """Return what fits each need as a matcher hands it to the plan."""
    register = Register()
    return {need: Fits.of(found, register) for need, found in fitting.items()}


def figures(plan: Plan, fitting: Choice, request: Request) -> tuple[int, int, int, int]:
    """Return the needs covered, the organisations, the burden in tenths and the scores in thousandths of a plan."""
    offers = {a.offer.id: a.offer for rows in fitting.values() for a in rows}
    scores = {(n, a.offer.id): a.score for n, rows in fitting.items() for a in rows}
    steps = plan.steps
    burden = sum(burden_of(offers[o], request) for o, _ in steps)
    return sum(len(n) for _, n in steps), len({offers[o].organisation for o, _ in steps}), burden, sum(scores[n, o] for o, ns in steps for n in ns)


class Solver:
    """The same question as a mixed-integer programme: one of each session chosen, no two at one hour; four goals, one after another."""

    def __init__(self, fitting: Choice, needs: tuple[Need, ...], request: Request) -> None:
        self.size = 0
        self.rows: list[tuple[dict[int, float], float]] = []  # at most
        self.goals: list[dict[int, float]] = [{}, {}, {}, {}]
        used: dict[str, int] = {}
        organisations: dict[str, int] = {}
        slots: list[tuple[Slot, str, int]] = []
        place: dict[tuple[str, Slot], int] = {}
        for need in needs:
            met: dict[int, float] = {}
            for found in fitting[need.id]:
                offer = found.offer
                if offer.id not in used:
                    used[offer.id] = self._variable({2: burden_of(offer, request)})
                    if offer.organisation not in organisations:
                        organisations[offer.organisation] = self._variable({1: 1})
                    self.rows.append(({used[offer.id]: 1, organisations[offer.organisation]: -1}, 0))
                meets = self._variable({0: -1, 3: -found.score})
                met[meets] = 1
                self.rows.append(({meets: 1, used[offer.id]: -1}, 0))
                free = slots_of(offer, need, request)
                if free is not None:
                    for slot in free:
                        if (offer.id, slot) not in place:
                            place[offer.id, slot] = self._variable({})
                            slots.append((slot, offer.id, place[offer.id, slot]))
                    self.rows.append(({meets: 1} | {place[offer.id, s]: -1 for s in free}, 0))
            if met:
                self.rows.append((met, 1))
        self._keep_hours_apart(slots)

    def _variable(self, goals: dict[int, float]) -> int:
        for goal, weight in goals.items():
            self.goals[goal][self.size] = weight
        self.size += 1
        return self.size - 1

    def _keep_hours_apart(self, slots: list[tuple[Slot, str, int]]) -> None:
        """At most one session at each moment when one begins: two sessions meet just where the later of them begins."""
        at: dict[Slot, list[int]] = {}
        for slot, _, variable in slots:
            at.setdefault(slot, []).append(variable)
        moments = dict.fromkeys(frozenset(v for s, held in at.items() if s == slot or (overlap(s, slot) and _on_at(s, slot.begins)) for v in held) for slot in at)
        self.rows += [(dict.fromkeys(together, 1.0), 1) for together in moments if len(together) > 1]

    def solve(self) -> tuple[int, int, int, int]:
        """Return the best figures, each goal at its best given those before."""
        found: list[int] = []
        for goal in self.goals:
            cells = [(r, c, w) for r, (row, _) in enumerate(self.rows) for c, w in row.items()]
            at, across, weights = zip(*cells, strict=True)
            left = coo_array((weights, (at, across)), shape=(len(self.rows), self.size)).tocsr()
            cost = np.zeros(self.size)
            for column, weight in goal.items():
                cost[column] = weight
            answer = milp(
                cost, constraints=LinearConstraint(left, ub=[limit for _, limit in self.rows]), integrality=np.ones(self.size), bounds=Bounds(0, 1),
                options={"mip_rel_gap": 0},
            )
            best = round(float(answer.fun))
            found.append(best)
            self.rows.append((dict(goal), best + 0.5))
        return -found[0], found[1], found[2], -found[3]


def _on_at(slot: Slot, minute: int) -> bool:
    return any(slot.begins <= minute + week < slot.ends for week in (-10080, 0, 10080))


def _milliseconds(samples: list[float]) -> dict[str, float]:
    return {"p50_ms": round(1000 * statistics.median(samples), 3), "p95_ms": round(1000 * float(np.quantile(samples, 0.95)), 3)}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("needs", 6), ("organisations", 2000), ("rounds", 20), ("peer-rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    ours, again, theirs, same = [], [], [], 0
    for seed in range(asked.rounds):
        fitting, request = a_choice(random.Random(seed), asked.needs, asked.organisations)
        fits = in_columns(fitting)  # a matcher has them so
        gc.collect()
        gc.freeze()  # the rubbish of drawing the question is not the plan's to clear
        started = time.perf_counter()
        plan = make(fits, request.needs, request)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        make(fits, request.needs, request)
        again.append(time.perf_counter() - started)
        if seed < asked.peer_rounds:
            solver = Solver(fitting, request.needs, request)
            started = time.perf_counter()
            best = solver.solve()
            theirs.append(time.perf_counter() - started)
            same += best == figures(plan, fitting, request)
    kith, peer = _milliseconds(ours), _milliseconds(theirs or [0.0])
    found = {
        "needs": asked.needs, "organisations": asked.organisations, "kith": kith, "slowest_ms": round(1000 * max(ours), 3), "kith, asked again": _milliseconds(again), "peers": {"milp (HiGHS)": peer}, "equal": f"{same} of {len(theirs)}",
        "ratio": {"milp (HiGHS)": {k[:3]: round(peer[k] / kith[k], 1) for k in kith}},
    }
    print(json.dumps(found) if asked.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
