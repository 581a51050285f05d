"""The liaison officer's forms for what is done together: asks and gives, partnerships, groups, events and gaps. Nothing is chosen beforehand."""

from __future__ import annotations

from typing import Any

from wtforms.widgets import HiddenInput

from partners.families.agreements import SHAREABLE
from partners.matching import exchanges, gap_asks, groups, words
from partners.registry.asks import Wanted
from web import features as feature_table
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


class TheirViewForm(ViewForm):
    """The partner's view, as somebody there told us."""

    name = Line("Who told us?", required="Give the name of who told us.", most=80, autocomplete="off")


class GroupForm(KithForm):
    """A group that a person names."""

    name = Line("What do you call it?", required="Give the group a name.", most=120, hint="A name that everybody in it could read, such as Tuesday English.", autocomplete="off")
    members = AnyOf("Which families?", [])


class GroupNameForm(KithForm):
    """Another name for a group."""

    name = Line("What do you call it?", required="Give the group a name.", most=120, autocomplete="off")


class HandOnForm(KithForm):
    """Who holds a group from now on."""

    owner = OneOf("Which liaison officer?", [], required="Choose who holds it.")


class MatchForm(KithForm):
    """A partner, a place and a time for a group."""

    offer = OneOf("With whom?", [], required="Choose with whom.")
    place = Line("Where?", required="Say where.", most=200, autocomplete="off")
    day = OneOf("On which day?", list(wording.DAYS.items()), required="Choose a day.")
    starts = Line("From", required="Give a start.", most=5, hint="For example, 9:30", autocomplete="off")
    ends = Line("Until", required="Give an end.", most=5, autocomplete="off")
    places = WholeNumber("Room for how many families?", least=1, most=1_000, hint="Leave it empty if there is room for all")


class GroupAnswerForm(KithForm):
    """What one family said about a group."""

    fields = AnyOf("They agreed to share with the partner", [(name, says) for name, says in SHAREABLE.items() if name != "what_was_tried"], hint="Nothing need be shared: then they come without their name being given.")
    childs_view = Lines("What does the child say about it?", most=500, rows=3)
    answer = OneOf("What did they say?", list(groups.ANSWERS.items()), required="Press what they said.")


class MeetingsForm(KithForm):
    """When a group meets."""

    first = Day("The first day", required="Give the first day.")
    weeks = WholeNumber("How many times, week by week?", required="Say how many times.", least=1, most=40, hint="Closures and bank holidays are passed over")


class CameToForm(KithForm):
    """Who came."""

    came = AnyOf("Who came?", [])
    which = OneOf("Save", [("ticked", "Save those ticked"), ("everyone", "Everyone came")], required="Press one of the two buttons.")


class ResultForm(KithForm):
    """Whether it helped, in the family's word."""

    result = OneOf("Did it help?", list(groups.RESULTS.items()), required="Press what they said.")


class PartnerSaidForm(KithForm):
    """Whether a partner can hold a group."""

    answer = OneOf("Can they?", [("yes", "Yes"), ("no", "Not this time")], required="Press what they said.")


class EventForm(KithForm):
    """An event or a round of gifts."""

    name = Line("What is it called?", required="Give it a name.", most=120, autocomplete="off")
    giver = Choose("Who gives it?", [], required="Choose who gives it.")
    on = Day("On which day?", required="Give the day.")
    starts = Line("From", most=5, hint="For example, 15:00. Leave it empty for all day.", autocomplete="off")
    ends = Line("Until", most=5, autocomplete="off")
    place = Line("Where?", most=200, autocomplete="off")
    expected = WholeNumber("For about how many people?", least=1, most=100_000, hint="Leave it empty if you don't know. Nobody's name is taken.")
    open_to_all = OneOf("Can anyone come?", [("yes", "Yes, anyone: no names, no asking"), ("no", "No, there is only so much")], required="Choose one.")
    words = Lines("What should everybody know?", most=500, rows=3)
    collecting = Line("How is it collected, so that nobody is seen to be given anything?", most=300, hint="For example: a plain bag at the office, from 3pm", autocomplete="off")


class WantForm(KithForm):
    """Something that an event needs."""

    thing = Choose("What is needed?", _things, required="Choose what is needed.")
    amount = WholeNumber("How many?", required="Say how many. One is fine.", least=1, most=100_000, hint="People, meals, hours, pieces or pounds: whatever fits")
    note = Line("In a few words", most=200, hint="For example: hot, with a choice without meat", autocomplete="off")


class BringForm(KithForm):
    """What somebody brings to an event."""

    whose = Choose("Who brings it?", [], required="Choose who brings it.")
    amount = WholeNumber("How many?", required="Say how many. One is fine.", least=1, most=100_000)
    name = Line("Who said so?", required="Give a first name, so that everybody knows whom to ring.", most=120, autocomplete="off")
    note = Line("In a few words", most=200, autocomplete="off")


class BroughtForm(KithForm):
    """Whether what was promised came: one of them, or all that nobody spoke of yet."""

    bring = Line("Which", most=40)
    came = OneOf("Did it come?", [("yes", "It came"), ("no", "It didn't come")], required="Press whether it came.")


class AskToBringForm(KithForm):
    """Whom to write to about what is still missing."""

    partners = AnyOf("Whom would you ask?", [])


class GiftForm(KithForm):
    """Something of which there is only so much."""

    gift = Line("What is it?", required="Say what it is.", most=120, autocomplete="off")
    code = Choose("What does it help with?", lambda: [(c, w) for c, w in words.labels().items() if words.paths()[c] in ("open", "school")], required="Choose what it helps with.")
    places = WholeNumber("For how many families?", required="Say for how many families.", least=1, most=10_000)
    giver = Choose("Who gives it?", [], hint="Leave it empty for whoever gives the event")
    features = AnyOf("What is known of it?", [(code, words) for code, words in feature_table.CALLED.items() if code != "collects"])


class WishForm(KithForm):
    """A family that would like something."""

    family = Choose("Which family?", [], required="Choose a family.")
    codes = AnyOf("What would they like?", [])


class FixForm(KithForm):
    """A gift that a person fixes for a family, or lets go."""

    gift = Line("Gift", most=40)


class CountForm(KithForm):
    """How many came, without names."""

    headcount = WholeNumber("How many people came?", required="Say how many, about right is fine.", least=0, most=100_000)


class GapAskForm(KithForm):
    """Whom to ask for a change."""

    to_whom = OneOf("Whom would you ask?", list(gap_asks.TO_WHOM.items()), required="Choose whom to ask.")


class GapWordsForm(KithForm):
    """The words of an ask."""

    words = Lines("The page", required="Write something.", most=gap_asks.LONGEST, rows=18, hint="No family should be recognisable.")
