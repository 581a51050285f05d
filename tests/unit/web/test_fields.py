"""Fields: what is typed is cleaned the same way everywhere, refused in plain words, and never lost."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from partners.foundation.errors import InvalidRecord
from web import fields


class AForm(fields.KithForm):
    """One of each."""

    line = fields.Line("Line", most=10)
    lines = fields.Lines("Lines", most=20)
    email = fields.Email("E-mail")
    telephone = fields.Telephone("Telephone")
    postcode = fields.Postcode("Postcode")
    number = fields.WholeNumber("Number", least=1, most=52)
    day = fields.Day("Day")
    one = fields.OneOf("One", [("yes", "Yes"), ("no", "No")])
    choose = fields.Choose("Choose", [("a", "A")])
    any_of = fields.AnyOf("Any", [("x", "X"), ("y", "Y")])
    tick = fields.Tick("Tick")
    secret = fields.Secret("Secret")


class Needed(fields.KithForm):
    """Fields that must be given."""

    line = fields.Line("Line", required="Write something.")
    one = fields.OneOf("One", [("yes", "Yes")], required="Choose one.")
    any_of = fields.AnyOf("Any", [("x", "X")], required="Choose some.")
    day = fields.Day("Day", required="Give a day.")
    tick = fields.Tick("Tick", required="Read it out first.")


@pytest.fixture(scope="module")
def app():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="only here", WTF_CSRF_ENABLED=False)
    with app.test_request_context("/", method="POST"):
        yield app


def filled(kind=AForm, **typed):
    return kind(formdata=MultiDict([(k, v) for k, values in typed.items() for v in (values if isinstance(values, list) else [values])]))


def error_of(name, kind=AForm, **typed):
    form = filled(kind, **typed)
    form.validate()
    return form[name].errors[0] if form[name].errors else None


def test_nothing_given_is_nothing_known(app):
    form = filled()
    assert form.validate()
    assert form.facts() == {
        "line": None, "lines": None, "email": None, "telephone": None, "postcode": None, "number": None, "day": None, "one": None,
        "choose": None, "any_of": [], "tick": False, "secret": None,
    }


def test_what_is_given_is_cleaned(app):
    form = filled(
        line="  Amina ", lines=" one\r\ntwo ", email="Jo.Bell@Example.ORG", telephone="0113 4960000", postcode="ls14-1bw", number=" 12 ",
        day=["24", "11", "2026"], one="yes", choose="a", any_of=["y", "x", "y"], tick="y", secret=" kept as it is ",
    )
    assert form.validate(), form.errors
    assert form.facts() == {
        "line": "Amina", "lines": "one\ntwo", "email": "jo.bell@example.org", "telephone": "0113 496 0000", "postcode": "LS14 1BW", "number": 12,
        "day": date(2026, 11, 24), "one": "yes", "choose": "a", "any_of": ["y", "x"], "tick": True, "secret": " kept as it is ",
    }


def test_a_field_that_the_form_does_not_name_is_never_read(app):
    assert "school_id" not in filled(line="x", school_id="another").facts()


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("line", "x" * 11, "10 characters"), ("line", "a\x00b", "cannot be kept"), ("line", "a\u202eb", "cannot be kept"), ("line", "a\nb", "one line"),
        ("lines", "x" * 21, "20 characters"), ("email", "jo at example", "name@example.org"), ("telephone", "12", "0113"), ("postcode", "LS14", "LS14 1BW"),
        ("number", "two", "from 1 to 52"), ("number", "0", "from 1 to 52"), ("number", "9" * 5000, "from 1 to 52"), ("number", "1.5", "from 1 to 52"),
        ("day", ["31", "2", "2026"], "real day"), ("day", ["1"], "real day"), ("day", ["1", "2", "3", "4"], "real day"), ("one", "maybe", "answers on this page"),
        ("any_of", ["x", "z"], "answers on this page"), ("choose", "b", "answers on this page"), ("secret", "a\x00b", "cannot be kept"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_plain_words(app, name, typed, says):
    assert says in error_of(name, **{name: typed})


@pytest.mark.parametrize(
    ("name", "says"),
    [("line", "Write something."), ("one", "Choose one."), ("any_of", "Choose some."), ("day", "Give a day."), ("tick", "Read it out first.")],
)
def test_what_is_needed_is_asked_for_in_the_forms_own_words(app, name, says):
    assert error_of(name, Needed) == says
    assert error_of(name, Needed, **{name: "   "}) == says


def test_a_refusal_of_partners_stands_beside_its_field_or_at_the_top(app):
    form = filled(line="x")
    form.validate()
    form.blame(InvalidRecord("line", "That name is taken."))
    form.blame(InvalidRecord("elsewhere", "The town is full."))
    assert form.problems() == [{"text": "The town is full."}, {"text": "That name is taken.", "href": "#line"}]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["line", "lines", "email", "telephone", "postcode", "number", "day", "one", "choose", "any_of", "tick", "secret"]),
        st.lists(st.text(max_size=40) | st.sampled_from(["\x00", "9" * 400, "٣", "-1", "1e9", "yes", "\ud800"]), max_size=5),
    )
)
def test_nothing_that_is_sent_breaks_a_form(app, typed):
    form = filled(**typed)
    if form.validate():
        form.facts()
    else:
        assert all(problem["text"] for problem in form.problems())


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcxyz .-", max_size=12))
def test_a_usual_postcode_stays_as_it_is(text):
    usual = fields.usual_postcode(text)
    assert usual is None or fields.usual_postcode(usual) == usual
