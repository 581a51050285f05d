"""What a partner takes away of itself, what is still not known when somebody confirms, and sessions that are not every week, on the pages."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from sqlalchemy.orm import Session

from partners.families import families
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.users import actor_of
from partners.referrals import replies
from partners.registry import edits, offers, organisations, papers, places_of_offers, proposals, times
from partners.registry.offers import Offer
from partners.registry.papers import PaperKind
from tests.integration.web.conftest import send, sign_in

CANARIES = ("Zebedee", "Rosehouse", "Otherfolk", "trusted", "Ms Looked")


@pytest.fixture
def offer(session, flo, clock) -> Offer:
    at, by = clock(), actor_of(flo)
    pantry = organisations.add(session, name="=Pantry", phone="0113 496 0100", by=SYSTEM, at=at)
    organisations.add_contact(session, pantry, name="Joan Smith", email="joan@pantry.example", phone=None, by=SYSTEM, at=at)
    papers.record(session, pantry, PaperKind.REGISTRATION, number="P-1", by=by, at=at, checked_by="Ms Looked", valid_until=date(2027, 9, 1))
    made = offers.add(session, pantry, name="@Food bags", description="A bag of food.", needs=["food_now"], by=SYSTEM, at=at)
    edits.change(session, made, {"tier": "trusted", "sessions": times.read("first Tuesday of the month 10:00 to 12:00")}, by=by, at=at, seen=0)
    places_of_offers.add(session, made, name="Hall", address="1 Elm Road", postcode=None, withheld=False, by=by, at=at)
    places_of_offers.add(session, made, name="Rosehouse", address="1 Rosestreet", postcode=None, withheld=True, by=by, at=at)
    offers.add(session, pantry, name="A refuge", needs=["domestic_abuse"], by=SYSTEM, at=at)
    other = organisations.add(session, name="Otherfolk", phone="0113 496 0200", by=SYSTEM, at=at)
    offers.add(session, other, name="Otherfolk's group", needs=["food_now"], by=SYSTEM, at=at)
    families.add(session, initials="ZB", first_name="Zebedee", postcode="LS9 7AB", by=by, at=at)
    session.commit()
    return made


def _link(session: Session, offer: Offer, clock) -> str:
    token = replies.new_offer_link(session, offer, at=clock())
    session.commit()
    return f"/o/{token}/record"


def test_by_its_link_a_partner_takes_away_its_own_record_and_nobody_elses(app, session, offer, clock) -> None:
    path = _link(session, offer, clock)
    told = app.test_client().get(f"{path}.json")
    assert (told.status_code, told.mimetype, told.headers["Cache-Control"]) == (200, "application/json", "no-store")
    assert "attachment" in told.headers["Content-Disposition"]
    record = json.loads(told.text)
    assert record["organisation"]["telephone"] == "0113 496 0100"
    assert record["people"] == [{"name": "Joan Smith", "answers_in_the_school_holidays": False, "mail_came_back": False}]
    assert [o["facts"]["name"] for o in record["offers"]] == ["@Food bags"]
    assert record["offers"][0]["facts"]["sessions"][0]["nth"] == [1]
    assert [p["name"] for p in record["offers"][0]["places"]] == ["Hall"]
    assert record["papers"][0]["number"] == "P-1"
    sheet = app.test_client().get(f"{path}.csv")
    assert sheet.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(sheet.text)))
    assert rows[0] == ["about", "which", "fact", "value"]
    assert ["offer", "'@Food bags", "When it happens", "First Tuesday of each month, 10:00 to 12:00"] in rows
    assert ["organisation", "'=Pantry", "name", "'=Pantry"] in rows
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row if cell)
    for text in (told.text, sheet.text):
        assert not [word for word in (*CANARIES, "joan@pantry.example", "A refuge") if word in text]
    assert app.test_client().get("/o/nobody/record.json").status_code == 404
    assert "as a spreadsheet" in app.test_client().get(path.removesuffix("/record")).text


def test_signed_in_a_partner_takes_the_same_with_addresses(app, session, offer, clock) -> None:
    who = users.add(session, email="joan@pantry.example", name="Joan", roles=[Role.PARTNER], organisation_id=offer.organisation_id, by=SYSTEM, at=clock())
    session.commit()
    client = app.test_client()
    sign_in(client, session, who, clock)
    text = client.get("/portal/record.json").text
    assert json.loads(text)["people"][0]["email"] == "joan@pantry.example"
    assert sorted(o["facts"]["name"] for o in json.loads(text)["offers"]) == ["@Food bags", "A refuge"]
    sheet = client.get("/portal/record.csv").text
    assert "joan@pantry.example" in sheet
    assert not [word for word in CANARIES if word in text or word in sheet]
    assert "/portal/record.csv" in client.get("/portal/offers").text


def test_confirming_says_what_is_still_not_known_and_waits_for_none_of_it(app, session, flo, offer, clock) -> None:
    client = app.test_client()
    sign_in(client, session, flo, clock)
    page = client.get(f"/liaison/offers/{offer.id}").text
    listed = page.split("Still not known, of what should be known before it is suggested.")[1].split("</ul>")[0]
    assert "What it costs" in listed
    assert "What happens when someone comes" in listed
    assert "What it helps with" not in listed
    assert "When it happens" not in listed
    assert send(client, f"/liaison/offers/{offer.id}/list/cost", {"seen": "2", "cost": "Free", "hidden_costs": "none"}).status_code == 303
    listed = client.get(f"/liaison/offers/{offer.id}").text.split("Still not known")[1].split("</ul>")[0]
    assert "What it costs" not in listed
    assert send(client, f"/liaison/offers/{offer.id}/confirm", {"name": "Joan", "how": "phone"}).status_code == 303
    session.expire_all()
    assert offer.confirmed_by == "Joan"
    session.rollback()


def test_a_school_and_a_partner_write_sessions_that_are_not_every_week(app, session, flo, offer, clock) -> None:
    client = app.test_client()
    sign_in(client, session, flo, clock)
    form = {
        "name": "Coffee morning", "promise": "Coffee and a chat.", "kind": "group", "needs": ["lonely"], "audience": ["adult"], "modes": ["in_person"], "area_kind": "anywhere",
        "who_may_refer": ["anyone"], "languages": ["en"], "sessions": "2nd and 4th Thursday 9.15 to 10.15, in term time\nevery other Wednesday 10:00 to 12:00",
    }
    made = send(client, f"/liaison/organisations/{offer.organisation_id}/offers/new", form)
    assert made.status_code == 303
    session.expire_all()
    added = next(o for o in offers.of_organisation(session, offer.organisation) if o.name == "Coffee morning")
    assert [s.words() for s in added.sessions] == [
        "Second and fourth Thursday of each month, 09:15 to 10:15, in term time", "Every other Wednesday, 10:00 to 12:00, in which weeks is not known",
    ]
    session.rollback()
    assert "in which weeks is not known" in client.get(f"/liaison/offers/{added.id}").text
    assert "in which weeks it happens" in client.get(f"/liaison/offers/{added.id}/list").text
    path = _link(session, added, clock).removesuffix("/record")
    partner = app.test_client()
    sent = send(partner, f"{path}/parts/when", {"seen": "1", "sessions": "every other Wednesday 10:00 to 12:00, next on 2 December 2026", "step": "send", "sender": "Joan"})
    assert sent.status_code == 303
    (waiting,) = proposals.waiting_for(session, added)
    assert waiting.after["sessions"][0]["anchor"] == "2026-12-02"
