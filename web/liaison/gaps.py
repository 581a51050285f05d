"""Gaps: the ledger of needs that nothing met, the one change that would meet most, and a page to ask somebody for it."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact import gap_page
from partners.matching import gap_asks, gaps, words
from web import wording_together
from web.database import now
from web.liaison import bp
from web.liaison.together_forms import GapAskForm, GapWordsForm, PressForm
from web.signing_in import actor, roles_required, school_id


@bp.get("/together/gaps")
@roles_required(Role.FLO)
def gap_list() -> str:
    """Show what is missing, with true counts: this is the school's own working page."""
    found, labels = gaps.find(g.session, by=actor(), at=now()), words.labels()
    return render_template(
        "liaison/gaps.html", found=found, asks=gap_asks.listed(g.session, by=actor()), labels=labels, to_whom=gap_asks.TO_WHOM, together=wording_together,
        ledger=_by_need(found.ledger, labels), one_change=_by_need(found.one_change, labels),
    )


def said_of(codes: tuple[str, ...], *, few: bool) -> list[str]:
    """Return what is asked for, in words: where so few ask that no number is told, the kind of need, so that nobody is recognised by theirs."""
    if not few:
        return [words.labels()[c] for c in codes]
    return [group for group, needs in words.needs_by_group().items() if any(n.code in codes for n in needs)]


def _by_need(rows: tuple[gaps.LedgerRow, ...], labels: dict[str, str]) -> list[tuple[str, int, list[gaps.LedgerRow]]]:
    """Return the ledger need by need, the most families first: what it is called, how many families, and its rows."""
    found: dict[str, list[gaps.LedgerRow]] = {}
    for row in rows:
        found.setdefault(row.code, []).append(row)
    counted = [(labels[code], len(frozenset().union(*(r.family_ids for r in some))), some) for code, some in found.items()]
    return sorted(counted, key=lambda row: (-row[1], row[0]))


@bp.route("/together/gaps/<signature>/ask", methods=["GET", "POST"])
@roles_required(Role.FLO)
def draft_gap_ask(signature: str) -> str | Response | tuple[str, int]:
    """Draft one page that asks for one change: numbers safe, no family recognisable."""
    change = gaps.change_of(g.session, signature, by=actor(), at=now())
    if change is None:
        raise NotFound("page")
    form, safe = GapAskForm(), gap_page.safe(change)
    if form.is_submitted() and form.validate():
        school = schools.get(g.session, school_id())
        offer = change.offer.name if change.offer else None
        to_whom = form.facts()["to_whom"]
        text = wording_together.letter(
            school=school.name, phone=school.phone, to_whom=to_whom, says=change.says, offer=offer, labels=said_of(change.codes, few=safe is None),
            families=safe, invites=sorted({o.organisation.name for o in change.invites}),
        )
        row = gap_asks.draft(
            g.session, signature=change.signature, kind=change.kind, to_whom=to_whom, families=safe, title=wording_together.change_title(change.says, offer),
            words=text, by=actor(), at=now(),
        )
        return redirect(url_for(".gap_ask", gap_ask_id=row.id), 303)
    page = render_template("liaison/gap_draft.html", form=form, change=change, safe=safe, together=wording_together)
    return (page, 422) if form.is_submitted() else page


@bp.route("/together/gap-asks/<uuid:gap_ask_id>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def gap_ask(gap_ask_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Read a page, change its words, print it."""
    row = gap_asks.get(g.session, gap_ask_id, by=actor())
    form = GapWordsForm(obj=None if request.method == "POST" else row)
    if form.is_submitted() and form.validate():
        try:
            gap_asks.edit(g.session, row, form.facts()["words"], by=actor(), at=now())
            flash("Kept.")
            return redirect(url_for(".gap_ask", gap_ask_id=row.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    page = render_template("liaison/gap_ask.html", form=form, row=row)
    return (page, 422) if form.is_submitted() else page


@bp.post("/together/gap-asks/<uuid:gap_ask_id>/sent")
@roles_required(Role.FLO)
def gap_ask_sent(gap_ask_id: uuid.UUID) -> Response:
    """A person sent it, themselves."""
    row = gap_asks.get(g.session, gap_ask_id, by=actor())
    PressForm().validate()
    gap_asks.sent(g.session, row, by=actor(), at=now())
    return redirect(url_for(".gap_ask", gap_ask_id=row.id), 303)
