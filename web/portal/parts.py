"""An offer part by part, without an account: what is done, to check and missing, and each part to propose anew; and the partner's month."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact import partner_months
from partners.referrals import replies
from partners.registry import checklist, edits, freshness, offer_fields, proposals
from partners.registry.offer_fields import BY_NAME
from partners.registry.offers import Offer
from web import feature_words, offer_parts
from web.database import now
from web.fields import KithForm
from web.portal import bp
from web.portal.forms import SendForm
from web.portal.month import shown_groups
from web.signing_in import open_by_link

# What a partner says of itself, part by part. What it helps with, and what the school alone sets, is not among them.
OWN_PARTS = tuple(part for part in offer_fields.PARTS if any(f.part == part and f.partner for f in offer_fields.FIELDS))


def own_parts(offer: Offer) -> list[checklist.Part]:
    """Return the parts of an offer that its partner may propose anew."""
    return [part for part in checklist.of(g.session, offer) if part.key in OWN_PARTS]


def _form(part: str, offer: Offer, **kwargs: Any) -> KithForm:
    """Return the form of a part. Raises NotFound for one that partners do not change."""
    if part not in OWN_PARTS:
        raise NotFound("page")
    facts = edits.facts_of(g.session, offer)
    if part == "features":
        return feature_words.FeaturesForm(**kwargs, data=feature_words.filled(offer.features))
    form = offer_parts.form_of(part, offer.kind)(**kwargs, data=offer_parts.as_typed(facts))
    offer_parts.offer_languages(form, facts)
    return form


def _facts(part: str, offer: Offer, form: KithForm) -> dict[str, Any]:
    if part == "features":
        said = {code: answer for code, answer in feature_words.answers(form).items() if answer != "not_known" or code in offer.features}
        return {"features": {**offer.features, **said}}
    return {name: value for name, value in offer_parts.facts_from(form).items() if BY_NAME[name].partner}


def _page(token: str, offer: Offer, part: str, form: KithForm, sent: SendForm, looked: dict[str, Any] | None = None) -> str:
    before = edits.facts_of(g.session, offer)
    wanted = edits.differing(before, looked) if looked is not None else {}
    return render_template(
        "portal/part.html", token=token, offer=offer, part=part, title=offer_fields.PARTS[part], form=form, sent=sent, looked=looked is not None, groups=feature_words.GROUPS,
        rows=offer_parts.rows(list(wanted), before, wanted), preview=edits.preview(g.session, offer, wanted),
    )


@bp.get("/o/<token>/parts")
@open_by_link
def parts(token: str) -> str:
    """Show what is done, to check and missing."""
    offer, _who = replies.open_offer_link(g.session, token, at=now())
    return render_template("portal/parts.html", token=token, offer=offer, parts=own_parts(offer), waiting=proposals.waiting_for(g.session, offer), clocks=freshness.clocks(offer, on=day_of(now())))


@bp.get("/o/<token>/parts/<part>")
@open_by_link
def part(token: str, part: str) -> str:
    """Show one part, filled in as it stands."""
    offer, _who = replies.open_offer_link(g.session, token, at=now())
    return _page(token, offer, part, _form(part, offer, formdata=None), SendForm(formdata=None))


@bp.post("/o/<token>/parts/<part>")
@open_by_link
def propose_part(token: str, part: str) -> str | Response | tuple[str, int]:
    """Look at what would change in one part, or send it to the school. The offer itself does not change here."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    form, sent = _form(part, offer), SendForm()
    if form.validate() and sent.validate():
        said = sent.facts()
        try:
            facts = _facts(part, offer, form)
            if said["step"] == "look":
                offer_fields.check(facts)
                return _page(token, offer, part, form, sent, looked=facts)
            name = said["sender"] or replies.sent_to(g.session, token) or who.name
            proposals.propose(g.session, offer, facts, name=name, by=who, at=now())
            flash("Thank you. The school looks at it and answers here.")
            return redirect(url_for(".parts", token=token), 303)
        except InvalidRecord as error:
            if not hasattr(form, error.field):
                error.field = next(f.name for f in form if f.name not in ("csrf_token", "seen"))
            form.blame(error)
    elif not sent.validate():
        return _page(token, offer, part, sent, sent), 422
    return _page(token, offer, part, form, sent), 422


@bp.get("/o/<token>/month")
@open_by_link
def month_by_link(token: str) -> str:
    """Show a partner's own month, by the link of one of its offers. No family is on it."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    page = partner_months.page(g.session, offer.organisation, groups=shown_groups(), by=who, at=now())
    return render_template("portal/month_by_link.html", page=page, token=token, organisation=offer.organisation)
