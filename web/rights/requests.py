"""Requests about records: written down by a liaison officer or the lead, checked, and decided by a lead who did not write them down."""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Response as Answer
from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import families
from partners.families.families import Family
from partners.foundation import access
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.privacy import erasure, held, holds, requests, subject_access
from partners.privacy.held import REVIEW_WORDS
from partners.privacy.requests import CHECKS, KIND_WORDS, WHO_WORDS, Decision, Kind, RightsRequest, Who
from web import looks
from web.database import now
from web.fields import Choose, Day, KithForm, Line, Lines, OneOf
from web.presses import press_word
from web.rights import bp
from web.signing_in import actor, roles_required

DECISIONS = {Decision.DONE: "Done", Decision.IN_PART: "Done in part", Decision.REFUSED: "Refused", Decision.TAKEN_BACK: "They took it back"}


class AskForm(KithForm):
    """What somebody asks for."""

    kind = OneOf("What do they ask for?", [(k.value, w) for k, w in KIND_WORDS.items()], required="Choose what they ask for.")
    who = OneOf("Who asks?", [(k.value, w) for k, w in WHO_WORDS.items()], required="Choose who asks.")
    child = Choose("About one child alone?", [])
    name = Line("Their name", most=120, autocomplete="off")
    contact = Line("How and when is it safe to answer them?", most=200, autocomplete="off")
    words = Lines("In their words", most=2000, hint="What is wrong, what they object to, or which records they mean")


class ChecksForm(KithForm):
    """What is checked before anything is given out or erased."""

    identity = Line(CHECKS["identity"], required="Write how you know who they are.", most=500, hint="For example: we have known her since Reception; seen a passport")
    responsibility = Line(CHECKS["responsibility"], required="Write how you know.", most=500, hint="For example: on the birth certificate; a court order")
    must_not_know = Line(CHECKS["must_not_know"], required="Look at the list and write what you found.", most=500, hint="Look at what the family told us first")


class BecauseForm(KithForm):
    """Why a clock stops, or why more time is needed."""

    because = Line("Why?", required="Say why.", most=500)


class LiftForm(KithForm):
    """That records are used again, and what whoever asked was told first."""

    told = Line("What did you tell them first?", required="Write what you told them before the records are used again.", most=500)


class AnswerForm(KithForm):
    """What came of it, in words."""

    decision = OneOf("What came of it?", [(d.value, w) for d, w in DECISIONS.items()], required="Choose what came of it.")
    words = Lines("What did you tell them?", required="Write what you told them.", most=4000)


class HoldForm(KithForm):
    """Why records must not be erased for now."""

    reason = Lines("What is being looked into?", required="Say what is being looked into.", most=500, rows=3)
    owner = Line("Who looks again, by name and role?", required="Say who looks again.", most=120)
    review_on = Day("When do they look again?", required="Give a day within the next year.")


@bp.get("/")
@roles_required(Role.FLO, Role.DSL)
def page() -> str:
    """List the requests of the school with their clocks; the lead also sees the holds."""
    decides = access.allows(actor(), "rights:decide")
    return render_template(
        "rights/page.html", rows=requests.of_school(g.session, by=actor()), on=day_of(now()), kinds=KIND_WORDS, decisions=DECISIONS, decides=decides,
        holds=holds.of_school(g.session, by=actor()) if decides else [],
    )


def _family(family_id: uuid.UUID) -> Family:
    """Return a family of the school. A liaison officer sees nothing of one that is with the lead."""
    found = families.get(g.session, family_id, by=actor(), action="rights:read")
    if found.with_dsl_at is not None and not access.allows(actor(), "rights:decide"):
        raise NotFound("family")
    return found


@bp.get("/families/<uuid:family_id>")
@roles_required(Role.FLO, Role.DSL)
def held_about(family_id: uuid.UUID) -> str:
    """Show everything that is held about a family, what may be about others marked, and who looked."""
    found = _family(family_id)
    return render_template(
        "rights/held.html", family=found, whole=held.what_is_held(g.session, found, by=actor()), review=REVIEW_WORDS, decides=access.allows(actor(), "rights:decide"),
        rows=requests.of_family(g.session, found, by=actor()), kinds=KIND_WORDS, may_leave=access.allows(actor(), "family:change", found),
    )


