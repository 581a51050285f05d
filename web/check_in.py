"""A family's check-in by its own link, in its language and direction: three questions and a word of its own. No partner, no need and no name is on the page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import languages, schools
from partners.referrals import check_ins, family_links
from partners.referrals.referrals import Referral
from web.database import now
from web.family import tongue
from web.fields import is_clean
from web.signing_in import open_by_link

bp = Blueprint("check_in", __name__, url_prefix="/check-in")
LONGEST = 500  # characters of the family's own words


def _around(token: str, referral: Referral) -> dict[str, Any]:
    """Return what the pages are told: in the language that was asked for, else the family's, else English."""
    asked = request.args.get("in", "")
    code = asked if asked in languages.every() else referral.family.language or languages.USUAL
    return {"token": token, "school": schools.get(g.session, referral.school_id), "asked": family_links.ASKED, "answers": check_ins.ANSWERS, **tongue(code)}


def _typed() -> dict[str, str]:
    """Return what was answered, by the names of the fields that the page has, and nothing else."""
    return {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in (*family_links.ASKED, "now_0_10", "words")}


def _fault(typed: dict[str, str]) -> tuple[str, str] | None:
    """Return the first field that cannot be kept, and the key of the sentence that says why; None where all can."""
    for question in family_links.ASKED:
        if typed[question] and typed[question] not in check_ins.ANSWERS:
            return question, "page.choose_listed"
    if typed["now_0_10"] and typed["now_0_10"] not in map(str, range(11)):
        return "now_0_10", "check_in.number"
    if not is_clean(typed["words"]):
        return "words", "page.not_clean"
    return ("words", "check_in.too_long") if len(typed["words"]) > LONGEST else None


@bp.route("/<token>", methods=["GET", "POST"])
@open_by_link
def ask(token: str) -> str | Response | tuple[str, int]:
    """Ask the three questions, and write the answers down. Opening keeps nothing."""
    _link, referral = family_links.open_link(g.session, token, at=now())
    around = _around(token, referral)
    if request.method != "POST":
        return render_template("family/check_in.html", typed={}, wrong=None, **around)
    typed = _typed()
    wrong = _fault(typed)
    if wrong is None:
        family_links.answer(
            g.session, token, {q: typed[q] for q in family_links.ASKED if typed[q]}, now_0_10=int(typed["now_0_10"]) if typed["now_0_10"] else None,
            words=typed["words"] or None, at=now(),
        )
        chosen: dict[str, Any] = {"in": around["tongue"].code} if request.args.get("in") else {}
        return redirect(url_for(".thanks", token=token, **chosen), 303)
    return render_template("family/check_in.html", typed=typed, wrong=wrong, **around), 422


@bp.get("/<token>/thank-you")
@open_by_link
def thanks(token: str) -> str:
    """Thank the family, and say what happens now. What they said is not shown again: a phone may be shared."""
    _link, referral = family_links.open_link(g.session, token, at=now())
    return render_template("family/check_in_thanks.html", **_around(token, referral))
