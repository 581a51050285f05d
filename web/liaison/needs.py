"""Needs: the first question, what would help, and what it must be like."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import g, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from partners.families import families, needs, quick_notes, requirements
from partners.families.needs import For, Harm, Within
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.matching import words
from partners.matching.requests import read_rules
from web.database import let_go, now
from web.formats import ago
from web.liaison import bp, drafts, requirement_rules
from web.liaison.forms import HarmForm, NeedsForm, NothingForm, RequirementsForm, WordsForm
from web.liaison.suggestions import find_for
from web.signing_in import actor, roles_required

ANSWER_HOLDS = timedelta(minutes=30)  # how long the first answer holds for one family; judgement, November 2026


def noted() -> quick_notes.QuickNote | None:
    """Return the quick note that is being taken up, where the page says one that still waits."""
    try:
        note_id = uuid.UUID(request.values.get("note", ""))
    except ValueError:
        return None
    return quick_notes.find_waiting(g.session, note_id, by=actor())


def taken_up() -> dict[str, Any]:
    """Return what an address repeats so that the note goes along: its id, which says nothing of a family."""
    note = noted()
    return {"note": str(note.id)} if note is not None else {}


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
    if not family.in_use:  # its page says why, and with whom to talk
        return redirect(url_for(".family", family_id=family.id), 303)
    session["safe"] = [str(family.id), now().isoformat()]
    return redirect(url_for(".new_needs", family_id=family.id, **taken_up()), 303)


def _answered(family_id: uuid.UUID) -> bool:
    kept = session.get("safe")
    return kept is not None and kept[0] == str(family_id) and now() - datetime.fromisoformat(kept[1]) < ANSWER_HOLDS


@bp.route("/families/<uuid:family_id>/needs", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_needs(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Choose what would help. The first question must have been answered No within the half hour."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    if not _answered(family.id):
        return redirect(url_for(".harm", family_id=family.id, **taken_up()), 303)
    if not family.in_use:
        return redirect(url_for(".family", family_id=family.id), 303)
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
            note = noted()
            if note is not None and note.code in facts["codes"]:
                quick_notes.finish(g.session, note.id, by=actor(), at=now())
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
        return redirect(url_for(".harm", family_id=family.id, **taken_up()), 303)
    asked = WordsForm()
    valid = asked.validate()
    typed = asked.facts()["said"] if valid else None
    form = NeedsForm(formdata=None, said=typed)
    form.child.choices = lambda: [("", "Choose…"), *((str(c.id), c.year_group) for c in family.children)]
    let_go()  # the first sentence after a start waits for the language model; nobody else should
    page = _needs_page(family, form, words.read(typed or ""), asked)
    return page if valid else (page, 422)


def _needs_page(family: families.Family, form: NeedsForm, proposals: list[words.Proposal], asked: WordsForm | None = None, draft: Any = None) -> str:
    note = noted()
    if note is not None:
        # What was heard is proposed like what is read: unticked, with where it comes from.
        heard = words.Proposal(note.code, words.labels()[note.code], (Markup("noted at the gate {}").format(ago(note.at)),))
        proposals = [heard, *(p for p in proposals if p.code != note.code)]
    return render_template(
        "liaison/needs.html", family=family, form=form, asked=asked or WordsForm(formdata=None), proposals=proposals, note=note,
        groups=words.needs_by_group(), looked=asked is not None, chosen=form.codes.data or [], draft=draft,
    )


@bp.route("/families/<uuid:family_id>/like", methods=["GET", "POST"])
@roles_required(Role.FLO)
def what_like(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """What must it be like? All optional, remembered with the day it was asked."""
    family = families.get(g.session, family_id, by=actor(), action="family:match")
    known = requirements.of_family(g.session, family, by=actor())
    recorded = [r.rule for r in known]
    form = RequirementsForm(data=requirement_rules.facts_of(recorded))
    form.others.choices = requirement_rules.without_a_box(recorded)
    if not form.is_submitted():
        return render_template("liaison/like.html", form=form, family=family, known=known)
    if form.validate():
        try:
            requirements.replace(g.session, family, read_rules(requirement_rules.rules_from(form.facts(), recorded)), by=actor(), at=now())
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
