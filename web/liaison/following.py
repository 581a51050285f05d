"""Following up: check-ins with a script, notes and messages on an introduction, and quick notes from the gate."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import quick_notes
from partners.families.needs import STOPPING_PATHS
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import check_ins, family_links, notes, notices, referrals, text_replies
from partners.referrals.moves import CHECK_IN_DAYS
from web import wording
from web.database import now, settings
from web.fields import KithForm, Lines, OneOf, WholeNumber
from web.liaison import bp, drafts
from web.signing_in import actor, roles_required
from web.squares import square

YES_NO = [("yes", "Yes"), ("no", "No"), ("not_known", "Not known")]


class CheckInForm(KithForm):
    """What a family said. Every question may be left."""

    contacted = OneOf(check_ins.QUESTIONS["contacted"], YES_NO)
    helped = OneOf(check_ins.QUESTIONS["helped"], YES_NO)
    still_wanted = OneOf(check_ins.QUESTIONS["still_wanted"], YES_NO)
    easy = OneOf(check_ins.QUESTIONS["easy"], YES_NO)
    again = OneOf(check_ins.QUESTIONS["again"], YES_NO)
    now_0_10 = WholeNumber("How are things now, 0 to 10?", least=0, most=10)
    words = Lines("In their own words", most=500)


class NoteForm(KithForm):
    """Words about an introduction."""

    words = Lines("A note, or a message", required="Write something first.", most=notes.LONGEST)


@bp.route("/referrals/<uuid:referral_id>/check-in/two-weeks", methods=["GET", "POST"])
@roles_required(Role.FLO)
def check_in_after_two_weeks(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask a family how it went after two weeks, by a script, and write down what they say."""
    return _check_in(referral_id, CHECK_IN_DAYS[0])


@bp.route("/referrals/<uuid:referral_id>/check-in/six-weeks", methods=["GET", "POST"])
@roles_required(Role.FLO)
def check_in_after_six_weeks(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Ask a family how it went after six weeks."""
    return _check_in(referral_id, CHECK_IN_DAYS[1])


def _check_in(referral_id: uuid.UUID, days: int) -> str | Response | tuple[str, int]:
    found = referrals.get(g.session, referral_id, by=actor())
    form = CheckInForm()
    page = {
        "referral": found, "days": days, "label": words.labels()[found.need.code], "script": check_ins.SCRIPT, "contact": wording.safe_way(found.family),
        "ways": family_links.ways(found, texts=settings().texts), "here": url_for(request.endpoint or "", referral_id=found.id),
    }
    way = request.form.get("way") if form.is_submitted() else None
    if way is not None:
        return _ask_by(way, found, days)
    if not form.is_submitted():
        return render_template("liaison/check_in.html", form=form, **page)
    if form.validate():
        facts = form.facts()
        answers = {q: facts[q] for q in check_ins.QUESTIONS if facts[q]}
        try:
            check_ins.record(g.session, found, days, answers, now_0_10=facts["now_0_10"], words=facts["words"], by=actor(), at=now())
            flash("Written down. If they still want it and nobody has been in touch, look at what else there is." if answers.get("contacted") == "no" else "Written down.")
            return redirect(url_for(".referral", referral_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/check_in.html", form=form, **page), 422


def _ask_by(way: str, found: referrals.Referral, days: int) -> str | Response:
    """Ask the family by the one way that it said is safe, or show a picture to its own phone at the gate."""
    if way == "show":
        address = f"{settings().base_url}/check-in/{family_links.new_link(g.session, found, days, by=actor(), at=now())}"
        return render_template("liaison/check_in_link.html", referral=found, days=days, address=address, picture=square(address))
    if way == "text" and settings().texts:
        family_links.ask_by_text(g.session, found, by=actor(), at=now())
    elif way == "email":
        family_links.ask_by_mail(g.session, found, days, base_url=settings().base_url, by=actor(), at=now())
    else:
        raise InvalidRecord("way", "The family has not said that this way is safe.")
    flash("It goes in the daytime. It names no partner and nothing they asked for.")
    return redirect(url_for(".referral", referral_id=found.id), 303)


@bp.route("/referrals/<uuid:referral_id>/notes", methods=["GET", "POST"])
@roles_required(Role.FLO)
def note(referral_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Keep a note inside school, or send a message to the partner: two buttons, and neither is chosen beforehand."""
    found = referrals.get(g.session, referral_id, by=actor())
    draft, typed = (None, None) if request.method == "POST" else drafts.kept("note", found.id)
    form = NoteForm() if request.method == "POST" else NoteForm(formdata=typed)
    if form.is_submitted() and form.validate():
        said = form.facts()["words"]
        drafts.sent("note", found.id)
        try:
            if request.form.get("do") == "send":
                notes.send(g.session, found, said, by=actor(), at=now())
                notices.tell_of_message(g.session, found, base_url=settings().base_url, at=now())
                flash("Sent. They get a mail that says a message waits; the words stay on the page.")
            elif request.form.get("do") == "keep":
                notes.keep(g.session, found, said, by=actor(), at=now())
                flash("Kept inside school.")
            else:
                raise InvalidRecord("words", "Press 'Keep inside school' or 'Send to the partner'.")
            return redirect(url_for(".referral", referral_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/note.html", form=form, referral=found, rows=notes.for_school(g.session, found, by=actor()), draft=draft)
    return (page, 422) if form.is_submitted() else page


@bp.route("/quick-note", methods=["GET", "POST"])
@roles_required(Role.FLO)
def quick_note() -> str | Response | tuple[str, int]:
    """Note what was heard at the gate with one press; whose it is can wait."""
    fault = None
    if request.method == "POST":
        try:
            quick_notes.add(g.session, request.form.get("code", ""), paths=words.paths(), by=actor(), at=now())
            flash("Noted. It waits for you on this page.")
            return redirect(url_for(".today"), 303)
        except InvalidRecord as error:
            fault = error.message
    groups = {name: [n for n in rows if n.path not in STOPPING_PATHS] for name, rows in words.needs_by_group().items()}
    page = render_template("liaison/quick_note.html", groups={name: rows for name, rows in groups.items() if rows}, fault=fault)
    return (page, 422) if fault else page


@bp.post("/text-replies/<uuid:reply_id>/done")
@roles_required(Role.FLO)
def text_seen(reply_id: uuid.UUID) -> Response:
    """Take a family's answer by text off the list: somebody has seen to it."""
    text_replies.finish(g.session, reply_id, by=actor(), at=now())
    return redirect(url_for(".today"), 303)


@bp.post("/quick-notes/<uuid:quick_note_id>/done")
@roles_required(Role.FLO)
def quick_note_done(quick_note_id: uuid.UUID) -> Response:
    """Take a quick note off the list."""
    quick_notes.finish(g.session, quick_note_id, by=actor(), at=now())
    return redirect(url_for(".today"), 303)
