"""The administrator's pages: accounts, the safeguarding lead, and mail that did not leave. No family is here."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import directories, lawful_bases, schools
from partners.foundation import access, outbox, second_steps, users
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.privacy import complaints, emergencies
from partners.referrals import notices
from web.database import now
from web.fields import AnyOf, Choose, Email, KithForm, Line, OneOf
from web.signing_in import actor, roles_required

bp = Blueprint("admin", __name__, url_prefix="/admin")

_ROLES = [(Role.FLO.value, "Family liaison officer"), (Role.HEAD.value, "Head"), (Role.DSL.value, "Safeguarding lead"), (Role.ADMIN.value, "Administrator")]


class PersonForm(KithForm):
    """A new account."""

    name = Line("Name", required="Give the person's name.", most=120)
    email = Email("Work e-mail address", required="Give their e-mail address.")
    roles = AnyOf("What do they do?", _ROLES)


class LeadForm(KithForm):
    """The safeguarding lead."""

    dsl_name = Line("Safeguarding lead", required="Give a name.", most=120)
    dsl_phone = Line("Their telephone", required="Give a number.", most=40)


class HelpForm(KithForm):
    """Whom a liaison officer asks for help."""

    ask_senco = Line("SENCO", most=160, hint="A name and how to reach them")
    ask_head = Line("Head", most=160, hint="A name and how to reach them")
    ask_supervision = Line("Supervision, for those who do this work", most=160, hint="A name and how to reach them")
    holiday_cover = Line("In the school holidays", most=160, hint="Who covers then, and how to reach them. A liaison officer who is alone is not asked out of hours.")


class BasisForm(KithForm):
    """The lawful basis of the school's sharing, as its data protection officer decided."""

    lawful_basis = Choose("Lawful basis for sharing", list(lawful_bases.BASES.items()), required="Choose a lawful basis.")
    special_condition = Choose("Condition for special category data", list(lawful_bases.CONDITIONS.items()), required="Choose a condition, or 'Not decided yet'.")
    basis_set_by = Line("Data protection officer who decided", required="Give the name of the data protection officer who decided this.", most=120)


class DirectoryForm(KithForm):
    """Whether anybody may see the directory."""

    show = OneOf("Who may see the directory?", [("on", "Anybody"), ("off", "Nobody")], required="Press one.")


class PressForm(KithForm):
    """A button, and nothing to fill in."""


def _mine(rows: list[outbox.Message]) -> list[outbox.Message]:
    """Leave out the mails of other schools: their subjects name them."""
    return [message for message in rows if notices.is_for(g.session, message, actor())]


def _page(person: PersonForm | None = None, lead: LeadForm | None = None, basis: BasisForm | None = None) -> str:
    school_id = actor().school_id
    school = schools.get(g.session, school_id) if school_id else None
    return render_template(
        "admin/page.html", people=users.of_school(g.session, actor().school_id), second={u.id for u in users.of_school(g.session, actor().school_id) if second_steps.has(g.session, u)}, school=school, dead=_mine(outbox.dead_letters(g.session)), held=_mine(outbox.held(g.session)),
        person=person or PersonForm(formdata=None), lead=lead or LeadForm(formdata=None, obj=school), help_form=HelpForm(formdata=None, obj=school), form=person or lead or basis, basis=basis or BasisForm(formdata=None, obj=school), roles=dict(_ROLES),
        may_open_up=emergencies.may_open(actor()), directory_open=directories.is_open(g.session, school_id),
        complaints_waiting=complaints.count_waiting(g.session, school_id, by=actor(), on=day_of(now())) if school_id else (0, 0),
    )


@bp.get("/")
@roles_required(Role.ADMIN)
def page() -> str:
    """Show accounts, the lead and dead letters."""
    return _page()


