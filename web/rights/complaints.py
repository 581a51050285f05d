"""Complaints: written down by anybody at the school, read and answered by the safeguarding lead."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import Conflict, InvalidRecord
from partners.privacy import complaints
from partners.privacy.complaints import CameBy, Ended
from web.database import now
from web.fields import KithForm, Line, Lines, OneOf
from web.presses import press_word
from web.rights import bp
from web.signing_in import actor, roles_required, school_id

ENDED = {Ended.UPHELD: "They were right", Ended.PARTLY: "They were right in part", Ended.NOT_UPHELD: "We see it otherwise", Ended.TAKEN_BACK: "They took it back"}
CAME_BY = {CameBy.PAGE: "by the school's page", CameBy.LINK: "by the family's link", CameBy.SPOKEN: "said to somebody at school", CameBy.LETTER: "by letter or e-mail"}


class ToldForm(KithForm):
    """A complaint that somebody said or wrote to the school."""

    words = Lines("What are they not happy about?", required="Write what they are not happy about, as they said it.", most=complaints.LONGEST)
    wanted = Lines("What would put it right?", most=1000, rows=3)
    name = Line("Their name, if they gave it", most=120, autocomplete="off")
    contact = Line("How and when is it safe to reach them?", most=200, autocomplete="off")
    came_by = OneOf("How did it come?", [(CameBy.SPOKEN.value, "They said it"), (CameBy.LETTER.value, "By letter or e-mail")], required="Choose how it came.")


class AcknowledgeForm(KithForm):
    """That the person knows that the school has it."""

    how = Line("How were they told that you have it?", required="Say how they were told.", most=200, hint="For example: rang them on Tuesday")


class AnswerForm(KithForm):
    """What came of it."""

    ended = OneOf("What did you find?", [(e.value, words) for e, words in ENDED.items()], required="Choose what you found.")
    words = Lines("What did you tell them?", required="Write what you told them.", most=complaints.LONGEST)


@bp.get("/complaints")
@roles_required(Role.DSL)
def complaint_list() -> str:
    """List the complaints of the school, those with the shortest time left first."""
    return render_template("rights/complaints.html", rows=complaints.of_school(g.session, by=actor()), on=day_of(now()), ended=ENDED, came_by=CAME_BY)


@bp.route("/complaints/new", methods=["GET", "POST"])
@roles_required(Role.FLO, Role.DSL, Role.ADMIN)
def new_complaint() -> str | Response | tuple[str, int]:
    """Write down what somebody said. Who writes it down does not see it again, unless they are the lead."""
    form, press = ToldForm(), press_word()
    school = schools.get(g.session, school_id())
    if not form.is_submitted():
        return render_template("rights/new_complaint.html", form=form, press=press, school=school)
    if form.validate():
        facts = form.facts()
        try:
            made = complaints.make(g.session, school, press=press, by=actor(), at=now(), **(facts | {"came_by": CameBy(facts["came_by"])}))
            flash(f"Kept, as {made.reference}. {school.dsl_name} reads it, and the school must tell them by {made.acknowledge_by.day} {made.acknowledge_by:%B} that it has it.")
            return redirect(url_for(".complaint_list") if Role.DSL in actor().roles else url_for(".new_complaint"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("rights/new_complaint.html", form=form, press=press, school=school), 422


def _complaint(complaint_id: uuid.UUID, form: KithForm | None = None) -> str:
    found = complaints.get(g.session, complaint_id, by=actor())
    blank = {"acknowledge": AcknowledgeForm(formdata=None), "answer": AnswerForm(formdata=None)}
    if form is not None:
        blank["acknowledge" if isinstance(form, AcknowledgeForm) else "answer"] = form
    return render_template("rights/complaint.html", complaint=found, form=form, forms=blank, on=day_of(now()), ended=ENDED, came_by=CAME_BY)


@bp.get("/complaints/<uuid:complaint_id>")
@roles_required(Role.DSL)
def complaint(complaint_id: uuid.UUID) -> str:
    """Show one complaint, its clock, and the next answer that it waits for."""
    return _complaint(complaint_id)


@bp.post("/complaints/<uuid:complaint_id>/acknowledge")
@roles_required(Role.DSL)
def acknowledge_complaint(complaint_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write down that the person was told that the school has it."""
    form, found = AcknowledgeForm(), complaints.get(g.session, complaint_id, by=actor())
    if form.validate():
        complaints.acknowledge(g.session, found, form.facts()["how"], by=actor(), at=now())
        return redirect(url_for(".complaint", complaint_id=found.id), 303)
    return _complaint(complaint_id, form), 422


@bp.post("/complaints/<uuid:complaint_id>/answer")
@roles_required(Role.DSL)
def answer_complaint(complaint_id: uuid.UUID) -> Response | tuple[str, int]:
    """Write down what came of it and what the person was told."""
    form, found = AnswerForm(), complaints.get(g.session, complaint_id, by=actor())
    if form.validate():
        try:
            complaints.end(g.session, found, Ended(form.facts()["ended"]), form.facts()["words"], by=actor(), at=now())
            return redirect(url_for(".complaint", complaint_id=found.id), 303)
        except Conflict as error:
            form.form_errors.append(str(error))
    return _complaint(complaint_id, form), 422
