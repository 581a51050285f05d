"""Suggestions: what was found, why, and why not. Nothing is selected."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

from flask import g, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from partners.families import families, needs, requirements
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.foundation.tokens import new_token
from partners.matching import suggestions, words
from partners.referrals import referrals
from partners.referrals.moves import NEEDS_AGREEMENT, Kind, State
from partners.registry import freshness, offers, tasks
from web import wording
from web.database import now
from web.formats import ago, day_and_clock
from web.liaison import bp
from web.liaison.forms import ChooseForm
from web.signing_in import actor, roles_required


@bp.post("/families/<uuid:family_id>/suggestions")
@roles_required(Role.FLO)
def find(family_id: uuid.UUID) -> Response:
    """Ask for suggestions, then show them: finding writes, looking repeats."""
    return find_for(families.get(g.session, family_id, by=actor(), action="family:match"))


def find_for(family: families.Family) -> Response:
    """Find suggestions for a family and lead to them, or to what must come first."""
    try:
        run = suggestions.find(g.session, family, by=actor(), at=now())
    except SafetyStop:
        return redirect(url_for(".stop", family_id=family.id), 303)
    except InvalidRecord:
        return redirect(url_for(".harm", family_id=family.id), 303)
    return redirect(url_for(".run", run_id=run.id), 303)


@bp.get("/suggestions/<uuid:run_id>")
@roles_required(Role.FLO)
def run(run_id: uuid.UUID) -> str | Response:
    """Show a run just as it was found."""
    found = suggestions.get(g.session, run_id, by=actor())
    family = families.get(g.session, found.family_id, by=actor())
    if family.with_dsl_at is not None:
        return redirect(url_for(".stop", family_id=family.id), 303)
    if not family.in_use:
        return redirect(url_for(".family", family_id=family.id), 303)
    labels = words.labels()
    by_id = {str(o.id): o for o in offers.of_ids(g.session, _named(found.answer))}
    open_needs = {str(n.id): n for n in needs.of_family(g.session, family, by=actor())}
    silent = tasks.silent(g.session)
    blocks = [_block(row, by_id, labels, open_needs, silent) for row in found.answer["needs"] if row["id"] in open_needs]
    plan = [(by_id[p["offer"]], [labels[open_needs[n].code] for n in p["needs"] if n in open_needs]) for p in found.answer["plan"]["offers"] if p["offer"] in by_id]
    return render_template(
        "liaison/suggestions.html", run=found, family=family, blocks=blocks, plan=plan, press_word=new_token(),
        known=requirements.of_family(g.session, family, by=actor()),
    )


def _named(answer: dict[str, Any]) -> list[uuid.UUID]:
    rows = [x["offer"] for n in answer["needs"] for x in (*n["suggestions"], *n["left_out"])] + [p["offer"] for p in answer["plan"]["offers"]]
    return [uuid.UUID(i) for i in dict.fromkeys(rows)]


def _block(row: dict[str, Any], by_id: dict[str, Any], labels: dict[str, str], open_needs: dict[str, Any], silent: set[uuid.UUID]) -> dict[str, Any]:
    tried = {str(r.offer_id): r for r in referrals.tried(g.session, open_needs[row["id"]].id)}
    live = referrals.under_way(g.session, open_needs[row["id"]].id)
    cards = [(s, by_id[s["offer"]], _card(s, by_id[s["offer"]], tried.get(s["offer"]), silent)) for s in row["suggestions"] if s["offer"] in by_id]
    out = [
        {
            "offer": by_id[x["offer"]], "group": wording.left_out_group(x["because"][0]), "because": " ".join(r["says"] for r in x["because"]),
            "if": [wording.change(c) for c in x.get("would_fit_if", [])],
        }
        for x in row["left_out"] if x["offer"] in by_id
    ]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for x in out:
        groups[x["group"]].append(x)
    most = max((abs(r["points"]) for s in row["suggestions"] for r in s["reasons"] if r.get("points") and r["criterion"] != "need"), default=0.0)
    return {
        # What is under way with an offer stands in place of its buttons; with another, the ways that need a yes wait for its answer.
        "under_way": {r.offer_id: r for r in live}, "introduced": next((r for r in live if r.kind in NEEDS_AGREEMENT and r.state is not State.DRAFT), None),
        "need": open_needs[row["id"]], "label": labels[row["code"]], "cards": cards, "left_out": out, "most": most, "unmet": row.get("unmet"),
        "groups": sorted(groups.items(), key=lambda pair: -len(pair[1])), "held_back": row.get("held_back"),
    }


def _card(s: dict[str, Any], offer: offers.Offer, tried: referrals.Referral | None = None, silent: set[uuid.UUID] | None = None) -> dict[str, Any]:
    fresh = freshness.of(offer, on=day_of(now()))
    how = wording.HOW.get(offer.confirmed_how.value if offer.confirmed_how else "", "")
    checks = [{"kind": "ask", "text": c} for c in s["check_first"]]
    if tried is not None:
        checks.append({"kind": "ask", "text": wording.tried_before(tried)})
    if silent and offer.organisation_id in silent:
        checks.append({"kind": "ask", "text": "Nobody there answered twice in a row: ring first."})
    return {
        "name": offer.name, "organisation": offer.organisation.name, "href": url_for(".offer", offer_id=offer.id),
        "state": wording.said(s, "availability").rstrip("."), "when": f"next {day_and_clock(datetime.fromisoformat(s['next_session']))}" if s["next_session"] else None, "travel": wording.said(s, "near").rstrip("."),
        "reasons": wording.reasons(s) + checks, "meets": wording.meets(s), "usual": wording.USUAL[s["refer_by"]],
        "how_true": Markup("Confirmed by {} ({}), {}.").format(offer.confirmed_by, how, ago(offer.confirmed_on)) if fresh.age_days is not None else "Not confirmed yet.",
        "answers": f"Answers within {offer.reply_promise_days} working days.",
    }


@bp.post("/needs/<uuid:need_id>/choose")
@roles_required(Role.FLO)
def choose(need_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """A person chose an offer and a way. A lower or unlisted one takes a reason."""
    need = needs.get(g.session, need_id, by=actor())
    form = ChooseForm()
    if not form.validate():
        return render_template("liaison/choose_again.html", form=form, need=need), 422
    facts = form.facts()
    try:
        offer = offers.get(g.session, _uuid(facts["offer"]), by=actor())
        latest = suggestions.latest(g.session, need.family, by=actor())
        # What was tried and could not help does not count in the order: the next one is the first now.
        untried = suggestions.untried(g.session, latest, need) if latest else []
        is_first = bool(untried) and untried[0]["offer"] == str(offer.id)
        if not is_first and not facts["because"]:
            return render_template("liaison/why_this.html", form=form, need=need, offer=offer, facts=facts), 200
        referral = referrals.choose(
            g.session, need, offer, Kind(facts["kind"]), press=facts["press"], run_id=latest.id if latest else None,
            chosen_because=facts["because"], by=actor(), at=now(),
        )
    except InvalidRecord as error:
        form.blame(error)
        return render_template("liaison/choose_again.html", form=form, need=need), 422
    page = ".agreement" if referral.kind in (Kind.INTRODUCE, Kind.GO_TOGETHER) and referral.agreement_id is None else ".check"
    return redirect(url_for(page, referral_id=referral.id), 303)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidRecord("offer", "Choose an offer from the page.") from error
