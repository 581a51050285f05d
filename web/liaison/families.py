"""Families: the list by initials, one family, and what is held about it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from partners.families import agreements, families, needs, requirements, schools
from partners.families.families import ContactBy
from partners.foundation.actors import Role
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord
from partners.impact.school_data import prompts
from partners.matching import words
from partners.referrals import referrals, withdrawals
from partners.registry import organisations
from web.database import now
from web.liaison import bp
from web.liaison.forms import FamilyForm, SearchForm
from web.liaison.needs import noted, taken_up
from web.signing_in import actor, roles_required


@bp.route("/families", methods=["GET", "POST"])
@roles_required(Role.FLO)
def family_list() -> str:
    """List families, latest first. A search is posted, so that no initials stand in an address."""
    form = SearchForm()
    typed = form.facts()["words"] if form.is_submitted() and form.validate() else None
    return render_template(
        "liaison/families.html", form=form, rows=families.recent(g.session, by=actor(), words=typed or ""), typed=typed,
        for_a_need=request.args.get("for") == "need", note=noted() if request.args.get("for") == "need" else None, labels=words.labels(),
    )


def _family_facts(form: FamilyForm) -> dict[str, Any]:
    facts = form.facts()
    facts["contact_by"] = ContactBy(facts["contact_by"])
    for name in ("voicemail_ok", "letters_ok", "parental_responsibility"):
        facts[name] = facts[name] or "not_known"
    facts["other_parent_sees"] = facts["other_parent_sees"] or "nothing"
    return facts


@bp.route("/families/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_family() -> str | Response | tuple[str, int]:
    """Add a family, then ask the first question."""
    form = FamilyForm()
    press = _press() or new_id()
    if not form.is_submitted():
        return render_template("liaison/family_form.html", form=form, heading="Someone new", press=press)
    if form.validate():
        try:
            facts = _family_facts(form)
            children = [{"year_group": year} for year in facts.pop("year_groups")]
            family = families.add(g.session, children=children, **facts, press=press, by=actor(), at=now())
            return redirect(url_for(".harm", family_id=family.id, **taken_up()), 303)
        except IntegrityError:  # two presses at the same instant: the other one added the family
            g.session.rollback()
            return redirect(url_for(".harm", family_id=families.get(g.session, press, by=actor()).id, **taken_up()), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/family_form.html", form=form, heading="Someone new", press=press), 422


def _press() -> uuid.UUID | None:
    """Return the word that this page's button carries, so that a second press adds nobody twice; None where it is not one of ours."""
    try:
        word = uuid.UUID(request.form.get("press", ""))
    except ValueError:
        return None
    return word if word.version == new_id().version else None


@bp.route("/families/<uuid:family_id>/change", methods=["GET", "POST"])
@roles_required(Role.FLO)
def change_family(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Change what is held about a family."""
    family = families.get(g.session, family_id, by=actor())
    form = FamilyForm(obj=None if request.method == "POST" else family)
    version = request.form.get("version", type=int) or family.version
    page: dict[str, Any] = {"heading": "Change what we hold", "family": family, "version": version}
    del form.year_groups
    if not form.is_submitted():
        return render_template("liaison/family_form.html", form=form, **page)
    if form.validate():
        try:
            families.change(g.session, family, by=actor(), at=now(), seen_version=version, **_family_facts(form))
            return redirect(url_for(".family", family_id=family.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/family_form.html", form=form, **page), 422


@bp.get("/families/<uuid:family_id>")
@roles_required(Role.FLO)
def family(family_id: uuid.UUID) -> str | Response:
    """Show one family: needs, what the help must be like, and every introduction."""
    found = families.get(g.session, family_id, by=actor())
    return render_template(
        "liaison/family.html", family=found, agreed=agreements.of_family(g.session, found, by=actor()), purposes=agreements.PURPOSES, shareable=agreements.SHAREABLE,
        taken_back={w.agreement_id: w for w in withdrawals.of_family(g.session, found, by=actor())}, names=organisations.names(g.session),
 needs=needs.of_family(g.session, found, by=actor()), labels=words.labels(),
        rules=requirements.of_family(g.session, found, by=actor()), referrals=referrals.of_family(g.session, found, by=actor()),
        school_says=prompts.first_language(g.session, found, by=actor()),
    )


@bp.get("/families/<uuid:family_id>/stop")
@roles_required(Role.FLO)
def stop(family_id: uuid.UUID) -> str:
    """The stop page: who the safeguarding lead is, and how to ring them. It holds nothing else."""
    found = families.get(g.session, family_id, by=actor())
    return render_template("liaison/stop.html", school=schools.get(g.session, found.school_id))
