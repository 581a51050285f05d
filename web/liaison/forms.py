"""The liaison officer's forms: explicit fields only, nothing chosen beforehand."""

from __future__ import annotations

from partners.families.agreements import INTERPRETERS, RETURNS, SERVICES, SHAREABLE, Said
from partners.families.families import OTHER_PARENT, RESPONSIBILITY, YEAR_GROUPS, ContactBy
from partners.families.needs import UNMET_REASONS
from partners.matching import words
from partners.referrals.moves import DECLINE_CODES, WITHDRAW_CODES
from partners.referrals.outcomes import SAID_BY
from web import features, wording
from web.fields import AnyOf, Choose, Day, KithForm, Line, Lines, OneOf, Postcode, Tick, WholeNumber
from web.liaison.requirement_rules import MOST_MINUTES, MOST_WEEKS

_CONTACT = [
    (ContactBy.PHONE.value, "Ring"), (ContactBy.TEXT.value, "Text"), (ContactBy.EMAIL.value, "E-mail"),
    (ContactBy.FACE_TO_FACE.value, "Only face to face"), (ContactBy.NOT_KNOWN.value, "Not known yet: do not contact"),
]
_THREE = [("yes", "Yes"), ("no", "No"), ("not_known", "Not known")]
_STRENGTH = [("must", "Must"), ("would_help", "Would help")]
_MUST_IF_EMPTY = "Left empty, it is a must."


class FamilyForm(KithForm):
    """A family: initials for lists, the rest sealed."""

    initials = Line("Initials of the parent or carer", required="Give one to three initials, such as A.K.", most=10, hint="One to three letters. Lists show only these.", autocomplete="off")
    year_groups = AnyOf("Year groups of the children", [(y, y) for y in YEAR_GROUPS])
    first_name = Line("First name", most=80, hint="Kept sealed. Shared only when the family agrees.", autocomplete="off")
    contact_by = OneOf("How is it safe to reach them?", _CONTACT, required="Choose a way, or 'Not known yet'.")
    contact = Line("The number or address that is safe", most=200, autocomplete="off")
    safe_times = Line("Safe times", most=200, hint="For example: weekdays before 3pm", autocomplete="off")
    voicemail_ok = OneOf("Is it safe to leave a voicemail?", _THREE)
    letters_ok = OneOf("Is it safe to send a letter?", _THREE)
    postcode = Postcode("Postcode", hint="Used for areas and travel only")
    language = Choose("Language they would like to use", list(wording.LANGUAGES.items()), hint="Ask the parent. It is never taken from a school record.")
    must_not_know = Lines("Is there anyone who must not know?", most=500)
    one_at_a_time = Tick("They would like one step at a time")
    do_not_disclose = Tick("Do not disclose", hint="Sending anything with a name asks you twice, and the area is never shown before a yes.")
    parental_responsibility = OneOf("Who has parental responsibility?", list(RESPONSIBILITY.items()), hint="As they say it. Not known is an answer.")
    other_parent_sees = OneOf("What may the other parent be told?", list(OTHER_PARENT.items()), hint="Left empty, it is nothing.")


class HarmForm(KithForm):
    """The first question."""

    harm = OneOf("Is anyone at risk of harm now?", [("no", "No"), ("yes", "Yes"), ("not_sure", "Not sure")], required="Answer this first.")


class WordsForm(KithForm):
    """What would help, in the family's own words."""

    # The same page holds what they said beside the needs, so this box has an id of its own.
    said = Line("Say it as they said it", most=500, hint="For example: the leccy has run out", autocomplete="off", id="said-words")


class NeedsForm(KithForm):
    """What would help, whom for, and how soon."""

    codes = AnyOf("What would help?", lambda: list(words.labels().items()))
    for_whom = OneOf("Whom is it for?", list(wording.FOR.items()), required="Choose whom it is for.")
    child = Choose("Which child?", [])
    age_years = WholeNumber("Age in years, if it matters", least=0, most=120)
    within = OneOf("How soon?", list(wording.WITHIN.items()), required="Press how soon.", hint="Pressing one keeps the need and goes on.")
    said = Lines("Anything they said or tried already", most=500)


