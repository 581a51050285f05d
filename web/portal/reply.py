"""The reply link: a no-name card, three buttons of equal size, and after a yes the agreed fields behind a code."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Actor
from partners.foundation.errors import Conflict, IllegalMove, InvalidRecord, NotFound, NothingToDo
from partners.foundation.tokens import new_token
from partners.matching import words
from partners.referrals import disclosure, meetings, moves, notes, openings, outcomes, referrals, replies, returns, shutting
from partners.referrals.moves import Kind, State
from partners.referrals.referrals import Referral
from web import limits
from web.database import apart, give_up, now
from web.portal import bp
from web.portal.forms import AskForm, CameForm, CodeForm, DeclineForm, MessageForm, OutcomeForm, PressForm, UnreachedForm, WaitForm
from web.signing_in import open_by_link

OPEN = (State.SENT, State.VIEWED, State.WAITLISTED, State.INFO_REQUESTED)
FORMS = {"wait": WaitForm, "decline": DeclineForm, "ask": AskForm, "could_not_reach": UnreachedForm}
PRESSES = ("view", "accept", "wait", "decline", "ask", "contact", "start", "finish", "could_not_reach")


def _open(token: str) -> tuple[Referral, Actor]:
    """Return what a link opens. Raises NothingToDo where it is shut: every page and button of a link begins here."""
    referral, who = replies.open_reply_link(g.session, token, at=now())
    shutting.require_open(g.session, referral, by=who)
    return referral, who


@bp.errorhandler(NothingToDo)
def nothing_to_do(_error: NothingToDo) -> tuple[str, int]:
    """Say that there is nothing to do, alike for every cause. To open the link is no fault; to press something has come too late."""
    give_up()
    referral, _who = replies.open_reply_link(g.session, (request.view_args or {})["token"], at=now())
    return render_template("portal/nothing.html", school=schools.get(g.session, referral.school_id)), 200 if request.method == "GET" else 409


@bp.get("/r/<token>")
@open_by_link
def card(token: str) -> str:
    """Show what waits. Opening changes nothing."""
    referral, who = _open(token)
    return _card(token, referral, who)


def _card(token: str, referral: Referral, who: Actor, form: Any = None, asked: str | None = None) -> str:
    labels = words.labels()
    silent = returns.is_silent(g.session, referral, who)
    buttons = [m for m in moves.allowed(referral.state, "partner", referral.kind) if m.action in PRESSES and m.action != "view" and not (silent and "may_return" in m.needs)]
    return render_template(
        "portal/card.html", referral=referral, token=token, who=who, labels=labels, card=disclosure.no_name_card(g.session, referral),
        buttons=buttons, school=schools.get(g.session, referral.school_id), form=form, asked=asked, is_open=referral.state in OPEN,
        meets=meetings.words(referral) if meetings.is_shown(g.session, referral) else "", meets_where=meetings.WHERE.get(referral.meets_where or "", ""),
        details=disclosure.at_details(referral),
        messages=notes.on_card(g.session, referral), behind=len(notes.for_partner(g.session, referral)) if disclosure.at_details(referral) else 0, can_write=referral.state in moves.LIVE,
        can_close=referral.state in (State.CONTACTED, State.SUPPORTING) and not silent, says_nothing=silent and disclosure.at_details(referral), finished=referral.finished_at,
        waits_for_the_family=referral.state is State.ACCEPTED and referral.kind is Kind.ASK_FIRST,
    )


@bp.get("/r/<token>/<action>")
@open_by_link
def question(token: str, action: str) -> str:
    """Ask the one thing that a move needs."""
    referral, who = _open(token)
    if action not in FORMS:
        raise IllegalMove(referral.state.value, action, "partner")
    return _card(token, referral, who, FORMS[action](formdata=None), action)


@bp.post("/r/<token>/<action>")
@open_by_link
def press(token: str, action: str) -> str | Response | tuple[str, int]:
    """A button was pressed."""
    referral, who = _open(token)
    if action not in PRESSES:
        raise IllegalMove(referral.state.value, action, "partner")
    form = FORMS.get(action, PressForm)()
    if not form.validate():
        return _card(token, referral, who, form, action if action in FORMS else None), 422
    facts = {k: v for k, v in form.facts().items() if v is not None}
    try:
        if facts.get("code") == "safety_risk":
            referrals.move(g.session, referral, action, by=who, at=now(), code="safety_risk")
            return redirect(url_for(".worried", token=token), 303)
        referrals.move(g.session, referral, action, by=who, at=now(), **facts)
        return redirect(url_for(".card", token=token), 303)
    except InvalidRecord as error:
        form.blame(error)
    g.session.rollback()
    referral, who = _open(token)
    return _card(token, referral, who, form, action if action in FORMS else None), 422


@bp.get("/r/<token>/worried-about-safety")
@open_by_link
def worried(token: str) -> str:
    """Whom to ring when somebody may not be safe: always open, for who has just said so is shut out."""
    referral, _who = replies.open_reply_link(g.session, token, at=now())
    return render_template("portal/worried.html", school=schools.get(g.session, referral.school_id), token=token)


def _browser() -> str:
    if "browser" not in session:
        session["browser"] = new_token()
    word: str = session["browser"]
    return word


@bp.post("/r/<token>/code/send")
@open_by_link
def send_code(token: str) -> str | Response | tuple[str, int]:
    """Send a code to the contact on record."""
    referral, who = _open(token)
    limits.count("code", str(referral.id))
    sent = replies.send_code(g.session, referral, browser=_browser(), at=now(), by=who)
    return redirect(url_for(".code", token=token) if sent else url_for(".card", token=token), 303)


@bp.get("/r/<token>/code/enter")
@open_by_link
def code(token: str) -> str:
    """Ask for the six digits."""
    referral, _who = _open(token)
    return render_template("portal/code.html", form=CodeForm(formdata=None), token=token, referral=referral)


@bp.post("/r/<token>/code/enter")
@open_by_link
def enter_code(token: str) -> str | tuple[str, int]:
    """Open the agreed fields once, for whoever has the code, in the browser that asked for it."""
    limits.count("code", str(_open(token)[0].id))
    form = CodeForm()
    right = form.validate() and _is_right(form, token)
    referral, who = _open(token)
    if right:
        try:
            see = openings.open_details(g.session, referral, by=who, at=now())
            return render_template(
                "portal/details.html", see=see, labels=words.labels(), token=token, referral=referral, school=schools.get(g.session, referral.school_id),
                messages=notes.for_partner(g.session, referral),
            )
        except Conflict as error:
            form.form_errors.append(str(error))
    return render_template("portal/code.html", form=form, token=token, referral=referral), 422


def _is_right(form: CodeForm, token: str) -> bool:
    """Use the code up in a session of its own, so that a wrong try counts although the page is refused."""
    give_up()
    with apart() as own:
        referral, who = replies.open_reply_link(own, token, at=now())
        try:
            replies.use_code(own, referral, form.facts()["code"], browser=_browser(), at=now(), by=who)
        except InvalidRecord as error:
            form.blame(error)
            return False
    return True


@bp.get("/r/<token>/meeting/calendar")
@open_by_link
def meeting_calendar(token: str) -> Response:
    """Give the first meeting as a calendar file. No name and no need is in it, and no withheld place."""
    referral, _who = replies.open_reply_link(g.session, token, at=now())
    if not meetings.is_shown(g.session, referral):
        raise NotFound("page")
    return Response(
        meetings.calendar_file(g.session, referral, at=now()), content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="first-meeting.ics"'},
    )


@bp.route("/r/<token>/messages/write", methods=["GET", "POST"])
@open_by_link
def write(token: str) -> str | Response | tuple[str, int]:
    """Write to school. The words stay on this page and on school's."""
    referral, who = _open(token)
    form = MessageForm()
    if form.is_submitted() and form.validate():
        try:
            notes.send(g.session, referral, form.facts()["words"], by=who, at=now())
            return redirect(url_for(".card", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("portal/write.html", form=form, token=token, school=schools.get(g.session, referral.school_id))
    return (page, 422) if form.is_submitted() else page


@bp.route("/r/<token>/closed/what-came", methods=["GET", "POST"])
@open_by_link
def what_came(token: str) -> str | Response | tuple[str, int]:
    """Say what came of it, as far as the family agreed that school hears it, and close."""
    referral, who = _open(token)
    may = returns.agreed(g.session, referral)
    if may == returns.NOTHING:
        raise NotFound("page")
    form = OutcomeForm() if may == returns.MET_AND_HELPED else CameForm()
    if not form.is_submitted():
        return render_template("portal/what_came.html", form=form, token=token)
    if not form.validate():
        return render_template("portal/what_came.html", form=form, token=token), 422
    said = form.facts()
    result = outcomes.Result(said["result"]) if "result" in said else outcomes.Result.NOT_KNOWN
    outcomes.record(g.session, referral, result, said_by="partner", by=who, at=now())
    note = f"{returns.WHETHER_THEY_CAME[said['came']]}." if "came" in said else None
    referrals.move(g.session, referral, "close", by=who, at=now(), note=note, came=said.get("came"))
    return redirect(url_for(".card", token=token), 303)
