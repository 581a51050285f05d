"""Columns: THE TABLE of what may be read from a school's export, the headings that are usual for each, and what is dropped at the door."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One thing that may be read: its name, what people call it, what it is for, and the headings that usually hold it (as a pattern)."""

    name: str
    label: str
    says: str
    headings: re.Pattern[str]


def _column(name: str, label: str, says: str, pattern: str) -> Column:
    return Column(name, label, says, re.compile(pattern))


# Headings as Arbor, SIMS and Bromcom write them by default, in lower case with single spaces. Judgement, November 2026: a school may name its own.
COLUMNS: tuple[Column, ...] = (
    _column("code", "Kith code", "Links a family to a pupil. The code comes from the family liaison officer.", r"kith( family)? code"),
    _column("key", "Pupil key", "Kept as a hash alone, so that the next file finds the same pupil.", r"(current )?upn|unique pupil number|arbor (student )?id|student id|pupil id|person id|adm(ission)?s? ?(no|number)|adno|mis id"),
    _column("year", "Year group", "Compares children of one year.", r"(nc |ncy |national curriculum |curriculum )?year( group| taught in)?|ncy|nc year actual|yeargroup|yr( group)?"),
    _column("fsm_since", "Free meals since", "The day from which free meals count.", r"(fsm|free (school )?meals?) (start( date)?|since|eligib\w* start( date)?)"),
    _column("fsm", "Free school meals", "Whether help reaches these children alike. It is not pupil premium.", r"(currently )?(eligible for )?(fsm|free (school )?meals?)( now)?( eligib(le|ility))?( indicator| status)?"),
    _column("pp", "Pupil premium", "Kept apart from free meals: since autumn 2026 they are not the same.", r"pupil premium( indicator| eligib\w*| status| recipient)?|pp|pp eligible|deprivation pp|dpp"),
    _column("sen", "SEN: N, K or E", "Whether help reaches these children alike.", r"sen( (status|stage|provision|code|support))*( \(code\))?|send( status)?"),
    _column("eal", "English as an additional language", "The school's own answer, yes or no.", r"eal( (status|indicator))?|english (as an )?additional language( indicator)?"),
    _column("language", "First language", "A prompt to ask the parent, never an answer: matching does not see it.", r"(first|home|mother) (language|tongue)( code)?|language"),
    _column("week", "Week", "The Monday of the week, or any day in it.", r"week( (commencing|beginning|starting|start(s|ed)?|date))?|w/?c|wb|date"),
    _column("possible", "Sessions possible", "Half-days that the pupil could have come in that week.", r"(total |number of )?(possible|sessions? possible|possible (sessions?|marks|attendances?))( \(sessions\))?"),
    _column("attended", "Sessions attended", "Half-days that the pupil came, or was somewhere agreed.", r"(total |number of )?(attended|attendances?|present|presents?|sessions? (attended|present)|(attended|present) (sessions?|marks)|present( \+| and) (aea|approved.*))( \(sessions\))?"),
)
BY_NAME = {column.name: column for column in COLUMNS}

# What Kith has no use for and must not hold: gone before anything is kept. Equity is never shown by ethnicity or religion.
SENSITIVE = re.compile(
    r"ethnic|religio|faith|national(ity|ities)|asylum|refugee|immigra|passport|birth|\bdob\b|\bage\b|\bsex\b|gender|name|address|postcode|post code|phone|mobile|e-?mail|contact|parent|guardian|carer|sibling"
    r"|medical|health|\bnhs\b|gp\b|allerg|diet|disab|medication|sen (need|type|description|note)|need type|primary need|safeguard|child protection|\bcp\b|cpp|\bcin\b|social (worker|care)|looked after|\blac\b|\bcla\b|adopt|court"
    r"|exclusion|suspen|behaviou?r|traveller|armed forces|service child|photo|note|comment|uln\b|ni number|bank"
)


def plain(heading: str) -> str:
    """Return a heading as the table has it.

    >>> plain("Sessions_Attended "), plain("FSM - Eligible?")
    ('sessions attended', 'fsm eligible')
    """
    return re.sub(r"[^a-z0-9/()+]+", " ", heading.lower()).strip()


def guess(heading: str) -> str | None:
    """Return what a heading usually holds, or None; infant meals, which all young children have, are no sign of anything.

    >>> guess("UPN"), guess("NC Year"), guess("Universal infant FSM"), guess("Kith code")
    ('key', 'year', None, 'code')
    """
    words = plain(heading)
    if re.search(r"universal|infant|uifsm", words):
        return None
    return next((column.name for column in COLUMNS if column.headings.fullmatch(words)), None)


def is_sensitive(heading: str) -> bool:
    """Whether a heading names something that is dropped before anything is kept.

    >>> is_sensitive("Ethnicity"), is_sensitive("Legal Surname"), is_sensitive("SEN Need Type"), is_sensitive("SEN Status")
    (True, True, True, False)
    """
    return guess(heading) is None and SENSITIVE.search(plain(heading)) is not None
