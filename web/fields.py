"""Fields: what a form may ask for, cleaned the same way everywhere, on GOV.UK widgets. What was typed stays typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from partners.foundation.errors import InvalidRecord
from web import widgets

Choices = Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]]

LONGEST_LINE = 200  # characters; judgement, November 2026
LONGEST_TEXT = 2000

# Letters that nobody types: control characters but for tab and line breaks, halves of letters, and marks that reorder text unseen.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")


def is_clean(text: str) -> bool:
    """Whether a text holds only letters that can be seen and kept."""
    return _UNSEEN.search(text) is None


class Asked:
    """A check that runs first: is anything there, is it clean, is it short enough."""

    def __init__(self, required: str | None, most: int | None = None, *, lines: bool = False) -> None:
        self.required, self.most, self.lines = required, most, lines

    def __call__(self, _form: Form, field: Field) -> None:
        typed = [value for value in field.raw_data or [] if isinstance(value, str)]
        if not all(map(is_clean, typed)):
            raise _stop(field, "This has letters in it that cannot be kept. Type it again rather than pasting it.")
        if not self.lines and any("\n" in value or "\r" in value for value in typed):
            raise _stop(field, "Write this on one line.")
        if not any(value.strip() for value in typed):
            if self.required:
                raise _stop(field, self.required)
            raise _stop(field, "")
        if self.most is not None and isinstance(field.data, str) and len(field.data) > self.most:
            raise _stop(field, f"Use {self.most} characters or fewer. There are {len(field.data)} now.")


def _stop(field: Field, message: str) -> StopValidation:
    """Return the end of the checks of a field, with one message or none, whatever WTForms said before in its own words."""
    field.errors = []
    return StopValidation(message)


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _lines(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


class _Fact:
    """What every field of ours can do: say its cleaned value, None where nothing was given."""

    data: Any
    errors: Any

    def fact(self) -> Any:
        return self.data or None


class Line(_Fact, StringField):
    """One line of text."""

    widget = widgets.Text()

    def __init__(
        self, label: str, *, required: str | None = None, most: int = LONGEST_LINE, hint: str = "", autocomplete: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("validators", [])
        kwargs["validators"] = [Asked(required, most), *kwargs["validators"]]
        if autocomplete:
            kwargs["render_kw"] = {"autocomplete": autocomplete} | (kwargs.get("render_kw") or {})
        super().__init__(label, description=hint, filters=[_strip], **kwargs)


class Lines(_Fact, TextAreaField):
    """Several lines of text, with how many characters are left."""

    widget = widgets.CountedText()

    def __init__(
        self, label: str, *, required: str | None = None, most: int = LONGEST_TEXT, hint: str = "", rows: int = 5, **kwargs: Any
    ) -> None:
        kwargs["validators"] = [Asked(required, most, lines=True), *kwargs.get("validators", [])]
        super().__init__(label, description=hint, filters=[_lines], **kwargs)
        self.most, self.rows = most, rows


class Email(Line):
    """An e-mail address; the fact is its usual form in lower case."""

    widget = widgets.Email()

    def __init__(self, label: str, **kwargs: Any) -> None:
        given: dict[str, Any] = {"most": 254, "autocomplete": "email"} | kwargs
        super().__init__(label, validators=[self._check], **given)

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        try:
            found = validate_email(field.data, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise StopValidation("Give an e-mail address like name@example.org.") from None
        field.clean = found.normalized.lower()

    def fact(self) -> str | None:
        return getattr(self, "clean", None) if self.data else None


class Telephone(Line):
    """A telephone number; the fact is written as it is dialled in the United Kingdom."""

    widget = widgets.Telephone()

    def __init__(self, label: str, **kwargs: Any) -> None:
        given: dict[str, Any] = {"most": 30, "autocomplete": "off"} | kwargs
        super().__init__(label, validators=[self._check], **given)

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        try:
            number = phonenumbers.parse(field.data, "GB")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise StopValidation("Give a telephone number like 0113 496 0000 or 07700 900 000.")
        style = phonenumbers.PhoneNumberFormat
        field.clean = phonenumbers.format_number(number, style.NATIONAL if number.country_code == 44 else style.INTERNATIONAL)

    def fact(self) -> str | None:
        return getattr(self, "clean", None) if self.data else None


def usual_postcode(text: str) -> str | None:
    """Return a postcode in its usual form, 'LS14 1BW', or None where it is not one. Whether it exists is not looked up."""
    found = _POSTCODE.fullmatch(re.sub(r"[\s.-]", "", text).upper())
    return f"{found[1]} {found[2]}" if found else None


class Postcode(Line):
    """A whole United Kingdom postcode; the fact is its usual form."""

    widget = widgets.Text(classes="govuk-input--width-10")

    def __init__(self, label: str, **kwargs: Any) -> None:
        given: dict[str, Any] = {"most": 12, "autocomplete": "off"} | kwargs
        super().__init__(label, validators=[self._check], **given)

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        if usual_postcode(field.data) is None:
            raise StopValidation("Give a whole postcode, like LS14 1BW.")

    def fact(self) -> str | None:
        return usual_postcode(self.data) if self.data else None


class WholeNumber(_Fact, IntegerField):
    """A whole number from `least` to `most`, both included."""

    widget = widgets.Number()

    def __init__(self, label: str, *, required: str | None = None, least: int = 0, most: int = 999, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, description=hint, validators=[Asked(required), self._check], **kwargs)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = int(typed) if re.fullmatch(r"-?[0-9]{1,9}", typed) else None

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        if field.data is None or not field.least <= field.data <= field.most:
            raise StopValidation(f"Give a whole number from {field.least} to {field.most}.")

    def fact(self) -> int | None:
        return self.data


class Day(_Fact, DateField):
    """A day between 1900 and 2100, typed as three numbers."""

    widget = widgets.Day()

    def __init__(self, label: str, *, required: str | None = None, hint: str = "For example, 24 11 2026", **kwargs: Any) -> None:
        super().__init__(label, description=hint, format="%d %m %Y", validators=[Asked(required), self._check], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        words = " ".join(valuelist).split()
        self.data = None
        if len(words) == 3 and all(re.fullmatch(r"[0-9]{1,4}", word) for word in words):
            day, month, year = map(int, words)
            try:
                self.data = date(year, month, day) if 1900 <= year <= 2100 else None
            except ValueError:
                self.data = None

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        if field.data is None:
            raise StopValidation("Give a real day, month and year, like 24 11 2026.")


class _Offering(_Fact):
    """A field with answers to choose from: pairs of a code and its words, a function that returns them, or set later as `choices`."""

    first_row: tuple[tuple[str, str], ...] = ()
    hints: dict[str, str]

    def _prepare(self, required: str | None, hint: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"description": hint, "validators": [Asked(required), _offered], "validate_choice": False, "choices": []} | kwargs

    @property
    def choices(self) -> list[SelectChoice]:
        given = self._given() if callable(self._given) else self._given
        return [SelectChoice(str(value), str(label)) for value, label in (*self.first_row, *given)]

    @choices.setter
    def choices(self, given: Choices) -> None:
        self._given: Choices = given


class OneOf(_Offering, RadioField):
    """One answer of several, as radio buttons. None is chosen beforehand. `hints` explains single answers, by code."""

    widget = widgets.Radios()

    def __init__(
        self, label: str, choices: Choices = (), *, required: str | None = None, hint: str = "", hints: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **self._prepare(required, hint, kwargs))
        self.choices, self.hints = choices, hints or {}


class Choose(_Offering, SelectField):
    """One answer of many, as a drop-down list; its first row is 'Choose…' and means nothing yet."""

    widget = widgets.DropDown()
    first_row = (("", "Choose…"),)

    def __init__(self, label: str, choices: Choices = (), *, required: str | None = None, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, **self._prepare(required, hint, kwargs))
        self.choices = choices


class AnyOf(_Offering, SelectMultipleField):
    """Any number of answers, as ticks; the fact is a list, empty for none. `hints` explains single answers, by code."""

    widget = widgets.Ticks()

    def __init__(
        self, label: str, choices: Choices = (), *, required: str | None = None, hint: str = "", hints: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **self._prepare(required, hint, kwargs))
        self.choices, self.hints = choices, hints or {}

    def fact(self) -> list[str]:
        return list(dict.fromkeys(self.data or []))


class Tick(_Fact, BooleanField):
    """One tick; the fact is True or False."""

    widget = widgets.OneTick()

    def __init__(self, label: str, *, required: str | None = None, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, description=hint, validators=[Asked(required)], **kwargs)

    def fact(self) -> bool:
        return bool(self.data)


class Secret(_Fact, StringField):
    """A password: kept exactly as typed, and never shown again."""

    widget = widgets.Password()

    def __init__(self, label: str, *, required: str | None = None, hint: str = "", new: bool = False, **kwargs: Any) -> None:
        super().__init__(label, description=hint, validators=[Asked(required, 256)], **kwargs)
        self.new = new


class Upload(_Fact, FileField):
    """A file; the fact is what was sent, or None."""

    widget = widgets.File()

    def __init__(self, label: str, *, required: str | None = None, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, description=hint, validators=[self._check], **kwargs)
        self.required = required

    @staticmethod
    def _check(_form: Form, field: Field) -> None:
        given = getattr(field.data, "filename", "") or ""
        if not given and field.required:
            raise _stop(field, field.required)
        if not is_clean(given) or len(given) > 255:
            raise _stop(field, "Give the file a shorter, plainer name.")

    def fact(self) -> Any:
        return self.data if getattr(self.data, "filename", "") else None


def _offered(_form: Form, field: Field) -> None:
    """Refuse an answer that was not on the page."""
    known = {str(choice[0]) for choice in field.iter_choices()}
    given = field.data if isinstance(field.data, list) else [field.data]
    if any(str(value) not in known for value in given):
        raise StopValidation("Choose from the answers on this page.")


class KithForm(FlaskForm):
    """A form of these fields. Only the fields that it names are ever read."""

    def facts(self) -> dict[str, Any]:
        """Return the cleaned value of each field by its name; None (or an empty list, or False) where nothing was given."""
        return {name: field.fact() for name, field in self._fields.items() if isinstance(field, _Fact)}

    def blame(self, error: InvalidRecord) -> None:
        """Show what partners refused beside its field, or at the top of the page where the form has no such field."""
        field = self._fields.get(error.field)
        if isinstance(field, _Fact):
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)

    def problems(self) -> list[dict[str, str]]:
        """Return every error for the summary at the top, each leading to its field."""
        found = [{"text": str(message)} for message in self.form_errors]
        for name, field in self._fields.items():
            if name != "csrf_token" and field.errors:
                found.append({"text": str(field.errors[0]), "href": f"#{field.id}"})
        return found


def labels(words: Iterable[str], names: dict[str, str]) -> list[tuple[str, str]]:
    """Return choices for codes, in order, with the words a person reads."""
    return [(word, names.get(word, word)) for word in words]
