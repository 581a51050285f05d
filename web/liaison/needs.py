"""Needs: the first question, what would help, and what it must be like."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from partners.families import families, needs, requirements
from partners.families.needs import For, Harm, Within
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.matching import words
from partners.matching.requests import read_rules
from web.database import now
from web.liaison import bp, drafts
from web.liaison.forms import HarmForm, NeedsForm, NothingForm, RequirementsForm, WordsForm
from web.liaison.suggestions import find_for
from web.signing_in import actor, roles_required

ANSWER_HOLDS = timedelta(minutes=30)  # how long the first answer holds for one family; judgement, November 2026
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
TIMES = {
    "weekday_mornings": (WEEKDAYS, "09:00", "12:00"), "weekday_afternoons": (WEEKDAYS, "12:00", "16:00"),
    "weekday_evenings": (WEEKDAYS, "18:00", "21:00"), "weekends": (["sat", "sun"], "09:00", "18:00"),
}


@bp.route("/families/<uuid:family_id>/first", methods=["GET", "POST"])
@roles_required(Role.FLO)
def harm(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask the first question. Anything but No leads to the stop page."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    if family.with_dsl_at is not None:
        return redirect(url_for(".stop", family_id=family.id), 303)
    form = HarmForm()
    if not form.is_submitted():
        return render_template("liaison/harm.html", form=form, family=family)
    if not form.validate():
        return render_template("liaison/harm.html", form=form, family=family), 422
    if form.facts()["harm"] != Harm.NO.value:
        families.stop(g.session, family, by=actor(), at=now())
        session.pop("safe", None)
        return redirect(url_for(".stop", family_id=family.id), 303)
    session["safe"] = [str(family.id), now().isoformat()]
    return redirect(url_for(".new_needs", family_id=family.id), 303)


def _answered(family_id: uuid.UUID) -> bool:
    kept = session.get("safe")
    return kept is not None and kept[0] == str(family_id) and now() - datetime.fromisoformat(kept[1]) < ANSWER_HOLDS


@bp.route("/families/<uuid:family_id>/needs", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_needs(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Choose what would help. The first question must have been answered No within the half hour."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    if not _answered(family.id):
        return redirect(url_for(".harm", family_id=family.id), 303)
    form = NeedsForm()
    form.child.choices = lambda: [("", "Choose…"), *((str(c.id), c.year_group) for c in family.children)]
    if not form.is_submitted():
        draft, typed = drafts.kept("needs", family.id)
        form = NeedsForm(formdata=typed)
        form.child.choices = lambda: [("", "Choose…"), *((str(c.id), c.year_group) for c in family.children)]
        return _needs_page(family, form, [], draft=draft)
    if form.validate():
        facts = form.facts()
        try:
            drafts.sent("needs", family.id)
            needs.record(
                g.session, family, codes=facts["codes"], paths=words.paths(), harm=Harm.NO, for_whom=For(facts["for_whom"]),
                child_id=uuid.UUID(facts["child"]) if facts["child"] else None, age_years=facts["age_years"], within=Within(facts["within"]),
                said=facts["said"], by=actor(), at=now(),
            )
            return redirect(url_for(".what_like", family_id=family.id), 303)
        except SafetyStop:
            return redirect(url_for(".stop", family_id=family.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _needs_page(family, form, []), 422


@bp.post("/families/<uuid:family_id>/needs/words")
@roles_required(Role.FLO)
def read_words(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Read plain words into at most three codes, unticked, with the words that led there. Nothing is kept."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    if not _answered(family.id):
        return redirect(url_for(".harm", family_id=family.id), 303)
    asked = WordsForm()
    valid = asked.validate()
    typed = asked.facts()["said"] if valid else None
    form = NeedsForm(formdata=None, said=typed)
    form.child.choices = lambda: [("", "Choose…"), *((str(c.id), c.year_group) for c in family.children)]
    page = _needs_page(family, form, words.read(typed or ""), asked)
    return page if valid else (page, 422)


def _needs_page(family: families.Family, form: NeedsForm, proposals: list[words.Proposal], asked: WordsForm | None = None, draft: Any = None) -> str:
    return render_template(
        "liaison/needs.html", family=family, form=form, asked=asked or WordsForm(formdata=None), proposals=proposals,
        groups=words.needs_by_group(), looked=asked is not None, chosen=form.codes.data or [], draft=draft,
    )


def rules_from(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return requirement records from the form's facts."""
    rules: list[dict[str, Any]] = []
    if facts["language"]:
        rules.append({"what": "language", "value": facts["language"], "strength": facts["language_strength"] or "would_help"})
    rules += [{"what": "feature", "value": f, "strength": "must"} for f in facts["features_must"]]
    rules += [{"what": "feature", "value": f, "strength": "would_help"} for f in facts["features_help"] if f not in facts["features_must"]]
    for name in facts["times"]:
        days, start, end = TIMES[name]
        strength = facts["times_strength"] if len(facts["times"]) == 1 else None
        rules.append({"what": "time", "days": days, "from": start, "until": end, "strength": strength or "would_help"})
    rules += [{"what": "mode", "value": m, "strength": "would_help"} for m in facts["modes"]]
    if facts["travel_by"] and facts["travel_minutes"]:
        rules.append({"what": "travel", "by": facts["travel_by"], "minutes": facts["travel_minutes"], "strength": "must"})
    if facts["gender"]:
        rules.append({"what": "gender", "value": facts["gender"], "strength": "would_help"})
    return rules


