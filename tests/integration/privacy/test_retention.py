"""Retention: counted first, nothing before a school signs, each kind at its day and not one before, and a hold beats it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families import agreements, families, leaving, quick_notes
from partners.families.agreements import Agreement
from partners.families.families import Family
from partners.families.quick_notes import QuickNote
from partners.foundation import db
from partners.foundation.actors import SYSTEM, partner_by_reply_link
from partners.foundation.db import open_engine
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.foundation.outbox import Message
from partners.matching import words
from partners.privacy import holds, retention, schedule
from partners.privacy.retention import KeptAgreement, OutcomeRow
from partners.referrals import outcomes, referrals
from partners.referrals.moves import Kind
from partners.referrals.referrals import Referral
from tests.integration.privacy.conftest import AT, OPEN, a_family, a_school, an_offer, close
from web.cli import main

ENDED = AT + timedelta(days=50)
DAY = timedelta(days=1)


def due(session: Session, place: SimpleNamespace, at: Any) -> dict[str, int]:
    return {d.rule.code: d.count for d in retention.plan(session, place.school, at=at) if d.count}


def sign(session: Session, place: SimpleNamespace, **days: int) -> None:
    schedule.sign(session, place.school, signed_by="Dee Protector", signed_on=AT.date(), days=days, by=place.admin, at=AT)


def test_nothing_goes_before_somebody_signed_and_looking_changes_nothing(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    close(session, kept, at=ENDED)
    late = ENDED + timedelta(days=3000)
    assert due(session, place, late)["closed"] == 1
    with pytest.raises(Conflict, match="Nobody has signed"):
        retention.carry_out(session, place.school, by=SYSTEM, at=late)
    assert retention.carry_out_signed(session, by=SYSTEM, at=late) == 0
    assert session.get(Referral, kept.referral.id) is not None


def test_who_may_sign_and_what(session: Session, place: SimpleNamespace) -> None:
    for who in (place.flo, place.head):
        with pytest.raises(NotAllowed):
            schedule.sign(session, place.school, signed_by="Dee", signed_on=AT.date(), days={}, by=who, at=AT)
    with pytest.raises(NotFound):
        schedule.sign(session, a_school(session, "Dale Primary").school, signed_by="Dee", signed_on=AT.date(), days={}, by=place.admin, at=AT)
    for wrong in ({"signed_by": " "}, {"signed_on": date(2027, 1, 1)}, {"days": {"closed": 6}}, {"days": {"family": 30}}, {"days": {"nothing": 30}}):
        with pytest.raises(InvalidRecord):
            schedule.sign(session, place.school, **({"signed_by": "Dee", "signed_on": AT.date(), "days": {}} | wrong), by=place.admin, at=AT)  # type: ignore[arg-type]
    sign(session, place, closed=365)
    assert schedule.days_of(schedule.signed(session, place.school.id)) == schedule.days_of(None) | {"closed": 365}


def test_an_ended_introduction_becomes_an_outcome_without_a_name(session: Session, place: SimpleNamespace) -> None:
    kept, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    partner = partner_by_reply_link(kept.referral.organisation_id, kept.referral.id, "Pantry")
    agreements.get(session, kept.referral.agreement_id).returns = "met_and_helped"
    outcomes.record(session, kept.referral, outcomes.Result.PARTLY, said_by="partner", by=partner, at=ENDED - DAY)  # two who spoke are one outcome
    outcomes.record(session, kept.referral, outcomes.Result.MET, said_by="family", by=kept.flo, at=ENDED)
    close(session, kept, at=ENDED)
    sign(session, place)
    at = ENDED + timedelta(days=730)
    ids = [kept.referral.id, other.referral.id]
    assert due(session, place, at - DAY).get("closed") is None
    assert retention.carry_out(session, place.school, by=SYSTEM, at=at)["closed"] == 1
    assert retention.carry_out(session, place.school, by=SYSTEM, at=at) == {}
    left = session.scalars(select(OutcomeRow)).one()
    assert (left.school_year, left.kind, left.ended_as, left.result) == (2026, "introduce", "closed", "met")
    assert left.need_group in words.needs_by_group()
    assert [session.get(Referral, i) is None for i in ids] == [True, False]
    # What was agreed is still on record, and the family's own records are still there.
    assert session.scalar(select(func.count()).select_from(Agreement).where(Agreement.family_id == kept.family.id)) == 1
    assert session.get(Family, kept.family.id) is not None


def test_a_family_that_left_goes_after_31_august_and_its_agreement_stays_six_years(session: Session, place: SimpleNamespace) -> None:
    kept, stays = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    close(session, kept, at=ENDED)
    leaving.leave(session, kept.family, by=place.flo, at=ENDED)
    assert kept.family not in families.recent(session, by=place.flo)
    sign(session, place)
    family_id, last = kept.family.id, AT.replace(year=2027, month=8, day=31, hour=12)
    assert due(session, place, last).get("family") is None
    done = retention.carry_out(session, place.school, by=SYSTEM, at=last + DAY)
    assert done["family"] == 1
    assert [session.get(Family, i) is None for i in (family_id, stays.family.id)] == [True, False]
    assert session.scalar(select(func.count()).select_from(OutcomeRow)) == 1
    evidence = session.scalars(select(KeptAgreement)).one()
    assert (evidence.facts["said_by"], evidence.facts["partner"], evidence.facts["fields"]) == (kept.words["saidby"], "Pantry", ["first_name", "safe_contact"])
    over = last.replace(year=2033)
    assert retention.carry_out(session, place.school, by=SYSTEM, at=over)["agreement"] == 1
    assert session.scalar(select(func.count()).select_from(KeptAgreement)) == 0


def test_a_family_with_an_introduction_that_goes_on_does_not_go(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    leaving.leave(session, kept.family, by=place.flo, at=ENDED)
    assert due(session, place, ENDED + timedelta(days=900)).get("family") is None
    leaving.come_back(session, kept.family, by=place.flo, at=ENDED)
    assert kept.family in families.recent(session, by=place.flo)


def test_unsent_drafts_mails_notes_and_complaints_go_at_their_day(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    from partners.families import needs
    from partners.privacy import complaints

    need = needs.of_family(session, kept.family, by=place.flo)[1]
    draft = referrals.choose(session, need, place.partner.offer, Kind.TELL, press="p", by=place.flo, at=AT)
    note = quick_notes.add(session, OPEN[0], paths=words.paths(), by=place.flo, at=AT)
    quick_notes.finish(session, note.id, by=place.flo, at=AT)
    (waiting, *_) = mails = list(session.scalars(select(Message).order_by(Message.id)))
    for mail in mails[1:]:
        mail.sent_at = AT
    complaint = complaints.of_school(session, by=place.dsl)[0]
    complaints.acknowledge(session, complaint, "rang", by=place.dsl, at=AT)
    complaints.end(session, complaint, complaints.Ended.UPHELD, "Sorry.", by=place.dsl, at=AT)
    sign(session, place)
    assert due(session, place, AT + timedelta(days=30) - DAY / 24) == {}
    assert due(session, place, AT + timedelta(days=30)) == {"message": len(mails) - 1}
    assert due(session, place, AT + timedelta(days=90)) == {"message": len(mails) - 1, "draft": 1, "quick_note": 1}
    ids = (draft.id, note.id)
    retention.carry_out(session, place.school, by=SYSTEM, at=AT + timedelta(days=90))
    assert [session.get(Referral, ids[0]), session.get(QuickNote, ids[1])] == [None, None]
    assert list(session.scalars(select(Message))) == [waiting]  # what has not left is never thrown away
    assert due(session, place, AT + timedelta(days=2192))["complaint"] == 1


def test_what_is_held_is_untouched_among_a_thousand(session: Session, place: SimpleNamespace) -> None:
    sign(session, place)
    made = [Family(school_id=place.school.id, initials="Z.Q.", keep_away=[], created_at=AT, updated_at=AT, archived_at=AT, children=[]) for _ in range(1000)]
    session.add_all(made)
    session.flush()
    held = made[::10]
    for family in held:
        holds.place(session, family, reason="a court asked", owner="Sam", review_on=AT.date() + timedelta(days=300), by=place.dsl, at=AT)
    at, ids = AT + timedelta(days=400), {f.id for f in held}
    line = next(d for d in retention.plan(session, place.school, at=at) if d.rule.code == "family")
    assert (line.count, line.left) == (900, 100)
    assert retention.carry_out(session, place.school, by=SYSTEM, at=at) == {"family": 900}
    assert set(session.scalars(select(Family.id))) == ids


def test_another_schools_records_are_untouched(session: Session, place: SimpleNamespace) -> None:
    elsewhere = a_school(session, "Dale Primary")
    kept = a_family(session, elsewhere, place.partner, "qzb")
    close(session, kept, at=ENDED)
    sign(session, place)
    retention.carry_out(session, place.school, by=SYSTEM, at=ENDED + timedelta(days=4000))
    assert session.get(Referral, kept.referral.id) is not None


def test_the_command_counts_first_and_deletes_where_a_school_signed(sqlite_url: str, sealing_keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"KITH_DATABASE_URL": sqlite_url, "KITH_SECRET_KEY": "u3Jw9cT1x7Lq5Rb2Vn8Ym4Kd6Pf0Hs-Zg", "KITH_SEALING_KEYS": ",".join(sealing_keys)}.items():
        monkeypatch.setenv(name, value)
    old = AT.replace(year=2019)
    engine = open_engine(sqlite_url)
    with db.session_factory(engine)() as session:
        here: Any = a_school(session, "Hill Primary")
        there: Any = a_school(session, "Dale Primary")
        partner = an_offer(session)
        ids = []
        for place in (here, there):
            kept = a_family(session, place, partner, place.short)
            close(session, kept, at=ENDED)
            kept.referral.ended_at = old
            ids.append(kept.referral.id)
        sign(session, here)
        session.commit()
    counted = CliRunner().invoke(main, ["retention", "--dry-run", "--json"])
    assert counted.exit_code == 0, counted.output
    rows = {r["school"]: r for r in json.loads(counted.stdout)}
    assert Counter({n: r["due"]["closed"]["due"] for n, r in rows.items()}) == {"Hill Primary": 1, "Dale Primary": 1}
    assert CliRunner().invoke(main, ["retention", "--dry-run", "--yes"]).exit_code == 2
    assert CliRunner().invoke(main, ["retention", "--school", "None"]).exit_code == 1
    ended = json.loads(CliRunner().invoke(main, ["retention", "--yes", "--json"]).stdout)
    assert {r["school"]: (r["done"] or {}).get("closed") for r in ended} == {"Hill Primary": 1, "Dale Primary": None}
    with db.session_factory(engine)() as session:
        assert [session.get(Referral, i) is None for i in ids] == [True, False]
    record = CliRunner().invoke(main, ["processing", "--school", "Hill Primary", "--json"])
    assert json.loads(record.stdout)[0]["signed_by"] == "Dee Protector"
    engine.dispose()
