"""The offer, without an account: "Is this still right?", by the offer's own link or below a reply."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import replies
from partners.registry import freshness
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from web.database import now
from web.portal import bp
from web.portal.forms import StillRightForm
from web.signing_in import open_by_link

THANKS = {
    "yes": "Thank you. It is confirmed from today.", "changed": "Thank you. The school will ring you about what changed.",
    "full": "Thank you. We won't send families to it until you say that there is room.", "pause": "Thank you. We pause it, and ask you again when the pause ends.",
}


@bp.route("/o/<token>", methods=["GET", "POST"])
@open_by_link
def still_right(token: str) -> str | Response | tuple[str, int]:
    """Show the offer in one paragraph and take one answer."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    return _answer(offer, who, url_for(".still_right", token=token))


@bp.route("/r/<token>/offer/still-right", methods=["GET", "POST"])
@open_by_link
def still_right_by_reply(token: str) -> str | Response | tuple[str, int]:
    """The same, from a reply link."""
    referral, who = replies.open_reply_link(g.session, token, at=now())
    return _answer(referral.offer, who, url_for(".still_right_by_reply", token=token), url_for(".card", token=token))


def _answer(offer: Offer, who: Actor, here: str, back_to: str | None = None) -> str | Response | tuple[str, int]:
    form = StillRightForm()
    page = {"offer": offer, "labels": words.labels(), "back_to": back_to}
    if not form.is_submitted():
        return render_template("portal/still_right.html", form=form, **page)
    if form.validate():
        facts = form.facts()
        try:
            if facts["answer"] == "yes":
                freshness.confirm(g.session, offer, how=ConfirmedHow.LINK, name=facts["name"], by=who, at=now())
            elif facts["answer"] == "changed":
                freshness.flag_wrong(g.session, offer, by=who, at=now())
            elif facts["answer"] == "full":
                freshness.set_availability(g.session, offer, AvailabilityState.FULL, by=who, at=now())
            else:
                freshness.set_availability(g.session, offer, AvailabilityState.PAUSED, paused_until=facts["until"], by=who, at=now())
            flash(THANKS[facts["answer"]])
            return redirect(here, 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("portal/still_right.html", form=form, **page), 422
