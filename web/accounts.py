"""Accounts: signing in by a mailed link or a password, signing out, and one's own account."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, redirect, render_template, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from partners.foundation import audit, outbox, sign_ins, users
from partners.foundation.actors import SYSTEM
from partners.foundation.errors import InvalidRecord
from partners.foundation.tokens import hash_token, new_token, same
from web import limits, second_step, signing_in
from web.database import looking, now, settings
from web.fields import Email, KithForm, Secret
from web.navigation import home_of
from web.security import absolute, safe_path
from web.signing_in import actor, find_actor, open_by_link, open_to_all, own_word, signed_in_required

bp = Blueprint("accounts", __name__)

# The same words whether or not there is such an account.
WRONG = "That address and password do not belong together. Check both, or ask for a link by e-mail."
MAIL = """Hello,

Open this link and press the button to sign in to Kith:

{link}

It works once, for {minutes} minutes. If you did not ask for it, you need not do anything.
"""


class AskForm(KithForm):
    """Where to send a link."""

    email = Email("Your work e-mail address", required="Give your e-mail address.")


class PasswordForm(KithForm):
    """An address and its password."""

    email = Email("Your work e-mail address", required="Give your e-mail address.", autocomplete="username")
    password = Secret("Password", required="Give your password.")


class LinkForm(KithForm):
    """Pressing the button of a link in the browser that asked for it."""


class ElsewhereForm(KithForm):
    """Pressing the button of a link in another browser: the address it was sent to, as a second proof."""

    email = Email("The e-mail address that we sent this link to", required="Give the address that the link came to.")


def _onward() -> str:
    """Return where they were going when they were asked to sign in, or '' for nowhere yet."""
    return safe_path(session.get("next"), "")


@bp.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> str | Response | tuple[str, int]:
    """Ask for an address and send a link there; say the same for every address."""
    who = find_actor()
    form = AskForm()
    if form.is_submitted():
        limits.count("sign_in")
        if not form.validate():
            return render_template("sign_in/ask.html", form=form), 422
        email = form.facts()["email"]
        limits.count("link_mail", email)
        session["link_asked"] = _send_link(email)
        return redirect(url_for(".sent"), 303)
    if who is not None:
        return redirect(home_of(who), 303)
    return render_template("sign_in/ask.html", form=form)


def _send_link(email: str) -> str:
    """Put a link in the outbox for a known address and return the hash of its word.

    For an unknown address the same rows are written and undone, so that the time taken does not tell who has an account.
    """
    at = now()
    user = users.find_by_email(g.session, email)
    known = user is not None and user.disabled_at is None
    stand_in = user or g.session.scalar(select(users.User).limit(1))
    audit.record(g.session, "user:link_asked", by=SYSTEM, at=at)
    attempt = g.session.begin_nested()
    token = sign_ins.new_sign_in_link(g.session, stand_in, at=at) if stand_in is not None else new_token()
    body = MAIL.format(link=absolute(url_for(".open_link", token=token)), minutes=sign_ins.LINK_MINUTES)
    outbox.queue(
        g.session, kind="sign_in_link", to=email, subject="Your link to sign in to Kith", body=body, at=at,
        user_id=stand_in.id if stand_in is not None else None,
    )
    if known:
        attempt.commit()
    else:
        attempt.rollback()
    return hash_token(token)


@bp.get("/sign-in/sent")
@open_to_all
def sent() -> str:
    """Say that a link is on its way, if there is such an account."""
    return render_template("sign_in/sent.html", minutes=sign_ins.LINK_MINUTES)


@bp.route("/sign-in/password", methods=["GET", "POST"])
@open_to_all
def password() -> str | Response | tuple[str, int]:
    """Sign in with a password. Too many tries from one address close this page for that account there; the link stays open."""
    form = PasswordForm()
    if not form.is_submitted():
        return render_template("sign_in/password.html", form=form)
    limits.count("sign_in")
    if not form.validate():
        return render_template("sign_in/password.html", form=form), 422
    facts = form.facts()
    limits.count("password", facts["email"])
    with looking() as own:  # the slow hash must not hold the write lock
        user = users.check_password(own, facts["email"], facts["password"])
    if user is None:
        form.blame(InvalidRecord("password", WRONG))
        return render_template("sign_in/password.html", form=form), 422
    return _welcome(users.get(g.session, user.id))


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@open_by_link
def open_link(token: str) -> str | Response | tuple[str, int]:
    """Show a button; only pressing it signs in, so that a mail scanner uses nothing up."""
    here = settings().demo or same(str(session.get("link_asked", "")), hash_token(token))
    form: KithForm = LinkForm() if here else ElsewhereForm()
    if not form.is_submitted():
        return render_template("sign_in/link.html", form=form, here=here)
    limits.count("link_use")
    if not form.validate():
        return render_template("sign_in/link.html", form=form, here=here), 422
    try:
        user = sign_ins.use_sign_in_link(g.session, token, at=now())
        if not here and not same(user.email, form.facts()["email"].lower()):
            raise InvalidRecord("email", "This link was not sent to that address. Give the address that it came to.")
    except InvalidRecord as error:
        g.session.rollback()
        form.blame(error)
        return render_template("sign_in/link.html", form=form, here=here, spent=error.field == "link"), 422
    return _welcome(user)


def _welcome(user: users.User) -> Response:
    """Sign somebody in, or ask for their second step first."""
    if second_step.is_asked_of(user):
        return second_step.wait_for(user, _onward())
    onward = _onward() or home_of(users.actor_of(user))
    return signing_in.begin(user, redirect(onward, 303))


@bp.post("/sign-out")
@open_to_all
def sign_out() -> Response:
    """End the sign-in and go to the front page."""
    return signing_in.finish(redirect(url_for("public.front"), 303))


@bp.get("/account")
@signed_in_required
def account() -> str:
    """Show one's own name, address and roles."""
    return render_template("sign_in/account.html", user=g.user)


@bp.get("/account/sign-ins")
@signed_in_required
def own_sign_ins() -> str:
    """Show where one is signed in, so that a browser left open elsewhere can be ended from here."""
    rows = sign_ins.live_of(g.session, g.user.id, at=now())
    return render_template("sign_in/sign_ins.html", rows=[(row, sign_ins.is_with(row, own_word())) for row in rows])


@bp.post("/account/sign-ins/<uuid:sign_in_id>/end")
@signed_in_required
def end_sign_in(sign_in_id: uuid.UUID) -> Response:
    """End one of one's own sign-ins: the next page asked for there asks to sign in."""
    sign_ins.end_one(g.session, sign_in_id, by=actor(), at=now())
    return redirect(url_for(".own_sign_ins"), 303)


@bp.post("/account/sign-ins/end-others")
@signed_in_required
def end_other_sign_ins() -> Response:
    """End every sign-in of one's own but this one."""
    sign_ins.end_others(g.session, own_word(), by=actor(), at=now())
    flash("You are signed in here and nowhere else.")
    return redirect(url_for(".own_sign_ins"), 303)
