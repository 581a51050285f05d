"""A form for each unsafe route that would be taken if the door were open: so a foreign record is refused for being foreign, and nothing else."""

from __future__ import annotations

from partners.impact.school_data.keys import code_of
from tests.integration.matrix.together import TOGETHER_FORMS
from tests.integration.matrix.town import PUPIL_NUMBER, Tenant, open_codes

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
    "admin.change_help": {"ask_senco": PERSON},
    "liaison.check_in_after_two_weeks": {"helped": "yes", "words": WORDS}, "liaison.check_in_after_six_weeks": {"helped": "yes", "words": WORDS}, "liaison.note": {"words": NOTE, "do": "keep"}, "liaison.quick_note": {"code": open_codes()[0]},
    "liaison.keep_draft": {"said": SAID}, "check_in.ask": {"helped": "yes", "words": WORDS}, "liaison.meeting": {"day": ["1", "12", "2026"], "clock": "10:00", "where": "school"},
    "liaison.away": {"from_on": ["1", "12", "2026"], "until_on": ["4", "12", "2026"]},
    "emergency.open_up": {"reason": WORDS}, "emergency.find": {"words": "Q"},
    "complain.page": {"words": WORDS, "name": PERSON}, "complain.start": {"school": "No such school"},
    "rights.ask": {"kind": "access", "who": "parent", "words": WORDS}, "rights.check_request": {"identity": WORDS, "responsibility": WORDS, "must_not_know": WORDS},
    "rights.clock_of_request": {"because": WORDS, "do": "pause"}, "rights.answer_request": {"decision": "refused", "words": WORDS},
    "rights.use_again": {"told": WORDS}, "rights.new_breach": {"what": WORDS, "since": "now"}, "rights.breach_step": {"risk": "unlikely", "done": WORDS},
    "rights.sign_schedule": {"signed_by": PERSON, "signed_on": ["1", "9", "2026"], "closed": "800"},
    "rights.hold": {"reason": WORDS, "owner": PERSON, "review_on": ["1", "6", "2027"]},
    "rights.new_complaint": {"words": WORDS, "came_by": "spoken"}, "rights.acknowledge_complaint": {"how": NOTE}, "rights.answer_complaint": {"ended": "upheld", "words": NOTE},
    "portal.write": {"words": QUESTION},
    "heads.ask": {"words": WORDS, "do": "keep"},
    "admin.switch_directory": {"show": "off"},
    "admin.say_school_columns": {"column-1": "key", "column-2": "fsm"}, "admin.forget_school_data": {"sure": "yes"},
    "liaison.new_story": {"words": WORDS, "agreed_how": "spoken", "agreed_on": ["23", "11", "2026"], "until_on": ["1", "3", "2027"], "details_changed": "y", "read_to_them": "y"},
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
    "liaison.look_at_answers": {"harm": "no", "codes": []}, "family.ask": {"words": SAID}, "family.speak": {"language": "so"}, "family.door": {"code": "000000"}, "family.not_right": {"words": SAID},
    "liaison.keep_from_person": {"name": NOTTELL, "reach": PERSON}, "liaison.withdrawal": {"name": PERSON}, "portal.deletion": {"name": PERSON},
    "admin.set_basis": {"lawful_basis": "public_task", "special_condition": "substantial_public_interest", "basis_set_by": PERSON},
    "liaison.check": {},
    "liaison.make_move": {"code": "changed_mind", "note": NOTE},
    "liaison.outcome": OUTCOME,
    "liaison.confirm_offer": {"name": CONFIRMER, "how": "phone"},
    "liaison.offer_availability": {"state": "open", "places_left": "4"},
    "liaison.add_organisation": {"name": "Another Pantry", "contact_name": PERSON, "contact_email": "third@partner.example"},
    "liaison.add_offer": {
        "name": "Another offer", "promise": "Somebody listens.", "kind": "group", "needs": open_codes()[:1], "audience": ["adult"], "modes": ["phone"], "area_kind": "anywhere",
        "who_may_refer": ["anyone"], "languages": ["en"],
    },
    "liaison.change_organisation": {"seen": "1", "name": "Another name"},
    "liaison.add_contact": {"name": PERSON, "email": "second@partner.example"},
    "liaison.change_contact": {"name": PERSON, "email": "second@partner.example"},
    "liaison.save_part": {"seen": "2", "cost": "A pound"},
    "liaison.verify_features": {"seen": "2", "has_step_free": "yes", "verified_by": CONFIRMER},
    "liaison.restore_version": {"seen": "2"},
    "liaison.accept_proposal": {"seen": "2"},
    "liaison.decline_proposal": {"seen": "2", "word": WORDS},
    "portal.propose_change": {"step": "send", "name": CONFIRMER, "description": "Another", "modes": ["in_person"], "languages": ["en"]},
    "portal.propose_part": {"step": "send", "sender": CONFIRMER, "cost": "Two pounds"},
    "portal.add_date": {"date_line": "5 December 2026 10:00 to 12:00"},
    "liaison.add_place": {"name": "Another hall"},
    "liaison.authorise": {"need": open_codes()[0], "regulator": "FCA", "number": "1", "valid_until": ["1", "1", "2027"], "checked_by": CONFIRMER},
    "liaison.record_paper": {"kind": "dbs", "level": "enhanced", "checked_by": CONFIRMER},
    "liaison.keep_out": {"asked_by": CONFIRMER},
    "liaison.say_thanks": {"words": WORDS},
    "liaison.offer_needs": {"codes": open_codes()[:2]},
    **TOGETHER_FORMS,
    "intake.accept_chosen": {"codes": open_codes()[:2]},
    "intake.accept_proposed": {"codes": open_codes()[:2]},
    "intake.add_to_register": {"name": "Quiet Garden", "asked_by": "their chair"},
    "intake.confirm": {"name": CONFIRMER},
    "intake.merge": {"keep": "first", "take": []},
    "portal.press": {"code": "outside_area"},
    "portal.enter_code": {"code": "000000"},
    "portal.what_came": {"came": "yes"},
    "portal.still_right": {"answer": "yes", "name": CONFIRMER},
    "portal.still_right_by_reply": {"answer": "yes", "name": CONFIRMER},
}
# What a free word in an address is, where it is no id.
WORDS_IN_ADDRESSES = {
    "heads.report_file": {"kind": "csv"}, "trusts.report_file": {"kind": "csv"}, "demo_pages.come_in": {"who": "flo"},
    "liaison.make_move": {"action": "withdraw"}, "liaison.new_group": {"code": "esol", "area": "LS9"}, "liaison.draft_gap_ask": {"signature": "none"}, "portal.press": {"action": "decline"}, "portal.question": {"action": "decline"},
    "static": {"filename": "kith.css"}, "family.ask": {"key": "going_well"},
    "liaison.keep_draft": {"page": "needs"}, "liaison.throw_draft_away": {"page": "needs"},
    "portal.part": {"part": "cost"}, "portal.propose_part": {"part": "cost"},
    "liaison.edit_part": {"part": "cost"}, "liaison.save_part": {"part": "cost"},
}


def form_for(endpoint: str, tenant: Tenant) -> dict[str, object]:
    """Return the form of an unsafe route, about a tenant's records."""
    form = dict(FORMS.get(endpoint, {}))
    if endpoint == "accounts.open_link":
        form["email"] = f"flo.accountqz{tenant.letter}@school.example"
    if endpoint == "liaison.record_call":
        form |= {"name": CONFIRMER, "right": [str(tenant.offer)]}
    if endpoint == "liaison.choose_offer_contacts":
        form["contacts"] = [str(tenant.contact)]
    if endpoint == "admin.link_pupil":
        form |= {"code": code_of(tenant.family), "key": PUPIL_NUMBER, "do": "link"}
    if endpoint == "liaison.keep_away_organisation":
        form["organisation"] = str(tenant.organisation)
    if endpoint == "liaison.choose":
        form["offer"] = str(tenant.offer)
    return form
