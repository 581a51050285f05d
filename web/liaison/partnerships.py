"""Partnerships: since when, who knows whom, what each did for the other, what changed, the next step, and both views of it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation import users
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.referrals import partner_letters
from partners.registry import organisations, partnership_views, partnerships
from partners.registry.partnerships import Happened, Partnership, Side
from web import wording_together
from web.database import now, settings
from web.liaison import bp
from web.liaison.together_forms import BeginForm, HappenedForm, KnowForm, PlanForm, PressForm, TheirViewForm, ViewForm
from web.signing_in import actor, roles_required, school_id


@bp.get("/together/partnerships")
@roles_required(Role.FLO)
def partnership_list() -> str:
    """List the school's partnerships by name, with what each waits for."""
    on = day_of(now())
    rows = [(p, partnerships.needs_a_call(p, on=on)) for p in partnerships.listed(g.session, by=actor())]
    return render_template("liaison/partnerships.html", rows=rows, together=wording_together)


@bp.route("/together/partnerships/new", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_partnership() -> str | Response | tuple[str, int]:
    """Begin a partnership with an organisation of the registry."""
    form = BeginForm()
    known = {p.organisation_id for p in partnerships.listed(g.session, by=actor())}
    names = sorted(((str(i), name) for i, name in organisations.names(g.session).items() if i not in known), key=lambda pair: pair[1])
    form.organisation.choices = names
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            organisation = organisations.get(g.session, uuid.UUID(facts["organisation"]))
            row = partnerships.begin(g.session, organisation, since_on=facts["since_on"], monthly_cap=facts["monthly_cap"], by=actor(), at=now())
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/partnership_form.html", form=form, heading="Begin a partnership", to=url_for(".partnership_list"), button="Begin")
    return (page, 422) if form.is_submitted() else page


def _get(partnership_id: uuid.UUID) -> Partnership:
    return partnerships.get(g.session, partnership_id, by=actor())


@bp.get("/together/partnerships/<uuid:partnership_id>")
@roles_required(Role.FLO)
def partnership(partnership_id: uuid.UUID) -> str:
    """Show one partnership whole."""
    row, on = _get(partnership_id), day_of(now())
    year = partnership_views.school_year(on)
    compared = partnership_views.compare(row, year)
    owner = users.get(g.session, row.owner_id) if row.owner_id else None
    return render_template(
        "liaison/partnership.html", row=row, compared=compared, first_to_talk_about=partnership_views.furthest_apart(compared), year=year,
        calls=partnerships.needs_a_call(row, on=on), owner=owner, together=wording_together, sides=Side, kinds=Happened, today=on,
    )


def _form_page(row: Partnership, form: Any, heading: str, button: str = "Save") -> str | tuple[str, int]:
    page = render_template("liaison/partnership_form.html", form=form, heading=heading, to=url_for(".partnership", partnership_id=row.id), button=button)
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/partnerships/<uuid:partnership_id>/happened", methods=["GET", "POST"])
@roles_required(Role.FLO)
def partnership_happened(partnership_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Write down one thing that happened between us."""
    row, form = _get(partnership_id), HappenedForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            partnerships.happened(
                g.session, row, Happened(facts["kind"]), on=facts["on"] or day_of(now()), words=facts["words"] or "", spoke_with=facts["spoke_with"],
                by=actor(), at=now(),
            )
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _form_page(row, form, "What happened?")


@bp.post("/together/partnerships/<uuid:partnership_id>/thanked")
@roles_required(Role.FLO)
def partnership_thanked(partnership_id: uuid.UUID) -> Response:
    """We said thank you, today."""
    row = _get(partnership_id)
    PressForm().validate()
    partnerships.happened(g.session, row, Happened.THANKED, on=day_of(now()), words="", by=actor(), at=now())
    return redirect(url_for(".partnership", partnership_id=row.id), 303)


@bp.route("/together/partnerships/<uuid:partnership_id>/people", methods=["GET", "POST"])
@roles_required(Role.FLO)
def partnership_people(partnership_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Add somebody who is known by name, on either side."""
    row, form = _get(partnership_id), KnowForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            partnerships.know(g.session, row, Side(facts["side"]), name=facts["name"], part=facts["part"] or "", by=actor(), at=now())
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _form_page(row, form, "Who knows whom?", "Add")


@bp.post("/together/partnerships/<uuid:partnership_id>/people/<uuid:person_id>/left")
@roles_required(Role.FLO)
def partnership_person_left(partnership_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Somebody has left."""
    row = _get(partnership_id)
    PressForm().validate()
    partnerships.left(g.session, row, person_id, by=actor(), at=now())
    return redirect(url_for(".partnership", partnership_id=row.id), 303)


@bp.route("/together/partnerships/<uuid:partnership_id>/plan", methods=["GET", "POST"])
@roles_required(Role.FLO)
def partnership_plan(partnership_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The next step, its day, who owns it, and what the partner can carry."""
    row = _get(partnership_id)
    form = PlanForm(obj=None if request.method == "POST" else row)
    form.owner.choices = lambda: [(str(u.id), u.name) for u in users.of_school(g.session, school_id()) if u.disabled_at is None]
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            partnerships.plan(
                g.session, row, next_step=facts["next_step"], next_step_on=facts["next_step_on"], monthly_cap=facts["monthly_cap"],
                owner_id=uuid.UUID(facts["owner"]), by=actor(), at=now(), seen_version=facts["version"] or row.version,
            )
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _form_page(row, form, "What is the next step?")


@bp.route("/together/partnerships/<uuid:partnership_id>/view", methods=["GET", "POST"])
@roles_required(Role.FLO)
def partnership_view(partnership_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The school's own view of this school year: five statements."""
    row, form = _get(partnership_id), ViewForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            partnership_views.say(g.session, row, {s: facts[s] for s in partnership_views.STATEMENTS}, name=actor().name, by=actor(), at=now())
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _form_page(row, form, "How do we see it this year?")


@bp.route("/together/partnerships/<uuid:partnership_id>/view/theirs", methods=["GET", "POST"])
@roles_required(Role.FLO)
def partnership_their_view(partnership_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """The partner's view, as it told us: by telephone, for one."""
    row, form = _get(partnership_id), TheirViewForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            answers = {s: facts[s] for s in partnership_views.STATEMENTS}
            partnership_views.say(g.session, row, answers, name=facts["name"], by=actor(), at=now(), told_by_partner=True)
            return redirect(url_for(".partnership", partnership_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _form_page(row, form, "How do they see it this year?")


@bp.post("/together/partnerships/<uuid:partnership_id>/send-page")
@roles_required(Role.FLO)
def send_partnership_page(partnership_id: uuid.UUID) -> Response:
    """Send the partner a link to its own page."""
    row = _get(partnership_id)
    PressForm().validate()
    sent = partner_letters.send_page(g.session, row, base_url=settings().base_url, by=actor(), at=now())
    flash("Their page is on its way to them." if sent else "We have no e-mail address for them. Ring them, and write down what they say.")
    return redirect(url_for(".partnership", partnership_id=row.id), 303)
