"""THE REFERRAL TABLE: every state, every move, who may make it and what must be there. Guards, buttons and tests all read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from partners.foundation.errors import IllegalMove


class State(StrEnum):
    """Where a referral stands. `told` is the state of a 'tell': the family has the details and nothing was sent."""

    DRAFT = "draft"
    READY = "ready"
    TOLD = "told"
    SENT = "sent"
    VIEWED = "viewed"
    WAITLISTED = "waitlisted"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    SUPPORTING = "supporting"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Kind(StrEnum):
    """The four ways to connect a family and a partner."""

    TELL = "tell"
    ASK_FIRST = "ask_first"
    INTRODUCE = "introduce"
    GO_TOGETHER = "go_together"


LIVE = frozenset(State) - {State.CLOSED, State.DECLINED, State.WITHDRAWN, State.EXPIRED}
NEEDS_AGREEMENT = frozenset({Kind.INTRODUCE, Kind.GO_TOGETHER})
ANY_KIND = frozenset(Kind)
# Ask-first names nobody: only after the school introduced the family, which makes it an introduction, can the two speak.
KNOWN_TO_EACH_OTHER = ANY_KIND - {Kind.ASK_FIRST}
SENT_KINDS = frozenset({Kind.ASK_FIRST, Kind.INTRODUCE, Kind.GO_TOGETHER})


@dataclass(frozen=True)
class Move:
    """One row: an action, the states it starts from and ends in, whose it is, for which kinds, and what it says.

    `logged_by_flo` marks a partner's move that the FLO may write down after a call, naming who spoke.
    `next_owner` is whose turn it is after: flo, partner or nobody.
    """

    action: str
    sources: frozenset[State]
    to: State
    parties: frozenset[str]
    needs: tuple[str, ...]
    button: str
    says: str
    next_owner: str
    kinds: frozenset[Kind] = ANY_KIND
    logged_by_flo: bool = False


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


_FLO, _PARTNER = frozenset({"flo"}), frozenset({"partner"})
_BOTH = _FLO | _PARTNER
S = State

# Source: domain guide 6.1, and 6.2 for the four kinds. `told` and the two moves from it are ours (README, decision log).
MOVES: tuple[Move, ...] = (
    Move("tell", _states(S.DRAFT), S.TOLD, _FLO, ("no_stop",), "Tell the family", "told the family about the offer", "flo", frozenset({Kind.TELL})),
    Move("prepare", _states(S.DRAFT), S.READY, _FLO, ("no_stop", "agreement"), "Make ready", "made it ready to send", "flo", SENT_KINDS),
    Move("think", _states(S.DRAFT), S.DRAFT, _FLO, (), "Wants to think", "wrote down that the family wants to think about it", "flo", SENT_KINDS),
    Move("think", _states(S.ACCEPTED), S.ACCEPTED, _FLO, (), "Wants to think", "wrote down that the family wants to think about it", "flo", frozenset({Kind.ASK_FIRST})),
    Move("send", _states(S.READY), S.SENT, _FLO, ("no_stop", "agreement", "not_paused", "asked_twice"), "Send", "sent it", "partner", SENT_KINDS),
    Move("recall", _states(S.SENT), S.READY, _FLO, ("within_ten_minutes",), "Take it back", "took it back before it was opened", "flo", SENT_KINDS),
    Move("view", _states(S.SENT), S.VIEWED, _PARTNER, (), "Read the message", "opened the message", "partner", SENT_KINDS),
    Move("accept", _states(S.SENT, S.VIEWED, S.WAITLISTED), S.ACCEPTED, _PARTNER, ("no_stop", "agreement", "who_answered", "place"), "We can help", "said they can help", "partner", NEEDS_AGREEMENT, True),
    Move("accept", _states(S.SENT, S.VIEWED, S.WAITLISTED), S.ACCEPTED, _PARTNER, ("no_stop", "agreement", "who_answered", "place"), "We can help", "said they can help", "flo", frozenset({Kind.ASK_FIRST}), True),
    Move("wait", _states(S.SENT, S.VIEWED), S.WAITLISTED, _PARTNER, ("who_answered", "weeks"), "Waiting list", "put the family on a waiting list", "flo", SENT_KINDS, True),
    Move("tell_wait", _states(S.WAITLISTED), S.WAITLISTED, _FLO, ("not_told_yet",), "The family know about the wait", "told the family about the wait", "partner", SENT_KINDS),
    Move("ask", _states(S.SENT, S.VIEWED), S.INFO_REQUESTED, _PARTNER, ("question",), "Need to ask something", "asked a question", "flo", SENT_KINDS, True),
    Move("answer", _states(S.INFO_REQUESTED), S.VIEWED, _FLO, ("answer",), "Answer", "answered the question", "partner", SENT_KINDS),
    Move("decline", _states(S.SENT, S.VIEWED, S.WAITLISTED, S.INFO_REQUESTED), S.DECLINED, _PARTNER, ("who_answered", "decline_code"), "We can't this time", "said they cannot help this time", "flo", SENT_KINDS, True),
    Move("introduce", _states(S.ACCEPTED), S.ACCEPTED, _FLO, ("no_stop", "agreement", "asked_twice"), "Introduce us", "introduced the family, who agreed", "partner", frozenset({Kind.ASK_FIRST})),
    Move("contact", _states(S.ACCEPTED, S.TOLD), S.CONTACTED, _BOTH, ("introduced", "may_return"), "Contacted", "and the family have spoken", "partner", KNOWN_TO_EACH_OTHER),
    Move("start", _states(S.CONTACTED), S.SUPPORTING, _BOTH, ("may_return",), "Came, or received", "first came, or received it", "partner"),
    Move("could_not_reach", _states(S.ACCEPTED), S.CLOSED, _BOTH, ("contact_checked",), "Couldn't reach them", "could not reach the family", "flo", NEEDS_AGREEMENT),
    Move("finish", _states(S.CONTACTED, S.SUPPORTING), S.SUPPORTING, _PARTNER, ("not_finished", "may_return"), "Finished", "said that their part is finished", "flo", ANY_KIND, True),
    Move("close", _states(S.CONTACTED, S.SUPPORTING, S.TOLD), S.CLOSED, _BOTH, ("outcome", "may_return"), "Close with what happened", "closed it with what happened", "nobody"),
    Move("withdraw", LIVE, S.WITHDRAWN, frozenset({"flo", "family"}), ("withdraw_code",), "Stop this", "stopped it", "nobody"),
    Move("expire", _states(S.SENT, S.VIEWED), S.EXPIRED, frozenset({"clock"}), ("overdue",), "", "ran out without an answer", "flo", SENT_KINDS),
    Move("reopen", _states(S.CLOSED), S.SUPPORTING, frozenset({"flo", "admin"}), ("no_stop", "agreement", "note", "within_a_year"), "Open it again", "opened it again", "flo", frozenset({Kind.INTRODUCE, Kind.GO_TOGETHER, Kind.TELL, Kind.ASK_FIRST})),
)

# Reason codes for a partner's no. Source: domain guide 6.4.
DECLINE_CODES = {
    "full": "We are full",
    "paused": "We are having a pause",
    "outside_area": "Outside our area",
    "age": "Not the ages we work with",
    "language_not_available": "We can't offer that language",
    "not_right_service": "Not the right fit",
    "needs_specialist": "Someone more specialist would be better",
    "safety_risk": "We are worried about someone's safety",
    "other": "Something else",
}
# Reason codes for stopping. A family's no counts against nobody.
WITHDRAW_CODES = {
    "not_now": "They said not now",
    "changed_mind": "The family changed its mind",
    "got_help_elsewhere": "They got help somewhere else",
    "agreement_withdrawn": "They took back their agreement",
    "sent_by_mistake": "It was sent by mistake",
    "other": "Something else",
}

# Working days from sending, less bank holidays, school closures and the partner's pause. Source: domain guide 6.3 (ours).
VIEW_DAYS, REPLY_DAYS, CONTACT_DAYS, EXPIRE_DAYS = 2, 5, 10, 15
CHECK_IN_DAYS = (14, 42)
RECALL_MINUTES = 10

STATE_WORDS = {
    S.DRAFT: "Being prepared", S.READY: "Ready to send", S.TOLD: "Family told", S.SENT: "Sent, not opened yet", S.VIEWED: "Opened",
    S.WAITLISTED: "On a waiting list", S.INFO_REQUESTED: "They asked a question", S.ACCEPTED: "They can help",
    S.CONTACTED: "They have spoken", S.SUPPORTING: "Help has started", S.CLOSED: "Closed", S.DECLINED: "They can't this time",
    S.WITHDRAWN: "Stopped", S.EXPIRED: "No answer came",
}


def find_move(state: State, action: str, party: str, kind: Kind) -> Move:
    """Return the one row for a move from a state by a party, or raise IllegalMove."""
    for move in MOVES:
        if move.action == action and state in move.sources and kind in move.kinds and (party in move.parties or (party == "flo" and move.logged_by_flo)):
            return move
    raise IllegalMove(state.value, action, party)


def allowed(state: State, party: str, kind: Kind) -> tuple[Move, ...]:
    """Return the moves that a party may make from a state, in the order of the table; those logged after a call come last for an FLO."""
    own = [m for m in MOVES if state in m.sources and kind in m.kinds and party in m.parties]
    logged = [m for m in MOVES if state in m.sources and kind in m.kinds and party == "flo" and m.logged_by_flo and party not in m.parties]
    return (*own, *logged)


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for people: a line a row and state, with who may press it. Stopping and opening again stand below it."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for row in MOVES:
        if row.action in ("withdraw", "reopen"):
            continue
        who = "/".join(sorted(row.parties)) + ("*" if row.logged_by_flo else "")
        lines += [f"    {source.value} --> {row.to.value}: {row.action} ({who})" for source in State if source in row.sources]
    # Whose turn is next differs by kind and makes rows of its own; the arrows are the same.
    return "\n".join([*dict.fromkeys(lines), "    closed --> supporting: reopen (admin/flo)"])
