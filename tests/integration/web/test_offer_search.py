"""The offers page: a search box, and filters that say how many."""

from __future__ import annotations

import uuid

import pytest

from partners.foundation.actors import SYSTEM
from partners.registry import offers, organisations
from tests.integration.web.conftest import sign_in


@pytest.fixture
def town(session, flo, browser, clock):
    """Three offers of two partners, and one for a need that is in no list."""
    hooyo = organisations.add(session, name="Hooyo Circle", by=SYSTEM, at=clock())
    beds = organisations.add(session, name="Sleep Well", by=SYSTEM, at=clock())
    offers.add(session, hooyo, name="Café mornings", needs=["how_school_works"], by=SYSTEM, at=clock())
    offers.add(session, hooyo, name="Letters read", needs=["letters_explained"], by=SYSTEM, at=clock(), confirmed_on=clock().date())
    offers.add(session, beds, name="Mattresses given", needs=["beds"], by=SYSTEM, at=clock())
    offers.add(session, beds, name="A quiet refuge", needs=["domestic_abuse"], by=SYSTEM, at=clock())
    sign_in(browser, session, flo, clock)
    session.commit()
    return {"hooyo": hooyo.id, "beds": beds.id}


def test_words_find_and_a_slip_is_said(browser, town) -> None:
    page = browser.get("/liaison/offers?q=cafee").text
    assert ("Café mornings" in page, "Letters read" in page) == (True, False)
    assert "No offer has “cafee”. These have “cafe”." in page
    assert "1 found" in page


def test_filters_say_how_many_and_narrow(browser, town) -> None:
    page = browser.get("/liaison/offers").text
    assert "3 found" in page
    assert "Hooyo Circle (2)" in page
    assert "A bed or bedding (1)" in page
    page = browser.get(f"/liaison/offers?partner={town['hooyo']}&show=unconfirmed").text
    assert ("Café mornings" in page, "Letters read" in page, "Mattresses given" in page) == (True, False, False)
    assert f'value="{town["hooyo"]}" selected' in page
    assert "Mattresses given" in browser.get("/liaison/offers?need=beds").text


def test_a_need_that_is_never_listed_is_nowhere_on_the_page(browser, town) -> None:
    for question in ("", "?q=refuge", "?need=domestic_abuse", "?q=safe+at+home", f"?partner={town['beds']}"):
        page = browser.get(f"/liaison/offers{question}").text
        assert "A quiet refuge" not in page
        assert "Safe at home" not in page


@pytest.mark.parametrize("question", ["q=%22", "q=%00", "need=nothing", "partner=nobody", "q=" + "a+" * 300, "q=%27+OR+1%3D1"])
def test_anything_typed_gives_a_page(browser, town, question: str) -> None:
    assert browser.get(f"/liaison/offers?{question}").status_code == 200


def test_a_partner_without_any_of_it_stays_chosen(browser, town) -> None:
    page = browser.get(f"/liaison/offers?partner={uuid.uuid4()}").text
    assert "0 found" in page
    assert "The one you chose (0)" in page
