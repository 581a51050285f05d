"""The liaison officer's forms for what is done together: asks and gives, partnerships, groups, events and gaps. Nothing is chosen beforehand."""

from __future__ import annotations

from typing import Any

from wtforms.widgets import HiddenInput

from partners.matching import exchanges
from partners.registry.asks import Wanted
from web import wording, wording_together
from web.fields import AnyOf, Choose, Day, KithForm, Line, Lines, OneOf, Tick, WholeNumber


def _things() -> list[tuple[str, str]]:
    return sorted(exchanges.things().items(), key=lambda pair: pair[1])


class TermsForm(KithForm):
    """What an ask and a give have in common."""

    thing = Choose("What is it?", _things, required="Choose what it is.")
    amount = WholeNumber("How many?", required="Say how many. One is fine.", least=1, most=100_000, hint="People, hours, pieces or pounds: whatever fits")
    note = Line("In a few words", most=300, hint="No family's name or story, please.", autocomplete="off")
    days = AnyOf("On which days?", list(wording.DAYS.items()))
    starts = Line("From", most=5, hint="For example, 18:00. Leave it empty for any time.", autocomplete="off")
    ends = Line("Until", most=5, autocomplete="off")
    language = Choose("In which language?", list(wording.LANGUAGES.items()), hint="Only if it matters")
    from_on = Day("First day", hint="Leave it empty if it doesn't matter")
    until_on = Day("Last day", hint="Leave it empty if it doesn't matter")

    def wanted(self) -> Wanted:
        """Return the facts as the registry reads them."""
        facts: dict[str, Any] = self.facts()
        return Wanted(**{name: facts[name] for name in ("thing", "amount", "days", "starts", "ends", "language", "from_on", "until_on")}, note=facts["note"] or "")


class AskForm(TermsForm):
    """Something that is asked for."""

    whose = Choose("Who asks?", [], required="Choose who asks.")


class GiveForm(TermsForm):
    """Something that can be given."""

    whose = Choose("Who gives it?", [], required="Choose who gives it.")
    in_exchange = Tick("Only with something in return")
    comes_to_you = Tick("It can be brought to whoever needs it")


class FamilyGiveForm(KithForm):
    """Something that a family said they would like to give."""

    thing = Choose("What would they like to give?", _things, required="Choose what it is.")
    amount = WholeNumber("How much?", required="Say how much. One is fine.", least=1, most=1_000, hint="Hours, pieces or people: whatever fits")
    language = Choose("In which language?", list(wording.LANGUAGES.items()), hint="Only if it matters")
    words = Line("In their own words", most=300, autocomplete="off")


class ChosenForm(KithForm):
    """One exchange as it was shown."""

    signature = Line("Exchange", required="Go back and press the button again.", most=64)
    press = Line("Press", required="Go back and press the button again.", most=64)


class AnswerForm(KithForm):
    """What one side of an exchange or a group said."""

    name = Line("Who said so?", required="Give a first name.", most=120, autocomplete="off")
    answer = OneOf("What did they say?", [("yes", "Yes"), ("no", "Not this time")], required="Press what they said.")


class CameForm(KithForm):
    """What became of a handover."""

    how = OneOf("What became of it?", list(exchanges.CAME.items()), required="Press what became of it.")


class PressForm(KithForm):
    """A button, and nothing to fill in."""


class BeginForm(KithForm):
    """The beginning of a partnership."""

    organisation = Choose("Which organisation?", [], required="Choose an organisation.")
    since_on = Day("Since when do you know each other?", required="Give the day; about right is fine.")
    monthly_cap = WholeNumber("How many introductions a month can they carry?", least=1, most=1_000, hint="Leave it empty if nobody has said")


class HappenedForm(KithForm):
    """One thing that happened between a school and a partner."""

    kind = OneOf("What was it?", list(wording_together.HAPPENED.items()), required="Choose what it was.")
    on = Day("When?", hint="Leave it empty for today. For example, 24 11 2026")
    words = Lines("In a sentence or two", most=500, rows=3, hint="No family's name or story, please.")
    spoke_with = Line("Who did you speak with?", most=120, autocomplete="off")


class KnowForm(KithForm):
    """Somebody who is known by name."""

    side = OneOf("On which side?", [("partner", "Theirs"), ("school", "Ours")], required="Choose the side.")
    name = Line("The name they go by", required="Give the name they go by.", most=120, autocomplete="off")
    part = Line("What they do", most=120, hint="For example: runs the Tuesday circle", autocomplete="off")


class PlanForm(KithForm):
    """The next step."""

    version = WholeNumber("Version", least=1, most=1_000_000, widget=HiddenInput())
    next_step = Line("The next step", required="Say what the next step is.", most=200, autocomplete="off")
    next_step_on = Day("By when?", required="Give a day.")
    owner = Choose("Who does it?", [], required="Choose who does it.")
    monthly_cap = WholeNumber("How many introductions a month can they carry?", least=1, most=1_000, hint="Leave it empty if nobody has said")


_OFTEN = list(wording_together.HOW_OFTEN.items())


class ViewForm(KithForm):
    """Five statements, from one side."""

    by_name = OneOf(wording_together.STATEMENTS["by_name"], _OFTEN, required="Choose not yet, sometimes or usually.")
    not_only_referrals = OneOf(wording_together.STATEMENTS["not_only_referrals"], _OFTEN, required="Choose not yet, sometimes or usually.")
    changed = OneOf(wording_together.STATEMENTS["changed"], _OFTEN, required="Choose not yet, sometimes or usually.")
    parents_say = OneOf(wording_together.STATEMENTS["parents_say"], _OFTEN, required="Choose not yet, sometimes or usually.")
    bad_news = OneOf(wording_together.STATEMENTS["bad_news"], _OFTEN, required="Choose not yet, sometimes or usually.")
