"""Forms of the registry: a call that was made, who answers, and what is wrong. Nothing is chosen beforehand."""

from __future__ import annotations

from web.fields import AnyOf, Email, KithForm, Line, Telephone, Tick


class PressForm(KithForm):
    """A button, and nothing to fill in."""


class WrongForm(KithForm):
    """This is wrong: one press. It remembers which suggestions the person was looking at."""

    run = Line("Suggestions", most=40)


class CallForm(KithForm):
    """What somebody said on the telephone."""

    name = Line("Who did you speak with?", required="Say who you spoke with.", most=120, autocomplete="off")
    right = AnyOf("Which of these did they say are still right?", [])


class ContactForm(KithForm):
    """A named person who answers."""

    name = Line("Name", required="Give the person's name.", most=120, autocomplete="off")
    email = Email("E-mail address", autocomplete="off")
    phone = Telephone("Telephone")
    answers_in_holidays = Tick("They answer in the school holidays too")


class OfferContactsForm(KithForm):
    """Who answers for one offer."""

    contacts = AnyOf("Who answers for this offer?", [], hint="One or two people")
