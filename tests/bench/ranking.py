"""The best three among very many offers, beside SQLite's R*Tree, PostgreSQL's earth_box and a plain loop under the same rules in the same run."""

from __future__ import annotations

import gc
import json
import math
import random
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Any

import click
import numpy as np
import psycopg
from rich.console import Console
from rich.progress import track

from matcher import Matcher, Offer, Request
from matcher.assessment import assess
from matcher.matcher import _order
from matcher.records import Place, Session
from matcher.taxonomy import NEEDS
from tests.builders_matching import a_need, a_request, a_requirement
from tests.postgres_server import running

CODES = [code for code, need in NEEDS.items() if need.path in ("open", "care", "urgent")]
TODAY = date(2026, 10, 20)
TONGUES = ("so", "ur", "pl", "ro", "ar", "bn")
INTERPRETING = ("yes", "school_arranges", "no", "not_known")
ROUTES = (("anyone",), ("school", "professional"), ("self",), ("anyone", "self"))
STATES = ("open", "open", "open", "few_places", "waiting", "full")
TURN = 100  # questions asked of one before the other has its turn
Find = Callable[[Request], list[str]]


def towns(rng: random.Random) -> list[tuple[float, float]]:
    """Return 400 towns in a box the size of Great Britain."""
    return [(rng.uniform(50.5, 57.5), rng.uniform(-4.5, 1.0)) for _ in range(400)]


def offers(count: int, seed: int = 1) -> Iterator[Offer]:
    """Draw offers near towns: one to three needs; one in eight covers the whole country, the rest 2 to 25 km."""
    rng = random.Random(seed)  # noqa: S311 (a country to measure, not a secret)
    places = towns(rng)
    sessions = [(Session((d,), h * 60, h * 60 + 120),) for d in range(7) for h in (9, 10, 13, 16, 18)]
    for n in range(count):
        lat, lon = places[min(int(rng.expovariate(1 / 80)), 399)]
        anywhere = rng.random() < 0.125
        state = rng.choice(STATES)
        low = rng.choice((None, None, None, 0, 4, 5, 8, 11))
        asked = rng.choice((0, 0, rng.randint(1, 40)))
        yield Offer(
            id=f"o{n}", organisation=f"g{n // 3}", organisation_name=f"g{n // 3}", name=f"o{n}", needs=tuple(rng.sample(CODES, rng.choice((1, 1, 2, 3)))),
            availability=state, confirmed_on=TODAY - timedelta(days=int(rng.triangular(0, 220, 20))), audience=rng.choice(((), ("family",), ("child",), ("adult",))),
            age_min=low, age_max=None if low is None else low + rng.choice((4, 7, 12)), gender=rng.choice(("any",) * 9 + ("women",)), who_may_refer=rng.choice(ROUTES),
            modes=("phone",) if anywhere and rng.random() < 0.5 else ("in_person",), place=Place(rng.gauss(lat, 0.05), rng.gauss(lon, 0.08)),
            area=("anywhere", None) if anywhere else ("radius", float(rng.randint(2, 25))), languages=("en", rng.choice(TONGUES)) if rng.random() < 0.25 else ("en",),
            interpreter=rng.choice(INTERPRETING), sessions=rng.choice(sessions), features={"step_free": rng.choice(("yes", "no", "not_known"))},
            waiting_weeks=float(rng.randint(1, 12)) if state == "waiting" else None, assured=rng.choice(("yes", "not_known", "not_known", "no")),
            asked=asked, in_time=rng.randint(0, asked),
        )


def requests(count: int, seed: int = 2) -> list[Request]:
    """Draw a school's requests near the same towns: a need each, some with a language, step-free access or a child's age."""
    rng = random.Random(seed)  # noqa: S311
    places = towns(random.Random(1))  # noqa: S311
    rows = []
    for n in range(count):
        lat, lon = places[min(int(rng.expovariate(1 / 80)), 399)]
        wanted = []
        if rng.random() < 0.4:
            wanted.append(a_requirement("language", rng.choice(("must", "would_help")), value=rng.choice(TONGUES)))
        if rng.random() < 0.3:
            wanted.append(a_requirement("feature", rng.choice(("must", "would_help")), value="step_free"))
        child = rng.random() < 0.5
        need = a_need(code=rng.choice(CODES), for_="child" if child else "family") | ({"age_years": rng.randint(4, 11)} if child else {})
        rows.append(Request.from_dict(a_request(*wanted, id=f"r{n}", needs=[need], home={"latitude": rng.gauss(lat, 0.05), "longitude": rng.gauss(lon, 0.08)})))
    return rows


