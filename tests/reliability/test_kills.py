"""A server that is killed at any moment: nothing that was acknowledged is lost, nothing is there twice, nothing is there by half.

Three builds broken on purpose must be caught by the very same check, or it would show nothing.
"""

from __future__ import annotations

import random
import socket
import time
from datetime import UTC, datetime

import pytest

from partners.foundation.db import open_engine
from tests.reliability.conftest import many
from tests.reliability.nursery import Nursery, is_running, kill
from tests.reliability.small_town import settle
from tests.reliability.writers import Verdict, Writers

SECRET = "u3Jw9cT1x7Lq5Rb2Vn8Ym4Kd6Pf0Hs-Zg"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _killed(nursery: Nursery, url: str, *, times: int, fault: str | None = None, until_caught: bool = False) -> tuple[Verdict, int]:
    """Kill the server so often under load, and return the verdict and how many referrals were acknowledged."""
    chance, engine, port = random.Random(5), open_engine(url), _free_port()  # noqa: S311
    writers = Writers(settle(engine, at=datetime.now(UTC), count=40 * times + 100), port)

    def start() -> int:
        return nursery.start("serve", url=url, port=port, secret=SECRET, keys=nursery.keys, fault=fault)

    pid = start()
    try:
        writers.prepare()
        writers.start()
        for _ in range(times):
            before, until = len(writers.acknowledged), time.monotonic() + 30
            while len(writers.acknowledged) == before and time.monotonic() < until:
                assert is_running(pid), "the server did not start"
                time.sleep(0.002)
            time.sleep(min(chance.expovariate(1 / 0.05), 0.5))  # now and then long, or a busy machine is killed at the same step each time
            kill(pid)
            if until_caught and not (verdict := writers.verdict(engine)).is_clean and (verdict.lost or verdict.orphaned or verdict.duplicated):
                pid = start()
                break
            pid = start()
        writers.finish()
    finally:
        kill(pid)
    verdict = writers.verdict(engine)
    engine.dispose()
    return verdict, len(writers.acknowledged)


def test_forty_kills_lose_double_and_orphan_nothing(nursery: Nursery, database_url: str) -> None:
    verdict, acknowledged = _killed(nursery, database_url, times=many(40, 200))
    assert verdict == Verdict()
    assert acknowledged >= many(40, 200)


@pytest.mark.parametrize(("fault", "kind"), [("two_transactions", "orphaned"), ("no_key", "duplicated"), ("answer_first", "lost")])
def test_a_broken_build_is_caught(nursery: Nursery, sqlite_url: str, fault: str, kind: str) -> None:
    # It ends when it is caught. Each build leaves a moment between the writing and the answer that a kill falls into also on a busy machine.
    verdict, _ = _killed(nursery, sqlite_url, times=150, fault=fault, until_caught=True)
    assert getattr(verdict, kind), verdict
