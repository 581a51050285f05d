"""Complaining: a page for anybody, without an account, that leaves word with a school. It shows nothing that the school holds."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.families.schools import School
from partners.foundation.actors import visitor_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.privacy import complaints
from web import limits
from web.database import now
from web.fields import KithForm, Line, Lines
from web.presses import press_word
from web.signing_in import open_by_link, open_to_all

bp = Blueprint("complain", __name__, url_prefix="/complain")


class SchoolForm(KithForm):
    """Which school it is about."""

    school = Line("Which school is it about?", required="Write the school's name.", most=120, hint="As it is on letters from the school", autocomplete="off")


class ComplaintForm(KithForm):
    """What somebody is not happy about. Only the first box must be filled in."""

    words = Lines("What are you not happy about?", required="Write what you are not happy about.", most=complaints.LONGEST, hint="In your own words, in any language.", rows=7)
    wanted = Lines("What would put it right?", most=1000, rows=3)
    name = Line("Your name", most=120, hint="You can leave this out. Then nobody can answer you.", autocomplete="off")
    contact = Line("How and when is it safe to reach you?", most=200, hint="A number, an address, or a day you will be at school", autocomplete="off")


def _school(token: str) -> School:
    """Return the school whose page this is. Its word in the address is its random id: not a secret, and about nobody."""
    try:
        return schools.get(g.session, uuid.UUID(token))
    except ValueError:
        raise NotFound("page") from None


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


@bp.route("", methods=["GET", "POST"])
@open_to_all
def start() -> str | Response | tuple[str, int]:
    """Ask which school it is about, unless there is only one. The schools are not listed."""
    every = schools.every(g.session)
    if len(every) == 1:
        return redirect(url_for(".page", token=str(every[0].id)), 303)
    form = SchoolForm()
    if not form.is_submitted():
        return render_template("complain/start.html", form=form)
    limits.count("complaint")
    if form.validate():
        asked = _plain(form.facts()["school"])
        found = [s for s in every if _plain(s.name) == asked] or [s for s in every if len(asked) >= 5 and _plain(s.name).startswith(asked)]
        if len(found) == 1:
            return redirect(url_for(".page", token=str(found[0].id)), 303)
        form.blame(InvalidRecord("school", "We do not know a school of that name. Write it as it is on letters, or ring the school."))
    return render_template("complain/start.html", form=form), 422


@bp.route("/<token>", methods=["GET", "POST"])
@open_by_link
def page(token: str) -> str | Response | tuple[str, int]:
    """Take a complaint about a school. A second press keeps one."""
    school, form = _school(token), ComplaintForm()
    press = press_word()
    if not form.is_submitted():
        return render_template("complain/page.html", form=form, school=school, press=press)
    limits.count("complaint")
    if form.validate():
        made = complaints.make(g.session, school, press=press, by=visitor_of(school.id), at=now(), **form.facts())
        session["complaint"] = made.reference
        return redirect(url_for(".kept", token=token), 303)
    return render_template("complain/page.html", form=form, school=school, press=press), 422


@bp.get("/<token>/kept")
@open_by_link
def kept(token: str) -> str:
    """Say that the school has it, and what happens now."""
    return render_template("complain/kept.html", school=_school(token), reference=session.get("complaint"), days=complaints.ACKNOWLEDGE_DAYS)
