"""Values: how a school's system writes a year, a yes, a SEN code, a language or a week, and what Kith keeps of it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from partners.families.families import YEAR_GROUPS

YES = frozenset({"y", "yes", "true", "t", "1", "eligible", "✓", "✔", "x", "fsm", "pp", "eal", "current", "ever 6", "recipient"})
NO = frozenset({"n", "no", "false", "f", "0", "not eligible", "not", "none", "-"})
# Source: DfE common basic data set, SEN provision: N no support, K SEN support, E education, health and care plan.
SEN = {
    "n": "N", "no": "N", "none": "N", "no sen": "N", "no special educational need": "N", "no special educational needs": "N", "k": "K", "sen support": "K", "support": "K",
    "e": "E", "ehcp": "E", "ehc plan": "E", "education health and care plan": "E", "education, health and care plan": "E",
}
# DfE codes that say English, or that nobody knows; all others say another language. Source: DfE language codes; to be checked each year.
ENGLISH, UNKNOWN_LANGUAGE = frozenset({"eng", "enb", "english", "believed to be english"}), frozenset({"", "not", "nobt", "ref", "refu", "not obtained", "refused", "information not obtained", "not known", "unknown"})
MOST_SESSIONS = 14  # half-days in a week
EARLIEST_YEAR = 2000


class Unreadable(ValueError):
    """A cell that cannot be read; its words say what would be right."""


def year(cell: str) -> str | None:
    """Return a year group as Kith writes it.

    >>> year("Year 4"), year("R"), year("N2"), year(" 11 ")
    ('Y4', 'Reception', 'Nursery', 'Y11')
    """
    words = re.sub(r"[^a-z0-9]", "", cell.lower()).removeprefix("year").removeprefix("yr")
    if not words:
        return None
    if words in ("r", "reception", "0", "foundation2", "fs2"):
        return "Reception"
    if re.fullmatch(r"n[12]?|nursery[12]?|foundation1|fs1", words):
        return "Nursery"
    found = f"Y{words.removeprefix('y').lstrip('0')}"
    if found not in YEAR_GROUPS:
        raise Unreadable("is no year group, such as Y4 or Reception")
    return found


def yes_or_no(cell: str) -> str | None:
    """Return 'yes' or 'no', None for an empty cell."""
    words = cell.strip().lower()
    if not words:
        return None
    if words in YES:
        return "yes"
    if words in NO:
        return "no"
    raise Unreadable("is neither yes nor no")


def sen(cell: str) -> str | None:
    """Return N, K or E, None for an empty cell."""
    words = " ".join(cell.lower().split())
    if not words:
        return None
    found = SEN.get(words) or SEN.get(words.split(" - ")[0].strip())
    if found is None:
        raise Unreadable("is not N, K or E")
    return found


def language(cell: str) -> str | None:
    """Return a language as the school's system has it, for a prompt; None where nobody knows."""
    words = " ".join(cell.split())
    if words.lower() in UNKNOWN_LANGUAGE:
        return None
    if len(words) > 60 or not re.fullmatch(r"[^\W\d_][\w\s()/,.'-]*", words):
        raise Unreadable("is no language")
    return words


def is_other_than_english(words: str | None) -> str | None:
    """Return whether the school's own column says a language other than English: yes, no, or None where it says nothing.

    >>> is_other_than_english("ENG"), is_other_than_english("Somali"), is_other_than_english(None)
    ('no', 'yes', None)
    """
    if words is None:
        return None
    return "no" if words.lower() in ENGLISH or words.lower().startswith(("english", "eng ")) else "yes"


def day(cell: str) -> date | None:
    """Return a day written as in Britain or in the ISO form.

    >>> day("07/09/2026"), day("2026-09-07"), day("7 Sep 2026")
    (datetime.date(2026, 9, 7), datetime.date(2026, 9, 7), datetime.date(2026, 9, 7))
    """
    words = cell.strip().split("T")[0]
    if not words:
        return None
    words = re.sub(r"\s+00:00(:00)?$", "", words)
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%a %d %b %Y"):
        try:
            found = datetime.strptime(words, form).date()  # noqa: DTZ007 (a day, not an instant)
        except ValueError:
            continue
        if EARLIEST_YEAR <= found.year <= 2100:
            return found
    raise Unreadable("is no day, such as 07/09/2026")


def monday(cell: str) -> date | None:
    """Return the Monday of the week that a day is in."""
    found = day(cell)
    return None if found is None else found - timedelta(days=found.weekday())


def sessions(cell: str) -> int | None:
    """Return a number of half-days, 0 to 14."""
    words = cell.strip()
    if not words:
        return None
    if not re.fullmatch(r"[0-9]{1,2}(\.0+)?", words) or int(float(words)) > MOST_SESSIONS:
        raise Unreadable(f"is no number of half-days in a week, 0 to {MOST_SESSIONS}")
    return int(float(words))
