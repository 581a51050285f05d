"""Wording: every sentence about a match, an introduction or a reason that a page says on its own account."""

from __future__ import annotations

from typing import Any

from partners.referrals.moves import DECLINE_CODES, STATE_WORDS, Kind, State
from web import features

KIND_BUTTONS = {"tell": "Tell the family", "ask_first": "Ask first (no names)", "introduce": "Introduce us", "go_together": "Go together"}
KIND_WORDS = {Kind.TELL: "Tell", Kind.ASK_FIRST: "Ask first, no names", Kind.INTRODUCE: "Introduction", Kind.GO_TOGETHER: "Going together"}
USUAL = {
    "tell": "The usual way for this offer: Tell the family.", "ask_first": "The usual way for this offer: Ask first.",
    "introduce": "The usual way for this offer: Introduce us.", "go_together": "The usual way for this offer: Go together.",
    "family_refers": "The family refers themselves: tell them, and offer to ring together.",
}
UNMET = {
    "no_such_offer": "Nobody we know of offers this", "not_open": "What there is, is not open now", "waiting_too_long": "The wait is too long",
    "time": "The times don't fit", "language": "Not in the language asked for", "too_far": "Too far", "outside_area": "Outside the area they cover",
    "not_eligible": "For other ages or other people", "not_accessible": "Not accessible", "requirement": "Something asked for is missing",
    "may_not_refer": "We can't refer there", "not_authorised": "No authorised adviser", "not_confirmed": "Nobody has confirmed it lately",
    "cost": "It costs too much", "no_reply": "Nobody answered", "kept_away": "The family would rather not",
}
PREFERRED_NOT = ("preferred_not", "The family would rather not: their choice, not a gap")
WITHIN = {"today": "Today", "week": "This week", "half_term": "This half-term", "whenever": "Whenever"}
FOR = {"family": "The family", "adult": "An adult", "child": "A child"}
RESULTS = {"met": "It helped: the need is met", "partly": "It helped in part", "not_met": "It didn't help this time", "not_needed": "Not needed any more", "not_known": "We don't know"}
AVAILABILITY = {"open": "Open", "few_places": "A few places", "waiting": "Waiting list", "paused": "Paused", "full": "Full"}
HOW = {"link": "by link", "phone": "by phone", "in_person": "in person", "a_family_told_us": "a family told us"}
FIELDS = {
    "need": "What would help", "age_band": "Age", "language": "Language", "interpreter": "Interpreter", "area": "Area", "urgency": "How soon",
    "asked_for": "What it must be like", "first_name": "First name", "safe_contact": "How to reach them safely",
    "requirements": "What it must be like", "what_was_tried": "What has been tried",
}
# Those that the town speaks most stand first; then every other language that matching can name, in the order of the alphabet.
LANGUAGES = {
    "en": "English", "so": "Somali", "ar": "Arabic", "ur": "Urdu", "pl": "Polish", "ro": "Romanian", "bn": "Bengali", "pa": "Punjabi",
    "sk": "Slovak", "ti": "Tigrinya", "uk": "Ukrainian", "fa": "Persian", "ckb": "Central Kurdish", "pt": "Portuguese", "fr": "French",
    "es": "Spanish", "zh": "Chinese", "yue": "Cantonese", "bfi": "British Sign Language",
    "aa": "Afar", "sq": "Albanian", "am": "Amharic", "bg": "Bulgarian", "cs": "Czech", "nl": "Dutch", "de": "German", "el": "Greek", "gu": "Gujarati",
    "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ku": "Kurdish", "lv": "Latvian", "lt": "Lithuanian", "ml": "Malayalam", "ne": "Nepali",
    "ps": "Pashto", "rom": "Romani", "ru": "Russian", "sw": "Swahili", "syl": "Sylheti", "tl": "Tagalog", "ta": "Tamil", "te": "Telugu", "tr": "Turkish",
    "vi": "Vietnamese", "cy": "Welsh", "yo": "Yoruba",
}
DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
MODES = {"in_person": "in person", "online": "online", "phone": "by phone", "home_visit": "at home", "recorded": "recorded", "delivery": "delivered"}
TRAVEL_BY = {"walk": "on foot", "bus": "by bus", "car": "by car"}
_SIGN = {"met": "met", "partly_met": "met", "not_met": "not", "not_known": "ask"}


def rule(record: dict[str, Any]) -> str:
    """Return a requirement in plain words, such as 'Somali (must)'."""
    what, value = record["what"], record.get("value", "")
    words = {
        "language": lambda: LANGUAGES.get(value, value), "feature": lambda: features.asked(value, record.get("is", "yes")),
        "mode": lambda: MODES.get(value, value).capitalize(), "gender": lambda: f"For {value} only", "wait": lambda: f"A wait of at most {record['weeks']:g} {'week' if record['weeks'] == 1 else 'weeks'}",
        "travel": lambda: f"At most {record['minutes']:g} {'minute' if record['minutes'] == 1 else 'minutes'} {TRAVEL_BY[record['by']]}",
        "time": lambda: _time(record), "not_time": lambda: f"Not {_time(record)}",
    }[what]()
    return f"{words} ({'must' if record['strength'] == 'must' else 'would help'})"


def _time(record: dict[str, Any]) -> str:
    days = [DAYS[d] for d in record["days"]]
    named = "weekdays" if record["days"] == ["mon", "tue", "wed", "thu", "fri"] else "weekends" if record["days"] == ["sat", "sun"] else ", ".join(days)
    return f"{named} {record['from']} to {record['until']}"


