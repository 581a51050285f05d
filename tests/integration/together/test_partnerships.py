"""Partnerships: years, people on both sides, what each did, the two views, and a head's page under the small-number rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from partners.foundation import outbox
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound, StaleRecord
from partners.impact import partnership_page
from partners.referrals import partner_letters
from partners.registry import partnership_views, partnerships
from partners.registry.partnership_views import STATEMENTS
from partners.registry.partnerships import Happened, Side
from tests.integration.together.conftest import Circle

ALL = {word: dict.fromkeys(STATEMENTS, word) for word in ("not_yet", "sometimes", "usually")}


def test_the_difference_between_two_views_is_the_finding(circle: Circle) -> None:
    row, link = circle.partnerships["network"], circle.link("network")
    partnership_views.say(circle.session, row, ALL["usually"], name="Jo", by=circle.flo, at=circle.at)
    assert [c.apart for c in partnership_views.compare(row, 2026)] == [None] * 5, "one view alone finds nothing"
    partnership_views.say(circle.session, row, ALL["usually"] | {"changed": "sometimes", "parents_say": "not_yet"}, name="Amina", by=link, at=circle.at)
    compared = partnership_views.compare(row, 2026)
    assert [c.apart for c in compared] == [0, 0, 1, 2, 0]
    first = partnership_views.furthest_apart(compared)
    assert first is not None
    assert (first.statement, first.school, first.partner) == ("parents_say", "usually", "not_yet")


def test_a_view_is_said_once_a_school_year_by_each_side(circle: Circle) -> None:
    row = circle.partnerships["network"]
    for answers in (ALL["not_yet"], ALL["usually"]):
        partnership_views.say(circle.session, row, answers, name="Jo", by=circle.flo, at=circle.at)
    assert [(v.year, v.side, v.answers["by_name"]) for v in row.views] == [(2026, Side.SCHOOL, "usually")]
    partnership_views.say(circle.session, row, ALL["sometimes"], name="Jo", by=circle.flo, at=circle.at + timedelta(days=300))
    assert [v.year for v in row.views] == [2026, 2027]
    told = partnership_views.say(circle.session, row, ALL["not_yet"], name="Amina", by=circle.flo, at=circle.at, told_by_partner=True)
    assert (told.side, told.name) == (Side.PARTNER, "Amina")
    with pytest.raises(InvalidRecord) as refused:
        partnership_views.say(circle.session, row, {"by_name": "usually"}, name="Jo", by=circle.flo, at=circle.at)
    assert refused.value.field == "not_only_referrals"


def test_a_link_speaks_for_its_own_partner_alone(circle: Circle) -> None:
    link = circle.link("network")
    with pytest.raises(NotFound):
        partnership_views.say(circle.session, circle.partnerships["theatre"], ALL["usually"], name="Amina", by=link, at=circle.at)
    with pytest.raises(NotAllowed):
        partnerships.happened(circle.session, circle.partnerships["network"], Happened.MET, on=circle.at.date(), words="", by=link, at=circle.at)
    with pytest.raises(NotAllowed):
        partnerships.happened(circle.session, circle.partnerships["network"], Happened.MET, on=circle.at.date(), words="", by=circle.head, at=circle.at)


def test_a_link_ends_with_time(circle: Circle) -> None:
    token = partnerships.new_link(circle.session, circle.partnerships["network"], at=circle.at)
    row, who = partnerships.open_link(circle.session, token, at=circle.at + timedelta(days=399))
    assert (row, who.organisation_id) == (circle.partnerships["network"], circle.organisations["network"].id)
    for word, at in ((token, circle.at + timedelta(days=401)), ("no such word", circle.at)):
        with pytest.raises(NotFound):
            partnerships.open_link(circle.session, word, at=at)


def test_who_needs_a_call_and_why(circle: Circle) -> None:
    row, on = circle.partnerships["library"], circle.at.date()
    assert partnerships.needs_a_call(row, on=on) == ["quiet", "few_school", "few_partner"]
    for side in Side:
        for name in ("Ann", "Ben"):
            partnerships.know(circle.session, row, side, name=name, part="", by=circle.flo, at=circle.at)
    partnerships.happened(circle.session, row, Happened.SPOKE, on=on - timedelta(days=90), words="", spoke_with="Ann", by=circle.flo, at=circle.at)
    assert partnerships.needs_a_call(row, on=on) == []
    assert partnerships.needs_a_call(row, on=on + timedelta(days=1)) == ["quiet"]
    partnerships.plan(circle.session, row, next_step="Ring", next_step_on=on, monthly_cap=4, by=circle.flo, at=circle.at, seen_version=row.version)
    assert partnerships.needs_a_call(row, on=on) == []
    assert partnerships.needs_a_call(row, on=on + timedelta(days=1)) == ["quiet", "next_step_late"]
    partnerships.left(circle.session, row, row.known(Side.PARTNER)[0].id, by=circle.flo, at=circle.at)
    assert partnerships.needs_a_call(row, on=on) == ["few_partner"]
    for contact in row.organisation.contacts:
        contact.bounced_at = circle.at
    assert "mail_came_back" in partnerships.needs_a_call(row, on=on)


def test_a_thank_you_is_due_until_it_is_said(circle: Circle) -> None:
    row, on = circle.partnerships["library"], circle.at.date()
    partnerships.happened(circle.session, row, Happened.THEY_DID, on=on - timedelta(days=3), words="cards for Reception", by=circle.flo, at=circle.at)
    assert [e.words for e in row.thanks_due()] == ["cards for Reception"]
    partnerships.happened(circle.session, row, Happened.THANKED, on=on, words="", by=circle.flo, at=circle.at)
    assert row.thanks_due() == []


def test_two_at_once_do_not_overwrite_a_plan(circle: Circle) -> None:
    row = circle.partnerships["library"]
    seen = row.version
    partnerships.plan(circle.session, row, next_step="Ring", next_step_on=date(2026, 12, 1), monthly_cap=None, by=circle.flo, at=circle.at, seen_version=seen)
    with pytest.raises(StaleRecord):
        partnerships.plan(circle.session, row, next_step="Write", next_step_on=date(2026, 12, 1), monthly_cap=None, by=circle.flo, at=circle.at, seen_version=seen)


def test_the_mail_with_the_page_holds_a_link_and_no_family(circle: Circle) -> None:
    family = circle.family("esol", first_name="Canaryname")
    mail = partner_letters.send_page(circle.session, circle.partnerships["network"], base_url="http://kith.example", by=circle.flo, at=circle.at)
    assert mail is not None
    assert mail.to_address == "network@partner.example"
    assert "Canaryname" not in mail.body + mail.subject
    assert family.initials not in mail.body
    token = mail.body.split("/p/")[1].split()[0]
    assert partnerships.open_link(circle.session, token, at=circle.at)[0] is circle.partnerships["network"]
    assert circle.session.query(outbox.Message).count() == 1


def test_partners_are_written_to_once_each_and_only_those_of_the_school(circle: Circle) -> None:
    ids = [circle.organisations["network"].id, None, circle.organisations["theatre"].id]
    circle.organisations["theatre"].contacts[0].email = None
    told = partner_letters.ask_partners(circle.session, ids, why="exchange", base_url="http://kith.example", by=circle.flo, at=circle.at)
    assert told == ["The network"]
    mail = circle.session.query(outbox.Message).one()
    assert "asks whether you can" in mail.body


def test_a_head_sees_the_years_by_name_and_no_small_number(circle: Circle) -> None:
    lines = partnership_page.lines(circle.session, by=circle.head, at=circle.at)
    assert [x.row.organisation.name for x in lines] == ["The library", "The network", "The theatre"]
    assert {x.load.words for x in lines} == {"hidden"}, "a school with under twenty families shows no counts"
    with pytest.raises(NotAllowed):
        partnership_page.lines(circle.session, by=circle.flo, at=circle.at)


@pytest.mark.parametrize(
    ("families", "cap", "words", "told"),
    [(0, 10, "none", 0), ("*", 10, "hidden", None), ("*", 1, "hidden", None), (10, 40, "room", 10), (10, 12, "near", 10), (30, 12, "over", 30), (30, None, "room", 30)],
)
def test_a_load_is_told_only_where_its_number_may_be(families: int | str, cap: int | None, words: str, told: int | None) -> None:
    load = partnership_page.load_of(families, cap)
    assert (load.words, load.families) == (words, told)
