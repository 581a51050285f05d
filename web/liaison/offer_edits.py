"""Editing an offer: its task list, one part at a time, who verified what, its versions, and what a partner would change."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.registry import calendar_files, checklist, edits, freshness, offer_fields, offers, proposals, terms
from partners.registry.edits import StaleEdit
from partners.registry.offers import Offer
from partners.registry.proposals import Proposal
from web import feature_words, offer_parts
from web.database import now
from web.feature_words import FeaturesForm
from web.fields import KithForm, Lines, WholeNumber
from web.liaison import bp
from web.offer_parts import PartForm
from web.signing_in import actor, roles_required, school_id


class SeenForm(KithForm):
    """A button, with the version that the person was looking at."""

    seen = WholeNumber("Version", least=0, most=1_000_000)


class DecideForm(SeenForm):
    """What to do with a partner's changes."""

    word = Lines("A word to the partner", most=500, rows=3, hint="They read it on their page. Needed if you decline.")


def _found(offer_id: uuid.UUID) -> Offer:
    return offers.get(g.session, offer_id, by=actor())


@bp.get("/offers/<uuid:offer_id>/list")
@roles_required(Role.FLO)
def checklist_of(offer_id: uuid.UUID) -> str:
    """Show what is done, to check and missing."""
    found, labels, paths = _found(offer_id), words.labels(), words.paths()
    regulated = [code for code in found.needs if paths.get(code) == "regulated"]
    held = {a.need_code for a in found.authorisations if a.valid_until >= day_of(now())}
    return render_template(
        "liaison/checklist.html", offer=found, regulated=[labels[c] for c in regulated], authorised=set(regulated) <= held, parts=checklist.of(g.session, found), waiting=proposals.waiting_for(g.session, found),
    )


def _part_page(found: Offer, part: str, form: PartForm, both: list[tuple[str, ...]] | None = None) -> str:
    return render_template("liaison/edit_part.html", offer=found, part=part, title=offer_fields.PARTS[part], form=form, both=both, seen=edits.number_of(g.session, found))


@bp.get("/offers/<uuid:offer_id>/list/<part>")
@roles_required(Role.FLO)
def edit_part(offer_id: uuid.UUID, part: str) -> str:
    """Show one part to fill in."""
    found = _found(offer_id)
    facts = edits.facts_of(g.session, found)
    form = offer_parts.form_of(part, found.kind)(formdata=None, data=offer_parts.as_typed(facts))
    offer_parts.offer_languages(form, facts)
    return _part_page(found, part, form)


@bp.post("/offers/<uuid:offer_id>/list/<part>")
@roles_required(Role.FLO)
def save_part(offer_id: uuid.UUID, part: str) -> Response | tuple[str, int]:
    """Keep one part. Where somebody else changed it in between, both versions are shown and nothing is overwritten."""
    found = _found(offer_id)
    form = offer_parts.form_of(part, found.kind)()
    offer_parts.offer_languages(form, edits.facts_of(g.session, found))
    if form.validate():
        try:
            facts = offer_parts.facts_from(form)
            seen = form.facts()["seen"]
            edits.change(g.session, found, facts, by=actor(), at=now(), seen=seen if seen is not None else -1)
            return redirect(url_for(".checklist_of", offer_id=found.id), 303)
        except StaleEdit as stale:
            return _part_page(found, part, form, offer_parts.rows(sorted(stale.theirs), stale.theirs | stale.yours, stale.theirs)), 409
        except InvalidRecord as error:
            form.blame(error)
    return _part_page(found, part, form), 422


@bp.get("/offers/<uuid:offer_id>/features")
@roles_required(Role.FLO)
def features(offer_id: uuid.UUID) -> str:
    """Show each feature as yes, no or not known, with who verified it."""
    found = _found(offer_id)
    return _features(found, FeaturesForm(formdata=None, data=feature_words.filled(found.features)))


def _features(found: Offer, form: Any, both: list[tuple[str, ...]] | None = None) -> str:
    verified = terms.checks_of(g.session, found)
    groups = [(title, [(form[f"has_{code}"], verified.get(code)) for code in codes]) for title, codes in feature_words.GROUPS.items()]
    return render_template("liaison/features.html", offer=found, form=form, groups=groups, both=both, seen=edits.number_of(g.session, found))


