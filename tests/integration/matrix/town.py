"""Two tenants who must never see each other's: a school, a partner and a family each, with a word of its own in every field."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, own_pages, questionnaires, quick_notes, schools
from partners.families.families import ContactBy
from partners.foundation import outbox, sign_ins, users
from partners.foundation.actors import SYSTEM, Role, family_by_link, partner_by_offer_link, partner_by_reply_link
from partners.foundation.tokens import hash_token, new_token
from partners.impact import stories, trusts
from partners.impact.asks import GovernorAsk
from partners.impact.releases import Release
from partners.impact.school_data import files, plans
from partners.impact.school_data import keys as school_data_keys
from partners.impact.trust_releases import TrustRelease
from partners.matching import suggestions, words
from partners.privacy import breaches, complaints, emergencies, holds, requests
from partners.referrals import family_links, notices, referrals, replies, text_replies, withdrawals
from partners.referrals.moves import Kind
from partners.registry import do_not_list, duplicates, edits, freshness, offers, organisations, proposals, tasks
from partners.registry.importing import uploads
from partners.registry.offers import ConfirmedHow
from partners.registry.places import Place
from tests.integration.matrix import together

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BASE_URL = "http://kith.example"
STATES = ("draft", "sent", "accepted", "declined", "withdrawn")
# Two real postcodes, in outcodes of their own: the outcode may be shown before a yes, the whole one never.
POSTCODES = {"a": "LS9 7AB", "b": "HG1 1AA"}
PUPIL_NUMBER = "Z820432112345"
SHARED = ["first_name", "safe_contact"]


@dataclass(frozen=True)
class Canary:
    """One word that stands in one field of one tenant: `kind` says who may read it."""

    text: str
    tenant: str
    kind: str


def word(field_name: str, tenant: str) -> str:
    """Return a tenant's word for a field."""
    return f"{field_name.capitalize()}qz{tenant}"


_FAMILY = ("first", "contact", "times", "avoid", "keepaway", "said", "because", "saidby", "childsays", "nottell", "note", "outcome", "gave", "goingwell", "notright", "tried")
_SCHOOL = ("school", "schoolphone", "lead", "leadphone")
_TOGETHER = ("known", "deed")  # what school writes down about a partner: nobody outside the school reads it
_REGISTRY = ("organisation", "about", "offer", "describes", "place", "address", "confirmer", "answers", "inbox")


def canaries() -> list[Canary]:
    """Return every word of both tenants."""
    found = []
    for tenant in ("a", "b"):
        found += [Canary(word(name, tenant), tenant, "family") for name in _FAMILY]
        found += [Canary(word(name, tenant), tenant, "school") for name in _SCHOOL]
        found += [Canary(word(name, tenant), tenant, "registry") for name in _REGISTRY]
        found += [Canary(word(name, tenant), tenant, "together") for name in _TOGETHER]
        found += [Canary(word(name, tenant), tenant, "complaint") for name in ("grievance", "grieved")]  # the lead's alone
        found += [Canary(PUPIL_NUMBER, tenant, "nobody"), Canary(word("told", tenant), tenant, "story")]
        found.append(Canary(word("mishap", tenant), tenant, "mishap"))
        found += [Canary(POSTCODES[tenant], tenant, "family"), Canary(f"Q.X.{tenant.upper()}.", tenant, "initials"), Canary(f"W.V.{tenant.upper()}.", tenant, "family")]
        found += [Canary(word("account", tenant), tenant, "account"), Canary(word("helper", tenant), tenant, "partner_account")]
        found += [Canary(word("question", tenant), tenant, "asked"), Canary(word("reply", tenant), tenant, "asked")]
    return found


