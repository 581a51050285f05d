"""Changes: what a partner would have differently, with a look at what the school would see, and dates that act at once."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Actor, Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord, NotFound
from partners.referrals import replies
from partners.registry import calendar_files, checklist, edits, freshness, offers, organisations, proposals
from partners.registry.offers import Offer
from web import offer_parts
from web.database import now
from web.offer_parts import ChangeForm, DateForm
from web.portal import bp
from web.portal.forms import PressForm
from web.signing_in import actor, open_by_link, roles_required


def _page(token: str, offer: Offer, form: ChangeForm, date: DateForm | None = None, looked: dict[str, object] | None = None) -> str:
    facts = edits.facts_of(g.session, offer)
    wanted = edits.differing(facts, looked) if looked is not None else {}
    return render_template(
        "portal/change.html", token=token, offer=offer, form=date or form, change=form, date=date or DateForm(formdata=None), last=proposals.latest_for(g.session, offer),
        looked=looked is not None, rows=offer_parts.rows(list(wanted), facts, wanted), preview=edits.preview(g.session, offer, wanted),
    )


def _filled(offer: Offer) -> ChangeForm:
    facts = edits.facts_of(g.session, offer)
    form = ChangeForm(formdata=None, data=offer_parts.as_typed(facts) | {"name": None})  # whoever writes names themselves; the offer has a name, too
    offer_parts.offer_languages(form, facts)
    return form


def _name(token: str, given: str | None, who: Actor) -> str:
    return given or replies.sent_to(g.session, token) or who.name


@bp.get("/o/<token>/change")
@open_by_link
def change_offer(token: str) -> str:
    """Show the offer to change, filled in as it stands."""
    offer, _who = replies.open_offer_link(g.session, token, at=now())
    return _page(token, offer, _filled(offer))


@bp.post("/o/<token>/change")
@open_by_link
def propose_change(token: str) -> str | Response | tuple[str, int]:
    """Look at the changes, or send them to the school. The offer itself does not change here."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    form = ChangeForm()
    offer_parts.offer_languages(form, edits.facts_of(g.session, offer))
    if form.validate():
        said = form.facts()
        try:
            facts = offer_parts.facts_from(form)
            facts.pop("name", None)
            if said["step"] == "look":
                return _page(token, offer, form, looked=facts)
            proposals.propose(g.session, offer, facts, name=_name(token, said["name"], who), note=said["note"] or "", by=who, at=now())
            flash("Thank you. The school looks at it and answers here.")
            return redirect(url_for(".change_offer", token=token), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(token, offer, form), 422


@bp.post("/o/<token>/date")
@open_by_link
def add_date(token: str) -> Response | tuple[str, int]:
    """Add one date. It acts at once."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    form = DateForm()
    if form.validate():
        try:
            proposals.add_date(g.session, offer, form.facts()["date_line"], name=_name(token, None, who), by=who, at=now())
            flash("Thank you. The date stands there from now on.")
            return redirect(url_for(".change_offer", token=token), 303)
        except InvalidRecord as error:
            error.field = "date_line"
            form.blame(error)
    return _page(token, offer, _filled(offer), date=form), 422


@bp.get("/o/<token>/dates.ics")
@open_by_link
def own_calendar(token: str) -> Response:
    """Give an offer's dates as a calendar file, by the terms of the schools here. Nothing about a person is in it."""
    offer, _who = replies.open_offer_link(g.session, token, at=now())
    spans = sorted({(t.starts_on, t.ends_on) for school in schools.every(g.session) for t in school.terms})
    return Response(calendar_files.calendar_of(offer, terms=spans, at=now()), mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="dates.ics"'})


@bp.get("/portal/offers")
@roles_required(Role.PARTNER)
def own_offers() -> str:
    """List a partner's offers, with what is done, to check and missing."""
    organisation_id = actor().organisation_id
    if organisation_id is None:
        raise NotFound("organisation")
    found = [o for o in offers.of_organisation(g.session, organisations.get(g.session, organisation_id)) if o.archived_at is None]
    return render_template("portal/offers.html", rows=[(o, freshness.clocks(o, on=day_of(now())), checklist.of(g.session, o)) for o in found])


@bp.post("/portal/offers/<uuid:offer_id>/open")
@roles_required(Role.PARTNER)
def open_own_offer(offer_id: uuid.UUID) -> Response:
    """Open one of a partner's offers on its own page, by a fresh word."""
    PressForm().validate()
    offer = offers.get(g.session, offer_id, by=actor())
    return redirect(url_for(".still_right", token=replies.new_offer_link(g.session, offer, at=now())), 303)