COLUMNS = [
    "id", "code", "lat", "lon", "km", "nowhere", "state", "waiting", "confirmed", "aud", "amin", "amax", "gender", "route", "tongue", "interp", "step", "assured",
    "asked", "intime",
]
NAMED = ", ".join(COLUMNS)


def rows_of(all_offers: list[Offer]) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each offer and need, for the databases."""
    for n, o in enumerate(all_offers):
        tongue = TONGUES.index(o.languages[1]) if len(o.languages) > 1 else -1
        km = 20_100.0 if o.area[0] == "anywhere" else o.area[1]
        place = o.place or Place(0, 0)
        for code in o.needs:
            yield (n, CODES.index(code), place.latitude, place.longitude, km, o.modes == ("phone",), STATES.index(o.availability), o.waiting_weeks,
                   (TODAY - (o.confirmed_on or TODAY)).days, o.audience[0] if o.audience else "", o.age_min, o.age_max, o.gender, ROUTES.index(o.who_may_refer),
                   tongue, INTERPRETING.index(o.interpreter), o.features["step_free"], o.assured, o.asked, o.in_time)


def rules(request: Request, away: str) -> tuple[str, str]:
    """Return the hard rules and the score of a request as SQL over the columns; `away` is the kilometres from the home."""
    need = request.needs[0]
    hard = [f"{away} <= km", "state <> 5", "assured <> 'no'", "confirmed <= 180", "gender = 'any'"]
    if need.for_whom == "child":
        hard += ["aud IN ('', 'family', 'child')", f"(amin IS NULL OR amin <= {need.age_years})", f"(amax IS NULL OR amax >= {need.age_years})"]
    score = [
        f"(CASE WHEN nowhere THEN 60 ELSE round(120 * (exp(-{away} * 1.3 / 4) - 0.5)) END)",
        "(CASE WHEN confirmed > 35 THEN 0 WHEN state <= 2 THEN 55 WHEN state = 3 THEN 44 ELSE round(110 * (CASE WHEN waiting < 12 THEN 0.6 - 0.05 * waiting ELSE 0 END - 0.5)) END)",
        "(CASE WHEN confirmed > 90 THEN -20 ELSE round(50 * (0.5 - 0.5 * confirmed / 90.0)) END)",
        "(CASE WHEN asked = 0 THEN 0 ELSE round(50 * ((intime + 3.0) / (asked + 4) - 0.5)) END)",
    ]
    shares = sum(r.strength for r in request.requirements) or 1
    for r in request.requirements:
        if r.what == "language":
            fit = f"(CASE WHEN tongue = {TONGUES.index(r.value)} THEN 1 WHEN interp = 0 THEN 0.8 WHEN interp = 1 THEN 0.6 WHEN interp = 2 THEN 0 ELSE 0.5 END)"
            if r.must:
                hard.append(f"(tongue = {TONGUES.index(r.value)} OR interp <> 2)")
        else:
            fit = "(CASE WHEN nowhere OR step = 'yes' THEN 1 WHEN step = 'no' THEN 0 ELSE 0.5 END)"
            if r.must:
                hard.append("(nowhere OR step <> 'no')")
        score.append(f"round({450 * r.strength / shares} * ({fit} - 0.5))")
    return " AND ".join(hard), " + ".join(score)


@contextmanager
def rtree(all_offers: list[Offer]) -> Iterator[Find]:
    """SQLite with an R*Tree over latitude, longitude and need, the rules and the score in SQL."""
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE TABLE o (row INTEGER PRIMARY KEY, {NAMED})")
    db.execute("CREATE VIRTUAL TABLE box USING rtree(row, s, n, w, e, c0, c1)")
    db.executemany(f"INSERT INTO o ({NAMED}) VALUES ({', '.join('?' * len(COLUMNS))})", rows_of(all_offers))  # noqa: S608 (our own column names)
    db.execute("""INSERT INTO box SELECT row, lat - km / 110.5, lat + km / 110.5, lon - km / (111.0 * cos(radians(lat))) * 1.02, lon + km / (111.0 * cos(radians(lat))) * 1.02, code, code FROM o""")

    def find(request: Request) -> list[str]:
        home = request.home or Place(0, 0)
        away = f"(12742.0176 * asin(sqrt(pow(sin(radians(lat - {home.latitude}) / 2), 2) + cos(radians(lat)) * {math.cos(math.radians(home.latitude))} * pow(sin(radians(lon - {home.longitude}) / 2), 2))))"
        hard, score = rules(request, away)
        code = CODES.index(request.needs[0].code)
        sql = f"""SELECT o.id FROM box JOIN o ON o.row = box.row WHERE s <= ? AND n >= ? AND w <= ? AND e >= ? AND c0 <= ? AND c1 >= ? AND {hard} ORDER BY {score} DESC LIMIT 3"""  # noqa: S608 (built from our own numbers)
        return [f"o{n}" for (n,) in db.execute(sql, (home.latitude, home.latitude, home.longitude, home.longitude, code, code))]

    yield find
    db.close()


@contextmanager
def earth_box(all_offers: list[Offer]) -> Iterator[Find]:
    """PostgreSQL with earth_box over a GiST index of each need's offers that cover up to 25 km, and those that cover everywhere."""
    with running() as server, server.database("template1") as url, psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS cube")
        db.execute("CREATE EXTENSION IF NOT EXISTS earthdistance")
        kinds = {"nowhere": "boolean", "aud": "text", "gender": "text", "step": "text", "assured": "text"}
        typed = ", ".join(f"{c} {kinds.get(c, 'double precision')}" for c in COLUMNS)
        db.execute(f"CREATE TABLE o ({typed})")
        with db.cursor() as cursor, cursor.copy(f"COPY o ({NAMED}) FROM STDIN") as copy:
            for row in rows_of(all_offers):
                copy.write_row(row)
        db.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        db.execute("CREATE INDEX ON o USING gist (code, ll_to_earth(lat, lon)) WHERE km <= 25")
        db.execute("CREATE INDEX ON o (code) WHERE km > 25")
        db.execute("ANALYZE o")

        def find(request: Request) -> list[str]:
            home = request.home or Place(0, 0)
            here = f"ll_to_earth({home.latitude}, {home.longitude})"
            away = f"(earth_distance(ll_to_earth(lat, lon), {here}) / 1000)"
            hard, score = rules(request, away)
            code = CODES.index(request.needs[0].code)
            local = f"SELECT * FROM o WHERE km <= 25 AND code = {code} AND earth_box({here}, 25200) @> ll_to_earth(lat, lon)"  # noqa: S608 (built from our own numbers)
            sql = f"SELECT id FROM ({local} UNION ALL SELECT * FROM o WHERE km > 25 AND code = {code}) AS near WHERE {hard} ORDER BY {score} DESC LIMIT 3"  # noqa: S608
            return [f"o{int(n)}" for (n,) in db.execute(sql).fetchall()]

        yield find


