"""Impact: how long a release takes for many families over three years, and the head's page and papers from it, beside the same counts in plain SQL.

Run: python -m tests.bench.impact --families 2000 --json
A trust of five such schools, whose totals are tried beside all that each school showed: python -m tests.bench.impact --families 400 --schools 5 --json
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, schools
from partners.families.families import Child, Family
from partners.families.needs import Need, NeedState
from partners.foundation import schema, sealing, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import new_id, open_engine, session_factory
from partners.impact import rounds, trusts
from partners.impact.periods import finished, instant
from partners.impact.school_data import keys
from partners.matching import words
from partners.referrals.moves import Kind, State
from partners.referrals.outcomes import Outcome, Result
from partners.referrals.referrals import Referral
from partners.registry import offers, organisations
from web import create_app
from web.settings import Settings

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
YEARS, NEEDS_A_YEAR = 3, 2
PAGES = 60
PLAIN_SQL = (
    "SELECT count(DISTINCT n.family_id) FROM needs n WHERE n.opened_at >= :low AND n.opened_at < :high",
    "SELECT count(DISTINCT n.family_id) FROM needs n JOIN referrals r ON r.need_id = n.id WHERE n.opened_at >= :low AND n.opened_at < :high",
    "SELECT n.code, count(DISTINCT n.family_id) FROM needs n WHERE n.state = 'unmet' AND n.opened_at >= :low AND n.opened_at < :high GROUP BY n.code",
    "SELECT o.result, count(DISTINCT r.family_id) FROM outcomes o JOIN referrals r ON r.id = o.referral_id JOIN needs n ON n.id = r.need_id WHERE n.opened_at >= :low AND n.opened_at < :high GROUP BY o.result",
)


def _fill(session: Session, count: int, seed: int = 7) -> schools.School:
    chance, began = random.Random(seed), AT - timedelta(days=365 * YEARS + 60)  # noqa: S311
    school = schools.add(session, name=f"School {seed}", phone="1", dsl_name="L", dsl_phone="2", roll=3000, by=SYSTEM, at=began)
    partner = organisations.add(session, name="Pantry", by=SYSTEM, at=began)
    offer = offers.add(session, partner, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=began)
    found: list[Outcome] = []
    codes = [code for code, path in words.paths().items() if path == "open"]
    for n in range(count):
        family = Family(id=new_id(), school_id=school.id, initials="A.K.", postcode=chance.choice(["LS9 7AB", "LS8 3QD", "LS14 6PA"]), created_at=began, updated_at=began, children=[Child(id=new_id(), initials="", year_group=chance.choice(families.YEAR_GROUPS[1:8]))])
        session.add(family)
        for k in range(YEARS * NEEDS_A_YEAR):
            opened = AT - timedelta(days=chance.randint(20, 365 * YEARS), minutes=n % 60)
            ending = chance.choice(("met", "met", "partly", "unmet", "open", "declined"))
            settled = opened + timedelta(days=chance.randint(5, 40))
            need = Need(id=new_id(), family_id=family.id, school_id=school.id, code=codes[(n + k) % len(codes)], opened_at=opened, state=NeedState.UNMET if ending == "unmet" else NeedState.OPEN, unmet_reason="time" if ending == "unmet" else None, settled_at=settled if ending == "unmet" else None)
            session.add(need)
            if ending in ("unmet", "open"):
                continue
            spoke = opened + timedelta(days=3)
            gone = ending == "declined"
            referral = Referral(
                id=new_id(), school_id=school.id, family_id=family.id, need_id=need.id, offer_id=offer.id, organisation_id=partner.id, kind=Kind.INTRODUCE, state=State.DECLINED if gone else State.CLOSED, press=f"{seed}-{n}-{k}",
                created_at=opened, sent_at=opened, replied_at=spoke, accepted_at=None if gone else spoke, contacted_at=None if gone else spoke, finished_at=None if gone else settled, ended_at=settled, code="full" if gone else None,
            )
            session.add(referral)
            if not gone:
                found.append(Outcome(id=new_id(), referral_id=referral.id, need_id=need.id, school_id=school.id, result=Result(ending), said_by="family", before_0_10=3, after_0_10=chance.randint(2, 8), recorded_at=settled))
        if n % 200 == 0:
            session.flush()
    session.flush()
    session.add_all(found)
    session.flush()
    return school


def _seconds(what: list[float]) -> dict[str, float]:
    return {"p50_ms": round(1000 * statistics.median(what), 1), "p95_ms": round(1000 * sorted(what)[int(len(what) * 0.95)], 1)}


class Clocked:
    """How long each of several things took, in seconds by the clock and of the processor: on a shared machine the two differ."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.took, self.worked = list[float](), list[float]()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Time what is done inside."""
        started, began = time.perf_counter(), time.process_time()
        yield
        self.took.append(time.perf_counter() - started)
        self.worked.append(time.process_time() - began)

    def slowest(self, what: str) -> dict[str, object]:
        """Return the slowest under a name."""
        return {f"{what}_s": round(max(self.took), 2), f"{what}_processor_s": round(max(self.worked), 2)}

    def pages(self) -> dict[str, float]:
        """Return the middle and the 95th in a hundred, in milliseconds."""
        return _seconds(self.took) | {"processor_p95_ms": _seconds(self.worked)["p95_ms"]}