class RequirementsForm(KithForm):
    """What the help must be like. All optional, and all that matching can be asked for."""

    others = AnyOf("Asked for as well", hint="Take a tick away if it no longer matters.")
    language = Choose("Language", list(wording.LANGUAGES.items()))
    language_strength = OneOf("How much does the language matter?", _STRENGTH)
    features_must = AnyOf("Must be", list(features.WISHES.items()))
    features_help = AnyOf("Would help", list(features.WISHES.items()))
    times = AnyOf("Times that suit", [("weekday_mornings", "Weekday mornings"), ("weekday_afternoons", "Weekday afternoons"), ("weekday_evenings", "Weekday evenings"), ("weekends", "Weekends")])
    times_strength = OneOf("How much do the times matter?", _STRENGTH)
    travel_by = OneOf("How would they travel?", [("walk", "On foot"), ("bus", "By bus"), ("car", "By car")])
    travel_minutes = WholeNumber("At most how many minutes?", least=1, most=MOST_MINUTES)
    travel_strength = OneOf("How much does the travel time matter?", _STRENGTH, hint=_MUST_IF_EMPTY)
    other_times = Lines("Other times that suit", most=500, rows=2, hint="One line each. For example: Monday and Tuesday 17:00 to 19:00")
    not_times = Lines("Times that never suit", most=500, rows=2, hint="For example: Monday to Friday 06:00 to 14:00")
    not_times_strength = OneOf("How much does that matter?", _STRENGTH, hint=_MUST_IF_EMPTY)
    modes = AnyOf("How it can be had", list({k: v.capitalize() for k, v in wording.MODES.items()}.items()))
    modes_strength = OneOf("How much does the way matter?", _STRENGTH)
    gender = OneOf("A group for one gender, if they asked", [("women", "Women"), ("men", "Men")])
    gender_strength = OneOf("How much does the group matter?", _STRENGTH)
    wait_weeks = WholeNumber("Wait at most how many weeks?", least=0, most=MOST_WEEKS)
    wait_strength = OneOf("How much does the wait matter?", _STRENGTH, hint=_MUST_IF_EMPTY)

    wishes = features.WISH_GROUPS
    # What is asked for less often stands folded, open where something in it is filled or wrong.
    less_often = ("travel_strength", "other_times", "not_times", "not_times_strength", "modes", "modes_strength", "gender", "gender_strength", "wait_weeks", "wait_strength")

    def is_unfolded(self) -> bool:
        """Whether anything that stands folded is filled or wrong."""
        fields = [self._fields[name] for name in self.less_often]
        return any(f.errors or (f.data not in (None, "", []) and f.name != "travel_strength") for f in fields)


class ChooseForm(KithForm):
    """The person's choice of one offer, and how."""

    offer = Line("Offer", required="Choose an offer.", most=40)
    kind = OneOf("How", list(wording.KIND_BUTTONS.items()), required="Choose how.")
    press = Line("Press", required="Go back and press the button again.", most=64)
    because = Lines("Why this one?", most=500)


class NothingForm(KithForm):
    """Nothing was suitable, and why."""

    reason = OneOf("Why was nothing suitable?", [*((c, wording.UNMET[c]) for c in UNMET_REASONS), wording.PREFERRED_NOT], required="Choose why nothing was suitable.")


class AgreementForm(KithForm):
    """What the family agreed to."""

    answer = OneOf(
        "What did they say?", [("as_said", "Agreed to what I said"), ("agreed", "Agreed to what is ticked"), ("not_now", "Not now"), ("think", "Wants to think")],
        required="Press what they said.",
    )
    # What the help must be like is ticked one by one, in its own words.
    fields = AnyOf("They agreed to share", [(name, says) for name, says in SHAREABLE.items() if name != "requirements"])
    mentions = AnyOf("They agreed that this may be mentioned, before an answer too", hint="Tick only what you asked about.")
    what_was_tried = Lines("What has been tried, as the partner will read it", most=500, rows=2, hint="Only if they agreed to these words. No names, numbers or addresses.")
    said = OneOf(
        "How did they say it?", [(Said.SPOKEN.value, "Spoken"), (Said.SIGNED.value, "Signed"), (Said.INTERPRETER.value, "With an interpreter")],
        hint="Leave this empty if they said it aloud, with no interpreter.",
    )
    said_by = Line("Who agreed?", most=80, hint="Their role, not their name. For example: parent", autocomplete="off")
    interpreter = OneOf("Was there an interpreter?", list(INTERPRETERS.items()), hint="A professional one: never a child, a relative or a neighbour.")
    language = Choose("In which language?", list(wording.LANGUAGES.items()))
    service = OneOf("Do they want the help itself?", list(SERVICES.items()), hint="Apart from what may be shared. Leave this empty if they want it.")
    safe_ways = Lines("Safe ways and times, for this only", most=200, rows=2, hint="Only if it differs from what we hold already")
    returns = OneOf("What may the partner tell school afterwards?", list(RETURNS.items()), hint="Leave this empty for: only whether they met.")
    until = Day("Until when?", hint="Leave this empty for three months. For example, 31 1 2027")
    childs_view = Lines("What does the child say about it?", most=500)
    must_not_know = Lines("Is there anyone who must not know?", most=500)
    note = Lines("Why is it opened again?", most=500)
    sure = Tick("I have looked at who will know, and I am sure")


