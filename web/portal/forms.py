"""The partner's forms: one question at most."""

from __future__ import annotations

from partners.referrals.moves import DECLINE_CODES
from partners.referrals.returns import WHETHER_THEY_CAME
from web import wording
from web.fields import Day, KithForm, Line, Lines, OneOf, Tick, WholeNumber


class PressForm(KithForm):
    """A button, and nothing to fill in."""


class WaitForm(KithForm):
    """How long the wait is."""

    weeks = WholeNumber("About how many weeks is the wait?", required="Say about how many weeks.", least=1, most=156)


class DeclineForm(KithForm):
    """Which reason fits."""

    code = OneOf("Which reason fits best?", list(DECLINE_CODES.items()), required="Choose a reason. None of them is held against you.")
    until = Day("If you are full or pausing: until when?")


class AskForm(KithForm):
    """A question, without names."""

    question = Lines("What do you need to know?", required="Write your question.", most=500, hint="Please don't write anybody's name.")


class CodeForm(KithForm):
    """The six digits."""

    code = Line("The six digits we sent you", required="Type the six digits.", most=12, autocomplete="one-time-code", render_kw={"inputmode": "numeric"})


class OutcomeForm(KithForm):
    """What came of it, in the partner's words."""

    result = OneOf("What came of it?", list(wording.RESULTS.items()), required="Choose what came of it.")


class CameForm(KithForm):
    """Whether they came, where the family agreed that school hears no more than that."""

    came = OneOf("Did they come?", list(WHETHER_THEY_CAME.items()), required="Choose whether they came.", hint="The family agreed that school hears this, and nothing more.")


class UnreachedForm(KithForm):
    """They could not be reached."""

    contact_checked = Tick("We tried the way and the times that the family agreed to")


class StillRightForm(KithForm):
    """Is this still right?"""

    answer = OneOf("Is this still right?", [("yes", "Yes, still right"), ("changed", "Something changed"), ("full", "We're full"), ("pause", "Pause until…")], required="Press one of the four buttons.", hint="Being full or pausing is never held against you.")
    name = Line("Your first name", most=80, hint="If you like, so that the school knows who said so.")
    places = WholeNumber("How many places are left?", least=0, most=10_000, hint="If you know. You can give it with any answer.")
    until = Day("Pause until")


class MessageForm(KithForm):
    """Words for school."""

    words = Lines("Your message, without names", required="Write something first.", most=1000)


class SendForm(KithForm):
    """Who says so, and what to do with what was written."""

    sender = Line("Your first name", most=80, hint="If you like, so that the school knows who said so.")
    step = OneOf("What now?", [("look", "See what the school would see"), ("send", "Send to the school")], required="Press one of the two buttons.")
