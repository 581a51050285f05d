"""Widgets: GOV.UK's own markup for each field, with the gaps of its Flask package filled."""

from __future__ import annotations

from typing import Any

from govuk_frontend_wtf.gov_form_base import GovFormBase, GovIterableBase
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput, GovInput, GovPasswordInput, GovSelect
from markupsafe import Markup
from wtforms.widgets import CheckboxInput, EmailInput, FileInput, NumberInput, RadioInput, TelInput, TextArea, TextInput


class _Input(GovInput):
    """A one-line box. `classes` gives it a width; the page may add to both."""

    def __init__(self, classes: str = "") -> None:
        super().__init__()
        self.classes = classes

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        given = kwargs.setdefault("params", {})
        given["classes"] = " ".join(filter(None, (self.classes, given.get("classes", ""))))
        return super().__call__(field, **kwargs)


class Text(_Input, TextInput):
    """A line of text."""

    input_type = "text"


class Email(_Input, EmailInput):
    """An e-mail address, with the keyboard for one."""

    input_type = "email"

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("params", {}).setdefault("spellcheck", False)
        return super().__call__(field, **kwargs)


class Telephone(_Input, TelInput):
    """A telephone number, with the keyboard for one."""

    input_type = "tel"

    def __init__(self) -> None:
        super().__init__("govuk-input--width-20")


class Number(_Input, NumberInput):
    """A whole number: a text box with the number keyboard, since browsers change typed numbers in number boxes."""

    input_type = "text"

    def __init__(self) -> None:
        super().__init__("govuk-input--width-5")

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("params", {}).setdefault("inputmode", "numeric")
        kwargs["value"] = field.raw_data[0] if field.raw_data else ("" if field.data is None else str(field.data))
        return super().__call__(field, **kwargs)


class Password(GovPasswordInput):
    """A password box with a button that shows it; what was typed does not come back."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs["value"] = ""
        kwargs.setdefault("params", {}).setdefault("autocomplete", "new-password" if field.new else "current-password")
        return super().__call__(field, **kwargs)


class File(GovFormBase, FileInput):
    """A file chooser."""

    template = "govuk_frontend_wtf/file-upload.html"

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        return super().__call__(field, **kwargs)


class CountedText(GovFormBase, TextArea):
    """Several lines, with how many characters are left."""

    template = "govuk_frontend_wtf/charactercount.html"

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        kwargs["value"] = field._value()
        params = kwargs.setdefault("params", {})
        params.setdefault("maxlength", field.most)
        params.setdefault("rows", field.rows)
        params.setdefault("threshold", 75)
        return super().__call__(field, **kwargs)


def _legend(params: dict[str, Any], field: Any) -> None:
    """Give a group its question, and no empty hint."""
    params.setdefault("fieldset", {}).setdefault("legend", {}).setdefault("text", field.label.text)
    if not field.description:
        params.pop("hint", None)
    for item in params.get("items", []):
        if text := getattr(field, "hints", {}).get(item.get("value")):
            item["hint"] = {"text": text}


class Radios(GovIterableBase, RadioInput):
    """One of several."""

    template = "govuk_frontend_wtf/radios.html"
    input_type = "radio"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["idPrefix"] = field.id
        _legend(params, field)
        return params


class Ticks(GovIterableBase, CheckboxInput):
    """Any of several."""

    template = "govuk_frontend_wtf/checkboxes.html"
    input_type = "checkbox"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["idPrefix"] = field.id
        _legend(params, field)
        return params


class OneTick(GovCheckboxInput):
    """A single tick, whose label is the question."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["idPrefix"] = field.id
        params.pop("hint", None)
        if field.description:
            params["items"][0]["hint"] = {"text": field.description}
        return params


class DropDown(GovSelect):
    """One of many."""


class Day(GovFormBase):
    """Day, month and year in three boxes, however many of them came back."""

    template = "govuk_frontend_wtf/date.html"

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        return super().__call__(field, **kwargs)

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        typed = list(field.raw_data or (field.data.strftime("%d %m %Y").split() if field.data else ()))
        day, month, year = [*typed, "", "", ""][:3]
        wrong = " govuk-input--error" if field.errors else ""
        # The first box carries the field's own id, so that the error summary leads to it.
        params["id"] = f"{field.id}-group"
        params["items"] = [
            {"label": label, "id": box, "name": field.name, "classes": f"govuk-input--width-{width}{wrong}", "value": value}
            for label, box, width, value in (
                ("Day", field.id, 2, day), ("Month", f"{field.id}-month", 2, month), ("Year", f"{field.id}-year", 4, year),
            )
        ]
        _legend(params, field)
        return params