def _freeze(sessions: sessionmaker[Session], places: list[schools.School], trust: trusts.Trust | None) -> dict[str, object]:
    """Make each half-term's releases of the schools, and the trust's totals after them, in the order of time."""
    releases, totals = Clocked(), Clocked()
    for ends_on in finished(places[0], date(2026, 11, 24)):
        at = instant(ends_on) + timedelta(days=4, hours=9)
        for place in places:
            with sessions.begin() as session, releases.one():
                rounds.release_for(session, schools.get(session, place.id), at=at, say=lambda words: click.echo(words, err=True))
        if trust is not None:
            with sessions.begin() as session, totals.one():
                assert rounds.trust_release_for(session, session.get_one(trusts.Trust, trust.id), at=at) is not None
    return {"releases": len(releases.took)} | releases.slowest("release") | ({"totals": len(totals.took)} | totals.slowest("total") if trust else {})


def _plain(sessions: sessionmaker[Session]) -> float:
    """Return how long the same counts take in plain SQL, over all the schools together, in seconds."""
    with sessions() as session:
        started = time.perf_counter()
        for low, high in ((date(2026, 9, 1), date(2026, 11, 1)), (date(2025, 9, 1), date(2025, 11, 1)), (date(2025, 9, 1), date(2026, 9, 1)), (date(2024, 9, 1), date(2025, 9, 1))):
            for query in PLAIN_SQL:
                session.execute(text(query), {"low": f"{low} 00:00:00", "high": f"{high} 00:00:00"}).all()
        return time.perf_counter() - started


@click.command()
@click.option("--families", "count", default=2000, show_default=True, help="At each school.")
@click.option("--schools", "many", default=1, show_default=True, help="Three or more are a trust, whose totals are measured too.")
@click.option("--json", "as_json", is_flag=True)
def main(count: int, many: int, as_json: bool) -> None:
    """Measure each half-term's release of the last two years, the page, and each paper; and the same counts in plain SQL."""
    made = Settings.from_environment({"KITH_DEMO": "1", "KITH_BASE_URL": "http://kith.example"})
    sealing.use_keys(list(made.sealing_keys))
    keys.use_keys([])
    told: dict[str, object] = {"families": count, "schools": many}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'impact.sqlite3'}")
        schema.migrate(engine)
        sessions = session_factory(engine)
        with sessions.begin() as session:
            places = [_fill(session, count, 7 + n) for n in range(many)]
            head = users.add(session, email="head@large.example", name="Ada", roles=[Role.HEAD], school_id=places[0].id, by=SYSTEM, at=AT)
            cookies = {"/heads/": sign_ins.start(session, head, at=AT)}
            trust = trusts.add(session, name="Large Trust", schools=places, by=SYSTEM, at=AT) if many >= trusts.LEAST_SCHOOLS else None
            if trust is not None:
                reader = users.add(session, email="kim@large.example", name="Kim", roles=[Role.TRUST], by=SYSTEM, at=AT)
                trusts.let_in(session, trust, reader, by=SYSTEM, at=AT)
                cookies["/trust/"] = sign_ins.start(session, reader, at=AT)
        told |= _freeze(sessions, places, trust)
        plain = _plain(sessions)
        longest = told["total_s" if trust else "release_s"]
        told |= {"plain_sql_s": round(plain, 3), "times_plain_sql": round(float(str(longest)) / plain, 1)}
        app = create_app(Settings(database_url="", secret_key=made.secret_key, sealing_keys=made.sealing_keys, base_url="http://kith.example"), engine=engine, clock=lambda: AT)
        for home, cookie in cookies.items():
            browser = app.test_client()
            browser.set_cookie("kith", cookie)
            for path in (home, *(["/heads/report"] if home == "/heads/" else []), f"{home}report.pdf", f"{home}report.docx", f"{home}report.csv"):
                asked = Clocked()
                for _ in range(PAGES if path == home else 5):
                    with asked.one():
                        assert browser.get(path).status_code == 200
                told[path] = asked.pages()
        engine.dispose()
    click.echo(json.dumps(told) if as_json else "\n".join(f"{k}: {v}" for k, v in told.items()))


if __name__ == "__main__":
    main()