class SendForm(KithForm):
    """The last look before it is sent. A family marked 'do not disclose' is asked about twice. Without an agreement, what may be mentioned is said here."""

    mentions = AnyOf("They said that this may be mentioned", hint="Tick only what you asked about. Without a tick, none of it goes.")
    sure = Tick("I have looked at who will know, and I am sure")


class DeletedForm(KithForm):
    """Somebody said that something was deleted."""

    name = Line("Who said so?", required="Say who you spoke with: a first name is enough.", most=120, autocomplete="off")


class PersonKeptFromForm(KithForm):
    """A person who must not know."""

    name = Line("Who must not know?", required="Say who must not know: a name, or who they are to the family.", most=120, autocomplete="off")
    reach = Line("Their number or e-mail address, if it is known", most=200, hint="Nothing is ever sent there. It can never be kept as a way to reach the family.", autocomplete="off")


class OrganisationKeptAwayForm(KithForm):
    """An organisation that must not know, or must not be suggested."""

    organisation = Choose("Which organisation?", [], required="Choose an organisation.")


class LoggedForm(KithForm):
    """A move, with what some moves ask for."""

    version = WholeNumber("Version", least=1, most=1_000_000)
    spoke_with = Line("Who did you speak with?", most=120)
    code = Choose("Why?", [*DECLINE_CODES.items(), *((k, v) for k, v in WITHDRAW_CODES.items() if k not in DECLINE_CODES)])
    weeks = WholeNumber("About how many weeks?", least=1, most=156)
    note = Lines("Note", most=2000)
    question = Lines("Question", most=2000)
    answer = Lines("Answer", most=2000)
    contact_checked = Tick("We checked that the number or address is still safe and right")
    until = Day("If they are full or pausing: until when?")


class OutcomeForm(KithForm):
    """What happened with the need."""

    result = OneOf("What happened?", list(wording.RESULTS.items()), required="Choose what happened; 'We don't know' is an answer.")
    said_by = OneOf("Who says so?", list(SAID_BY.items()), required="Choose who says so.")
    before = WholeNumber("How close were things before, 0 to 10?", least=0, most=10)
    after = WholeNumber("And now?", least=0, most=10)
    words = Lines("In their own words", most=500)


class SearchForm(KithForm):
    """A search among the school's own families, by initials or year."""

    words = Line("Initials or year group", most=40, autocomplete="off")


class ConfirmForm(KithForm):
    """Somebody said that an offer is right."""

    name = Line("Who confirmed it?", required="Say who confirmed it.", most=120)
    how = OneOf("How?", [("phone", "By phone"), ("in_person", "In person"), ("a_family_told_us", "A family told us")], required="Choose how.")


class AvailabilityForm(KithForm):
    """How open an offer is today."""

    state = OneOf("How open is it?", list(wording.AVAILABILITY.items()), required="Choose how open it is.")
    places_left = WholeNumber("Places left", least=0, most=10_000)
    waiting_weeks = WholeNumber("Weeks to wait", least=1, most=156)
    paused_until = Day("Paused until")


class OfferNeedsForm(KithForm):
    """What an imported offer helps with."""

    codes = AnyOf("What does it help with?", lambda: list(words.labels().items()), hint="One to five")