@bp.post("/offers/<uuid:offer_id>/features")
@roles_required(Role.FLO)
def verify_features(offer_id: uuid.UUID) -> Response | tuple[str, int]:
    """Keep what somebody verified."""
    found = _found(offer_id)
    form: Any = FeaturesForm()
    seen = SeenForm().facts()["seen"]
    if form.validate():
        try:
            edits.verify(g.session, found, feature_words.answers(form), name=form.facts()["verified_by"] or "", by=actor(), at=now(), seen=seen if seen is not None else -1)
            return redirect(url_for(".checklist_of", offer_id=found.id), 303)
        except StaleEdit as stale:
            return _features(found, form, offer_parts.rows(sorted(stale.theirs), stale.theirs | stale.yours, stale.theirs)), 409
        except InvalidRecord as error:
            form.blame(error)
    return _features(found, form), 422


@bp.get("/offers/<uuid:offer_id>/versions")
@roles_required(Role.FLO)
def offer_versions(offer_id: uuid.UUID) -> str:
    """Show every version, who made it and what it changed."""
    found = _found(offer_id)
    kept = edits.versions(g.session, found)
    told = [(v, edits.who_made(v, actor()), offer_parts.rows(v.changed, kept[n + 1].facts if n + 1 < len(kept) else {}, v.facts)) for n, v in enumerate(kept)]
    return render_template("liaison/versions.html", offer=found, rows=told, seen=edits.number_of(g.session, found))


@bp.post("/offers/<uuid:offer_id>/versions/<uuid:version_id>/restore")
@roles_required(Role.FLO)
def restore_version(offer_id: uuid.UUID, version_id: uuid.UUID) -> Response:
    """Put a version back; those in between are kept."""
    form = SeenForm()
    form.validate()
    found = _found(offer_id)
    seen = form.facts()["seen"]
    edits.restore(g.session, found, edits.find_version(g.session, found, version_id).number, by=actor(), at=now(), seen=seen if seen is not None else -1)
    return redirect(url_for(".offer_versions", offer_id=found.id), 303)


@bp.get("/offers/<uuid:offer_id>/dates.ics")
@roles_required(Role.FLO)
def offer_calendar(offer_id: uuid.UUID) -> Response:
    """Give the dates of the next half year as a calendar file, by the school's own terms."""
    found = _found(offer_id)
    spans = [(t.starts_on, t.ends_on) for t in schools.get(g.session, school_id()).terms]
    return Response(calendar_files.calendar_of(found, terms=spans, at=now()), mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="dates.ics"'})


def _proposal_page(proposal: Proposal, form: DecideForm, both: list[tuple[str, ...]] | None = None) -> str:
    found = proposal.offer
    overtaken = proposals.overtaken(g.session, proposal)
    return render_template(
        "liaison/proposal.html", proposal=proposal, offer=found, form=form, both=both, rows=offer_parts.rows(list(proposal.after), proposal.before, proposal.after),
        overtaken=offer_parts.rows(list(overtaken), overtaken, proposal.after), seen=edits.number_of(g.session, found),
        preview=edits.preview(g.session, found, proposal.after), clocks=freshness.clocks(found, on=day_of(now())),
    )


@bp.get("/proposals/<uuid:proposal_id>")
@roles_required(Role.FLO)
def proposal(proposal_id: uuid.UUID) -> str:
    """Show what a partner would change, beside what is there now."""
    return _proposal_page(proposals.get(g.session, proposal_id, by=actor()), DecideForm(formdata=None))


@bp.post("/proposals/<uuid:proposal_id>/accept")
@roles_required(Role.FLO)
def accept_proposal(proposal_id: uuid.UUID) -> Response | tuple[str, int]:
    """Make the partner's changes the offer's."""
    found, form = proposals.get(g.session, proposal_id, by=actor()), DecideForm()
    if form.validate():
        facts = form.facts()
        try:
            proposals.accept(g.session, found, by=actor(), at=now(), seen=facts["seen"] if facts["seen"] is not None else -1, word=facts["word"] or "")
            flash("Thank you. The offer says so from now on. It is confirmed when somebody says that all of it is right.")
            return redirect(url_for(".offer", offer_id=found.offer_id), 303)
        except StaleEdit as stale:
            return _proposal_page(found, form, offer_parts.rows(sorted(stale.theirs), stale.theirs | stale.yours, stale.theirs)), 409
        except InvalidRecord as error:
            form.blame(error)
    return _proposal_page(found, form), 422


@bp.post("/proposals/<uuid:proposal_id>/decline")
@roles_required(Role.FLO)
def decline_proposal(proposal_id: uuid.UUID) -> Response | tuple[str, int]:
    """Leave the offer as it is, with a word to the partner."""
    found, form = proposals.get(g.session, proposal_id, by=actor()), DecideForm()
    if form.validate():
        try:
            proposals.decline(g.session, found, word=form.facts()["word"] or "", by=actor(), at=now())
            return redirect(url_for(".to_ring"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _proposal_page(found, form), 422