@dataclass
class Tenant:
    """The ids and words of one tenant's records; those of referrals and needs by state."""

    letter: str
    school: uuid.UUID
    organisation: uuid.UUID
    offer: uuid.UUID
    family: uuid.UUID
    waiting: uuid.UUID
    child: uuid.UUID
    run: uuid.UUID
    message: uuid.UUID
    offer_word: str
    sign_in_word: str
    colleague: uuid.UUID
    sign_in: uuid.UUID
    governor_ask: uuid.UUID
    quick_note: uuid.UUID
    contact: uuid.UUID
    task: uuid.UUID
    proposal: uuid.UUID
    place: uuid.UUID
    upload: uuid.UUID
    asked: uuid.UUID
    pair: uuid.UUID
    complaint: uuid.UUID
    rights_request: uuid.UUID
    hold: uuid.UUID
    breach: uuid.UUID
    school_file: uuid.UUID = field(default_factory=uuid.uuid4)
    story: uuid.UUID = field(default_factory=uuid.uuid4)
    version: uuid.UUID = field(default_factory=uuid.uuid4)
    agreement: uuid.UUID = field(default_factory=uuid.uuid4)
    withdrawal: uuid.UUID = field(default_factory=uuid.uuid4)
    deletion_word: str = ""
    emergency: uuid.UUID = field(default_factory=uuid.uuid4)
    questionnaire: uuid.UUID = field(default_factory=uuid.uuid4)
    correction: uuid.UUID = field(default_factory=uuid.uuid4)
    family_word: str = ""
    own_word: str = ""
    needs: dict[str, uuid.UUID] = field(default_factory=dict)
    referrals: dict[str, uuid.UUID] = field(default_factory=dict)
    reply_words: dict[str, str] = field(default_factory=dict)
    partnership_word: str = ""
    check_in_word: str = ""
    text_reply: uuid.UUID = field(default_factory=uuid.uuid4)
    together: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class Identity:
    """Somebody who asks: whose they are, in which role, and the word of their cookie (None for nobody)."""

    name: str
    tenant: str
    role: str
    cookie: str | None
    emergency: bool = False  # an administrator who has emergency access open

    def may_read(self, canary: Canary) -> bool:
        """Whether a page for this person may hold a word."""
        own = canary.tenant == self.tenant
        kinds = {
            "flo": ("family", "initials", "school", "registry", "account", "asked", "together", "story"), "head": ("school", "account", "registry", "together", "story"), "admin": ("school", "account", "mishap"),
            "dsl": ("school", "account", "initials", "complaint", "mishap"), "partner": ("registry", "partner_account", "school", "asked"),
        }.get(self.role, ())
        return (own and canary.kind in kinds) or (self.role in ("flo", "admin") and canary.kind == "registry")


@dataclass
class Town:
    """Both tenants and everybody who asks."""

    tenants: dict[str, Tenant]
    identities: dict[str, Identity]


def open_codes() -> list[str]:
    """Return need codes that any offer may meet, in order."""
    return sorted(code for code, path in words.paths().items() if path == "open")


def build(session: Session) -> Town:
    """Make both tenants through the real verbs, and sign everybody in."""
    tenants, cookies = {}, {}
    for letter in ("a", "b"):
        tenants[letter] = _tenant(session, letter, cookies)
    ended = users.add(session, email="gone@school.example", name=word("account", "a"), roles=[Role.FLO], school_id=tenants["a"].school, by=SYSTEM, at=AT)
    cookies["ended", "a"] = sign_ins.start(session, ended, at=AT)
    # The account alone is ended here, and its sign-in left: the check of the account itself must hold.
    ended.disabled_at = AT
    session.flush()
    opening = _emergency(session, tenants)
    identities = {"anonymous": Identity("anonymous", "", "anonymous", None)}
    for (role, letter), cookie in cookies.items():
        identities[f"{role}_{letter}"] = Identity(f"{role}_{letter}", letter if role != "ended" else "", role, cookie)
    identities["emergency_a"] = Identity("emergency_a", "a", "admin", opening, emergency=True)
    return Town(tenants, identities)


def _emergency(session: Session, tenants: dict[str, Tenant]) -> str:
    """Open emergency access to a second administrator of the first school, and let the other school's administrator have had it; return the cookie of the first."""
    second = users.add(session, email="second@school.example", name=word("account", "a"), roles=[Role.ADMIN], school_id=tenants["a"].school, by=SYSTEM, at=AT)
    opened = emergencies.open_up(session, "nobody else can look", base_url=BASE_URL, by=users.actor_of(second), at=AT)
    before = users.find_by_email(session, f"admin.{word('account', 'b')}@school.example")
    assert before is not None
    over = emergencies.open_up(session, "nobody else could look", base_url=BASE_URL, by=users.actor_of(before), at=AT - emergencies.LASTS)
    tenants["a"].emergency, tenants["b"].emergency = opened.id, over.id
    return sign_ins.start(session, second, at=AT)


