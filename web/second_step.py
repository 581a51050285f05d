"""The second step: setting it up on one's phone, the code when signing in, and recovery codes. It has pages of its own beside the account."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from partners.foundation import second_steps, users
from partners.foundation.errors import InvalidRecord, NotFound
from web import limits, signing_in
from web.database import apart, give_up, now, settings
from web.fields import KithForm, Line
from web.navigation import home_of
from web.security import safe_path
from web.signing_in import actor, open_to_all, signed_in_required
from web.squares import square

bp = Blueprint("second_step", __name__)
WAITS = timedelta(minutes=10)  # how long the first step holds while the code is looked for; judgement, November 2026


class CodeForm(KithForm):
    """The six digits, or a recovery code."""

    code = Line("The six digits that your app shows", required="Type the six digits.", most=20, autocomplete="one-time-code", hint="Or one of your recovery codes")


class FirstCodeForm(KithForm):
    """The six digits of an app that was just set up."""

    code = Line("The six digits that your app shows", required="Type the six digits.", most=20, autocomplete="one-time-code")


def is_asked_of(user: users.User) -> bool:
    """Whether somebody signs in with a second step: they set one up, or their role asks for one."""
    return second_steps.has(g.session, user) or bool(settings().second_step_for & set(user.roles))


def wait_for(user: users.User, onward: str) -> Response:
    """Remember that the first step was right, and ask for the second. Nobody is signed in yet."""
    session["first_step"] = [str(user.id), now().isoformat(), onward]
    return redirect(url_for("second_step.ask" if second_steps.has(g.session, user) else "second_step.set_up_first"), 303)


def _waiting() -> tuple[users.User, str]:
    """Return who has done the first step within ten minutes, and where they were going. Raises NotFound."""
    kept = session.get("first_step")
    if not kept or now() - datetime.fromisoformat(kept[1]) >= WAITS:
        raise NotFound("page")
    user = users.get(g.session, uuid.UUID(kept[0]))
    if user.disabled_at is not None:
        raise NotFound("page")
    return user, safe_path(kept[2], "")


@bp.route("/sign-in/second-step", methods=["GET", "POST"])
@open_to_all
def ask() -> str | Response | tuple[str, int]:
    """Ask for the code. Only then is somebody signed in."""
    try:
        user, onward = _waiting()
    except NotFound:
        return redirect(url_for("accounts.sign_in"), 303)
    form = CodeForm()
    if not form.is_submitted():
        return render_template("sign_in/second_step.html", form=form)
    user_id = user.id
    limits.count("second_step", str(user_id))
    if form.validate() and _is_right(form, user_id):
        user = users.get(g.session, user_id)
        return signing_in.begin(user, redirect(onward or home_of(users.actor_of(user)), 303))
    return render_template("sign_in/second_step.html", form=form), 422


def _is_right(form: CodeForm, user_id: uuid.UUID) -> bool:
    """Use the code up in a session of its own, so that a wrong try counts although the page is refused."""
    give_up()
    fault: InvalidRecord | None = None
    with apart() as own:
        try:
            second_steps.check(own, users.get(own, user_id), form.facts()["code"], at=now())
        except InvalidRecord as error:
            fault = error
    if fault is not None:
        form.blame(fault)
    return fault is None


@bp.route("/sign-in/second-step/set-up", methods=["GET", "POST"])
@open_to_all
def set_up_first() -> str | Response | tuple[str, int]:
    """Set the second step up before the first sign-in that asks for one."""
    try:
        user, onward = _waiting()
    except NotFound:
        return redirect(url_for("accounts.sign_in"), 303)
    if second_steps.has(g.session, user):
        return redirect(url_for(".ask"), 303)
    answer = _set_up(user, url_for(".set_up_first"))
    if isinstance(answer, list):
        page = render_template("sign_in/recovery_codes.html", codes=answer, onward=onward or home_of(users.actor_of(user)))
        return signing_in.begin(user, Response(page, content_type="text/html; charset=utf-8"))
    return answer


@bp.get("/account/second-step")
@signed_in_required
def page() -> str:
    """Show whether one has a second step, and how to set one up or take it away."""
    user = users.get(g.session, g.user.id)
    return render_template("sign_in/second_step_page.html", has=second_steps.has(g.session, user), left=second_steps.codes_left(g.session, user), must=bool(settings().second_step_for & set(user.roles)))


@bp.route("/account/second-step/set-up", methods=["GET", "POST"])
@signed_in_required
def set_up() -> str | Response | tuple[str, int]:
    """Set one's own second step up, and show the recovery codes once."""
    user = users.get(g.session, g.user.id)
    if second_steps.has(g.session, user):
        return redirect(url_for(".page"), 303)
    answer = _set_up(user, url_for(".set_up"))
    return render_template("sign_in/recovery_codes.html", codes=answer, onward=url_for(".page")) if isinstance(answer, list) else answer


def _set_up(user: users.User, here: str) -> list[str] | str | Response | tuple[str, int]:
    """Return the recovery codes where a code of the app was shown; else the page: first a button that makes the secret, then its picture."""
    form = FirstCodeForm()
    if form.is_submitted():
        limits.count("second_step", str(user.id))
        if request.form.get("do") == "begin":
            second_steps.begin(g.session, user, at=now())
            return redirect(here, 303)
        if form.validate():
            try:
                return second_steps.confirm(g.session, user, form.facts()["code"], at=now())
            except InvalidRecord as error:
                form.blame(error)
    step = second_steps.find(g.session, user)
    shown = {"picture": square(second_steps.address(step, user)), "secret": " ".join(step.secret[n : n + 4] for n in range(0, len(step.secret), 4))} if step else {}
    made = render_template("sign_in/set_up.html", form=form, here=here, **shown)
    return (made, 422) if form.is_submitted() else made


@bp.post("/account/second-step/codes")
@signed_in_required
def more_codes() -> str | Response:
    """Make ten new recovery codes and show them once."""
    user = users.get(g.session, g.user.id)
    if not second_steps.has(g.session, user):
        return redirect(url_for(".page"), 303)
    return render_template("sign_in/recovery_codes.html", codes=second_steps.new_codes(g.session, user, by=actor(), at=now()), onward=url_for(".page"))


@bp.post("/account/second-step/take-away")
@signed_in_required
def take_away() -> Response:
    """Take one's own second step away, to use another phone. Where a role asks for one, the next sign-in sets it up anew."""
    second_steps.take_away(g.session, users.get(g.session, g.user.id), by=actor(), at=now())
    flash("Your second step is gone. Your password or the link in your mail is enough now, unless your role asks for more.")
    return redirect(url_for(".page"), 303)
