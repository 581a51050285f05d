"""A form for each unsafe route that would be taken if the door were open: so a foreign record is refused for being foreign, and nothing else."""

from __future__ import annotations

from tests.integration.matrix.town import Tenant, open_codes

# Words typed into every free field, sought afterwards where they must not be.
TYPED = tuple(f"Typed{name}qx" for name in (
    "first", "contact", "times", "avoid", "said", "because", "saidby", "childsays", "nottell", "note", "words", "confirmer", "lead", "leadphone", "person", "question", "answer",
))
FIRST, CONTACT, TIMES, AVOID, SAID, BECAUSE, SAIDBY, CHILD, NOTTELL, NOTE, WORDS, CONFIRMER, LEAD, LEADPHONE, PERSON, QUESTION, ANSWER = TYPED
PASSWORD = "three random words of mine"

FAMILY = {
    "initials": "K.J.", "year_groups": ["Y1"], "first_name": FIRST, "contact_by": "phone", "contact": CONTACT, "safe_times": TIMES,
    "voicemail_ok": "no", "postcode": "YO1 7HH", "language": "so", "must_not_know": AVOID,
}
AGREEMENT = {
    "answer": "agreed", "fields": ["first_name", "safe_contact"], "said": "spoken", "said_by": SAIDBY, "language": "en", "childs_view": CHILD, "must_not_know": NOTTELL,
}
OUTCOME = {"result": "met", "said_by": "family", "before": "2", "after": "8", "words": WORDS}

# endpoint → what its form takes. An unsafe route that is not here is sent an empty form: enough for a button.
FORMS: dict[str, dict[str, object]] = {
    "accounts.sign_in": {"email": "nobody@school.example"},
    "accounts.password": {"email": "nobody@school.example", "password": PASSWORD},
    "admin.add_person": {"name": PERSON, "email": "new@school.example", "roles": ["head"]},
    "admin.change_lead": {"dsl_name": LEAD, "dsl_phone": LEADPHONE},
    "admin.switch_directory": {"show": "off"},
    "liaison.family_list": {"words": "Q"},
    "liaison.new_family": FAMILY,
    "liaison.change_family": FAMILY,
    "liaison.harm": {"harm": "no"},
    "liaison.new_needs": {"codes": open_codes()[5:6], "for_whom": "family", "within": "week", "said": SAID},
    "liaison.read_words": {"said": SAID},
    "liaison.what_like": {"language": "so", "language_strength": "would_help"},
    "liaison.nothing": {"reason": "no_such_offer"},
    "liaison.choose": {"offer": "", "kind": "tell", "press": "a-new-press", "because": BECAUSE},
    "liaison.agreement": AGREEMENT,
    "liaison.check": {},
    "liaison.make_move": {"code": "changed_mind", "note": NOTE},
    "liaison.outcome": OUTCOME,
    "liaison.confirm_offer": {"name": CONFIRMER, "how": "phone"},
    "liaison.offer_availability": {"state": "open", "places_left": "4"},
    "liaison.offer_needs": {"codes": open_codes()[:2]},
    "intake.accept_chosen": {"codes": open_codes()[:2]},
    "intake.accept_proposed": {"codes": open_codes()[:2]},
    "intake.add_to_register": {"name": "Quiet Garden", "asked_by": "their chair"},
    "intake.confirm": {"name": CONFIRMER},
    "intake.merge": {"keep": "first", "take": []},
    "portal.press": {"code": "outside_area"},
    "portal.enter_code": {"code": "000000"},
    "portal.what_came": {"result": "partly"},
    "portal.still_right": {"answer": "yes", "name": CONFIRMER},
    "portal.still_right_by_reply": {"answer": "yes", "name": CONFIRMER},
}
# What a free word in an address is, where it is no id.
WORDS_IN_ADDRESSES = {
    "liaison.make_move": {"action": "withdraw"}, "portal.press": {"action": "decline"}, "portal.question": {"action": "decline"},
    "static": {"filename": "kith.css"},
}


def form_for(endpoint: str, tenant: Tenant) -> dict[str, object]:
    """Return the form of an unsafe route, about a tenant's records."""
    form = dict(FORMS.get(endpoint, {}))
    if endpoint == "accounts.open_link":
        form["email"] = f"flo.accountqz{tenant.letter}@school.example"
    if endpoint == "liaison.choose":
        form["offer"] = str(tenant.offer)
    return form
