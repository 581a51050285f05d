"""The showcase: every component and field on one page, in the demo only, so that a new page is made of parts that are there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template

from web import fields
from web.database import now
from web.signing_in import open_to_all

bp = Blueprint("showcase", __name__)

_ANSWERS = [("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")]
_TIMES = [("morning", "Mornings"), ("afternoon", "Afternoons"), ("evening", "Evenings"), ("weekend", "Weekends")]


class EveryField(fields.KithForm):
    """One of each field."""

    line = fields.Line("A line of text", required="Write something on the line.", most=40, hint="Up to 40 characters")
    lines = fields.Lines("Several lines", most=200)
    email = fields.Email("An e-mail address")
    telephone = fields.Telephone("A telephone number")
    postcode = fields.Postcode("A postcode")
    number = fields.WholeNumber("How many weeks?", least=0, most=104)
    day = fields.Day("Which day?")
    one = fields.OneOf("One of these", _ANSWERS, required="Choose one.", hints={"unsure": "That is an answer too"})
    choose = fields.Choose("One of many", _ANSWERS)
    any_of = fields.AnyOf("Any of these", _TIMES, hint="All optional")
    tick = fields.Tick("I have read this out")
    secret = fields.Secret("A password")
    upload = fields.Upload("A file")


def _cards() -> list[dict[str, Any]]:
    reasons = [
        {"kind": "met", "text": "Somali"}, {"kind": "met", "text": "mornings"},
        {"kind": "ask", "text": "step-free: we don't know", "href": "/demo/components"}, {"kind": "not", "text": "crèche"},
    ]
    short = {
        "name": "Hooyo Circle", "organisation": "Seamoor Somali Women's Circle", "href": "/demo/components", "state": "Open",
        "when": "next Tuesday 9:15am", "travel": "12 min walk", "reasons": reasons,
        "how_true": "Confirmed 12 days ago by Amina (phone)", "usual": "The usual way for this offer: Ask first.",
    }
    long = short | {
        "name": "Koox Taageero Qoysaska iyo Waxbarashada Carruurta ee Xaafadda Woqooyi-Galbeed",
        "organisation": "دائرة دعم الأسر في الحي", "travel": None,
    }
    return [short, long]


@bp.route("/demo/components", methods=["GET", "POST"])
@open_to_all
def components() -> str | tuple[str, int]:
    """Show every component; the form keeps nothing."""
    form = EveryField()
    at = now()
    events = [
        {"at": at, "text": "Seamoor Food Bank said they can help.", "by": "Jo, by link"},
        {"at": at - timedelta(days=3), "text": "You introduced the family.", "by": None},
    ]
    wrong = form.is_submitted() and not form.validate()
    page = render_template("showcase/components.html", form=form, cards=_cards(), events=events, at=at, long_ago=at - timedelta(days=400))
    return (page, 422) if wrong else page
