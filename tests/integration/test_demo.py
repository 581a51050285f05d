"""The demo: its town has no impossible history, and `kith demo --check` walks the whole line."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import audit
from partners.matching.requests import offer_record
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from seeds import demo
from web.cli.demo import _free_port, running
from web.cli.demo_check import STEPS, walk


def test_the_town_is_whole_and_its_year_possible(session: Session) -> None:
    from matcher import Offer

    town = demo.load(session, at=datetime(2026, 11, 24, 12, tzinfo=UTC))
    states = Counter(session.scalars(select(Referral.state)))
    assert (len(town.schools), len(town.organisations), len(town.offers), len(town.families), len(town.neighbours)) == (3, 42, 71, 96, 36)
    assert {State.SENT, State.VIEWED, State.WAITLISTED, State.ACCEPTED, State.CLOSED, State.DECLINED, State.TOLD} <= set(states)
    assert audit.verify(session) == []
    read = [Offer.from_dict(offer_record(o)) for o in town.offers if o.needs]
    assert len(read) == 69
    for referral in session.scalars(select(Referral)).unique():
        instants = [e.at for e in referral.events]
        assert instants == sorted(instants)


def test_the_check_walks_the_whole_line() -> None:
    with tempfile.TemporaryDirectory() as folder, running(_free_port(), Path(folder), fresh=True, say=lambda _words: None) as served:
        assert walk(served)
    assert len(STEPS) == 16
