"""Erasing after any history: families live through verbs in any order, one is erased, and nothing of it is anywhere, while all else is as it was."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from partners.families import (
    agreements,
    drafts,
    families,
    gives,
    keeping_away,
    needs,
    own_pages,
    questionnaires,
    requirements,
    setting_aside,
)
from partners.families.families import ContactBy, Family
from partners.foundation import audit, db, schema
from partners.foundation.actors import family_by_link, partner_by_reply_link
from partners.foundation.db import Base, open_engine
from partners.foundation.errors import PartnersError
from partners.impact import stories
from partners.matching import suggestions, words
from partners.privacy import complaints, erasure, holds, requests, whereabouts
from partners.privacy.requests import Kind as Asking
from partners.privacy.requests import Who
from partners.referrals import check_ins, notes, notices, outcomes, referrals, replies
from partners.referrals.moves import LIVE, Kind
from partners.referrals.outcomes import Result
from partners.referrals.referrals import Referral
from tests.integration.privacy.conftest import AT, OPEN, a_school, an_offer
from tests.integration.privacy.test_erasure import ANSWERS, raw

EXAMPLES = 500 if os.environ.get("KITH_TEST_NIGHTLY") == "1" else 12
KEPT_OUT = {"audit_events", "ledger_entries"}  # random ids without what they stood for, and salted hashes


@dataclass
class Life:
    """One family and what it said, as it lives through verbs."""

    here: SimpleNamespace
    family: Family
    mark: str
    at: datetime = AT
    said: list[str] = field(default_factory=list)
    step: int = 0

    def word(self, name: str) -> str:
        """Return a word that stands nowhere else, and remember it."""
        self.said.append(f"Lived{name}{self.step}{self.mark}")
        return self.said[-1]

    def newest(self, session: Session) -> Referral:
        """Return the latest introduction. Raises PartnersError where there is none."""
        found = session.scalars(select(Referral).where(Referral.family_id == self.family.id).order_by(Referral.created_at.desc(), Referral.press.desc()).limit(1)).unique().first()
        if found is None:
            raise PartnersError("nobody was introduced yet")
        return found


def _need(session: Session, life: Life) -> None:
    child = life.family.children[life.step % len(life.family.children)]
    needs.record(session, life.family, codes=[OPEN[life.step % 5]], paths=words.paths(), harm=needs.Harm.NO, for_whom=needs.For.CHILD, child_id=child.id, said=life.word("said"), by=life.here.flo, at=life.at)


def _requirement(session: Session, life: Life) -> None:
    requirements.replace(session, life.family, [{"what": "feature", "value": "step_free", "strength": "must"}], by=life.here.flo, at=life.at)


def _suggest(session: Session, life: Life) -> None:
    suggestions.find(session, life.family, by=life.here.flo, at=life.at)


def _introduce(session: Session, life: Life) -> None:
    need = session.scalars(select(needs.Need).where(needs.Need.family_id == life.family.id).order_by(needs.Need.id)).first()
    if need is None:
        raise PartnersError("no need yet")
    flo, partner = life.here.flo, life.here.partner
    agreed = agreements.record(
        session, life.family, need_id=need.id, organisation_id=partner.pantry.id, fields=["first_name", "safe_contact"], said=agreements.Said.SPOKEN, said_by=life.word("saidby"),
        must_not_know=life.word("nottell"), childs_view=life.word("child"), by=flo, at=life.at,
    )
    made = referrals.choose(session, need, partner.offer, Kind.INTRODUCE, press=f"{life.step:03}-{life.mark}", chosen_because=life.word("because"), by=flo, at=life.at)
    referrals.move(session, made, "prepare", agreement_id=agreed.id, by=flo, at=life.at)
    referrals.move(session, made, "send", by=flo, at=life.at)
    notices.tell_partner(session, made, base_url="http://kith.example", at=life.at)


def _by_partner(action: str, **facts: Any) -> Callable[[Session, Life], None]:
    def press(session: Session, life: Life) -> None:
        found = life.newest(session)
        them = partner_by_reply_link(found.organisation_id, found.id, "Pantry")
        referrals.move(session, found, action, by=them, at=life.at, **{name: life.word(name) if value == "word" else value for name, value in facts.items()})
        if action == "accept":
            replies.send_code(session, found, browser="b", at=life.at, by=them)

    return press


def _by_flo(action: str, **facts: Any) -> Callable[[Session, Life], None]:
    def press(session: Session, life: Life) -> None:
        referrals.move(session, life.newest(session), action, by=life.here.flo, at=life.at, **{name: life.word(name) if value == "word" else value for name, value in facts.items()})

    return press


def _note(session: Session, life: Life) -> None:
    notes.keep(session, life.newest(session), life.word("note"), by=life.here.flo, at=life.at)


def _check_in(session: Session, life: Life) -> None:
    check_ins.record(session, life.newest(session), 14, {"helped": "yes"}, words=life.word("checkin"), by=life.here.flo, at=life.at)


def _outcome(session: Session, life: Life) -> None:
    outcomes.record(session, life.newest(session), Result.MET, said_by="family", before_0_10=2, after_0_10=8, words=life.word("outcome"), by=life.here.flo, at=life.at)


def _give(session: Session, life: Life) -> None:
    gives.record(session, life.family, thing="hour", amount=2, things={"hour"}, words=life.word("gives"), by=life.here.flo, at=life.at)


def _complain(session: Session, life: Life) -> None:
    complaints.make(session, life.here.school, life.word("complaint"), name=life.word("name"), contact=life.word("reach"), wanted=life.word("wanted"), family=life.family, by=life.here.flo, at=life.at)


def _draft(session: Session, life: Life) -> None:
    drafts.keep(session, "needs", life.family.id, {"said": [life.word("draft")]}, by=life.here.flo, at=life.at)


def _questions(session: Session, life: Life) -> None:
    row, _link = questionnaires.begin(session, life.family, life.family.children[0], language="en", by=life.here.flo, at=life.at)
    own = family_by_link(life.family.id, life.family.school_id)
    questionnaires.answer(session, row, questionnaires.questions()[0], life.word("answer"), browser="theirs", by=own, at=life.at)
    questionnaires.give(session, row, by=own, at=life.at)


def _correct(session: Session, life: Life) -> None:
    own_pages.make(session, life.family, by=life.here.flo, at=life.at)
    own_pages.correct(session, life.family, life.word("notright"), by=family_by_link(life.family.id, life.family.school_id), at=life.at)


def _story(session: Session, life: Life) -> None:
    stories.write(
        session, life.family, words=life.word("told"), agreed_on=life.at.date(), agreed_how="spoken", read_to_them=True, details_changed=True, until_on=life.at.date() + timedelta(days=90),
        by=life.here.flo, at=life.at,
    )


def _keep_away(session: Session, life: Life) -> None:
    keeping_away.add_person(session, life.family, name=life.word("kept"), reach=life.word("from"), by=life.here.flo, at=life.at)


def _change(session: Session, life: Life) -> None:
    families.change(session, life.family, by=life.here.flo, at=life.at, seen_version=life.family.version, safe_times=life.word("times"), contact=life.word("contact"))


def _take_back(session: Session, life: Life) -> None:
    agreements.withdraw(session, agreements.get(session, agreements.of_family(session, life.family, by=life.here.flo)[0].id), by=life.here.flo, at=life.at)


def _ask_to_see(session: Session, life: Life) -> None:
    made = requests.make(session, life.family, Asking.ACCESS, who=Who.PARENT, name=life.word("asker"), words=life.word("ask"), by=life.here.flo, at=life.at)
    requests.check(session, made, {name: life.word("check") for name in ANSWERS}, by=life.here.flo, at=life.at)


def _lead(session: Session, life: Life) -> None:
    families.stop(session, life.family, by=life.here.flo, at=life.at)


def _release(session: Session, life: Life) -> None:
    families.release(session, life.family, by=life.here.dsl, at=life.at)


def _set_aside(session: Session, life: Life) -> None:
    setting_aside.begin(session, life.family, by=life.here.dsl, at=life.at)


def _use_again(session: Session, life: Life) -> None:
    setting_aside.end(session, life.family, by=life.here.dsl, at=life.at)


def _hold(session: Session, life: Life) -> None:
    made = holds.place(session, life.family, reason=life.word("court"), owner=life.word("owner"), review_on=life.at.date() + timedelta(days=30), by=life.here.dsl, at=life.at)
    holds.lift(session, made, by=life.here.dsl, at=life.at)


VERBS: dict[str, Callable[[Session, Life], None]] = {
    "need": _need, "requirement": _requirement, "suggest": _suggest, "introduce": _introduce, "accept": _by_partner("accept", note="word"), "decline": _by_partner("decline", code="outside_area"),
    "wait": _by_partner("wait", weeks=3), "ask": _by_partner("ask", question="word"), "answer": _by_flo("answer", answer="word"), "contact": _by_partner("contact"), "start": _by_flo("start"),
    "close": _by_flo("close"), "withdraw": _by_flo("withdraw", code="other", note="word"), "note": _note, "check_in": _check_in, "outcome": _outcome, "give": _give, "complain": _complain,
    "draft": _draft, "questions": _questions, "correct": _correct, "story": _story, "keep_away": _keep_away, "change": _change, "take_back": _take_back, "ask_to_see": _ask_to_see,
    "lead": _lead, "release": _release, "set_aside": _set_aside, "use_again": _use_again, "hold": _hold,
}
DONE: dict[str, int] = {}  # how often each verb was taken, so that a verb that never is stands out


def live(session: Session, life: Life, verbs: list[str]) -> None:
    """Let a family live through verbs; one that is not possible now is left out, whole."""
    for life.step, verb in enumerate(verbs):
        life.at += timedelta(hours=3)
        attempt, before = session.begin_nested(), len(life.said)
        try:
            VERBS[verb](session, life)
            session.flush()
            attempt.commit()
            DONE[verb] = DONE.get(verb, 0) + 1
        except PartnersError:
            attempt.rollback()
            session.expire_all()
            del life.said[before:]


def a_life(session: Session, here: SimpleNamespace, mark: str) -> Life:
    life = Life(here, None, mark)  # type: ignore[arg-type]
    life.family = families.add(
        session, initials="ZQ", first_name=life.word("first"), contact_by=ContactBy.PHONE, contact=life.word("contact"), safe_times=life.word("times"), postcode="LS9 7AB", language="so",
        must_not_know=life.word("avoid"), children=[{"year_group": "Y2", "initials": "XV"}, {"year_group": "Y5", "initials": "XW"}], by=here.flo, at=AT,
    )
    return life


def dump(session: Session) -> dict[str, dict[Any, str]]:
    """Return every row of every table, unsealed, by key; and those of tables that no room maps, such as the search index."""
    session.flush()
    found = {}
    for table in Base.metadata.sorted_tables:
        (key,) = list(table.primary_key.columns)[:1]
        found[table.name] = {row[key]: repr(tuple(row.values())) for row in session.execute(select(table)).mappings()}
    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")).all():
        if name not in found:
            found[name] = {n: repr(tuple(row)) for n, row in enumerate(session.execute(text(f'SELECT * FROM "{name}"')))}  # noqa: S608 - the database's own names
    return found


@dataclass
class Disk:
    """One engine, whose file is put back to an empty database at the newest schema; what SQLAlchemy has compiled is kept."""

    engine: Engine
    path: Path
    template: Path

    def afresh(self) -> None:
        """Put an empty database in the place of what was there, without its log and ledger."""
        self.engine.dispose()
        for old in self.path.parent.glob("kith*"):
            old.unlink()
        shutil.copy(self.template, self.path)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A database to live in, again and again."""
    folder = tmp_path_factory.mktemp("histories")
    path, template = folder / "kith.sqlite3", folder / "template.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    erasure.checkpoint(engine)
    engine.dispose()
    shutil.copy(path, template)
    yield Disk(engine, path, template)
    engine.dispose()


