"""Pages under load: a town of fifty schools served by waitress on loopback, its pages read and written at a steady rate by signed-in people.

Nine of ten requests read (today, the families, a family, the offers, an offer, suggestions found before), one of ten writes (suggestions found
anew, a quick note). They come when they are due, whether or not those before were answered, and the time counts from then. The same server's
health page, asked at the same rate in the same run, is the peer: what waitress, the loopback and this client take by themselves.

Run: python -m tests.bench.pages --seconds 60 --json
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import re
import secrets
import socket
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import click
import numpy as np
from sqlalchemy.orm import Session

from matcher.taxonomy import NEEDS
from partners.families import families, needs, schools
from partners.families.families import ContactBy
from partners.foundation import schema, sealing, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import new_id, open_engine, session_factory
from partners.matching import suggestions
from partners.registry import offers, organisations
from partners.registry.places import Place
from web.settings import Settings

SCHOOLS, FAMILIES, OFFERS = 50, 2000, 500  # Source: safety guide, R8, with its rate and its nine reads to a write
RATE, WRITES, PEOPLE = 50.0, 0.1, 16
PATHS = {code: need.path for code, need in NEEDS.items()}
CODES = [code for code, path in PATHS.items() if path == "open"]


@dataclass(frozen=True)
class Person:
    """A liaison officer's cookie, and the families and runs of the school."""

    cookie: str
    families: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Town:
    """Who is signed in, and the offers that all may see."""

    people: tuple[Person, ...]
    offers: tuple[str, ...]


