"""What is held: all of a family's words and none of another's, with what a person must look at first marked, and who looked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.foundation import audit, users
from partners.foundation.actors import SYSTEM, Role, family_by_link
from partners.foundation.db import Base
from partners.foundation.errors import NotAllowed, NotFound
from partners.foundation.schema import load_models
from partners.foundation.sealing import Sealed, SealedJson
from partners.privacy import held, whereabouts
from partners.privacy.held import Review
from tests.integration.privacy.conftest import AT, a_family, a_school, an_offer

# Sealed columns that hold nothing about a family, and whose they are.
NOT_A_FAMILYS = {
    "contacts": "a partner's people", "known_people": "who knows whom", "partnership_events": "what a partner and a school did", "partnership_views": "who answered for a side",
    "thanks": "a word for a partner", "event_brings": "who brings it for a partner", "exchange_parties": "who answered for a side: emptied beside a family's give", "complaints": "loosened: emptied", "rights_requests": "loosened: emptied", "kept_agreements": "a family's that has gone, until their time is over", "breaches": "what went wrong, without names", "emergency_accesses": "why an administrator looked, without names", "second_steps": "a person's own way to sign in",
}


def _words(whole: held.Whole) -> str:
    return "\n".join(f.value for f in whole.facts())


def test_a_family_is_shown_all_of_its_own_and_nothing_of_anothers(session: Session, place: SimpleNamespace) -> None:
    mine, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    shown = _words(held.what_is_held(session, mine.family, by=place.dsl))
    assert len(mine.words) >= 17
    assert [name for name, word in mine.words.items() if word not in shown] == []
    assert [name for name, word in other.words.items() if word in shown] == []
    for said in ("Weekly shop", "Pantry", "LS9 7AB", "Z.Q.", "X.V.", "Flo 0 of Hill Primary"):
        assert said in shown, said


def test_what_may_be_about_somebody_else_is_marked_and_kept_from_the_familys_own_page(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    everything = held.what_is_held(session, kept.family, by=place.flo)
    marked = {f.value: f.review for f in everything.to_review()}
    assert kept.words["complaint"] not in _words(everything)  # the lead's alone: it may be about the liaison officer
    assert marked[kept.words["inside"]] is Review.STAFF_WORDS
    assert marked[kept.words["avoid"]] is marked[kept.words["away"]] is Review.SAFETY
    own = _words(held.what_is_held(session, kept.family, by=family_by_link(kept.family.id, place.school.id)))
    assert [w for w in marked if w in own.splitlines()] == []
    for name in ("first", "contact", "times", "complaint", "gives"):
        assert kept.words[name] in own, name


def test_one_childs_records_are_that_childs_alone(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    first, second = kept.family.children
    shown = _words(held.what_is_held(session, kept.family, child=first, by=place.dsl))
    assert kept.words["said"] in shown
    assert kept.words["outcome"] in shown
    assert kept.words["alsosaid"] not in shown
    assert second.initials not in shown
    assert kept.words["said"] not in _words(held.what_is_held(session, kept.family, child=second, by=place.dsl))


def test_nobody_else_may_look(session: Session, place: SimpleNamespace) -> None:
    kept, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    for who in (place.admin, place.head):
        with pytest.raises(NotAllowed):
            held.what_is_held(session, kept.family, by=who)
    for stranger in (a_school(session, "Dale Primary").dsl, family_by_link(other.family.id, place.school.id)):
        with pytest.raises(NotFound):
            held.what_is_held(session, kept.family, by=stranger)
    with pytest.raises(NotFound):
        held.what_is_held(session, kept.family, child=other.family.children[0], by=place.dsl)


def test_who_did_something_with_the_records_is_told(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    looks = held.what_is_held(session, kept.family, by=place.dsl).looks
    assert {("Flo 0 of Hill Primary", "family:added"), ("the partner, by its link", "referral:accept")} <= {(look.who, look.action) for look in looks}
    assert [look.at for look in looks] == sorted((look.at for look in looks), reverse=True)


def test_a_volunteer_who_signs_in_is_told_as_the_partner_and_not_by_name(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    volunteer = users.actor_of(users.add(session, email="vera@pantry.example", name="Vera Volunteer", roles=[Role.PARTNER], organisation_id=kept.referral.organisation_id, by=SYSTEM, at=AT))
    audit.record(session, "referral:viewed", ("referral", kept.referral.id), by=volunteer, at=AT)
    whole = held.what_is_held(session, kept.family, by=place.dsl)
    assert ("somebody at Pantry", "referral:viewed") in {(look.who, look.action) for look in whole.looks}
    assert "Vera" not in _words(whole) + repr(whole.looks)


def test_every_sealed_column_is_about_a_family_or_said_not_to_be() -> None:
    load_models()
    about = whereabouts.reached()
    sealed = {t.name for t in Base.metadata.sorted_tables if any(isinstance(c.type, Sealed | SealedJson) for c in t.columns)}
    assert sealed - about - set(NOT_A_FAMILYS) == set(), "a new table with sealed words: point it to a family, or say here whose they are"
    assert not about & {"users", "schools", "offers", "organisations", "audit_events", "releases", "need_groups", "exchanges"}


def test_a_place_that_is_kept_quiet_is_in_nothing_that_is_given_out(session: Session, place: SimpleNamespace) -> None:
    partner = an_offer(session)
    kept = a_family(session, place, partner, "qza")
    from partners.registry.places import Place

    hidden = Place(organisation_id=partner.pantry.id, name="The quiet house", address="1 Hidden Lane", postcode="LS14 6PA", latitude=53.8, longitude=-1.46, withheld=True)
    session.add(hidden)
    partner.offer.place = hidden
    session.flush()
    shown = _words(held.what_is_held(session, kept.family, by=place.dsl))
    assert not [w for w in ("quiet house", "Hidden Lane", "LS14 6PA", "53.8") if w in shown]
