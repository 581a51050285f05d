"""Things that partners, schools and families ask for and give: a short list of codes in six kinds, so that an ask and a give mean the same."""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """One thing: its code, its kind and its label. `unit` is what its amount counts."""

    code: str
    kind: str
    label: str
    unit: str


KINDS = ("space", "transport", "time", "goods", "money", "together")

# code · kind · label · unit. The list is our own (judgement, November 2026), from the exchanges told in the domain guide, section 9.
_ROWS = (
    ("hall", "space", "A hall", "people"), ("room", "space", "A room", "people"), ("kitchen", "space", "A kitchen", "people"),
    ("outdoor_space", "space", "A playground or field", "people"), ("stall", "space", "A stall or table at an event", "stalls"),
    ("storage", "space", "Somewhere to store things", "square metres"), ("equipment", "space", "Equipment to borrow", "pieces"),
    ("minibus", "transport", "A minibus", "seats"), ("van", "transport", "A van", "loads"), ("lifts", "transport", "Lifts by car", "seats"),
    ("coach", "transport", "A coach", "seats"), ("driver", "time", "A driver", "hours"),
    ("interpreting", "time", "Someone to interpret", "hours"), ("volunteers", "time", "Volunteers", "people"),
    ("cooking", "time", "Cooking", "meals"), ("childcare", "time", "Looking after children during a session", "children"),
    ("sewing", "time", "Sewing and mending", "pieces"), ("repairs", "time", "Small repairs", "hours"), ("gardening", "time", "Gardening", "hours"),
    ("coaching", "time", "Coaching or leading an activity", "hours"), ("reading_help", "time", "Hearing children read", "hours"),
    ("advice_session", "time", "An advice session in school", "hours"), ("training", "time", "Training for staff or volunteers", "people"),
    ("mentoring", "time", "Mentoring or work experience", "people"), ("design", "time", "Design, photographs or print", "hours"),
    ("accounts", "time", "Help with accounts and bids", "hours"), ("translation", "time", "Writing in another language", "pages"),
    ("coats", "goods", "Coats", "coats"), ("uniform", "goods", "School uniform", "pieces"), ("toys", "goods", "Toys and books", "pieces"),
    ("food", "goods", "Food", "meals"), ("hampers", "goods", "Hampers", "hampers"), ("furniture", "goods", "Furniture", "pieces"),
    ("laptops", "goods", "Laptops and tablets", "pieces"), ("toiletries", "goods", "Toiletries", "packs"), ("tickets", "goods", "Tickets", "tickets"),
    ("money", "money", "Money towards something", "pounds"), ("buying_power", "money", "Buying at a better price", "pounds"),
    ("introductions", "together", "An introduction to families who would like it", "families"),
    ("publicity", "together", "A word in the newsletter or at the gate", "notices"), ("group_session", "together", "A group session for families", "families"),
    ("event", "together", "Part in an event", "people"), ("governor", "together", "A governor or trustee", "people"),
)
THINGS: dict[str, Thing] = {row[0]: Thing(*row) for row in _ROWS}


def nearest(code: str) -> str:
    """Return the known code most like an unknown one, for an error that helps.

    >>> nearest("halls")
    'hall'
    """
    return difflib.get_close_matches(code[:60], THINGS, n=1, cutoff=0)[0]
