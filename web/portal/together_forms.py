"""The partner's forms for what is done together with a school."""

from __future__ import annotations

from web.fields import Choose, Line, OneOf, Tick, WholeNumber
from web.liaison.together_forms import KithForm, TermsForm, ViewForm, _things


class AskForm(TermsForm):
    """Something that the partner would like."""

    thing = Choose("What would you like?", _things, required="Choose what you would like.")
    amount = WholeNumber("How many?", required="Say how many. One is fine.", least=1, most=100_000, hint="People, hours, pieces or pounds: whatever fits")


class GiveForm(TermsForm):
    """Something that the partner can give."""

    thing = Choose("What can you give?", _things, required="Choose what you can give.")
    amount = WholeNumber("How many?", required="Say how many. One is fine.", least=1, most=100_000, hint="People, hours, pieces or pounds: whatever fits")
    in_exchange = Tick("We would like something in return")
    comes_to_you = Tick("We can bring it")


class TheirViewForm(ViewForm):
    """The partner's view of this school year."""

    name = Line("Your first name", required="Give your first name, so that the school knows who says so.", most=80)


class CanForm(KithForm):
    """Whether the partner can."""

    answer = OneOf("Can you?", [("yes", "Yes, we can"), ("no", "Not this time")], required="Press one of the two buttons.")


class SidesForm(KithForm):
    """The partner's own answer."""

    name = Line("Your first name", required="Give your first name, so that everybody knows who said so.", most=80)
    answer = OneOf("Can you?", [("yes", "Yes, we can"), ("no", "Not this time")], required="Press one of the two buttons.")


class BringForm(KithForm):
    """What the partner brings to an event."""

    amount = WholeNumber("How many can you bring?", required="Say how many. One is fine.", least=1, most=100_000)
    name = Line("Your first name", required="Give your first name, so that the school knows whom to ring.", most=80)
    note = Line("In a few words", most=200, hint="If there is something to know", autocomplete="off")
