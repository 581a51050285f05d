"""A registry with offers that may be told to anybody, and some that may not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM
from partners.foundation.db import new_id
from partners.registry import offers, organisations
from partners.registry.offers import Offer
from partners.registry.places import Place
from partners.registry.schedules import OfferSession
from web import create_app
from web.settings import Settings

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def an_offer(session: Session, name: str, **facts: Any) -> Offer:
    """Add an offer that a person confirmed ten days ago, at a place that is not withheld."""
    organisation = organisations.add(session, name=f"Organisation of {name}", by=SYSTEM, at=NOW - timedelta(days=30), description="Neighbours.", website="https://example.org/")
    place = Place(id=new_id(), organisation_id=organisation.id, name=f"Hall of {name}", address="1 Mill Lane, Seamoor", postcode="LS9 7AB", latitude=53.8, longitude=-1.5)
    sessions = [OfferSession(id=new_id(), position=0, days=["tue", "thu"], starts="10:00", ends="12:00", weeks="term_time", from_on=date(2026, 9, 1))]
    usual: dict[str, Any] = {
        "needs": ["esol"], "confirmed_on": date(2026, 11, 14), "description": f"What happens at {name}.", "place": place, "sessions": sessions,
        "features": {"step_free": "yes", "creche": "no", "quiet_space": "not_known"}, "languages": ["en", "so"], "age_min_years": 16.0,
        "area": {"kind": "postcodes", "prefixes": ["LS9", "LS14 1"]},
    }
    return offers.add(session, organisation, name=name, by=SYSTEM, at=NOW - timedelta(days=20), **usual | facts)


@pytest.fixture
def town(session: Session) -> dict[str, Offer]:
    """Two offers that go out, and five that do not."""
    found = {
        "lessons": an_offer(session, "Lessons"),
        "pantry": an_offer(session, "Pantry", needs=["food_weekly"], area={"kind": "radius", "km": 4.5}, age_min_years=None, sessions=[], languages=["en"]),
        "unconfirmed": an_offer(session, "Unconfirmed", confirmed_on=None),
        "old": an_offer(session, "Old", confirmed_on=date(2026, 5, 1)),
        "archived": an_offer(session, "Archived", archived_at=NOW),
        "refuge": an_offer(session, "Refuge", needs=["domestic_abuse"]),
        "withheld": an_offer(session, "Withheld"),
    }
    found["withheld"].place.withheld = True
    session.commit()
    return found


@pytest.fixture
def browser(engine: Engine) -> FlaskClient:
    """Somebody who is not signed in, on the service with this database."""
    made = Settings.from_environment({"KITH_DEMO": "1", "KITH_BASE_URL": "http://kith.example"})
    settings = Settings(database_url="", secret_key=made.secret_key, sealing_keys=made.sealing_keys, base_url="http://kith.example")
    app = create_app(settings, engine=engine, clock=lambda: NOW)
    app.testing = True
    return app.test_client()
