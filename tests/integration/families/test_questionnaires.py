"""Questionnaires: one for each child, every question optional, seen again by the browser that wrote it alone, and never a record by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families import families, needs, own_pages, questionnaires, requirements
from partners.families.families import ContactBy
from partners.families.needs import Harm, Need
from partners.families.questionnaires import Questionnaire
from partners.foundation.actors import Actor
from partners.foundation.errors import Conflict, InvalidRecord, NotFound, SafetyStop
from partners.matching import answers
from tests.integration.families.conftest import Line

THEIRS = "their-browser"


@pytest.fixture
def family(session: Session, line: Line, at: datetime) -> families.Family:
    """A family with two children, reached face to face."""
    return families.add(session, initials="MN", contact_by=ContactBy.FACE_TO_FACE, language="so", children=[{"year_group": "Y2"}, {"year_group": "Y5"}], by=line.flo, at=at)


def _begin(session: Session, line: Line, family: families.Family, at: datetime, child: int = 0) -> tuple[Questionnaire, str, Actor]:
    row, token = questionnaires.begin(session, family, family.children[child], by=line.flo, at=at)
    return row, token, questionnaires.open_link(session, token, at=at)[1]


def _answer(session: Session, row: Questionnaire, by: Actor, at: datetime, browser: str = THEIRS, **said: questionnaires.Answer | None) -> None:
    for key, value in said.items():
        questionnaires.answer(session, row, questionnaires.find_question(session, row, key), value, browser=browser, by=by, at=at)


def test_strengths_come_first_and_what_is_never_asked_is_not_there() -> None:
    keys = [q.key for q in questionnaires.questions()]
    assert keys[0] == "going_well"
    asked = " ".join(str(answers.languages.texts("en")[f"{part}.{key}"]) for key in keys for part in ("ask", "hint")).lower()
    for never in ("immigration", "visa", "religion", "faith", "ethnic", "nationality", "why not"):
        assert never not in asked


def test_siblings_differ_and_what_is_the_households_is_asked_once(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    first, _token, who = _begin(session, line, family, at)
    _answer(session, first, who, at, going_well="drawing", must_be_like=["quiet"], must_not_know="an uncle")
    second, _token, _who = _begin(session, line, family, at, child=1)
    asked = {q.key for q in questionnaires.asked_of(session, second)}
    assert "going_well" in asked
    assert not {"must_be_like", "must_not_know"} & asked
    assert {"safe_way", "offer"} <= asked, "what the household has not answered yet is still asked"
    assert second.said == {}


def test_it_is_gone_on_with_by_a_new_link_and_the_old_one_ends(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, token, who = _begin(session, line, family, at)
    _answer(session, row, who, at, going_well="drawing")
    again, newer, _who = _begin(session, line, family, at + timedelta(days=3))
    assert (again.id, again.said) == (row.id, {"going_well": "drawing"})
    with pytest.raises(NotFound):
        questionnaires.open_link(session, token, at=at)
    assert questionnaires.open_link(session, newer, at=at + timedelta(days=16, hours=23))[0] is row
    with pytest.raises(NotFound):
        questionnaires.open_link(session, newer, at=at + timedelta(days=17))


def test_another_browser_neither_sees_nor_empties_what_was_written(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, _token, who = _begin(session, line, family, at)
    _answer(session, row, who, at, must_not_know="an uncle")
    assert questionnaires.is_own_browser(row, THEIRS)
    assert not questionnaires.is_own_browser(row, "found the link")
    _answer(session, row, who, at, browser="found the link", must_not_know=None)
    assert row.said == {"must_not_know": "an uncle"}
    _answer(session, row, who, at, must_not_know=None)
    assert row.said == {}


@pytest.mark.parametrize(("key", "value"), [("going_well", "x" * 1001), ("how_close", 11), ("could_help", ["food", "gold"]), ("safe_way", "pigeon")])
def test_an_answer_that_is_not_on_the_page_is_refused(session: Session, line: Line, family: families.Family, at: datetime, key: str, value: questionnaires.Answer) -> None:
    row, _token, who = _begin(session, line, family, at)
    with pytest.raises(InvalidRecord):
        _answer(session, row, who, at, **{key: value})
    assert row.said == {}


def test_answers_are_no_record_until_a_person_ticks_and_only_what_is_ticked_is_kept(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, _token, who = _begin(session, line, family, at)
    before = session.scalar(select(func.count()).select_from(Need))
    _answer(session, row, who, at, different="a bed of her own", could_help=["clothes", "clubs"], must_be_like=["my_language", "quiet", "mornings"], safe_times="after 6pm", safe_way="face_to_face")
    questionnaires.give(session, row, by=who, at=at)
    assert session.scalar(select(func.count()).select_from(Need)) == before
    assert requirements.of_family(session, family, by=line.flo) == []
    proposed = {p.code for p in answers.needs_proposed(row)}
    assert {"uniform", "clubs_play", "beds"} <= proposed
    made = answers.confirm(session, row, codes=["beds"], strengths={"rule:quiet": "must", "rule:my_language": "would_help"}, keep=["safe_times"], harm=Harm.NO, by=line.flo, at=at)
    assert [(n.code, n.for_whom.value, n.child_id) for n in made] == [("beds", "child", family.children[0].id)]
    assert [r.rule for r in requirements.of_family(session, family, by=line.flo)] == [
        {"what": "feature", "value": "quiet_space", "strength": "must"}, {"what": "language", "value": "so", "strength": "would_help"},
    ]
    assert (family.safe_times, family.must_not_know) == ("after 6pm", None)
    with pytest.raises(Conflict):
        answers.confirm(session, row, codes=["uniform"], strengths={}, keep=[], harm=Harm.NO, by=line.flo, at=at)


def test_what_was_not_proposed_cannot_be_confirmed(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, _token, who = _begin(session, line, family, at)
    questionnaires.give(session, row, by=who, at=at)
    for wrong in ({"codes": ["debt"]}, {"strengths": {"rule:quiet": "must"}}, {"codes": ["domestic_abuse"]}):
        with pytest.raises(InvalidRecord):
            answers.confirm(session, row, **({"codes": [], "strengths": {}, "keep": [], "harm": Harm.NO} | wrong), by=line.flo, at=at)


@pytest.mark.parametrize("harm", [Harm.YES, Harm.NOT_SURE])
def test_a_worry_stops_everything_and_keeps_nothing_of_the_answers(session: Session, line: Line, family: families.Family, at: datetime, harm: Harm) -> None:
    row, token, who = _begin(session, line, family, at)
    _answer(session, row, who, at, could_help=["food"])
    questionnaires.give(session, row, by=who, at=at)
    with pytest.raises(SafetyStop):
        answers.confirm(session, row, codes=["food_weekly"], strengths={}, keep=[], harm=harm, by=line.flo, at=at)
    assert family.with_dsl_at == at
    assert needs.of_family(session, family, by=line.flo) == []
    assert questionnaires.waiting(session, by=line.flo) == []
    with pytest.raises(NotFound):
        questionnaires.open_link(session, token, at=at)
    with pytest.raises(SafetyStop):
        questionnaires.begin(session, family, None, by=line.flo, at=at)


def test_words_about_harm_become_no_code_that_stands_on_a_page(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, _token, who = _begin(session, line, family, at)
    _answer(session, row, who, at, different="I am scared of my partner at home, domestic abuse", in_the_way="he hits us")
    assert not {"domestic_abuse", "exploitation", "child_at_risk"} & {p.code for p in answers.needs_proposed(row)}


def test_taken_back_is_deleted_and_the_link_ends(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, token, who = _begin(session, line, family, at)
    _answer(session, row, who, at, going_well="drawing")
    questionnaires.give(session, row, by=who, at=at)
    questionnaires.take_back(session, row, by=who, at=at)
    assert (row.answers, row.waits, questionnaires.waiting(session, by=line.flo)) == (None, False, [])
    with pytest.raises(NotFound):
        questionnaires.open_link(session, token, at=at)


def test_one_familys_link_reaches_nothing_of_anothers(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    row, _token, _who = _begin(session, line, family, at)
    stranger = questionnaires.family_by_link(line.family.id, line.school.id)
    for verb in (lambda: questionnaires.give(session, row, by=stranger, at=at), lambda: own_pages.correct(session, family, "x", by=stranger, at=at)):
        with pytest.raises(NotFound):
            verb()


def test_the_own_page_stays_shut_after_five_wrong_tries(session: Session, line: Line, family: families.Family, at: datetime) -> None:
    token, code = own_pages.make(session, family, by=line.flo, at=at)
    link, who = own_pages.open_link(session, token, at=at)
    own_pages.use_code(session, link, f" {code} ", by=who, at=at)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(InvalidRecord):
            own_pages.use_code(session, link, wrong, by=who, at=at)
    with pytest.raises(InvalidRecord):
        own_pages.use_code(session, link, code, by=who, at=at)
    newer, _code = own_pages.make(session, family, by=line.flo, at=at + timedelta(hours=1))
    with pytest.raises(NotFound):
        own_pages.open_link(session, token, at=at + timedelta(hours=1))
    assert own_pages.open_link(session, newer, at=at + timedelta(hours=1))