@contextlib.contextmanager
def listening() -> Iterator[io.StringIO]:
    """Hear everything that is logged or printed."""
    heard = io.StringIO()
    ear = logging.StreamHandler(heard)
    logging.getLogger().addHandler(ear)
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            yield heard
    finally:
        logging.getLogger().removeHandler(ear)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(goes=st.lists(st.sampled_from(sorted(VERBS)), max_size=25), stays=st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_after_any_history_nothing_is_left_and_all_else_is_as_it_was(disk: Disk, goes: list[str], stays: list[str]) -> None:
    disk.afresh()
    with listening() as heard:
        _erase_one(disk.engine, disk.path, ["need", "introduce", *goes], ["need", "introduce", *stays], heard)


def _erase_one(engine: Engine, path: Path, goes: list[str], stays: list[str], heard: io.StringIO) -> None:
    with db.session_factory(engine)() as session:
        here: Any = a_school(session, "Hill Primary")
        here.partner = an_offer(session)
        gone, kept = a_life(session, here, "goesqz"), a_life(session, here, "staysqz")
        live(session, gone, goes)
        live(session, kept, stays)
        at = max(gone.at, kept.at) + timedelta(days=1)
        for referral in session.scalars(select(Referral).where(Referral.family_id == gone.family.id, Referral.state.in_(LIVE))).unique():
            referrals.move(session, referral, "withdraw", code="other", by=here.flo, at=at)
        request = requests.make(session, gone.family, Asking.ERASURE, who=Who.PARENT, name=gone.word("asks"), words=gone.word("erase"), by=here.flo, at=at)
        requests.check(session, request, ANSWERS, by=here.flo, at=at)
        session.commit()
        before, secrets = dump(session), raw(session, gone.family) - raw(session, kept.family)  # both have mails with the same subject
        whole = repr(before)
        assert all(sum(word in whole for word in life.said) >= 6 for life in (gone, kept))  # some were typed over since, or by a press that was one too many
        found = whereabouts.find(session, "families", [gone.family.id])
        ids = {str(i) for i in found.every_id()}
        erasure.erase(session, request, by=here.dsl, at=at)
        session.commit()
        after = dump(session)
        assert audit.verify(session) == []
        known = repr([(e.subject_id, e.actor_id, e.facts) for e in session.scalars(select(audit.AuditEvent))])
    left = repr({name: rows for name, rows in after.items() if name not in KEPT_OUT})
    assert "goesqz" not in repr(after)
    assert [i for i in ids if i in left] == []
    loosened = {name for name, _column in whereabouts.LOOSENED}
    for name, rows in before.items():
        if name not in KEPT_OUT:
            went = {key for key in rows if key not in after[name]}
            assert went == found.rows.get(name, set()), name
            changed = {key for key in rows if key in after[name] and rows[key] != after[name][key]}
            assert not changed or name in loosened, (name, len(changed))
            assert not any("staysqz" in rows[key] for key in changed), name
    assert erasure.wipe(engine)
    files = b"".join(f.read_bytes() for f in path.parent.glob("kith*") if not f.name.endswith(".ledger"))
    in_the_audit = known + known.replace("-", "")
    assert [s for s in (*secrets, "goesqz") if s.encode() in files and s not in in_the_audit] == []
    book = path.with_name(path.name + ".ledger").read_text()
    assert not [s for s in (*secrets, *ids, "goesqz") if s in book]
    assert "goesqz" not in heard.getvalue()


def test_every_verb_can_be_taken(disk: Disk) -> None:
    disk.afresh()
    DONE.clear()
    every = ["need", "suggest", "questions", "introduce", "ask", "answer", "wait", "accept", "contact", "start", "note", "check_in", "outcome", "close", "introduce", "decline", *sorted(VERBS), "introduce", "withdraw"]
    _erase_one(disk.engine, disk.path, every, every, io.StringIO())
    assert sorted(set(VERBS) - set(DONE)) == []
