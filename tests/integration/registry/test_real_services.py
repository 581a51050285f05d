"""Real services of three towns, imported, looked at by a person and confirmed, then suggested to a family there; none before."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import families, needs, schools
from partners.foundation import postcodes, users
from partners.foundation.actors import SYSTEM, Role
from partners.matching import suggestions
from partners.matching.words import propose_for_offer
from partners.registry import edits, freshness, importing
from partners.registry.offers import ConfirmedHow, Offer

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "uk_services" / "uk_services.jsonl.gz"
# A family's postcode, and a need that the directories of that town serve.
TOWNS = {"Leeds": ("LS9 7AB", "warm_space"), "Hounslow": ("TW3 1LD", "clubs_play"), "Birmingham": ("B11 1LU", "warm_space")}


def _near(row: dict[str, Any], postcode: str, degrees: float = 0.12) -> bool:
    at = postcodes.locate(postcode)
    assert at is not None
    return row.get("lat") is not None and abs(row["lat"] - at.latitude) < degrees and abs(row["lon"] - at.longitude) < 1.6 * degrees


@pytest.mark.skipif(not REAL.exists(), reason="the directories are not beside this checkout")
@pytest.mark.parametrize("town", TOWNS)
def test_a_family_gets_sensible_suggestions_from_imported_offers_once_a_person_confirmed_them(session: Session, at: datetime, town: str) -> None:
    postcode, code = TOWNS[town]
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if _near(row, postcode)]
    assert len(rows) > 30
    made = importing.plan(session, "\n".join(json.dumps(row) for row in rows), source=town)
    importing.apply(session, made, propose=propose_for_offer, by=SYSTEM, at=at)
    school = schools.add(session, name=f"{town} Primary", phone="0113 496 0000", dsl_name="Ms Lead", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    flo = users.actor_of(users.add(session, email="flo@town.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=at))
    family = families.add(session, initials="AK", first_name=None, postcode=postcode, by=flo, at=at)
    needs.record(session, family, codes=[code], paths={code: "open"}, harm=needs.Harm.NO, by=flo, at=at)
    before = suggestions.find(session, family, by=flo, at=at).answer["needs"][0]
    assert (before["suggestions"], before["unmet"]) == ([], "no_such_offer")

    proposed = [o for o in session.scalars(select(Offer)).unique() if code in o.proposed_needs][:25]
    assert len(proposed) >= 5
    for offer in proposed:
        edits.accept_needs(session, offer, [code], by=flo, at=at)
        freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Somebody there", by=flo, at=at)
    after = suggestions.find(session, family, by=flo, at=at).answer["needs"][0]
    assert len(after["suggestions"]) == 3
    by_id = {str(o.id): o for o in proposed}
    assert {s["offer"] for s in after["suggestions"]} <= set(by_id)
    home = postcodes.blurred(postcode)
    assert home is not None
    from geopy.distance import great_circle

    def km(offer: Offer) -> float:
        assert offer.place is not None
        return float(great_circle((home.latitude, home.longitude), (offer.place.latitude, offer.place.longitude)).km)

    shown = sorted(km(by_id[s["offer"]]) for s in after["suggestions"])
    assert shown[0] < 5
    assert shown[-1] <= sorted(km(o) for o in proposed)[len(proposed) // 2]
