"""Lists on the web: sent, planned, brought in, accepted and confirmed; the directory; the map."""

from __future__ import annotations

import io

import pytest

from partners.families import directories, schools
from partners.foundation.actors import SYSTEM
from partners.registry import offers, organisations
from partners.registry.places import Place
from tests.integration.web.conftest import sign_in, token_of

CSV = "id,title,description,postcode,lat,lon\na,Warm space at St Ann's,Tea and a warm space,LS9 7AB,53.8,-1.5\nb,,none,,,\n"


@pytest.fixture
def signed(browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    return browser


def _press(browser, path: str, **data: str):
    return browser.post(path, data={"csrf_token": token_of(browser.get("/imports/").text), **data})


def test_a_list_is_read_first_then_brought_in_accepted_and_confirmed(signed, session) -> None:
    token = token_of(signed.get("/imports/").text)
    sent = signed.post("/imports/", data={"csrf_token": token, "source": "town", "file": (io.BytesIO(CSV.encode()), "list.csv")}, content_type="multipart/form-data")
    assert sent.status_code == 303
    plan = signed.get(sent.location).text
    assert "Warm space at St Ann" in plan
    assert "An offer needs a title" in plan
    assert offers.listed(session) == []
    session.rollback()
    for _ in range(2):
        assert _press(signed, sent.location + "/apply").status_code == 303
    session.expire_all()
    [offer] = offers.listed(session)
    offer_id = offer.id
    session.rollback()
    page = signed.get("/imports/to-accept").text
    assert "It helps with:" in page
    assert _press(signed, f"/imports/to-accept/{offer_id}/needs", codes="warm_space").status_code == 303
    assert _press(signed, f"/imports/to-accept/{offer_id}/confirm", name="").status_code == 422
    assert _press(signed, f"/imports/to-accept/{offer_id}/confirm", name="Pat").status_code == 303
    session.expire_all()
    assert (offer.needs, offer.confirmed_by, offer.confirmed_how.value) == (["warm_space"], "Pat", "phone")
    session.rollback()
    assert "Where this came from" in signed.get(f"/liaison/offers/{offer_id}").text


def test_a_file_that_cannot_be_read_says_so_beside_its_field(signed) -> None:
    token = token_of(signed.get("/imports/").text)
    sent = signed.post("/imports/", data={"csrf_token": token, "source": "town", "file": (io.BytesIO("id,title".encode("utf-16")), "x.csv")}, content_type="multipart/form-data")
    assert (sent.status_code, "not UTF-8" in sent.text) == (422, True)


def test_the_register_refuses_and_lets_come_back(signed) -> None:
    assert _press(signed, "/imports/do-not-list", name="Quiet Garden", asked_by="their chair").status_code == 303
    page = signed.get("/imports/do-not-list").text
    assert "Quiet Garden asked on" in page


def _offers(session, clock):
    circle = organisations.add(session, name="Hooyo Circle", by=SYSTEM, at=clock())
    made = {}
    for name, facts in {
        "Open tea": {}, "Hidden place": {"place": Place(organisation_id=circle.id, address="1 Secret Road", latitude=53.9, longitude=-1.6, withheld=True)}, "By referral": {"who_may_refer": ["school"]},
        "Debt help": {"needs": ["debt"]}, "Refuge": {"needs": ["domestic_abuse"]}, "Not confirmed": {"confirmed_on": None}, "Women only": {"gender": "women"},
    }.items():
        given = {"needs": ["warm_space"], "confirmed_on": clock().date(), "place": Place(organisation_id=circle.id, address="2 Open Road", latitude=53.8, longitude=-1.5)} | facts
        session.add(given["place"])
        session.flush()
        made[name] = offers.add(session, circle, name=name, by=SYSTEM, at=clock(), **given)
    session.commit()
    return made


def test_the_directory_is_off_until_switched_on_and_shows_only_what_is_for_anybody(browser, session, school, clock) -> None:
    made = _offers(session, clock)
    assert browser.get("/directory").status_code == 404
    assert browser.get(f"/directory/{made['Open tea'].id}").status_code == 404
    directories.switch(session, schools.get(session, school.id), on=True, by=SYSTEM, at=clock())
    session.commit()
    page = browser.get("/directory").text
    assert [name for name in made if name in page] == ["Open tea"]
    assert "Text it" in browser.get(f"/directory/{made['Open tea'].id}").text
    assert {browser.get(f"/directory/{o.id}").status_code for name, o in made.items() if name != "Open tea"} == {404}


def test_a_withheld_place_moves_nothing_on_the_map(signed, session, clock) -> None:
    made = _offers(session, clock)
    before = signed.get("/liaison/offers").text.split("<svg")[1].split("</figure>")[0]
    assert "Open tea" in before
    assert "Hidden place" not in before
    made["Hidden place"].place.latitude = 55.0
    session.commit()
    assert signed.get("/liaison/offers").text.split("<svg")[1].split("</figure>")[0] == before
