"""What is held: a family sees it, says what is not right, takes an agreement back, or complains. The link opens nothing without school's six numbers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from partners.families import agreements, languages, needs, own_pages, schools
from partners.families.families import Family
from partners.families.own_pages import FamilyLink
from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.tokens import new_token
from partners.matching import words
from partners.privacy import complaints
from partners.privacy import held as records
from partners.referrals import openings, withdrawals
from partners.registry import organisations
from web import limits
from web.database import apart, give_up, now, settings
from web.family import bp, tongue
from web.family.telling import day, glances, language, tell
from web.fields import is_clean
from web.signing_in import open_by_link


def _open(token: str) -> tuple[FamilyLink, Actor]:
    return own_pages.open_link(g.session, token, at=now())


def _around(token: str, link: FamilyLink) -> dict[str, Any]:
    return {"token": token, "school": schools.get(g.session, link.school_id), **tongue(link.family.language or "en")}


def _opened(link: FamilyLink) -> bool:
    """Whether this browser gave the six numbers within the half hour."""
    kept = session.get("own")
    return kept is not None and kept[0] == str(link.id) and now() - datetime.fromisoformat(kept[1]) < own_pages.OPEN_FOR


def _inside(token: str) -> tuple[Family, Actor, dict[str, Any]]:
    """Return the family, its actor and what its pages are told. Raises NotFound where the numbers were not given in this browser."""
    link, who = _open(token)
    if not _opened(link):
        raise NotFound("page")
    return link.family, who, _around(token, link)


@bp.route("/my/<token>", methods=["GET", "POST"])
@open_by_link
def door(token: str) -> str | Response | tuple[str, int]:
    """Ask for the six numbers, then show what is held."""
    link, _who = _open(token)
    if request.method != "POST":
        return redirect(url_for(".held", token=token), 303) if _opened(link) else render_template("family/door.html", fault=None, **_around(token, link))
    limits.count("code", str(link.id))
    fault = _fault_of_code(token)
    link, _who = _open(token)
    if fault:
        return render_template("family/door.html", fault=fault, **_around(token, link)), 422
    session["own"] = [str(link.id), now().isoformat()]
    return redirect(url_for(".held", token=token), 303)


def _fault_of_code(token: str) -> str | None:
    """Use the numbers in a session of its own, so that a wrong try counts although the page is refused."""
    give_up()
    with apart() as own:
        link, who = own_pages.open_link(own, token, at=now())
        try:
            own_pages.use_code(own, link, request.form.get("code", "")[:20], by=who, at=now())
        except InvalidRecord as error:
            return error.message
    return None


@bp.get("/my/<token>/held")
@open_by_link
def held(token: str) -> str:
    """Show what is held in plain words, and what was agreed."""
    family, who, around = _inside(token)
    say, code = around["say"], around["tongue"].code
    names, taken = organisations.names(g.session), {w.agreement_id: w for w in withdrawals.of_family(g.session, family, by=who)}
    looked = openings.of_family(g.session, family, by=who)
    agreed = [
        {"id": a.id, "who": names.get(a.organisation_id, "–"), "what": [say[f"script.{f}"].split(":")[0] for f in a.fields], "live": a.is_live(now()), "says": _says(a, taken.get(a.id), say, code), "opened": _opened_on(a, looked, say, code)}
        for a in agreements.of_family(g.session, family, by=who)
    ]
    whole = records.what_is_held(g.session, family, by=who)
    return render_template("family/held.html", everything=tell(whole, code), looks=glances(whole.looks, code), words=languages.held(code), facts=_facts(family, say, code), asked_for=_asked_for(family, who, code), agreed=agreed, **around)


@bp.route("/my/<token>/complain", methods=["GET", "POST"])
@open_by_link
def complain(token: str) -> str | tuple[str, int]:
    """Complain: the safeguarding lead reads it, and nobody else at school."""
    family, who, around = _inside(token)
    fault = None
    if request.method == "POST":
        try:
            kept = complaints.make(g.session, around["school"], _words(), by=who, at=now(), family=family, press=request.form.get("press", "")[:64] or None)
            return render_template("family/done.html", heading=around["say"]["own.complain_done"], reference=kept.reference, **around)
        except InvalidRecord as error:
            fault = error.message if error.message in ("not_clean",) else "too_long"
    page = render_template(
        "family/words.html", heading="own.complain", label="own.complain_what", fault=fault, typed=request.form.get("words", ""), press=new_token(), **around,
    )
    return (page, 422) if fault else page


def _says(agreement: agreements.Agreement, row: withdrawals.Withdrawal | None, say: Any, code: str) -> str:
    if agreement.withdrawn_at is None:
        return str(say["own.until"].format(day=day(agreement.expires_at, code)))
    parts = [say["own.stopped_on"].format(day=day(agreement.withdrawn_at, code))]
    if row is not None and row.confirmed_at is not None:
        parts.append(say["own.deleted_on"].format(day=day(row.confirmed_at, code)))
    elif row is not None and row.waits:
        parts.append(say["own.waiting_deleted"])
    return "; ".join(parts)


def _opened_on(agreement: agreements.Agreement, looked: list[openings.Opening], say: Any, code: str) -> list[str]:
    """Say when the partner opened what was agreed, and which of it."""
    mine = [one for one in looked if one.agreement_id == agreement.id]
    what = {one: ("، " if code in ("ar", "ur") else ", ").join(say[f"script.{f}"].split(":")[0] for f in one.fields) for one in mine}
    return [str(say["own.opened_on"].format(day=day(one.at, code), what=what[one])) for one in mine]


def _facts(family: Family, say: Any, code: str) -> list[tuple[str, str]]:
    # Who must not know is not on this page: somebody else may be reading it too.
    rows = [
        (say["script.first_name"], family.first_name), (say["script.safe_contact"], family.contact), (say["ask.safe_times"].split("؟")[0].split("?")[0], family.safe_times),
        (say["script.language"], language(family.language, code) if family.language else None), (say["own.postcode"], family.postcode),
    ]
    return [(label[:1].upper() + label[1:], value) for label, value in rows if value]


def _asked_for(family: Family, who: Actor, code: str) -> list[str]:
    labels = {**words.labels(), **languages.needs(code)}
    return [labels[n.code][:1].upper() + labels[n.code][1:] for n in needs.of_family(g.session, family, by=who)]


@bp.route("/my/<token>/stop/<uuid:own_agreement_id>", methods=["GET", "POST"])
@open_by_link
def stop(token: str, own_agreement_id: uuid.UUID) -> str:
    """Take an agreement back: asked once, then it has stopped."""
    _family, who, around = _inside(token)
    agreement = agreements.find(g.session, own_agreement_id, by=who)
    partner = organisations.get(g.session, agreement.organisation_id).name
    if request.method == "POST":
        withdrawals.take_back(g.session, agreement, by=who, at=now(), base_url=settings().base_url)
        return render_template("family/done.html", heading=around["say"]["own.stopped"], **around)
    return render_template("family/stop.html", partner=partner, **around)


def _words() -> str:
    said = request.form.get("words", "").replace("\r\n", "\n").strip()
    if not is_clean(said):
        raise InvalidRecord("words", "not_clean")
    return said


@bp.route("/my/<token>/not-right", methods=["GET", "POST"])
@open_by_link
def not_right(token: str) -> str | tuple[str, int]:
    """Say what is not right: a person at school looks at it."""
    family, who, around = _inside(token)
    fault = None
    if request.method == "POST":
        try:
            own_pages.correct(g.session, family, _words(), by=who, at=now())
            return render_template("family/done.html", heading=around["say"]["own.not_right_done"], **around)
        except InvalidRecord as error:
            fault = error.message
    page = render_template("family/words.html", heading="own.not_right", label="own.not_right_what", fault=fault, typed=request.form.get("words", ""), **around)
    return (page, 422) if fault else page