@contextmanager
def plain_loop(all_offers: list[Offer]) -> Iterator[Find]:
    """Every offer of the need judged, one after another."""
    by_need: dict[str, list[Offer]] = {}
    for offer in all_offers:
        for code in offer.needs:
            by_need.setdefault(code, []).append(offer)

    def find(request: Request) -> list[str]:
        judged = (assess(request.needs[0], request, o) for o in by_need.get(request.needs[0].code, []))
        return [a.offer.id for a in sorted((a for a in judged if a.fits), key=lambda a: _order(a, request))[:3]]

    yield find


def _clocked(find: Callable[[Request], Any], asked: list[Request]) -> tuple[list[float], list[Any]]:
    """Return how many milliseconds each question took, and the answers."""
    took, answers = [], []
    for request in asked:
        started = time.perf_counter()
        answers.append(find(request))
        took.append((time.perf_counter() - started) * 1000)
    return took, answers


def _percentiles(took: list[float]) -> dict[str, float]:
    return {"p50_ms": round(float(np.percentile(took, 50)), 3), "p95_ms": round(float(np.percentile(took, 95)), 3)}


def timed(find: Callable[[Request], Any], asked: list[Request]) -> tuple[dict[str, float], list[Any]]:
    """Return p50 and p95 in milliseconds, and the answers."""
    took, answers = _clocked(find, asked)
    return _percentiles(took), answers


def in_turn(ours: Find, theirs: Find, asked: list[Request]) -> tuple[dict[str, float], dict[str, float], list[list[str]]]:
    """Time both on the same requests, a hundred each by turns, so that a machine that others slow down slows both; and return the peer's answers.

    The first question of a turn finds nothing of its own in the processor's caches. With a hundred to a turn that is one in a hundred; with twenty it
    would be one in twenty, and p95 would tell of nothing else. `first_ms` is the median of these.
    """
    mine: list[float] = []
    others: list[float] = []
    answers: list[list[str]] = []
    for start in range(0, len(asked), TURN):
        block = asked[start : start + TURN]
        mine += _clocked(ours, block)[0]
        took, said = _clocked(theirs, block)
        others, answers = others + took, answers + said
    first_of_ours, first_of_theirs = ({"first_ms": round(float(np.median(took[::TURN])), 3)} for took in (mine, others))
    return _percentiles(mine) | first_of_ours, _percentiles(others) | first_of_theirs, answers


