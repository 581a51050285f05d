"""Forms of the registry: a call that was made, who answers, and what is wrong. Nothing is chosen beforehand."""

from __future__ import annotations

from web.fields import AnyOf, Email, KithForm, Line, Lines, Telephone, Tick, WholeNumber


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


class OrganisationForm(KithForm):
    """What is known of an organisation. `seen` is the version that the person was looking at."""

    seen = WholeNumber("Version", least=0, most=1_000_000)
    name = Line("Name of the organisation", required="Give the organisation's name.", autocomplete="off")
    description = Lines("What do they do?", rows=3)
    phone = Telephone("Their telephone number")
    website = Line("Their web address", most=500, hint="For example: https://pantry.example", autocomplete="off")


class NewOrganisationForm(OrganisationForm):
    """An organisation that is new here, and who answers there."""

    contact_name = Line("Who answers there?", most=120, hint="A name. You can add a second person next.", autocomplete="off")
    contact_email = Email("Their e-mail address", autocomplete="off")
    contact_phone = Telephone("Their own telephone number, if it is another")
    answers_in_holidays = Tick("They answer in the school holidays too")