def _tenant(session: Session, letter: str, cookies: dict[tuple[str, str], str]) -> Tenant:
    def w(name: str) -> str:
        return word(name, letter)

    school = schools.add(session, name=w("school"), phone=w("schoolphone"), dsl_name=w("lead"), dsl_phone=w("leadphone"), by=SYSTEM, at=AT)
    organisation = organisations.add(session, name=w("organisation"), description=w("about"), by=SYSTEM, at=AT)
    organisations.add_contact(session, organisation, name=w("answers"), email=f"{w('inbox')}@partner.example", phone=None, by=SYSTEM, at=AT)
    place = Place(organisation_id=organisation.id, name=w("place"), address=w("address"))
    session.add(place)
    session.flush()
    offer = offers.add(session, organisation, name=w("offer"), description=w("describes"), needs=open_codes()[:5], by=SYSTEM, at=AT, place=place, places_left=50)
    people = {}
    for role in (Role.FLO, Role.HEAD, Role.ADMIN, Role.DSL):
        people[role] = users.add(session, email=f"{role.value}.{w('account')}@school.example", name=w("account"), roles=[role], school_id=school.id, by=SYSTEM, at=AT)
    people[Role.PARTNER] = users.add(session, email=f"{w('helper')}@partner.example", name=w("helper"), roles=[Role.PARTNER], organisation_id=organisation.id, by=SYSTEM, at=AT)
    for role, person in people.items():
        cookies[role.value, letter] = sign_ins.start(session, person, at=AT)
    colleague = users.add(session, email=f"other.{w('account')}@school.example", name=w("account"), roles=[Role.HEAD], school_id=school.id, by=SYSTEM, at=AT)
    flo = users.actor_of(people[Role.FLO])
    sign_ins.start(session, people[Role.FLO], at=AT)  # a second browser, which can be ended from the first
    elsewhere = session.query(sign_ins.SignIn).filter_by(user_id=people[Role.FLO].id).order_by(sign_ins.SignIn.id).first()
    assert elsewhere is not None
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name=w("confirmer"), by=flo, at=AT)
    family = families.add(
        session, initials=f"QX{letter}", first_name=w("first"), contact_by=ContactBy.PHONE, contact=w("contact"), safe_times=w("times"),
        postcode=POSTCODES[letter], language="so", must_not_know=w("avoid"), keep_away=[w("keepaway")],
        children=[{"year_group": "Y2", "initials": f"WV{letter}", "age_years": 7}], by=flo, at=AT,
    )
    rows = needs.record(session, family, codes=open_codes()[:5], paths=words.paths(), harm=needs.Harm.NO, said=w("said"), by=flo, at=AT)
    run = suggestions.find(session, family, by=flo, at=AT)
    waiting = families.add(session, initials=f"QX{letter}", by=flo, at=AT)
    families.stop(session, waiting, by=flo, at=AT)
    tenant = Tenant(
        letter, school.id, organisation.id, offer.id, family.id, waiting.id, family.children[0].id, run.id, uuid.uuid4(),
        replies.new_offer_link(session, offer, at=AT), sign_ins.new_sign_in_link(session, people[Role.FLO], at=AT), colleague.id, elsewhere.id, _governor_ask(session, school.id), quick_notes.add(session, open_codes()[0], paths=words.paths(), by=flo, at=AT).id,
        organisation.contacts[0].id, tasks.open_for(session, tasks.TaskKind.BOUNCED, organisation.id, by=SYSTEM, at=AT).id,
        _proposal(session, offer, flo).id, place.id,
        *_intake(session, letter, organisation, offer, flo),
        complaints.make(session, school, w("grievance"), name=w("grieved"), family=family, by=flo, at=AT).id,
        requests.make(session, family, requests.Kind.ACCESS, who=requests.Who.PARENT, by=flo, at=AT).id,
        holds.place(session, family, reason="a court asked", owner="the lead", review_on=AT.date() + timedelta(days=90), by=users.actor_of(people[Role.DSL]), at=AT).id,
        breaches.note(session, school, w("mishap"), known_at=AT, by=flo, at=AT).id,
    )
    tenant.story = stories.write(
        session, family, words=w("told"), agreed_on=AT.date(), agreed_how="spoken", read_to_them=True, details_changed=True, until_on=AT.date() + timedelta(days=90), by=flo, at=AT,
    ).id
    cookies["trust", letter] = _trust(session, letter, school)
    tenant.school_file = _school_data(session, letter, users.actor_of(people[Role.ADMIN]), family)
    tenant.version = edits.versions(session, offer)[-1].id
    for state, need in zip(STATES, rows, strict=True):
        referral = _referral(session, tenant, need, offer, state, flo)
        tenant.needs[state], tenant.referrals[state] = need.id, referral.id
        tenant.reply_words[state] = replies.new_reply_link(session, referral, at=AT)
    _check_in(session, tenant)
    _taken_back(session, tenant)
    _own_pages(session, tenant, family, flo, w)
    tenant.partnership_word, tenant.together = together.build(session, organisation, family, flo, at=AT, say=w)
    dead = session.query(outbox.Message).filter_by(referral_id=tenant.referrals["sent"]).one()
    dead.dead_at, tenant.message = AT, dead.id
    session.flush()
    return tenant


