"""First meetings in calendars without a name, check-ins that a family makes by its own link or text, and drafts that only their writer reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from partners.families import agreements, drafts, families
from partners.families.families import ContactBy
from partners.foundation import outbox, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.referrals import check_ins, family_links, meetings, notices, referrals
from partners.referrals.moves import Kind
from partners.registry.places import Place
from tests.integration.referrals.test_following_up import AT, line, partner, spoken

__all__ = ["line"]
DAY = timedelta(days=1)


def together(session: Session, line: SimpleNamespace, *, accepted: bool = True) -> referrals.Referral:
    agreed = agreements.record(
        session, line.family, need_id=line.need.id, organisation_id=line.pantry.id, fields=["first_name", "safe_contact"], said=agreements.Said.SPOKEN, said_by="parent", by=line.flo, at=AT,
    )
    referral = referrals.choose(session, line.need, line.offer, Kind.GO_TOGETHER, press="t", by=line.flo, at=AT)
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=line.flo, at=AT)
    referrals.move(session, referral, "send", by=line.flo, at=AT)
    if accepted:
        referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    return referral


def in_calendar(session: Session, referral: referrals.Referral) -> tuple[str, dict[str, str]]:
    file = meetings.calendar_file(session, referral, at=AT).decode()
    [event] = Calendar.from_ical(file).walk("VEVENT")
    return file, {name: str(event.get(name)) for name in ("summary", "location", "sequence")} | {"starts": event.decoded("dtstart").isoformat()}


@pytest.mark.parametrize(("withheld", "where", "location"), [
    (False, "partner", "Hall, 1 High Street, LS9 7AB"), (True, "partner", "None"), (True, "school", "Hill Primary"), (False, "call", "None"), (False, "elsewhere", "None"),
])
def test_a_calendar_holds_a_time_and_a_school_and_no_family_need_or_withheld_place(session: Session, line: SimpleNamespace, withheld: bool, where: str, location: str) -> None:
    line.offer.place = Place(organisation_id=line.pantry.id, name="Hall", address="1 High Street", postcode="LS9 7AB", withheld=withheld)
    referral = together(session, line)
    meetings.arrange(session, referral, meets_at=datetime.fromisoformat("2026-10-27T10:00:00+00:00"), where=where, by=line.flo, at=AT)
    file, event = in_calendar(session, referral)
    assert event == {"summary": "First meeting, Hill Primary", "location": location, "sequence": "0", "starts": "2026-10-27T10:00:00+00:00"}
    assert not any(word in file for word in ("Zanzibarina", "A.K.", "food", "Weekly shop", "Pantry", "07700"))
    if withheld:
        assert not any(word in file for word in ("Hall", "High Street", "LS9"))


def test_a_meeting_in_summer_time_stands_at_its_london_hour_and_moving_it_says_so(session: Session, line: SimpleNamespace) -> None:
    referral = together(session, line)
    for hour in (9, 10):
        meetings.arrange(session, referral, meets_at=datetime.fromisoformat(f"2026-09-09T{hour:02}:00:00+00:00"), where="school", by=line.flo, at=AT)
    assert in_calendar(session, referral)[1] | {"location": ""} == {"summary": "First meeting, Hill Primary", "location": "", "sequence": "1", "starts": "2026-09-09T11:00:00+01:00"}


def test_the_partner_gets_the_file_by_mail_only_after_its_yes_and_it_is_cancelled_with_the_rest(session: Session, line: SimpleNamespace) -> None:
    referral = together(session, line, accepted=False)
    meetings.arrange(session, referral, meets_at=AT + 3 * DAY, where="school", by=line.flo, at=AT)
    assert meetings.tell_partner(session, referral, base_url="http://kith.example", at=AT) is None
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    mail = meetings.tell_partner(session, referral, base_url="http://kith.example", at=AT)
    assert mail is not None
    made = outbox.as_mail(mail, sender="kith@example.org", at=AT)
    [file] = [part for part in made.walk() if part.get_content_type() == "text/calendar"]
    assert file.get_filename() == "meeting.ics"
    assert "BEGIN:VEVENT" in file.get_payload(decode=True).decode()
    assert "Zanzibarina" not in made.as_string()
    referrals.move(session, referral, "withdraw", code="changed_mind", by=line.flo, at=AT)
    session.refresh(mail)
    assert mail.cancelled_at == AT
    assert not meetings.is_shown(session, referral)


def test_only_going_together_has_a_meeting_and_only_in_time_to_come(session: Session, line: SimpleNamespace) -> None:
    referral = together(session, line)
    for wrong, where in ((AT - DAY, "school"), (AT + 200 * DAY, "school"), (AT + DAY, "the refuge in Mill Lane")):
        with pytest.raises(InvalidRecord):
            meetings.arrange(session, referral, meets_at=wrong, where=where, by=line.flo, at=AT)
    referral.kind = Kind.INTRODUCE
    with pytest.raises(Conflict):
        meetings.arrange(session, referral, meets_at=AT + DAY, where="school", by=line.flo, at=AT)


def test_a_family_answers_by_its_link_for_four_weeks_and_reads_nothing(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    at = AT + 14 * DAY
    word = family_links.new_link(session, referral, 14, by=line.flo, at=at)
    made = family_links.answer(session, word, {"contacted": "yes", "helped": "no"}, now_0_10=4, words="The queue was long.", at=at)
    assert (made.contacted, made.helped, made.still_wanted, made.now_0_10, made.done_by_id) == ("yes", "no", "not_known", 4, None)
    assert [d.days for d in check_ins.due(session, by=line.flo, at=at)] == []
    with pytest.raises(InvalidRecord):
        family_links.answer(session, word, {"again": "yes"}, at=at)
    for later in (at + 28 * DAY, at + 60 * DAY):
        with pytest.raises(NotFound):
            family_links.open_link(session, word, at=later)
    again = family_links.new_link(session, referral, 42, by=line.flo, at=at)
    families.stop(session, line.family, by=line.flo, at=at)
    with pytest.raises(NotFound):
        family_links.open_link(session, again, at=at)


def test_a_new_link_ends_the_one_before(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    first = family_links.new_link(session, referral, 14, by=line.flo, at=AT)
    family_links.new_link(session, referral, 14, by=line.flo, at=AT)
    with pytest.raises(NotFound):
        family_links.open_link(session, first, at=AT)


@pytest.mark.parametrize(("way", "texts", "ways"), [
    (ContactBy.PHONE, True, ()), (ContactBy.FACE_TO_FACE, True, ()), (ContactBy.NOT_KNOWN, True, ()), (ContactBy.TEXT, False, ()), (ContactBy.TEXT, True, ("text",)), (ContactBy.EMAIL, True, ("email",)),
])
def test_a_family_is_written_to_by_its_safe_way_alone(session: Session, line: SimpleNamespace, way: ContactBy, texts: bool, ways: tuple[str, ...]) -> None:
    referral = spoken(session, line)
    line.family.contact_by = way
    assert family_links.ways(referral, texts=texts) == ways
    if "text" not in ways:
        line.family.contact_by = ContactBy.PHONE
        with pytest.raises(InvalidRecord):
            family_links.ask_by_text(session, referral, by=line.flo, at=AT)


def test_a_text_names_no_partner_and_no_need_leaves_by_day_and_stops_when_the_way_is_no_longer_safe(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    line.family.contact_by = ContactBy.TEXT
    night = datetime.fromisoformat("2026-09-21T21:30:00+00:00")
    text = family_links.ask_by_text(session, referral, by=line.flo, at=night)
    assert text.body == "Hello, it's Jas from school. Just checking how things are. Reply 1 good, 2 please call, 3 not now."
    assert text.due_at == datetime.fromisoformat("2026-09-22T07:00:00+00:00"), "eight in London, in summer time"
    assert notices.may_leave(session, text, night)
    line.family.contact = "07700 900999"
    assert not notices.may_leave(session, text, night)
    line.family.contact, line.family.contact_by = "07700 900456", ContactBy.PHONE
    assert not notices.may_leave(session, text, night)


def test_a_mail_to_a_family_holds_a_link_and_nothing_else_of_it(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    line.family.contact_by, line.family.contact = ContactBy.EMAIL, "amina@mail.example"
    mail = family_links.ask_by_mail(session, referral, 14, base_url="http://kith.example", by=line.flo, at=AT)
    assert "http://kith.example/check-in/" in mail.body
    assert not any(word in mail.subject + mail.body for word in ("Pantry", "Weekly", "food", "Zanzibarina", "A.K."))


def test_a_draft_comes_back_to_its_writer_alone_for_a_week_and_is_sealed(session: Session, line: SimpleNamespace) -> None:
    ola = users.actor_of(users.add(session, email="ola@hill.example", name="Ola", roles=[Role.FLO], school_id=line.school.id, by=SYSTEM, at=AT))
    for said in ("No bed", "No bed for Zanzibarina"):
        drafts.keep(session, "needs", line.family.id, {"said": [said]}, by=line.flo, at=AT)
    found = drafts.find(session, "needs", line.family.id, by=line.flo, at=AT + 6 * DAY)
    assert found is not None
    assert found.typed == {"said": ["No bed for Zanzibarina"]}
    assert drafts.find(session, "needs", line.family.id, by=ola, at=AT) is None
    assert drafts.find(session, "needs", line.family.id, by=line.flo, at=AT + 7 * DAY) is None
    assert drafts.forget_old(session, at=AT + 7 * DAY) == 1
    with pytest.raises(NotFound):
        drafts.keep(session, "elsewhere", line.family.id, {"said": ["x"]}, by=line.flo, at=AT)
    with pytest.raises(InvalidRecord):
        drafts.keep(session, "needs", line.family.id, {"said": ["x" * 30_000]}, by=line.flo, at=AT)
