"""The offer, without an account: "Is this still right?", by the offer's own link or below a reply."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.referrals import replies
from partners.registry import checks, contacts, freshness, paragraphs, terms
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from web.database import now
from web.portal import bp
from web.portal.forms import PressForm, StillRightForm
from web.signing_in import open_by_link

THANKS = {
    "yes": "Thank you. It is confirmed from today.", "changed": "Thank you. Say here what changed, or leave it: then the school rings you.",
    "full": "Thank you. We won't send families to it until you say that there is room.", "pause": "Thank you. We pause it, and ask you again when the pause ends.",
}


@bp.route("/o/<token>", methods=["GET", "POST"])
@open_by_link
def still_right(token: str) -> str | Response | tuple[str, int]:
    """Show the offer in one paragraph and take one answer."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    return _answer(offer, who, replies.sent_to(g.session, token) or who.name, url_for(".still_right", token=token), token=token)


@bp.post("/o/<token>/not-listed")
@open_by_link
def not_listed(token: str) -> Response:
    """They would rather not be listed: everything of theirs is paused at once, and the school takes it out."""
    PressForm().validate()
    offer, who = replies.open_offer_link(g.session, token, at=now())
    freshness.ask_not_to_be_listed(g.session, offer.organisation, by=who, at=now())
    flash("Thank you. Everything of yours is paused from now on, and the school takes it out.")
    return redirect(url_for(".still_right", token=token), 303)


@bp.route("/r/<token>/offer/still-right", methods=["GET", "POST"])
@open_by_link
def still_right_by_reply(token: str) -> str | Response | tuple[str, int]:
    """The same, from a reply link."""
    referral, who = replies.open_reply_link(g.session, token, at=now())
    contact = contacts.reachable(g.session, referral.offer.organisation)
    return _answer(referral.offer, who, contact.name.split()[0] if contact else who.name, url_for(".still_right_by_reply", token=token), url_for(".card", token=token))


def _answer(offer: Offer, who: Actor, sent_to: str, here: str, back_to: str | None = None, token: str | None = None) -> str | Response | tuple[str, int]:
    form = StillRightForm()
    page = {"offer": offer, "paragraph": paragraphs.paragraph(offer, terms.of(g.session, offer)), "clocks": freshness.clocks(offer, on=day_of(now())), "back_to": back_to, "token": token}
    if not form.is_submitted():
        return render_template("portal/still_right.html", form=form, **page)
    if form.validate():
        facts = form.facts()
        try:
            _take(offer, facts, who, facts["name"] or sent_to)
            flash(THANKS[facts["answer"]])
            if facts["answer"] == "changed":
                return redirect(url_for(".change_offer", token=token or replies.new_offer_link(g.session, offer, at=now())), 303)
            return redirect(here, 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("portal/still_right.html", form=form, **page), 422


def _take(offer: Offer, facts: dict[str, Any], who: Actor, name: str) -> None:
    """Take one of the four answers, and the places left beside it. Raises InvalidRecord."""
    answer, places = facts["answer"], facts["places"]
    if answer == "pause":
        if facts["until"] is None:
            raise InvalidRecord("until", "Give the day when you start again. We ask you then.")
        freshness.set_availability(g.session, offer, AvailabilityState.PAUSED, paused_until=facts["until"], places_left=places, by=who, at=now())
    elif answer == "full":
        freshness.set_availability(g.session, offer, AvailabilityState.FULL, by=who, at=now())
    else:
        if answer == "yes":
            freshness.confirm(g.session, offer, how=ConfirmedHow.LINK, name=name, by=who, at=now())
        else:
            freshness.flag_wrong(g.session, offer, by=who, at=now())
            checks.note_answer(g.session, offer.organisation_id, at=now())
        if places is not None:
            freshness.set_places(g.session, offer, places, by=who, at=now())
