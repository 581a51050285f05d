"""A family's check-in by its own link: three questions and a word of its own. No partner, no need and no name is on the page."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.errors import InvalidRecord
from partners.referrals import check_ins, family_links
from web.database import now
from web.fields import KithForm, Lines, OneOf, WholeNumber
from web.signing_in import open_by_link

bp = Blueprint("check_in", __name__, url_prefix="/check-in")
YES_NO = [("yes", "Yes"), ("no", "No"), ("not_known", "I don't know")]


class AnswersForm(KithForm):
    """The family's three questions, each of which may be left."""

    contacted = OneOf(check_ins.QUESTIONS["contacted"], YES_NO)
    helped = OneOf(check_ins.QUESTIONS["helped"], YES_NO)
    still_wanted = OneOf(check_ins.QUESTIONS["still_wanted"], YES_NO)
    now_0_10 = WholeNumber("How are things now, from 0 to 10?", least=0, most=10, hint="0 is as hard as it could be, 10 is fine. Leave it empty if you like.")
    words = Lines("Anything you would like to say", most=500, hint="Your own words. The school reads this, nobody else.")


@bp.route("/<token>", methods=["GET", "POST"])
@open_by_link
def ask(token: str) -> str | Response | tuple[str, int]:
    """Ask the three questions, and write the answers down. Opening keeps nothing."""
    _link, referral = family_links.open_link(g.session, token, at=now())
    form = AnswersForm()
    if form.is_submitted() and form.validate():
        facts = form.facts()
        try:
            family_links.answer(g.session, token, {q: facts[q] for q in family_links.ASKED if facts[q]}, now_0_10=facts["now_0_10"], words=facts["words"], at=now())
            return redirect(url_for(".thanks", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("family/check_in.html", form=form, school=schools.get(g.session, referral.school_id))
    return (page, 422) if form.is_submitted() else page


@bp.get("/<token>/thank-you")
@open_by_link
def thanks(token: str) -> str:
    """Thank the family, and say what happens now. What they said is not shown again: a phone may be shared."""
    _link, referral = family_links.open_link(g.session, token, at=now())
    return render_template("family/check_in_thanks.html", school=schools.get(g.session, referral.school_id), token=token)