def rss_mb() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def full_answer(matcher: Matcher, asked: list[Request]) -> dict[str, float]:
    """Time the whole answer, with reasons and what was left out; then again with the offers out of the garbage collector's sight."""
    matcher.suggest(asked[0])
    found = timed(lambda request: bool(matcher.suggest(request)), asked)[0]
    gc.collect()
    gc.freeze()
    apart = timed(lambda request: bool(matcher.suggest(request)), asked)[0]
    gc.unfreeze()
    return found | {f"frozen_{name}": value for name, value in apart.items()}


def replacing(matcher: Matcher, all_offers: list[Offer], asked: list[Request]) -> dict[str, float]:
    """Time an offer put in the place of another, 500 times, the index kept."""
    changed = [all_offers[n % len(all_offers)] for n in range(0, 500 * 7, 7)]
    took = []
    for offer in changed:
        started = time.perf_counter()
        matcher.replace(offer)
        took.append((time.perf_counter() - started) * 1000)
    matcher.best(asked[0])
    return {"p50_ms": round(float(np.percentile(took, 50)), 4), "p95_ms": round(float(np.percentile(took, 95)), 4)}


@click.command(epilog="Example: python -m tests.bench.ranking --offers 10000 --json")
@click.option("--offers", "count", default=10_000, show_default=True, help="How many offers.")
@click.option("--requests", "asking", default=400, show_default=True, help="How many requests are timed.")
@click.option("--peer", "chosen", multiple=True, type=click.Choice(["sqlite_rtree", "postgres_earth_box", "plain_loop"]), help="Only these peers; all of them where none is named.")
@click.option("--full", is_flag=True, help="Also time the whole answer with what was left out, and an offer replaced (a minute or more above 100,000 offers).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(count: int, asking: int, chosen: tuple[str, ...], full: bool, as_json: bool) -> None:
    """Measure the best three suggestions for one need."""
    console = Console(stderr=True)
    there = list(track(offers(count), "Offers drawn", total=count, console=console, transient=True))
    asked, warm = requests(asking), requests(300, seed=3)
    held = rss_mb()
    started = time.perf_counter()
    matcher = Matcher().fit(there).build_index()
    build = time.perf_counter() - started
    grown = rss_mb() - held

    def best(request: Request) -> list[str]:
        return [s.offer for s in matcher.best(request)["n1"]]

    for request in warm:
        best(request)
    ours, found = timed(best, asked)
    result: dict[str, Any] = {
        "kith": {**ours, "build_s": round(build, 2), "rss_mb": round(grown, 1)}, "peers": {}, "ratio": {}, "found": round(sum(bool(f) for f in found) / len(found), 3),
    }
    if full:
        result |= {"full": full_answer(matcher, asked[: 200 if count <= 10_000 else 20]), "replace": replacing(matcher, there, asked)}
    peers = {"sqlite_rtree": (rtree, asked), "postgres_earth_box": (earth_box, asked), "plain_loop": (plain_loop, asked[: 200 if count <= 10_000 else 10])}
    for name, (peer, questions) in ((n, p) for n, p in peers.items() if not chosen or n in chosen):
        console.print(f"{name}…")
        with ExitStack() as stack:
            try:
                started = time.perf_counter()
                find = stack.enter_context(peer(there))
                built = time.perf_counter() - started
            except (OSError, RuntimeError, psycopg.Error, sqlite3.Error) as error:
                result["peers"][name] = {"skipped": str(error).splitlines()[0]}
                continue
            for request in warm[:10]:
                find(request)
            beside, took, answers = in_turn(best, find, questions)
        same = sum(mine == theirs for mine, theirs in zip(found, answers, strict=False)) / len(answers)
        result["peers"][name] = {**took, **{f"kith_beside_{p}": ms for p, ms in beside.items()}, "build_s": round(built, 2), "same_three": round(same, 3)}
        result["ratio"][name] = {p: round(took[f"{p}_ms"] / beside[f"{p}_ms"], 2) for p in ("p50", "p95")}
    if as_json:
        click.echo(json.dumps(result, indent=1))
    else:
        console.print_json(json.dumps(result))


if __name__ == "__main__":
    main()
