"""How long records are kept, what went wrong with data, and the record of processing: for the lead and the administrator. No family is on these pages."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Response as Answer
from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import families, leaving, schools
from partners.families.schools import School
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.privacy import breaches, processing, retention, schedule
from partners.privacy.breaches import RISK_WORDS, Risk
from web.database import now
from web.fields import Day, KithForm, Line, Lines, OneOf, WholeNumber
from web.rights import bp
from web.signing_in import actor, roles_required, school_id

SINCE = {"now": 0, "today": 6, "yesterday": 24, "before": 48}  # hours ago, the later end of each answer: the clock never shows more time than there is


class SignForm(KithForm):
    """The school's schedule, as its data protection officer signed it."""

    signed_by = Line("Data protection officer who signed it", required="Give their name.", most=120)
    signed_on = Day("Signed on", required="Give the day.")
    draft = WholeNumber("Days: never sent", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    closed = WholeNumber("Days: introductions that have ended", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    agreement = WholeNumber("Days: records of agreements", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    quick_note = WholeNumber("Days: quick notes done with", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    message = WholeNumber("Days: mails", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    complaint = WholeNumber("Days: complaints that are answered", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    emergency = WholeNumber("Days: emergency access", least=schedule.SHORTEST_DAYS, most=schedule.LONGEST_DAYS)
    audit = WholeNumber("Days: the audit", least=schedule.RULES["audit"].least, most=schedule.LONGEST_DAYS)


class BreachForm(KithForm):
    """What went wrong."""

    what = Lines("What happened?", required="Say what happened, without names.", most=2000, hint="For example: a sheet with three families' first names was left in a hall. No names here.")
    since = OneOf("When did somebody at school first know?", [("now", "Just now"), ("today", "In the last six hours"), ("yesterday", "In the last day"), ("before", "Up to two days ago, or longer")], required="Choose when.")


class JudgeForm(KithForm):
    """How likely harm is, and what was done."""

    risk = OneOf("How likely is harm to somebody?", [(r.value, w) for r, w in RISK_WORDS.items()], required="Choose how likely.")
    done = Lines("What was done, and why do you judge it so?", required="Write what was done.", most=2000)


def _school() -> School:
    return schools.get(g.session, school_id())


def _schedule(form: SignForm | None = None) -> str:
    school = _school()
    signed = schedule.signed(g.session, school.id)
    return render_template(
        "rights/schedule.html", form=form, sign=form or SignForm(formdata=None, data=schedule.days_of(signed)), signed=signed, due=retention.plan(g.session, school, at=now()),
        rules=schedule.SCHEDULE, days=schedule.days_of(signed),
    )


@bp.get("/schedule")
@roles_required(Role.DSL, Role.ADMIN)
def schedule_page() -> str:
    """Show how long each kind of record is kept, and how many are due now. Looking deletes nothing."""
    return _schedule()


@bp.post("/schedule")
@roles_required(Role.DSL, Role.ADMIN)
def sign_schedule() -> Response | tuple[str, int]:
    """Record who signed the schedule, and when."""
    form = SignForm()
    if form.validate():
        facts = form.facts()
        try:
            schedule.sign(
                g.session, _school(), signed_by=facts.pop("signed_by"), signed_on=facts.pop("signed_on"), days={c: n for c, n in facts.items() if n is not None}, by=actor(), at=now(),
            )
            flash("Recorded. What is due goes with the next round of the clock. Holds stay.")
            return redirect(url_for(".schedule_page"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _schedule(form), 422


@bp.post("/families/<uuid:family_id>/left")
@roles_required(Role.FLO)
def left(family_id: uuid.UUID) -> Response:
    """Write down that a family has left the school, or is here again."""
    found = families.get(g.session, family_id, by=actor())
    (leaving.come_back if found.archived_at else leaving.leave)(g.session, found, by=actor(), at=now())
    return redirect(url_for(".held_about", family_id=found.id), 303)


@bp.get("/breaches")
@roles_required(Role.DSL, Role.ADMIN)
def breach_list() -> str:
    """Show the register, those with the least time first."""
    return render_template("rights/breaches.html", rows=breaches.of_school(g.session, by=actor()), at=now(), risks=RISK_WORDS)


@bp.route("/breaches/new", methods=["GET", "POST"])
@roles_required(Role.FLO, Role.DSL, Role.ADMIN)
def new_breach() -> str | Response | tuple[str, int]:
    """Write down what went wrong. Anybody at the school may; the clock starts when somebody first knew."""
    form = BreachForm()
    if form.is_submitted() and form.validate():
        known: datetime = now() - timedelta(hours=SINCE[form.facts()["since"]])
        made = breaches.note(g.session, _school(), form.facts()["what"], known_at=known, by=actor(), at=now())
        flash("Written down. The safeguarding lead or the administrator takes it from here: tell one of them now.")
        managing = {Role.DSL, Role.ADMIN} & actor().roles
        return redirect(url_for(".breach", breach_id=made.id) if managing else url_for(".new_breach"), 303)
    shown = render_template("rights/new_breach.html", form=form)
    return (shown, 422) if form.is_submitted() else shown


def _breach(breach_id: uuid.UUID, form: JudgeForm | None = None) -> str:
    found = breaches.get(g.session, breach_id, by=actor())
    return render_template("rights/breach.html", breach=found, form=form, judge=form or JudgeForm(formdata=None), at=now(), risks=RISK_WORDS)


@bp.get("/breaches/<uuid:breach_id>")
@roles_required(Role.DSL, Role.ADMIN)
def breach(breach_id: uuid.UUID) -> str:
    """Show one breach, its 72 hours, and what comes next."""
    return _breach(breach_id)


@bp.post("/breaches/<uuid:breach_id>/step")
@roles_required(Role.DSL, Role.ADMIN)
def breach_step(breach_id: uuid.UUID) -> Response | tuple[str, int]:
    """Judge it, or write down who was told, or close it: the button says which."""
    found, form = breaches.get(g.session, breach_id, by=actor()), JudgeForm()
    press = request.form.get("do")
    if press == "reported":
        breaches.reported(g.session, found, request.form.get("reference"), by=actor(), at=now())
    elif press == "told":
        breaches.families_told(g.session, found, by=actor(), at=now())
    elif press == "close":
        breaches.close(g.session, found, by=actor(), at=now())
    elif form.validate():
        breaches.judge(g.session, found, Risk(form.facts()["risk"]), form.facts()["done"], by=actor(), at=now())
    else:
        return _breach(breach_id, form), 422
    return redirect(url_for(".breach", breach_id=found.id), 303)


@bp.get("/processing")
@roles_required(Role.DSL, Role.ADMIN, Role.HEAD)
def processing_page() -> str:
    """Show the record of processing and the facts for an impact assessment, to print."""
    return render_template("rights/processing.html", r=processing.record(g.session, _school(), by=actor()))


@bp.get("/processing.json")
@roles_required(Role.DSL, Role.ADMIN, Role.HEAD)
def processing_file() -> Answer:
    """Give the same as JSON."""
    found: dict[str, Any] = processing.record(g.session, _school(), by=actor())
    headers = {"Content-Disposition": 'attachment; filename="record-of-processing.json"'}
    return Answer(json.dumps(found, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8", headers=headers)
