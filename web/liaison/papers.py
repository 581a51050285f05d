"""Papers of an organisation, authorisations and places of an offer, archives, and a word of thanks."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import archiving, thanks
from partners.registry import do_not_list, offers, organisations, papers, places_of_offers
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.papers import DBS_LEVELS, KINDS, PaperKind
from web.database import now
from web.fields import Choose, Day, KithForm, Line, Lines, OneOf, Postcode, Tick
from web.liaison import bp
from web.liaison.offer_forms import PressForm
from web.signing_in import actor, roles_required

# Needs whose offers may be at a place that nobody should find. Their places start out withheld.
_HIDDEN_PATHS = ("restricted", "dsl_only")


class PaperForm(KithForm):
    """A paper that somebody looked at."""

    kind = OneOf("What did you look at?", [(k.value, words) for k, words in KINDS.items()], required="Choose what you looked at.")
    level = Choose("For DBS checks: which level?", list(DBS_LEVELS.items()))
    detail = Line("What does it say?", most=120, hint="For a registration, with whom. For insurance, what it covers.")
    number = Line("Number", most=80, hint="For a registration")
    dated_on = Day("Date on it")
    valid_until = Day("Runs out on")
    checked_by = Line("Who looked at it?", required="Say who looked at it.", most=120)


class AuthorisationForm(KithForm):
    """An authorisation for regulated work."""

    need = OneOf("For which work?", [], required="Choose for which work.")
    regulator = Line("Regulator", required="Give the regulator.", most=120, hint="For example: the Financial Conduct Authority")
    number = Line("Number", required="Give the number.", most=80)
    valid_until = Day("Runs out on", required="Give the day it runs out.")
    checked_by = Line("Who checked it?", required="Say who checked it.", most=120)


class PlaceForm(KithForm):
    """A place."""

    name = Line("Name of the place")
    address = Line("Address", most=500)
    postcode = Postcode("Postcode")
    withheld = Tick("Keep this place private", hint="It is then in no list, map, distance, mail, calendar or feed.")


class ThanksForm(KithForm):
    """A word of thanks."""

    words = Lines("Your thanks", required="Write your thanks.", most=300, rows=3, hint="Without names of families or children. They read it on their own page.")


def _papers(found: Organisation, form: PaperForm | None = None, said: ThanksForm | None = None, kept_out: KithForm | None = None) -> str:
    return render_template(
        "liaison/papers.html", organisation=found, rows=papers.of_organisation(g.session, found), kinds=KINDS, levels=DBS_LEVELS, form=form or said or kept_out,
        paper=form or PaperForm(formdata=None), thanks=said or ThanksForm(formdata=None), kept_out=kept_out or NotListedForm(formdata=None), live=archiving.live_about(g.session, found),
    )


@bp.get("/organisations/<uuid:organisation_id>/papers")
@roles_required(Role.FLO)
def organisation_papers(organisation_id: uuid.UUID) -> str:
    """Show what somebody looked at, and when it runs out."""
    return _papers(organisations.get(g.session, organisation_id))


@bp.post("/organisations/<uuid:organisation_id>/papers")
@roles_required(Role.FLO)
def record_paper(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record that somebody looked at a paper today."""
    found, form = organisations.get(g.session, organisation_id), PaperForm()
    if form.validate():
        facts = form.facts()
        level = facts.pop("level")
        if facts["kind"] == PaperKind.DBS.value and level:
            facts["detail"] = DBS_LEVELS[level]
        try:
            papers.record(
                g.session, found, PaperKind(facts.pop("kind")), detail=facts["detail"] or "", number=facts["number"] or "", dated_on=facts["dated_on"],
                valid_until=facts["valid_until"], checked_by=facts["checked_by"], by=actor(), at=now(),
            )
            return redirect(url_for(".organisation_papers", organisation_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _papers(found, form), 422


@bp.post("/organisations/<uuid:organisation_id>/thanks")
@roles_required(Role.FLO)
def say_thanks(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Thank a partner."""
    found, form = organisations.get(g.session, organisation_id), ThanksForm()
    if form.validate():
        try:
            thanks.say(g.session, found, form.facts()["words"] or "", by=actor(), at=now())
            flash("Thank you. They read it on their own page.")
            return redirect(url_for(".organisation_papers", organisation_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _papers(found, said=form), 422


class NotListedForm(KithForm):
    """Somebody asked that their organisation is not listed."""

    asked_by = Line("Who asked?", required="Say who asked.", most=120, hint="For example: their chair")


@bp.post("/organisations/<uuid:organisation_id>/not-listed")
@roles_required(Role.FLO)
def keep_out(organisation_id: uuid.UUID) -> Response | tuple[str, int]:
    """Put an organisation on the do-not-list register: it is archived, and no import brings it back."""
    found, form = organisations.get(g.session, organisation_id), NotListedForm()
    if form.validate():
        try:
            row = do_not_list.add(g.session, name=found.name, website=found.website, asked_by=form.facts()["asked_by"], by=actor(), at=now())
            organisations.archive_unlisted(g.session, row, by=actor(), at=now())
            flash(f"{found.name} is on the register of those who asked not to be listed. No import brings it back.")
            return redirect(url_for(".organisation", organisation_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _papers(found, kept_out=form), 422


def _archive(record: Offer | Organisation, back: str) -> Response:
    PressForm().validate()
    if record.archived_at is None:
        live = archiving.archive(g.session, record, by=actor(), at=now())
        flash(f"{record.name} is archived: it is in no list." + (f" {live} live introductions go on." if live else ""))
    else:
        archiving.bring_back(g.session, record, by=actor(), at=now())
        flash(f"{record.name} is back in lists, as true as it was.")
    return redirect(back, 303)


@bp.post("/organisations/<uuid:organisation_id>/archive")
@roles_required(Role.FLO)
def archive_organisation(organisation_id: uuid.UUID) -> Response:
    """Archive an organisation, or bring it back."""
    found = organisations.get(g.session, organisation_id)
    return _archive(found, url_for(".organisation", organisation_id=found.id))


@bp.post("/offers/<uuid:offer_id>/archive")
@roles_required(Role.FLO)
def archive_offer(offer_id: uuid.UUID) -> Response:
    """Archive an offer, or bring it back."""
    found = offers.get(g.session, offer_id, by=actor())
    return _archive(found, url_for(".offer", offer_id=found.id))


def _authorisations(found: Offer, form: AuthorisationForm) -> str:
    return render_template("liaison/authorisations.html", offer=found, form=form, labels=words.labels())


def _authorisation_form(found: Offer, **kwargs: object) -> AuthorisationForm:
    form, labels = AuthorisationForm(**kwargs), words.labels()
    form.need.choices = [(code, labels.get(code, code)) for code in found.needs]
    return form


@bp.get("/offers/<uuid:offer_id>/authorisations")
@roles_required(Role.FLO)
def authorisations(offer_id: uuid.UUID) -> str:
    """Show who may do regulated work here, and until when."""
    found = offers.get(g.session, offer_id, by=actor())
    return _authorisations(found, _authorisation_form(found, formdata=None))


@bp.post("/offers/<uuid:offer_id>/authorisations")
@roles_required(Role.FLO)
def authorise(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Record that somebody checked an authorisation."""
    found = offers.get(g.session, offer_id, by=actor())
    form = _authorisation_form(found)
    if form.validate():
        facts = form.facts()
        try:
            papers.authorise(g.session, found, facts.pop("need"), **facts, by=actor(), at=now())
            return redirect(url_for(".authorisations", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _authorisations(found, form), 422


def _is_hidden(found: Offer) -> bool:
    paths = words.paths()
    return any(paths.get(code) in _HIDDEN_PATHS for code in found.needs)


def _places(found: Offer, form: PlaceForm) -> str:
    return render_template("liaison/places.html", offer=found, form=form, rows=places_of_offers.every(g.session, found))


@bp.get("/offers/<uuid:offer_id>/places")
@roles_required(Role.FLO)
def offer_places(offer_id: uuid.UUID) -> str:
    """Show where an offer can be had. What is for a restricted need starts out private."""
    found = offers.get(g.session, offer_id, by=actor())
    return _places(found, PlaceForm(formdata=None, data={"withheld": _is_hidden(found)}))


@bp.post("/offers/<uuid:offer_id>/places")
@roles_required(Role.FLO)
def add_place(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Add a place."""
    found, form = offers.get(g.session, offer_id, by=actor()), PlaceForm()
    if form.validate():
        facts = form.facts()
        try:
            places_of_offers.add(
                g.session, found, name=facts["name"] or "", address=facts["address"] or "", postcode=facts["postcode"], withheld=facts["withheld"], by=actor(), at=now(),
            )
            return redirect(url_for(".offer_places", offer_id=found.id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _places(found, form), 422


@bp.post("/offers/<uuid:offer_id>/places/<uuid:place_id>/out")
@roles_required(Role.FLO)
def take_out_place(offer_id: uuid.UUID, place_id: uuid.UUID) -> Response:
    """Take a place out of an offer."""
    PressForm().validate()
    found = offers.get(g.session, offer_id, by=actor())
    places_of_offers.take_out(g.session, found, place_id, by=actor(), at=now())
    return redirect(url_for(".offer_places", offer_id=found.id), 303)