def facts_of(rules: list[dict[str, Any]]) -> dict[str, Any]:
    kept: dict[str, Any] = {"features_must": [], "features_help": [], "times": [], "modes": []}
    by_time = {(tuple(d), a, b): name for name, (d, a, b) in TIMES.items()}
    for r in rules:
        if r["what"] == "language":
            kept |= {"language": r["value"], "language_strength": r["strength"]}
        elif r["what"] == "feature":
            kept["features_must" if r["strength"] == "must" else "features_help"].append(r["value"])
        elif r["what"] == "time" and (tuple(r["days"]), r["from"], r["until"]) in by_time:
            kept["times"].append(by_time[tuple(r["days"]), r["from"], r["until"]])
            kept["times_strength"] = r["strength"]
        elif r["what"] == "mode":
            kept["modes"].append(r["value"])
        elif r["what"] == "travel":
            kept |= {"travel_by": r["by"], "travel_minutes": int(r["minutes"])}
        elif r["what"] == "gender":
            kept["gender"] = r["value"]
    return kept


@bp.route("/families/<uuid:family_id>/like", methods=["GET", "POST"])
@roles_required(Role.FLO)
def what_like(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """What must it be like? All optional, remembered with the day it was asked."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    known = requirements.of_family(g.session, family, by=actor())
    form = RequirementsForm(data=facts_of([r.rule for r in known]))
    if not form.is_submitted():
        return render_template("liaison/like.html", form=form, family=family, known=known)
    if form.validate():
        try:
            requirements.replace(g.session, family, read_rules(rules_from(form.facts())), by=actor(), at=now())
            return find_for(family) if request.form.get("then") == "suggestions" else redirect(url_for(".family", family_id=family.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/like.html", form=form, family=family, known=known), 422


@bp.route("/needs/<uuid:need_id>/nothing", methods=["GET", "POST"])
@roles_required(Role.FLO)
def nothing(need_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Nothing suitable: a choice with a reason, kept on the ledger of unmet needs."""
    need = needs.get(g.session, need_id, by=actor())
    form = NothingForm()
    label = words.labels()[need.code]
    if not form.is_submitted():
        return render_template("liaison/nothing.html", form=form, need=need, label=label)
    if not form.validate():
        return render_template("liaison/nothing.html", form=form, need=need, label=label), 422
    needs.nothing_suitable(g.session, need, reason=form.facts()["reason"], by=actor(), at=now())
    return redirect(url_for(".family", family_id=need.family_id), 303)
