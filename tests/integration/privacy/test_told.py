"""What is told to a family: every record in its own language, grouped, with no name of a column, no code and no id, and words that school typed said to be school's."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import languages, requirements
from partners.foundation import audit
from partners.foundation.actors import family_by_link
from partners.privacy import held, holds, requests
from partners.privacy.requests import Kind, Who
from tests.integration.privacy.conftest import AT, a_family
from web.family import telling
from web.family.telling import Card, Line

RULES = [
    {"what": "language", "value": "so", "strength": "must"}, {"what": "feature", "value": "faith_based", "is": "no", "strength": "would_help"},
    {"what": "time", "days": ["mon", "tue"], "from": "09:00", "until": "12:00", "strength": "must"}, {"what": "travel", "minutes": 20, "by": "bus", "strength": "would_help"},
    {"what": "wait", "weeks": 2, "strength": "must"}, {"what": "mode", "value": "home_visit", "strength": "would_help"}, {"what": "gender", "value": "women", "strength": "must"},
]
# Names that stay as they are in every language.
STAYS = re.compile(r"Kith|EHC|ADHD|Year \d+|Reception|[SUX]MS|\d\d:\d\d")


def _cards(cards: list[Card]) -> list[Card]:
    return [one for card in cards for one in (card, *_cards(card.within))]


def _told(session: Session, place: SimpleNamespace, code: str) -> tuple[list[telling.Group], list[Card], list[Line]]:
    kept = a_family(session, place, place.partner, "qza")
    requirements.replace(session, kept.family, RULES, by=place.flo, at=AT)
    whole = held.what_is_held(session, kept.family, by=family_by_link(kept.family.id, place.school.id))
    groups = telling.tell(whole, code)
    cards = [card for group in groups for card in _cards(group.cards)]
    return groups, cards, [line for card in cards for line in card.lines]


@pytest.mark.parametrize("code", sorted(languages.every()))
def test_everything_is_said_in_the_familys_language_under_headings_of_a_person(session: Session, place: SimpleNamespace, code: str) -> None:
    groups, cards, lines = _told(session, place, code)
    say = languages.held(code)
    assert [group.heading for group in groups] == [say[f"group.{name}"] for name in telling.GROUPS]
    ours = [card.title for card in cards] + [line.label for line in lines] + [line.value for line in lines if not line.typed]
    assert [said for said in ours if re.search(r"\w_\w|[0-9a-f]{8}-[0-9a-f]{4}", said) or not said.strip()] == []
    assert say["page.no_words"] not in ours
    if languages.every()[code].direction == "rtl":
        names = re.compile("|".join(one.own_name for one in languages.every().values()))
        assert [said for said in ours if re.search("[A-Za-z]", STAYS.sub("", names.sub("", said)))] == []
    elif code != "en":
        english = set(languages.held("en").values()) - set(say.values())
        assert [said for said in ours if said in english] == []


def test_what_points_to_an_introduction_stands_with_it_and_names_its_need_and_its_partner(session: Session, place: SimpleNamespace) -> None:
    groups, _every, lines = _told(session, place, "en")
    met = next(group for group in groups if group.heading == "Whom we introduced you to")
    assert [card.title for card in met.cards] == ["An introduction"]
    first, said = met.cards[0], {line.label: line.value for line in met.cards[0].lines}
    assert said["Partner"] == "Pantry"
    assert said["What it is for"] in {line.value for line in lines if line.label == "What"}
    happened = [line.value for card in first.within if card.title == "What happened" for line in card.lines if line.label == "What happened"]
    assert happened == ["school chose what might help", "school made it ready", "school sent it", "the partner said that it can help", "you and the partner spoke"]
    assert [card.title for card in next(group for group in groups if group.heading == "What was agreed").cards] == ["What you agreed to"]


def test_words_that_school_typed_say_so_and_the_familys_own_do_not(session: Session, place: SimpleNamespace) -> None:
    _groups, _every, lines = _told(session, place, "pl")
    by_school = {line.value for line in lines if line.by_school}
    assert by_school == {"Keptgivesqza", "Keptcomplaintqza", "Keptwantedqza"}
    typed = {line.value for line in lines if line.typed and not line.by_school}
    assert {"Keptfirstqza", "Keptcontactqza", "Pantry", "Flo 0 of Hill Primary"} <= typed


def test_who_looked_is_told_once_a_day_in_words_and_never_what_keeps_somebody_safe(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    for action in ("family:viewed", "family:viewed", "family:kept_from_person", "family:with_dsl"):
        audit.record(session, action, ("family", kept.family.id), by=place.flo, at=AT)
    holds.place(session, kept.family, reason="A court asks for it", owner="Sam", review_on=AT.date() + timedelta(days=90), by=place.dsl, at=AT)
    whole = held.what_is_held(session, kept.family, by=family_by_link(kept.family.id, place.school.id))
    shown = telling.glances(whole.looks, "en")
    assert [(one.day, one.who, one.did, one.what) for one in shown].count(("7 September 2026", "Flo 0 of Hill Primary", "looked", "About your family")) == 1
    assert ("the partner", False) in {(one.who, one.named) for one in shown}
    everything = held.what_is_held(session, kept.family, by=place.dsl)
    assert {"family:kept_from_person", "family:with_dsl", "hold:placed"} <= {look.action for look in everything.looks}
    assert not {"family:kept_from_person", "family:with_dsl", "hold:placed"} & {look.action for look in whole.looks}
    assert "hold:placed" not in {look.action for look in held.reviewed(everything, keep=frozenset()).looks}, "a copy that is given out tells of no hold"


def test_what_the_other_parent_asked_for_and_a_partners_worry_are_looked_at_before_they_are_told(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    requests.make(session, kept.family, Kind.ACCESS, who=Who.OTHER_PARENT, name="Keptotherqza", contact="Keptreachqzb", words="Keptaskqza", by=place.flo, at=AT)
    kept.referral.code = "safety_risk"
    session.flush()
    marked = {fact.value for fact in held.what_is_held(session, kept.family, by=place.dsl).to_review()}
    assert {"Keptotherqza", "Keptreachqzb", "Keptaskqza", "safety risk"} <= marked
    own = held.what_is_held(session, kept.family, by=family_by_link(kept.family.id, place.school.id))
    assert not {"Keptotherqza", "Keptreachqzb", "Keptaskqza", "safety risk"} & {fact.value for fact in own.facts()}