def _check_in(session: Session, tenant: Tenant) -> None:
    """Give the family of an accepted introduction a word of its own for a check-in, and a first meeting."""
    tenant.check_in_word = new_token()
    session.add(family_links.CheckInLink(token_hash=hash_token(tenant.check_in_word), referral_id=tenant.referrals["accepted"], days=14, made_at=AT, expires_at=AT + timedelta(days=28)))
    accepted = session.get_one(referrals.Referral, tenant.referrals["accepted"])
    reply = text_replies.TextReply(notify_id=uuid.uuid4().hex, referral_id=accepted.id, school_id=tenant.school, said="other", words=word("note", tenant.letter), at=AT)
    session.add(reply)
    session.flush()
    tenant.text_reply = reply.id
    accepted.meets_at, accepted.meets_where = AT + timedelta(days=2), "partner"
    session.flush()


def _taken_back(session: Session, tenant: Tenant) -> None:
    """Let the partner of the introduction that was taken back have been able to open it, and be asked to delete it."""
    tenant.agreement = session.get_one(referrals.Referral, tenant.referrals["sent"]).agreement_id or tenant.agreement
    row = session.query(withdrawals.Withdrawal).filter_by(referral_id=tenant.referrals["withdrawn"]).one()
    row.could_open_from = AT
    asked = withdrawals.ask_partner(session, row, base_url=BASE_URL, at=AT)
    assert asked is not None
    tenant.withdrawal, tenant.deletion_word = row.id, asked.body.split("/d/")[1].split()[0]


def _own_pages(session: Session, tenant: Tenant, family: families.Family, flo: Any, w: Any) -> None:
    """Let a family have answered what goes well, in a browser of its own, and said that something is not right."""
    row, tenant.family_word = questionnaires.begin(session, family, family.children[0], language="en", by=flo, at=AT)
    own = family_by_link(family.id, family.school_id)
    questionnaires.answer(session, row, questionnaires.questions()[0], w("goingwell"), browser="theirs", by=own, at=AT)
    questionnaires.give(session, row, by=own, at=AT)
    tenant.questionnaire = row.id
    tenant.own_word = own_pages.make(session, family, by=flo, at=AT)[0]
    tenant.correction = own_pages.correct(session, family, w("notright"), by=own, at=AT).id


def _governor_ask(session: Session, school_id: uuid.UUID) -> uuid.UUID:
    """Keep a release with nothing in it but who asked, and an ask drafted from it."""
    table = {"name": "families", "rows": ["Told us a need"], "columns": ["Last school year"], "cells": [[40]]}
    release = Release(
        id=uuid.uuid4(), school_id=school_id, ends_on=AT.date() - timedelta(days=32), made_at=AT, changed_families=40, document=json.dumps({"release": "r", "tables": [table]}),
        parameters={"withheld": [], "tables": []}, sha256="",
    )
    session.add(release)
    session.flush()
    ask = GovernorAsk(id=uuid.uuid4(), school_id=school_id, release_id=release.id, position=0, words="Could we thank them?", changed_at=AT)
    session.add(ask)
    session.flush()
    return ask.id


def _proposal(session: Session, offer: Any, flo: Any) -> proposals.Proposal:
    """Edit an offer once, so that it has versions, and let its partner propose something."""
    edits.change(session, offer, {"cost": "Free"}, by=flo, at=AT, seen=0)
    return proposals.propose(session, offer, {"cost": "Two pounds"}, name="", by=partner_by_offer_link(offer.organisation_id, offer.organisation.name), at=AT)


