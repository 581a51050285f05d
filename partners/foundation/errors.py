"""The errors of the registry, the families and their referrals: a small tree, each saying what is wrong and what to do."""

from __future__ import annotations


class PartnersError(Exception):
    """The base of every error this package raises on purpose."""


class NotFound(PartnersError, LookupError):
    """There is no such record, or it is not this person's to see: the two are never told apart."""

    def __init__(self, kind: str = "record") -> None:
        super().__init__(f"There is no such {kind}.")
        self.kind = kind


class NotAllowed(PartnersError, PermissionError):
    """This person may not do this."""

    def __init__(self, action: str) -> None:
        super().__init__(f"You cannot do this here ({action}). Ask your administrator if you think you should.")
        self.action = action


class InvalidRecord(PartnersError, ValueError):
    """A value that cannot be kept: `field` names it, `message` says what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Conflict(PartnersError, RuntimeError):
    """The record is not in a state that allows this now."""


class IllegalMove(Conflict):
    """The table of moves has no such move from this state by this party."""

    def __init__(self, state: str, action: str, party: str) -> None:
        super().__init__(f"This cannot be done now: it is '{state.replace('_', ' ')}'. Look again at what has happened since.")
        self.state, self.action, self.party = state, action, party


class AgreementMissing(Conflict):
    """Nothing about a family leaves without a live agreement that names the partner and the fields."""

    def __init__(self, message: str = "There is no agreement for this yet. Ask the family first, then record what they said.") -> None:
        super().__init__(message)


class StaleRecord(Conflict):
    """Somebody else changed the record in between; both versions are kept for the person to choose."""

    def __init__(self, kind: str, *, seen: int, now: int) -> None:
        super().__init__(f"Somebody changed this {kind} while you were looking. Nothing was overwritten: look at it again, then decide.")
        self.kind, self.seen, self.now = kind, seen, now


class SafetyStop(Conflict):
    """Someone may be at risk: nothing is listed and nothing is sent until the safeguarding lead says so."""

    def __init__(self, reason: str = "at_risk") -> None:
        super().__init__("Stop here and speak to the safeguarding lead. Nothing was sent.")
        self.reason = reason


class SetAside(Conflict):
    """The family asked the school to stop using its records for now: they are kept, and nothing is found or sent."""

    def __init__(self) -> None:
        super().__init__("The family asked us to stop using its records for now. They are kept and not used, so nothing was looked for and nothing was sent. The safeguarding lead can say when they may be used again.")


class NothingToDo(Conflict):
    """A partner asks about an introduction that is shut for it. It is told nothing more: a reason could tell where the family is or why."""

    def __init__(self) -> None:
        super().__init__("The school will be in touch if there is.")


class NotReady(PartnersError, RuntimeError):
    """The service cannot run as it is set up; the message says what to run or to set."""
