"""To accept: imported offers one after another: what each helps with, then who said by phone that it is right. One press each."""

from __future__ import annotations

import uuid

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.registry import accepting, edits, freshness, offers
from partners.registry.offers import ConfirmedHow, Offer
from web.database import now
from web.fields import AnyOf, KithForm, Line, is_clean
from web.intake import READERS, bp
from web.signing_in import actor, roles_required


class ProposedForm(KithForm):
    """The codes that were on the button."""

    codes = AnyOf("What does it help with?", lambda: list(words.labels().items()))


class ChosenForm(KithForm):
    """What it helps with, chosen one by one."""

    codes = AnyOf("What does it help with?", lambda: list(words.labels().items()), required="Choose one to five needs that this offer meets.", hint="One to five")


class RungForm(KithForm):
    """Who said on the telephone that it is right."""

    name = Line("Who did you speak with?", required="Say who you spoke with.", most=120, autocomplete="off")


def _asked() -> dict[str, str]:
    """Return which part of the list a person goes through: it stays the same from press to press."""
    near, source = request.args.get("near", "")[:8], request.args.get("source", "")[:80]
    return {"near": near if near.replace(" ", "").isalnum() else "", "source": source if is_clean(source) else ""}


def _back() -> Response:
    asked = _asked()
    return redirect(url_for(".to_accept", near=asked["near"] or None, source=asked["source"] or None), 303)


def _page(form: KithForm | None = None, wrong: uuid.UUID | None = None) -> str:
    asked = _asked()
    return render_template(
        "intake/to_accept.html", found=accepting.waiting(g.session, by=actor(), **asked, skip=request.args.get("skip", 0, type=int)), asked=asked, labels=words.labels(),
        form=form, wrong=wrong, skip=request.args.get("skip", 0, type=int), at_once=accepting.AT_ONCE,
    )


def _offer(offer_id: uuid.UUID) -> Offer:
    return offers.get(g.session, offer_id, by=actor())


@bp.get("/to-accept")
@roles_required(*READERS)
def to_accept() -> str:
    """Show what waits for a person."""
    return _page()


@bp.post("/to-accept/<uuid:offer_id>/needs")
@roles_required(*READERS)
def accept_proposed(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Accept the codes that the button named. An offer that has its needs already is left as it is."""
    offer, form = _offer(offer_id), ProposedForm()
    if offer.needs:
        return _back()
    if form.validate():
        try:
            edits.accept_needs(g.session, offer, form.facts()["codes"], by=actor(), at=now())
            return _back()
        except InvalidRecord as error:
            form.blame(error)
    return _page(form), 422


@bp.get("/to-accept/<uuid:offer_id>")
@roles_required(*READERS)
def choose(offer_id: uuid.UUID) -> str:
    """Show one offer with every need to choose from."""
    return render_template("intake/choose.html", offer=_offer(offer_id), chosen=ChosenForm(formdata=None), form=None, labels=words.labels(), asked=_asked())


@bp.post("/to-accept/<uuid:offer_id>")
@roles_required(*READERS)
def accept_chosen(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Keep the needs that a person chose one by one."""
    offer, form = _offer(offer_id), ChosenForm()
    if form.validate():
        try:
            edits.accept_needs(g.session, offer, form.facts()["codes"], by=actor(), at=now())
            return _back()
        except InvalidRecord as error:
            form.blame(error)
    return render_template("intake/choose.html", offer=offer, chosen=form, form=form, labels=words.labels(), asked=_asked()), 422


@bp.post("/to-accept/<uuid:offer_id>/confirm")
@roles_required(*READERS)
def confirm(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record that somebody there said by phone that it is right."""
    offer, form = _offer(offer_id), RungForm()
    if form.validate():
        try:
            freshness.confirm(g.session, offer, how=ConfirmedHow.PHONE, name=form.facts()["name"], by=actor(), at=now())
            return _back()
        except InvalidRecord as error:
            form.blame(error)
    return _page(form, wrong=offer.id), 422


@bp.post("/to-accept/<uuid:offer_id>/leave-out")
@roles_required(*READERS)
def leave_out(offer_id: uuid.UUID) -> Response:
    """Set an offer aside. No later import brings it back."""
    accepting.leave_out(g.session, _offer(offer_id), by=actor(), at=now())
    return _back()
