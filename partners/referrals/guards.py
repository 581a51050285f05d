"""Guards and effects: what each move of the table asks for, and what it does besides changing the state. The table names them; they are here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families import agreements, families
from partners.families.setting_aside import require_may_act
from partners.foundation import outbox
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.errors import IllegalMove, InvalidRecord
from partners.referrals import clocks, mends, moves, recipients, returns
from partners.referrals.moves import Kind, Move, State
from partners.registry import freshness, tasks
from partners.registry import offers as registry

if TYPE_CHECKING:
    from partners.referrals.referrals import Referral

SILENT_AFTER = 2  # messages in a row that nobody answered (domain guide 6.4)


# --- what a move needs ------------------------------------------------------------------------------------------------

def _no_stop(_session: Session, referral: Referral, _row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    require_may_act(referral.family)
    if by.party == "flo":  # a partner is never told that it is kept away: what it may see is empty then
        recipients.require_may_know(referral.family, referral.offer)


def _asked_twice(_session: Session, referral: Referral, row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    recipients.require_asked_twice(referral.family, names_go=row.action == "introduce" or referral.kind in moves.NEEDS_AGREEMENT, sure=facts.get("sure") is True)


def _agreement(session: Session, referral: Referral, row: Move, at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    kind = Kind.INTRODUCE if row.action == "introduce" else referral.kind
    if kind not in moves.NEEDS_AGREEMENT:
        return
    wanted = facts.get("agreement_id") or referral.agreement_id
    agreement = agreements.require_live(session, wanted, organisation_id=referral.organisation_id, need_id=referral.need_id, at=at)
    referral.agreement_id = agreement.id


def _not_paused(_session: Session, referral: Referral, _row: Move, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    offer = referral.offer
    if offer.archived_at is not None or (offer.availability is registry.AvailabilityState.PAUSED and (offer.paused_until is None or offer.paused_until > day_of(at))):
        raise InvalidRecord("offer", f"{offer.name} is paused. Look at the suggestions again for what else there is.")


def _within_ten_minutes(_session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.sent_at is None or at - referral.sent_at > timedelta(minutes=moves.RECALL_MINUTES):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _who_answered(_session: Session, _referral: Referral, _row: Move, _at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    if by.party == "flo" and not (facts.get("spoke_with") or "").strip():
        raise InvalidRecord("spoke_with", "Say who you spoke with.")


def _place(session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    registry.take_place(session, referral.offer)
    referral.place_taken = True


def _weeks(_session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    weeks = facts.get("weeks")
    if not isinstance(weeks, int) or not 1 <= weeks <= 156:
        raise InvalidRecord("weeks", "Say about how many weeks the wait is, from 1 to 156.")
    referral.weeks = weeks


def _text(field: str, message: str, most: int = 2000) -> Any:
    def guard(_session: Session, _referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
        if not 1 <= len((facts.get(field) or "").strip()) <= most:
            raise InvalidRecord(field, message)

    return guard


def _answer(session: Session, referral: Referral, row: Move, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    """An answer goes to a partner that has not said yes yet: nothing in it may name the family."""
    from partners.referrals import notes

    _text("answer", "Write your answer, in at most 2,000 characters.")(session, referral, row, at, by, facts)
    notes.require_nameless("answer", facts["answer"], referral)


def _code(codes: dict[str, str], message: str) -> Any:
    def guard(_session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
        if facts.get("code") not in codes:
            raise InvalidRecord("code", message)
        referral.code = facts["code"]

    return guard


def _introduced(_session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.state is State.TOLD and by.party != "flo":
        raise IllegalMove(referral.state.value, row.action, by.party)


def _not_finished(_session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.finished_at is not None:
        raise IllegalMove(referral.state.value, row.action, by.party)


def _may_return(session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if returns.is_silent(session, referral, by):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _contact_checked(_session: Session, _referral: Referral, _row: Move, _at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    if by.party == "flo" and facts.get("contact_checked") is not True:
        raise InvalidRecord("contact_checked", "Check with the family that the number or address is still safe and right, then tick this.")


def _outcome(session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    from partners.referrals import outcomes

    if outcomes.find_for(session, referral) is None:
        raise InvalidRecord("outcome", "Record what happened with this need first: met, partly, not met, not needed or not known.")


def _overdue(session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if day_of(at) < clocks.expires_on(session, referral, at=at):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _not_told_yet(_session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.next_owner != "flo":
        raise IllegalMove(referral.state.value, row.action, by.party)


def _within_a_year(_session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.ended_at is None or at - referral.ended_at > timedelta(days=365):
        raise IllegalMove(referral.state.value, row.action, by.party)


GUARDS = {
    "no_stop": _no_stop, "asked_twice": _asked_twice, "agreement": _agreement, "not_paused": _not_paused, "within_ten_minutes": _within_ten_minutes,
    "who_answered": _who_answered, "place": _place, "weeks": _weeks, "introduced": _introduced, "not_finished": _not_finished,
    "contact_checked": _contact_checked, "outcome": _outcome, "overdue": _overdue, "not_told_yet": _not_told_yet, "may_return": _may_return, "within_a_year": _within_a_year,
    "question": _text("question", "Write your question, without names, in at most 2,000 characters."),
    "answer": _answer,
    "note": _text("note", "Write a note on why it is opened again."),
    "decline_code": _code(moves.DECLINE_CODES, "Choose the reason that fits best. None of them is held against you."),
    "withdraw_code": _code(moves.WITHDRAW_CODES, "Choose why it stops."),
}

# What can be said beforehand, without anything that a person would still fill in: such a move is no button at all.
ABOUT_NOW = ("no_stop", "within_ten_minutes", "introduced", "not_finished", "overdue", "within_a_year", "not_told_yet", "may_return")


# --- what a move does besides ------------------------------------------------------------------------------------------

def _stamp(field: str) -> Any:
    def effect(_session: Session, referral: Referral, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
        if getattr(referral, field) is None:
            setattr(referral, field, at)

    return effect


def _unstamp_sent(session: Session, referral: Referral, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    referral.sent_at = None
    outbox.cancel_for_referral(session, referral.id, at=at)


def _becomes_introduction(_session: Session, referral: Referral, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    referral.kind = Kind.INTRODUCE


def _return_place(session: Session, referral: Referral, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    if referral.place_taken and referral.state in (State.ACCEPTED, State.CONTACTED):
        registry.give_back_place(session, referral.offer)
        referral.place_taken = False


def _end_agreement(session: Session, referral: Referral, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    from partners.referrals import withdrawals

    if referral.agreement_id is not None:
        agreement = agreements.get(session, referral.agreement_id)
        if facts.get("code") in ("agreement_withdrawn", "changed_mind"):
            agreements.withdraw(session, agreement, by=by, at=at)
        withdrawals.note(session, referral, agreement, by=by, at=at)


def _offer_is_full(session: Session, referral: Referral, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    """A no that says full or paused acts at once: the places are 0, and until when is kept where they said it."""
    if facts.get("code") not in ("full", "paused"):
        return
    state = registry.AvailabilityState.FULL if facts["code"] == "full" else registry.AvailabilityState.PAUSED
    try:
        freshness.set_availability(session, referral.offer, state, places_left=referral.offer.places_left, paused_until=facts.get("until"), by=by, at=at)
    except InvalidRecord as error:
        raise InvalidRecord("until", error.message) from error


def _somebody_worries(session: Session, referral: Referral, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    """A worry about safety keeps no word: the family is with the safeguarding lead, and nothing else is sent for them."""
    if facts.get("code") == "safety_risk":
        facts.pop("note", None)
        families.stop_for_a_worry(session, referral.family, by=by, at=at)


def _answered(session: Session, referral: Referral, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    """Whoever answers is not silent any more."""
    tasks.end_silence(session, referral.organisation_id, by=by, at=at)


def _silent(session: Session, referral: Referral, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    """Nobody answered. The second time in a row somebody rings, and cards say so."""
    from partners.referrals.referrals import Referral as Row

    referral.code = "no_response"
    answered_at = session.scalar(select(func.max(Row.replied_at)).where(Row.organisation_id == referral.organisation_id))
    before = select(func.count()).where(Row.organisation_id == referral.organisation_id, Row.state == State.EXPIRED, Row.id != referral.id)
    if answered_at is not None:
        before = before.where(Row.sent_at > answered_at)
    if (session.scalar(before) or 0) + 1 >= SILENT_AFTER:
        tasks.open_for(session, tasks.TaskKind.SILENT, referral.organisation_id, by=by, at=at, about="Nobody answered two messages in a row. Ring before you send another.")


def _not_reached(_session: Session, referral: Referral, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    referral.code = "could_not_reach"


def _whether_they_came(_session: Session, referral: Referral, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    """Keep that a family did not come, where a partner says so at the end; what stood here from before it was opened again goes."""
    referral.code = returns.DID_NOT_COME if facts.get("came") == "no" else None


EFFECTS: dict[str, tuple[Any, ...]] = {
    "send": (_stamp("sent_at"),),
    "recall": (_unstamp_sent,),
    "accept": (_stamp("replied_at"), _stamp("accepted_at"), _answered),
    "wait": (_stamp("replied_at"), _answered),
    "ask": (_stamp("replied_at"), _answered),
    "decline": (_stamp("replied_at"), _answered, _offer_is_full, _somebody_worries, mends.offer_may_be_wrong),
    "introduce": (_becomes_introduction,),
    "contact": (_stamp("contacted_at"),),
    "finish": (_stamp("finished_at"),),
    "close": (_whether_they_came,),
    "withdraw": (_return_place, _end_agreement),
    "could_not_reach": (_return_place, _not_reached),
    "expire": (_silent,),
}