@bp.route("/families/<uuid:family_id>/ask", methods=["GET", "POST"])
@roles_required(Role.FLO, Role.DSL)
def ask(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Write down a request. They need not use the right words or a form, and nobody may ask why."""
    found, form, press = _family(family_id), AskForm(), press_word()
    form.child.choices = [(str(c.id), f"{c.initials or 'The child in'} {c.year_group}".strip()) for c in found.children]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        child = next((c for c in found.children if str(c.id) == facts.pop("child")), None)
        try:
            made = requests.make(g.session, found, Kind(facts.pop("kind")), who=Who(facts.pop("who")), child=child, press=press, by=actor(), at=now(), **facts)
            flash(f"Written down, as {made.reference}. The answer is due by {made.due_on.day} {made.due_on:%B %Y}.")
            return redirect(url_for(".request_page", rights_request_id=made.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    shown = render_template("rights/ask.html", form=form, family=found, press=press)
    return (shown, 422) if form.is_submitted() else shown


def _request(rights_request_id: uuid.UUID) -> RightsRequest:
    found = requests.get(g.session, rights_request_id, by=actor())
    if found.family is not None and found.family.with_dsl_at is not None and not access.allows(actor(), "rights:decide"):
        raise NotFound("request")
    return found


def _show(found: RightsRequest, form: KithForm | None = None) -> str:
    decides = access.allows(actor(), "rights:decide", found)
    blank: dict[str, KithForm] = {"checks": ChecksForm(formdata=None), "because": BecauseForm(formdata=None), "answer": AnswerForm(formdata=None), "lift": LiftForm(formdata=None)}
    if form is not None:
        blank[{ChecksForm: "checks", BecauseForm: "because", AnswerForm: "answer", LiftForm: "lift"}[type(form)]] = form
    would_go = sum(erasure.would_go(g.session, found, by=actor()).values()) if found.kind is Kind.ERASURE and found.is_open else 0
    same_person = actor().user_id in (found.opened_by_id, found.checked_by_id)
    return render_template(
        "rights/request.html", request_row=found, form=form, forms=blank, on=day_of(now()), kinds=KIND_WORDS, who=WHO_WORDS, checks=CHECKS, decisions=DECISIONS, decides=decides,
        would_go=would_go, same_person=same_person, must_not_know=_list_of(found) if found.is_open else "",
    )


def _list_of(found: RightsRequest) -> str:
    family = found.family
    return "; ".join(filter(None, [family.must_not_know, *family.keep_away])) if family is not None else ""


@bp.get("/requests/<uuid:rights_request_id>")
@roles_required(Role.FLO, Role.DSL)
def request_page(rights_request_id: uuid.UUID) -> str:
    """Show one request: its clock, its checks, and what can be done next."""
    return _show(_request(rights_request_id))


@bp.post("/requests/<uuid:rights_request_id>/check")
@roles_required(Role.FLO, Role.DSL)
def check_request(rights_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write down the three checks."""
    found, form = _request(rights_request_id), ChecksForm()
    if form.validate():
        requests.check(g.session, found, form.facts(), by=actor(), at=now())
        return redirect(url_for(".request_page", rights_request_id=found.id), 303)
    return _show(found, form), 422


@bp.post("/requests/<uuid:rights_request_id>/clock")
@roles_required(Role.FLO, Role.DSL)
def clock_of_request(rights_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Stop the clock, start it again, or take more time: three buttons."""
    found, form = _request(rights_request_id), BecauseForm()
    press = request.form.get("do")
    if press == "go_on":
        requests.go_on(g.session, found, by=actor(), at=now())
        return redirect(url_for(".request_page", rights_request_id=found.id), 303)
    if form.validate():
        try:
            (requests.extend if press == "extend" else requests.pause)(g.session, found, form.facts()["because"], by=actor(), at=now())
            return redirect(url_for(".request_page", rights_request_id=found.id), 303)
        except Conflict as error:
            form.form_errors.append(str(error))
    return _show(found, form), 422


@bp.post("/requests/<uuid:rights_request_id>/answer")
@roles_required(Role.DSL)
def answer_request(rights_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write down the answer."""
    found, form = _request(rights_request_id), AnswerForm()
    if form.validate():
        try:
            requests.decide(g.session, found, Decision(form.facts()["decision"]), form.facts()["words"], by=actor(), at=now())
            return redirect(url_for(".request_page", rights_request_id=found.id), 303)
        except Conflict as error:
            form.form_errors.append(str(error))
    return _show(found, form), 422


@bp.post("/requests/<uuid:rights_request_id>/use-again")
@roles_required(Role.DSL)
def use_again(rights_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Use a family's records again, after whoever asked was told."""
    found, form = _request(rights_request_id), LiftForm()
    if form.validate():
        requests.lift(g.session, found, form.facts()["told"], by=actor(), at=now())
        flash("The records are used again. Look at the family's page for what had waited.")
        return redirect(url_for(".request_page", rights_request_id=found.id), 303)
    return _show(found, form), 422


@bp.route("/requests/<uuid:rights_request_id>/copy", methods=["GET", "POST"])
@roles_required(Role.DSL)
def review_copy(rights_request_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Look through a copy before it is given out: for each thing that may be about others, give it or keep it back. Nothing is chosen beforehand."""
    found = requests.get(g.session, rights_request_id, by=actor(), action="rights:decide")
    whole = subject_access.gathered(g.session, found, by=actor())
    chosen = {f.key: request.form.get(f.key, "") for f in whole.to_review()} if request.method == "POST" else {}
    fault: str | None = None
    if request.method == "POST":
        try:
            subject_access.release(g.session, found, {k: v == "give" for k, v in chosen.items() if v in ("give", "keep")}, by=actor(), at=now())
            return redirect(url_for(".copy", rights_request_id=found.id), 303)
        except (InvalidRecord, Conflict) as error:
            fault = str(error)
    shown = render_template("rights/review.html", request_row=found, whole=whole, review=REVIEW_WORDS, titles=held.TITLES, chosen=chosen, fault=fault)
    return (shown, 422) if fault else shown


@bp.get("/requests/<uuid:rights_request_id>/given")
@roles_required(Role.DSL)
def copy(rights_request_id: uuid.UUID) -> str:
    """Show the copy as it was given out, to print or to read together, for 24 hours."""
    found = requests.get(g.session, rights_request_id, by=actor(), action="rights:decide")
    return render_template("rights/copy.html", request_row=found, copy=subject_access.open_copy(g.session, found, by=actor(), at=now()))


@bp.get("/requests/<uuid:rights_request_id>/given.json")
@roles_required(Role.DSL)
def copy_file(rights_request_id: uuid.UUID) -> Answer:
    """Give the copy as JSON."""
    found = requests.get(g.session, rights_request_id, by=actor(), action="rights:decide")
    document: dict[str, Any] = subject_access.open_copy(g.session, found, by=actor(), at=now()).document
    looks.seen("rights_request", found.id)
    return Answer(
        json.dumps(document, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="records-{found.reference}.json"'},
    )


@bp.post("/requests/<uuid:rights_request_id>/erase")
@roles_required(Role.DSL)
def erase(rights_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Erase what the request asks for."""
    found = requests.get(g.session, rights_request_id, by=actor(), action="rights:decide")
    if found.kind is not Kind.ERASURE:
        raise Conflict("This request asks for something else.")
    done = erasure.erase(g.session, found, by=actor(), at=now())
    flash(f"Erased: {done.total} records. Tell them, and that old backups are kept for 35 days and are erased again if one is ever brought back.")
    return redirect(url_for(".page"), 303)


@bp.route("/families/<uuid:family_id>/hold", methods=["GET", "POST"])
@roles_required(Role.DSL)
def hold(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Keep a family's records from being erased."""
    found, form = _family(family_id), HoldForm()
    if form.is_submitted() and form.validate():
        try:
            holds.place(g.session, found, **form.facts(), by=actor(), at=now())
            return redirect(url_for(".page"), 303)
        except InvalidRecord as error:
            form.blame(error)
    shown = render_template("rights/hold.html", form=form, family=found)
    return (shown, 422) if form.is_submitted() else shown


@bp.post("/holds/<uuid:hold_id>/lift")
@roles_required(Role.DSL)
def lift_hold(hold_id: uuid.UUID) -> Response:
    """End a hold."""
    holds.lift(g.session, holds.get(g.session, hold_id, by=actor()), by=actor(), at=now())
    return redirect(url_for(".page"), 303)