def reasons(suggestion: dict[str, Any]) -> list[dict[str, str]]:
    """Return a suggestion's reasons for its card: what was asked for first, then the rest, each met, to ask or not.

    A must that is not known is left to the card's own line of what to check first, so that nothing stands there twice.
    """
    rows = [r for r in suggestion["reasons"] if r["criterion"] != "need"]
    asked = [r for r in rows if "requirement" in r and not (r["verdict"] == "not_known" and r["requirement"]["strength"] == "must")]
    other = [r for r in rows if "requirement" not in r and r["criterion"] not in ("standing", "freshness", "near", "availability")]
    return [{"kind": _SIGN[r["verdict"]], "text": r["says"]} for r in asked + other]


def said(suggestion: dict[str, Any], criterion: str) -> str:
    """Return what one criterion says of a suggestion, or nothing."""
    return next((r["says"] for r in suggestion["reasons"] if r["criterion"] == criterion), "")


def meets(suggestion: dict[str, Any]) -> str:
    """Return how many of the things asked for an offer meets. Never a percentage."""
    asked = [r for r in suggestion["reasons"] if "requirement" in r]
    if not asked:
        return ""
    return f"Meets {sum(r['verdict'] in ('met', 'partly_met') for r in asked)} of {len(asked)} things you asked for."


def change(step: dict[str, Any]) -> str:
    """Return a change that would let an offer in, in plain words."""
    if "drop" in step:
        return f"if this were not asked for: {rule(step['drop'])}"
    if "loosen" in step:
        return f"if {rule(step['loosen'])} became {rule(step['to'])}"
    names = {
        "availability": "if it were open", "confirmed_on": "if somebody confirmed it", "area": "if it covered this area", "ages_years": "if it took this age",
        "gender": "if it were for them" if step.get("offer", {}).get("gender", "any") != "any" else "if it were for everybody", "community": "if it were open to all", "who_may_refer": "if the school could refer",
        "authorisations": "if an authorised adviser did it", "assured": "if the school's checks were complete", "audience": "if it were for them",
        "sessions": "if it had more dates", "modes": "if it could be had in another way too", "any_time": "if a time could be arranged",
        "place": "if it were held nearer", "languages": "if they spoke the language", "interpreter": "if they arranged an interpreter",
    }
    return " and ".join(names.get(field, "if its terms changed") for field in step.get("offer", step.get("need", {})))


_LEFT_OUT = {
    "authorised": UNMET["not_authorised"], "who_may_refer": UNMET["may_not_refer"], "audience": UNMET["not_eligible"], "age": UNMET["not_eligible"],
    "gender": UNMET["not_eligible"], "community": UNMET["not_eligible"], "area": UNMET["outside_area"], "open": UNMET["not_open"],
    "confirmed": UNMET["not_confirmed"], "language": UNMET["language"], "time": UNMET["time"], "not_time": UNMET["time"], "travel": UNMET["too_far"],
    "wait": UNMET["waiting_too_long"],
}


def left_out_group(reason: dict[str, Any]) -> str:
    """Return the heading under which an offer is told as left out: the first rule it failed, in plain words."""
    what = reason["requirement"]["what"] if "requirement" in reason else reason["criterion"]
    return _LEFT_OUT.get(what, UNMET["requirement"])


def weighs(points: float) -> str:
    """Return in words how much a reason moved an offer in the order. Points are shares of the score, -1 to 1."""
    size = abs(points)
    much = "a lot" if size >= 0.1 else "some" if size >= 0.03 else "a little"
    return f"{'Counts for it' if points > 0 else 'Counts against it'}, {much}"


def bar(points: float, most: float) -> dict[str, float]:
    """Return where a bar starts and how long it is, in a picture 100 wide whose middle is nought and whose half is `most` points."""
    length = round(min(abs(points) / most, 1.0) * 50, 2) if most else 0.0
    return {"x": 50 if points > 0 else round(50 - length, 2), "width": length}


def tried_before(referral: Any) -> str:
    """Return in one line that an offer was tried for this need, and what came of it. A family's own no is not told of an offer."""
    on = f"{referral.ended_at.day} {referral.ended_at:%B}"
    if referral.state is State.EXPIRED:
        return f"Tried before: no answer came by {on}."
    if referral.state is State.WITHDRAWN:
        return f"Tried before: stopped on {on}."
    why = DECLINE_CODES.get(referral.code or "", "") if referral.code != "safety_risk" else ""
    return f"Tried before: on {on} they could not help this time{f' ({why[0].lower()}{why[1:]})' if why else ''}."


def state(value: State) -> str:
    """Return a referral's state in plain words."""
    return STATE_WORDS[value]


def stands(referral: Any) -> str:
    """Return where a referral stands in plain words, for the school: its state, or that the family thinks about it."""
    return "The family is thinking about it" if referral.is_thought_about else STATE_WORDS[referral.state]


def shown(field: str, value: Any, labels: dict[str, str]) -> str:
    """Return one disclosed field in plain words."""
    if field == "need":
        return labels.get(value, value)
    if field in ("asked_for", "requirements"):
        return "; ".join(rule(r) for r in value) or "Nothing special"
    if field == "language":
        return LANGUAGES.get(value, value)
    if field == "urgency":
        return WITHIN.get(value, value)
    return str(value)


def safe_way(family: Any) -> str:
    """Return how a family said it is safe to reach them; not known means: do not."""
    way = {"phone": "Ring", "text": "Text", "email": "E-mail", "face_to_face": "Only face to face", "not_known": "Nobody has asked yet: wait until you see them"}[family.contact_by.value]
    voicemail = {"yes": "voicemail is fine", "no": "no voicemail", "not_known": "leave no voicemail"}[family.voicemail_ok]
    parts = [way, family.contact if family.contact_by.value in ("phone", "text", "email") else None, family.safe_times, voicemail if family.contact_by.value == "phone" else None]
    return " · ".join(p for p in parts if p)