@bp.post("/people")
@roles_required(Role.ADMIN)
def add_person() -> Response | tuple[str, int]:
    """Make an account; they sign in by a link to their address."""
    form = PersonForm()
    if form.validate():
        facts = form.facts()
        try:
            users.add(g.session, email=facts["email"], name=facts["name"], roles=[Role(r) for r in facts["roles"]], school_id=actor().school_id, by=actor(), at=now())
            return redirect(url_for(".page"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(person=form), 422


@bp.post("/people/<uuid:user_id>/end")
@roles_required(Role.ADMIN)
def end_person(user_id: uuid.UUID) -> Response:
    """End an account at once."""
    user = users.get(g.session, user_id)
    access.require(actor(), "user:change", user)
    users.disable(g.session, user, by=actor(), at=now())
    return redirect(url_for(".page"), 303)


@bp.post("/people/<uuid:user_id>/second-step")
@roles_required(Role.ADMIN)
def take_second_step_away(user_id: uuid.UUID) -> Response:
    """Take the second step away for somebody who lost their phone; they sign in and set up another."""
    user = users.get(g.session, user_id)
    access.require(actor(), "user:change", user)
    second_steps.take_away(g.session, user, by=actor(), at=now())
    return redirect(url_for(".page"), 303)


@bp.post("/lead")
@roles_required(Role.ADMIN)
def change_lead() -> Response | tuple[str, int]:
    """Record a new safeguarding lead."""
    form = LeadForm()
    if form.validate():
        school_id = actor().school_id
        if school_id is None:
            raise NotFound("school")
        schools.change_lead(g.session, schools.get(g.session, school_id), **form.facts(), by=actor(), at=now())
        return redirect(url_for(".page"), 303)
    return _page(lead=form), 422


@bp.post("/lawful-basis")
@roles_required(Role.ADMIN)
def set_basis() -> str | Response | tuple[str, int]:
    """Record what the data protection officer decided."""
    form = BasisForm()
    school_id = actor().school_id
    if school_id is None:
        raise NotFound("school")
    if form.validate():
        facts = form.facts()
        facts["set_by"] = facts.pop("basis_set_by")
        schools.set_basis(g.session, schools.get(g.session, school_id), **facts, by=actor(), at=now())
        return redirect(url_for(".page"), 303)
    return _page(basis=form), 422


@bp.post("/directory")
@roles_required(Role.ADMIN)
def switch_directory() -> Response | tuple[str, int]:
    """Show the school's directory to anybody, or to nobody."""
    form = DirectoryForm()
    school_id = actor().school_id
    if school_id is None:
        raise NotFound("school")
    if form.validate():
        directories.switch(g.session, schools.get(g.session, school_id), on=form.facts()["show"] == "on", by=actor(), at=now())
        return redirect(url_for(".page"), 303)
    return _page(), 422


@bp.post("/mail/<uuid:message_id>/again")
@roles_required(Role.ADMIN)
def try_mail_again(message_id: uuid.UUID) -> Response:
    """Try a dead letter again."""
    message = notices.get_unsent(g.session, message_id, by=actor())
    outbox.try_again(g.session, message, by=actor(), at=now())
    return redirect(url_for(".page"), 303)


@bp.post("/mail/<uuid:message_id>/cancel")
@roles_required(Role.ADMIN)
def cancel_mail(message_id: uuid.UUID) -> Response:
    """Cancel a dead letter, or a mail that a restore held."""
    message = notices.get_unsent(g.session, message_id, by=actor())
    outbox.cancel(g.session, message, by=actor(), at=now())
    return redirect(url_for(".page"), 303)


@bp.post("/help")
@roles_required(Role.ADMIN)
def change_help() -> Response | tuple[str, int]:
    """Record whom a liaison officer asks for help."""
    form = HelpForm()
    school_id = actor().school_id
    if school_id is None:
        raise NotFound("school")
    if not form.validate():
        return _page(), 422
    facts = form.facts()
    schools.say_whom_to_ask(
        g.session, schools.get(g.session, school_id), senco=facts["ask_senco"], head=facts["ask_head"], supervision=facts["ask_supervision"], holiday_cover=facts["holiday_cover"], by=actor(), at=now(),
    )
    return redirect(url_for(".page"), 303)


from web.admin import school_data  # noqa: E402, F401
