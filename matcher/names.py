"""Names: how languages, features, days and times are said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.requirements import Requirement

# English names of languages, by primary subtag. Source: the IANA language subtag registry.
LANGUAGES = {
    "aa": "Afar", "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ckb": "Central Kurdish", "cs": "Czech", "cy": "Welsh",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "gu": "Gujarati", "hi": "Hindi",
    "hu": "Hungarian", "it": "Italian", "ku": "Kurdish", "lt": "Lithuanian", "lv": "Latvian", "ml": "Malayalam", "ne": "Nepali", "nl": "Dutch",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "rom": "Romani", "ru": "Russian", "sk": "Slovak",
    "so": "Somali", "sq": "Albanian", "sw": "Swahili", "syl": "Sylheti", "ta": "Tamil", "te": "Telugu", "ti": "Tigrinya", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba", "yue": "Cantonese", "zh": "Chinese",
    "bfi": "British Sign Language",
}
FEATURES = {
    "free": "free", "no_proof_needed": "no proof asked", "no_diagnosis_needed": "no diagnosis needed",
    "no_referral_letter_needed": "no referral letter needed", "works_without_public_funds": "help that doesn't depend on benefits",
    "ehc_plan_required": "an EHC plan is needed", "step_free": "step-free access", "accessible_toilet": "an accessible toilet",
    "hearing_loop": "a hearing loop", "quiet_space": "a quiet space", "travel_paid": "travel paid", "near_school": "near school",
    "not_on_school_site": "not on the school site", "independent_of_school": "independent of school",
    "independent_of_council": "independent of the council", "warm_introduction": "a warm introduction", "goes_with_you": "someone comes with you",
    "one_to_one": "one to one", "same_worker": "the same person each time", "peer_led": "led by people who have been there",
    "parent_led": "led by parents", "drop_in": "drop in", "flexible_attendance": "come when you can", "creche": "a crèche",
    "children_welcome": "children welcome", "bsl": "British Sign Language", "easy_read": "easy read", "captions": "captions",
    "voice_notes": "voice notes", "send_aware": "knows about SEND", "trauma_informed": "gentle with hard experiences",
    "explains_uk_systems": "explains how things work here", "halal_or_kosher": "halal or kosher food", "faith_based": "run by a faith group",
}
MODES = {
    "in_person": "in person", "online": "online", "phone": "by phone", "home_visit": "a home visit", "recorded": "recorded, to watch any time",
    "delivery": "delivered",
}
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def primary(tag: str) -> str:
    """Return a language tag's primary subtag.

    >>> primary("pa-Guru")
    'pa'
    """
    return tag.replace("_", "-").split("-")[0].lower()


def language(tag: str) -> str:
    """Return a language's English name, or the tag itself where it is not on our list."""
    return LANGUAGES.get(primary(tag), tag)


def clock(minute: int) -> str:
    """Return minutes since midnight as a time of day."""
    minute = minute % 1440 if minute > 1440 else minute
    return f"{minute // 60:02d}:{minute % 60:02d}"


def window(requirement: Requirement) -> str:
    """Return a time window in words, such as 'Monday to Friday 09:00 to 12:00'."""
    days = requirement.days
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        named = f"{DAY_NAMES[days[0]]} to {DAY_NAMES[days[-1]]}"
    else:
        named = " and ".join(DAY_NAMES[d] for d in days)
    return f"{named} {clock(requirement.from_minute)} to {clock(requirement.until_minute)}"


def count(value: float, unit: str) -> str:
    """Return a number with its unit, such as '2 weeks'."""
    shown = f"{value:g}"
    return f"{shown} {unit}" if shown == "1" else f"{shown} {unit}s"
