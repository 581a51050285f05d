"""Impact: how long a release takes for many families over three years, and the head's page and papers from it, beside the same counts in plain SQL.

Run: python -m tests.bench.impact --families 2000 --json
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from partners.families import families, schools
from partners.families.families import Child, Family
from partners.families.needs import Need, NeedState
from partners.foundation import schema, sealing, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import new_id, open_engine, session_factory
from partners.impact import rounds
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


def _fill(session: Session, count: int) -> schools.School:
    chance, began = random.Random(7), AT - timedelta(days=365 * YEARS + 60)  # noqa: S311
    school = schools.add(session, name="Large School", phone="1", dsl_name="L", dsl_phone="2", roll=3000, by=SYSTEM, at=began)
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
                id=new_id(), school_id=school.id, family_id=family.id, need_id=need.id, offer_id=offer.id, organisation_id=partner.id, kind=Kind.INTRODUCE, state=State.DECLINED if gone else State.CLOSED, press=f"{n}-{k}",
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


@click.command()
@click.option("--families", "count", default=2000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(count: int, as_json: bool) -> None:
    """Measure each half-term's release of the last two years, the page, and each paper; and the same counts in plain SQL."""
    made = Settings.from_environment({"KITH_DEMO": "1", "KITH_BASE_URL": "http://kith.example"})
    sealing.use_keys(list(made.sealing_keys))
    keys.use_keys([])
    told: dict[str, object] = {"families": count}
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'impact.sqlite3'}")
        schema.migrate(engine)
        sessions = session_factory(engine)
        with sessions.begin() as session:
            school = _fill(session, count)
            head = users.add(session, email="head@large.example", name="Ada", roles=[Role.HEAD], school_id=school.id, by=SYSTEM, at=AT)
            cookie = sign_ins.start(session, head, at=AT)
        took, worked = [], []  # seconds by the clock, and of the processor: on a shared machine the two differ
        for ends_on in finished(school, date(2026, 11, 24)):
            with sessions.begin() as session:
                started, began = time.perf_counter(), time.process_time()
                rounds.release_for(session, schools.get(session, school.id), at=instant(ends_on) + timedelta(days=4, hours=9), say=lambda words: click.echo(words, err=True))
                took.append(time.perf_counter() - started)
                worked.append(time.process_time() - began)
        with sessions() as session:
            started = time.perf_counter()
            for low, high in ((date(2026, 9, 1), date(2026, 11, 1)), (date(2025, 9, 1), date(2025, 11, 1)), (date(2025, 9, 1), date(2026, 9, 1)), (date(2024, 9, 1), date(2025, 9, 1))):
                for query in PLAIN_SQL:
                    session.execute(text(query), {"low": f"{low} 00:00:00", "high": f"{high} 00:00:00"}).all()
            plain = time.perf_counter() - started
        told |= {"releases": len(took), "release_s": round(max(took), 2), "release_processor_s": round(max(worked), 2), "plain_sql_s": round(plain, 3), "times_plain_sql": round(max(took) / plain, 1)}
        app = create_app(Settings(database_url="", secret_key=made.secret_key, sealing_keys=made.sealing_keys, base_url="http://kith.example"), engine=engine, clock=lambda: AT)
        browser = app.test_client()
        browser.set_cookie("kith", cookie)
        for path in ("/heads/", "/heads/report", "/heads/report.pdf", "/heads/report.docx", "/heads/report.csv"):
            spent, worked = [], []
            for _ in range(PAGES if path == "/heads/" else 5):
                started, began = time.perf_counter(), time.process_time()
                assert browser.get(path).status_code == 200
                spent.append(time.perf_counter() - started)
                worked.append(time.process_time() - began)
            told[path] = _seconds(spent) | {"processor_p95_ms": _seconds(worked)["p95_ms"]}
        engine.dispose()
    click.echo(json.dumps(told) if as_json else "\n".join(f"{k}: {v}" for k, v in told.items()))


if __name__ == "__main__":
    main()
