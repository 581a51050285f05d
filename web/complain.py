"""Complaining: a page for anybody, without an account and in any language that families' pages have, that leaves word with a school. It shows nothing that the school holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from partners.families import languages, schools
from partners.families.schools import School
from partners.foundation.actors import visitor_of
from partners.foundation.errors import NotFound
from partners.privacy import complaints
from web import limits
from web.database import now
from web.family import tongue
from web.fields import is_clean
from web.presses import press_word
from web.signing_in import open_by_link, open_to_all

bp = Blueprint("complain", __name__, url_prefix="/complain")

# What is asked, with the most characters of each. Only `words` must be filled in, and `school` where it is asked.
LINES, TEXTS = {"school": 120, "name": 120, "contact": 200}, {"words": complaints.LONGEST, "wanted": 1000}
REQUIRED = ("school", "words")
ASKED = ("words", "wanted", "name", "contact")


@dataclass(frozen=True)
class Wrong:
    """What is wrong with one answer: the field, and the sentence that says so in the page's language."""

    field: str
    says: str


def _tongue() -> dict[str, Any]:
    """Return what a page is told of its language: the one that was asked for, else the one that the browser asks for, else English."""
    asked = request.args.get("in", "")
    return tongue(asked if asked in languages.every() else request.accept_languages.best_match(list(languages.every()), default=languages.USUAL) or languages.USUAL)


def _chosen() -> dict[str, Any]:
    """Return the language that was asked for, to go on with."""
    asked = request.args.get("in", "")
    return {"in": asked} if asked in languages.every() else {}


def _typed(*names: str) -> dict[str, str]:
    """Return what was typed, by the names of the fields that the page has, and nothing else."""
    return {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in names}


def _wrong(typed: dict[str, str], say: Any) -> list[Wrong]:
    """Return what is wrong with what was typed, in the order of the page."""
    return [Wrong(name, said) for name, value in typed.items() if (said := _fault(name, value, say)) is not None]


def _fault(name: str, value: str, say: Any) -> str | None:
    most = (LINES | TEXTS)[name]
    if not is_clean(value):
        return str(say["page.not_clean"])
    if name in LINES and "\n" in value:
        return str(say["complain.one_line"])
    if not value and name in REQUIRED:
        return str(say[f"complain.{name}_none"])
    return str(say["complain.too_long"].format(most=most, now=len(value))) if len(value) > most else None


def _school(token: str) -> School:
    """Return the school whose page this is. Its word in the address is its random id: not a secret, and about nobody."""
    try:
        return schools.get(g.session, uuid.UUID(token))
    except ValueError:
        raise NotFound("page") from None


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _called(name: str) -> list[School]:
    every, asked = schools.every(g.session), _plain(name)
    return [s for s in every if _plain(s.name) == asked] or [s for s in every if len(asked) >= 5 and _plain(s.name).startswith(asked)]


@bp.route("", methods=["GET", "POST"])
@open_to_all
def start() -> str | Response | tuple[str, int]:
    """Ask which school it is about, unless there is only one. The schools are not listed."""
    every, around = schools.every(g.session), _tongue()
    if len(every) == 1:
        return redirect(url_for(".page", token=str(every[0].id), **_chosen()), 303)
    if request.method != "POST":
        return render_template("complain/start.html", typed={}, wrong=[], **around)
    limits.count("complaint")
    typed = _typed("school")
    wrong = _wrong(typed, around["say"])
    found = _called(typed["school"]) if not wrong else []
    if len(found) == 1:
        return redirect(url_for(".page", token=str(found[0].id), **_chosen()), 303)
    return render_template("complain/start.html", typed=typed, wrong=wrong or [Wrong("school", around["say"]["complain.school_unknown"])], **around), 422


@bp.route("/<token>", methods=["GET", "POST"])
@open_by_link
def page(token: str) -> str | Response | tuple[str, int]:
    """Take a complaint about a school. A second press keeps one."""
    school, around, press = _school(token), _tongue(), press_word()
    if request.method != "POST":
        return render_template("complain/page.html", typed={}, wrong=[], school=school, press=press, **around)
    limits.count("complaint")
    typed = _typed(*ASKED)
    wrong = _wrong(typed, around["say"])
    if wrong:
        return render_template("complain/page.html", typed=typed, wrong=wrong, school=school, press=press, **around), 422
    made = complaints.make(
        g.session, school, typed["words"], wanted=typed["wanted"] or None, name=typed["name"] or None, contact=typed["contact"] or None, press=press,
        by=visitor_of(school.id), at=now(),
    )
    session["complaint"] = made.reference
    return redirect(url_for(".kept", token=token, **_chosen()), 303)


@bp.get("/<token>/kept")
@open_by_link
def kept(token: str) -> str:
    """Say that the school has it, and what happens now."""
    return render_template("complain/kept.html", school=_school(token), reference=session.get("complaint"), days=str(complaints.ACKNOWLEDGE_DAYS), **_tongue())