def _intake(session: Session, letter: str, organisation: organisations.Organisation, offer: offers.Offer, flo: Any) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """Make a file that waits to be brought in, an organisation that asked not to appear, and a pair that may be the same."""
    upload = uploads.keep(session, b"id,title\na,Warm room\n", source="a list", file_name="list.csv", by=flo, at=AT)
    asked = do_not_list.add(session, name=f"Unlisted {letter}", asked_by="their chair", by=flo, at=AT)
    again = offers.add(session, organisation, name="A second of the same", needs=[], by=SYSTEM, at=AT)
    pair = duplicates.OfferPair(first_id=offer.id, second_id=again.id, score=0.9, signs={}, found_at=AT)
    session.add(pair)
    session.flush()
    return upload.id, asked.id, pair.id


def _trust(session: Session, letter: str, school: schools.School) -> str:
    """Read the school with others, as somebody who sees totals alone, and return their cookie."""
    trust = trusts.add(session, name=f"Trust {letter}", schools=[school], by=SYSTEM, at=AT)
    person = users.add(session, email=f"all@trust-{letter}.example", name="Kim", roles=[Role.TRUST], by=SYSTEM, at=AT)
    trusts.let_in(session, trust, person, by=SYSTEM, at=AT)
    table = {"name": "families", "rows": ["Told us a need"], "columns": ["Last school year"], "cells": [[140]]}
    session.add(TrustRelease(
        id=uuid.uuid4(), trust_id=trust.id, ends_on=AT.date() - timedelta(days=32), made_at=AT, schools=3, parameters={"withheld": [], "tables": [], "sums": []},
        document=json.dumps({"release": "r", "tables": [table]}), sha256="",
    ))
    session.flush()
    return sign_ins.start(session, person, at=AT)


def _school_data(session: Session, letter: str, admin: Any, family: families.Family) -> uuid.UUID:
    """Bring a pupil in, link it to the family, and keep a file that waits. A name, a religion and a pupil's number stand in both."""
    blob = f"Kith code,UPN,Legal Surname,Religion,FSM,First Language\n{school_data_keys.code_of(family.id)},{PUPIL_NUMBER},{word('outcome', letter)},{word('note', letter)},Yes,Somali\n".encode()
    plans.apply(session, files.keep(session, blob, file_name="all.csv", by=admin, at=AT), by=admin, at=AT)
    return files.keep(session, blob.replace(b"Yes", b"No"), file_name="next.csv", by=admin, at=AT).id


def agree(session: Session, referral: referrals.Referral, *, by: Any, fields: list[str] | None = None) -> agreements.Agreement:
    """Record the family's yes for one referral, with words of its own."""
    tried = word("tried", referral.family.first_name[-1] if referral.family.first_name else "a") if "what_was_tried" in (fields or ()) else None
    w = referral.family.first_name[-1] if referral.family.first_name else "a"
    return agreements.record(
        session, referral.family, need_id=referral.need_id, organisation_id=referral.organisation_id, fields=fields or SHARED,
        said=agreements.Said.SPOKEN, said_by=word("saidby", w), childs_view=word("childsays", w), must_not_know=word("nottell", w), what_was_tried=tried, by=by, at=AT,
    )


def send(session: Session, referral: referrals.Referral, *, by: Any, fields: list[str] | None = None) -> None:
    """Agree, prepare and send one referral, with its mail."""
    referrals.move(session, referral, "prepare", agreement_id=agree(session, referral, by=by, fields=fields).id, by=by, at=AT)
    referrals.move(session, referral, "send", by=by, at=AT)
    notices.tell_partner(session, referral, base_url=BASE_URL, at=AT)


def _referral(session: Session, tenant: Tenant, need: Any, offer: Any, state: str, flo: Any) -> referrals.Referral:
    referral = referrals.choose(
        session, need, offer, Kind.INTRODUCE, press=f"{tenant.letter}-{state}", chosen_because=word("because", tenant.letter), by=flo, at=AT,
    )
    if state == "draft":
        return referral
    send(session, referral, by=flo)
    partner = partner_by_reply_link(tenant.organisation, referral.id, word("organisation", tenant.letter))
    if state == "accepted":
        referrals.move(session, referral, "ask", question=word("question", tenant.letter), by=partner, at=AT)
        referrals.move(session, referral, "answer", answer=word("reply", tenant.letter), by=flo, at=AT)
        referrals.move(session, referral, "accept", note=word("note", tenant.letter), by=partner, at=AT + timedelta(seconds=1))
    elif state == "declined":
        referrals.move(session, referral, "decline", code="outside_area", by=partner, at=AT)
    elif state == "withdrawn":
        referrals.move(session, referral, "withdraw", code="other", note=word("note", tenant.letter), by=flo, at=AT)
    assert referral.state.value == state
    return referral
