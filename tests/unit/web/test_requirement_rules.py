"""What matching can be asked for is what a liaison officer can ask for: the contract, the form, the offer's form and the words stand side by side."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from matcher import names
from matcher.requirements import _FORMS
from partners.families import questionnaires
from partners.foundation.errors import InvalidRecord
from partners.matching import answers
from partners.matching.requests import read_rules
from tests.builders_matching import a_requirement
from tests.strategies import requirements
from web import feature_words, features, wording
from web.liaison import requirement_rules
from web.liaison.forms import RequirementsForm

# Source: offer.schema.json, properties.features.propertyNames, and request.schema.json, requirements.what, as of November 2026.
CONTRACT_FEATURES = {
    "free", "no_proof_needed", "no_diagnosis_needed", "no_referral_letter_needed", "works_without_public_funds", "ehc_plan_required", "step_free",
    "accessible_toilet", "hearing_loop", "quiet_space", "travel_paid", "near_school", "not_on_school_site", "independent_of_school",
    "independent_of_council", "warm_introduction", "goes_with_you", "one_to_one", "same_worker", "peer_led", "parent_led", "drop_in",
    "flexible_attendance", "creche", "children_welcome", "bsl", "easy_read", "captions", "voice_notes", "send_aware", "trauma_informed",
    "explains_uk_systems", "halal_or_kosher", "faith_based",
}
CONTRACT_FORMS = {"language", "feature", "time", "not_time", "mode", "travel", "gender", "wait"}
FOR_PEOPLE_ALONE = {"collects"}


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask(__name__)
    made.config.update(SECRET_KEY="for a form", WTF_CSRF_ENABLED=False)
    return made


def posted(app: Flask, recorded: list[dict[str, Any]], **changed: Any) -> list[dict[str, Any]]:
    """Open the form for what is recorded, change boxes, press save, and return the requirements that are kept."""
    shown = requirement_rules.facts_of(recorded)
    boxes = {k: v for k, v in (shown | changed).items() if v not in (None, "", [])}
    with app.test_request_context(method="POST", data=MultiDict([(k, str(one)) for k, v in boxes.items() for one in (v if isinstance(v, list) else [v])])):
        form = RequirementsForm()
        form.others.choices = requirement_rules.without_a_box(recorded)
        assert form.validate(), form.errors
        return read_rules(requirement_rules.rules_from(form.facts(), recorded))


def in_any_order(rules: list[dict[str, Any]]) -> list[str]:
    return sorted(map(requirement_rules.mark, rules))


def test_every_feature_of_the_contract_can_be_said_of_an_offer_and_asked_for_by_an_officer() -> None:
    asked = {value.removeprefix(features.WITHOUT) for value in features.WISHES}
    assert set(names.FEATURES) == CONTRACT_FEATURES
    assert asked == CONTRACT_FEATURES
    assert set(feature_words.FEATURES) - FOR_PEOPLE_ALONE == CONTRACT_FEATURES
    assert set(_FORMS) == CONTRACT_FORMS


def test_a_tick_stands_once_and_reads_as_the_recorded_requirement_does() -> None:
    with_form = [value for group in RequirementsForm.wishes.values() for value in group]
    assert sorted(with_form) == sorted(set(with_form)) == sorted(features.WISHES)
    assert len(set(features.WISHES.values())) == len(features.WISHES), "two ticks have the same words"
    for value, words in features.WISHES.items():
        assert wording.rule(features.wish(value, "must")) == f"{words} (must)"


def test_every_language_way_and_gender_that_matching_names_can_be_chosen() -> None:
    assert {code: names.LANGUAGES[code] for code in wording.LANGUAGES} == wording.LANGUAGES
    assert set(wording.LANGUAGES) == set(names.LANGUAGES)
    assert set(wording.MODES) == set(names.MODES)


EVERY_FORM = [
    *(features.wish(value, strength) for value in features.WISHES for strength in ("must", "would_help")),
    *(a_requirement("mode", strength, value=m) for m in names.MODES for strength in ("must", "would_help")),
    *(a_requirement("language", strength, value="rom") for strength in ("must", "would_help")),
    *(a_requirement("gender", strength, value=g) for g in ("women", "men") for strength in ("must", "would_help")),
    *(a_requirement("travel", strength, by=by, minutes=20) for by in ("walk", "bus", "car") for strength in ("must", "would_help")),
    *(a_requirement("wait", strength, weeks=w) for w in (0, 2) for strength in ("must", "would_help")),
    *(a_requirement(what, strength, days=["mon", "sat"], from_="17:30", until="19:00") for what in ("time", "not_time") for strength in ("must", "would_help")),
]


@pytest.mark.parametrize("rule", EVERY_FORM, ids=lambda r: wording.rule(r))
def test_every_form_of_a_requirement_has_a_box_and_comes_back_as_it_was(app: Flask, rule: dict[str, Any]) -> None:
    assert requirement_rules.facts_of([rule])["others"] == [], "the form has no box for it"
    assert posted(app, [rule]) == [rule]


@settings(max_examples=300)
@given(st.lists(requirements(), max_size=6))
def test_opening_and_saving_the_form_keeps_every_requirement_there_can_be(recorded: list[dict[str, Any]]) -> None:
    made = Flask(__name__)
    made.config.update(SECRET_KEY="for a form", WTF_CSRF_ENABLED=False)
    once = list({requirement_rules.mark(r): r for r in recorded}.values())
    assert in_any_order(posted(made, once)) == in_any_order(once)


def test_what_has_no_box_stands_on_the_page_and_goes_when_its_tick_goes(app: Flask) -> None:
    night = a_requirement("not_time", days=["mon"], **{"from": "22:00", "until": "06:00"})
    assert [words for _, words in requirement_rules.without_a_box([night])] == [wording.rule(night)]
    assert posted(app, [night]) == [night]
    assert posted(app, [night], others=[]) == []


def test_several_times_are_never_a_must_but_mornings_and_afternoons_are_one(app: Flask) -> None:
    (day,) = posted(app, [], times=["weekday_mornings", "weekday_afternoons"], times_strength="must")
    assert (day["from"], day["until"], day["strength"]) == ("09:00", "16:00", "must")
    with pytest.raises(InvalidRecord) as refused:
        posted(app, [], times=["weekday_mornings", "weekends"], times_strength="must")
    assert refused.value.field == "times_strength"
    with pytest.raises(InvalidRecord) as refused:
        posted(app, [], modes=["phone", "online"], modes_strength="must")
    assert refused.value.field == "modes_strength"


@pytest.mark.parametrize("line", ["whenever", "Tuesday 09:00 to 10:00, in term time", "5 December 2026 10:00 to 12:00", "first Tuesday of each month, 10:00 to 12:00", "Monday 10:00 to 09:00"])
@pytest.mark.parametrize("field", ["other_times", "not_times"])
def test_times_that_are_no_days_and_hours_are_refused_beside_their_box(app: Flask, field: str, line: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        posted(app, [], **{field: line})
    assert refused.value.field == field


def test_what_a_family_can_ask_for_itself_has_a_box_too() -> None:
    (asked,) = [q for q in questionnaires.questions() if q.key == "must_be_like"]
    rules = [p.rule for p in answers.rules_proposed(SimpleNamespace(said={asked.key: list(asked.options)}, language="so", family=None))]  # type: ignore[arg-type]
    assert len(rules) == len(asked.options)
    for rule in rules:
        assert requirement_rules.facts_of([{**(rule or {}), "strength": "must"}])["others"] == [], rule