def settle(session: Session, rng: random.Random, *, at: datetime, size: tuple[int, int, int] = (SCHOOLS, FAMILIES, OFFERS)) -> Town:
    """Make the town by the verbs that people use."""
    listed = []
    for n in range(size[2]):
        if n % 4 == 0:
            organisation = organisations.add(session, name=f"Organisation {n}", by=SYSTEM, at=at)
        place = Place(id=new_id(), organisation_id=organisation.id, address="1 Mill Lane", postcode="LS9 7AB", latitude=rng.gauss(53.8, 0.05), longitude=rng.gauss(-1.5, 0.05))
        facts = {"confirmed_on": at.date() - timedelta(days=rng.randrange(100)), "place": place, "description": "What happens when someone comes. " * 4}
        listed.append(offers.add(session, organisation, name=f"Offer {n}", needs=rng.sample(CODES, rng.choice((1, 2, 3))), by=SYSTEM, at=at, **facts))
    return Town(tuple(_a_school(session, rng, n, size[1] // size[0], at) for n in range(size[0])), tuple(str(o.id) for o in listed))


def _a_school(session: Session, rng: random.Random, number: int, count: int, at: datetime) -> Person:
    school = schools.add(session, name=f"School {number}", phone="0113 496 0000", dsl_name="Ann Lee", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    user = users.add(session, email=f"flo{number}@school.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=at)
    flo, known, runs = users.actor_of(user), [], []
    for n in range(count):
        family = families.add(session, initials="AK", first_name="Amira", contact_by=ContactBy.PHONE, contact="07700 900456", postcode="LS9 7AB", by=flo, at=at)
        needs.record(session, family, codes=rng.sample(CODES, 2), paths=PATHS, harm=needs.Harm.NO, by=flo, at=at)
        known.append(str(family.id))
        if n % 10 == 0:
            runs.append(str(suggestions.find(session, family, by=flo, at=at).id))
    return Person(sign_ins.start(session, user, at=at), tuple(known), tuple(runs))


def serve(url: str, port: int, secret: str, keys: tuple[str, ...]) -> None:
    """Serve Kith as `kith serve` does; what it logs goes nowhere."""
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (for as long as the process lives)
    from waitress import serve as listen

    from web import create_app

    settings = Settings(database_url=url, secret_key=secret, sealing_keys=keys, base_url=f"http://127.0.0.1:{port}")
    listen(create_app(settings, engine=open_engine(url, must_exist=True)), host="127.0.0.1", port=port, threads=8, ident=None)


@contextmanager
def served(*, size: tuple[int, int, int] = (SCHOOLS, FAMILIES, OFFERS)) -> Iterator[tuple[Town, int]]:
    """Make a town and serve it from a process of its own."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as spare:
        url, keys = f"sqlite:///{Path(folder) / 'town.sqlite3'}", (sealing.new_key(),)
        sealing.use_keys(list(keys))
        engine = open_engine(url)
        schema.migrate(engine)
        with session_factory(engine).begin() as session:
            town = settle(session, random.Random(1), at=datetime.now(UTC), size=size)  # noqa: S311 (a town to measure, not a secret)
        engine.dispose()
        spare.bind(("127.0.0.1", 0))
        port = int(spare.getsockname()[1])
        spare.close()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(url, port, secrets.token_urlsafe(48), keys), daemon=True)
        server.start()
        try:
            _wait_for(port)
            yield town, port
        finally:
            server.terminate()
            server.join(20)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise click.ClickException("the server did not start")


class Client:
    """One browser's connection, kept open."""

    def __init__(self, port: int) -> None:
        self._port, self._connection = port, http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._token = self._page = ""

    def ask(self, path: str, person: Person | None = None, facts: dict[str, str] | None = None) -> int:
        """Return the status of a page read, or of a form sent; 0 where the connection broke."""
        if facts is not None and not self._token:
            self._take_token()
        cookies = "; ".join(c for c in (f"kith={person.cookie}" if person else "", self._page) if c)
        body = None if facts is None else urllib.parse.urlencode({**facts, "csrf_token": self._token})
        try:
            return self._send("GET" if body is None else "POST", path, body, cookies)[0]
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _take_token(self) -> None:
        _, words, cookie = self._send("GET", "/sign-in", None, "")
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', words)
        self._token, self._page = found.group(1) if found else "", cookie.split(";")[0]

    def _send(self, method: str, path: str, body: str | None, cookies: str) -> tuple[int, str, str]:
        headers = {"Cookie": cookies} | ({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        words = answer.read().decode("utf-8", "replace")
        return answer.status, words, answer.getheader("Set-Cookie") or ""


Work = Callable[[Client], int]


def a_request(town: Town, rng: random.Random) -> Work:
    """Draw what somebody does next."""
    person = rng.choice(town.people)
    family = rng.choice(person.families)
    if rng.random() < WRITES:
        path, facts = rng.choice(((f"/liaison/families/{family}/suggestions", {}), ("/liaison/quick-note", {"code": rng.choice(CODES)})))
        return lambda client: client.ask(path, person, facts)
    looked = rng.choice(("/liaison/", "/liaison/families", f"/liaison/families/{family}", "/liaison/offers", f"/liaison/offers/{rng.choice(town.offers)}", f"/liaison/suggestions/{rng.choice(person.runs)}"))
    return lambda client: client.ask(looked, person)


def steadily(port: int, seconds: float, rate: float, draw: Callable[[], Work]) -> dict[str, float | int]:
    """Send requests at a steady rate and return how they were answered; a status of 400 or more, or none, is an error."""
    due: SimpleQueue[tuple[float, Work] | None] = SimpleQueue()
    took: list[float] = []
    statuses: list[int] = []

    def work() -> None:
        with closing(Client(port)) as client:
            while (job := due.get()) is not None:
                at, do = job
                status = do(client)
                took.append((time.perf_counter() - at) * 1000)
                statuses.append(status)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    started = time.perf_counter()
    for n in range(max(1, round(seconds * rate))):
        at = started + n / rate
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put((at, draw()))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join(60)
    lasted = time.perf_counter() - started
    p50, p95, p99 = (round(float(p), 1) for p in np.percentile(took, (50, 95, 99)))
    return {"requests_per_s": round(len(took) / lasted, 1), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "errors": sum(not 200 <= s < 400 for s in statuses)}


@click.command(epilog="Example: python -m tests.bench.pages --seconds 60 --json")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60, show_default=True, help="How long the pages are asked for.")
@click.option("--rate", type=click.FloatRange(1, 1000), default=RATE, show_default=True, help="How many requests a second.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; the peer's line goes to standard error.")
def main(seconds: float, rate: float, as_json: bool) -> None:
    """Measure the pages under a steady load."""
    rng = random.Random(2)  # noqa: S311
    with served() as (town, port):
        steadily(port, min(5.0, seconds), min(rate, 20.0), lambda: a_request(town, rng))  # the first requests load what later ones share
        ours = steadily(port, seconds, rate, lambda: a_request(town, rng))
        peer = steadily(port, min(10.0, seconds), rate, lambda: lambda client: client.ask("/healthz"))
    ratio = {p: round(ours[f"{p}_ms"] / max(peer[f"{p}_ms"], 0.1), 1) for p in ("p50", "p95", "p99")}
    click.echo(json.dumps(ours) if as_json else json.dumps({"kith": ours}, indent=1))
    click.echo(json.dumps({"peer": {"the same server's health page": peer}, "ratio": ratio}), err=as_json)


if __name__ == "__main__":
    main()
