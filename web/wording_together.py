"""Wording: what pages say about exchanges, partnerships, groups, events and gaps."""

from __future__ import annotations

EXCHANGE = {
    "asked": "Waiting for everybody's yes", "arranged": "Arranged", "done": "Done", "declined": "Not this time", "put_aside": "Put aside",
}
CAME_BUTTONS = {"received": "It was received", "used": "It was used", "did_not_happen": "It didn't happen"}
ANSWERS = {"yes": "said yes", "no": "can't this time", None: "not answered yet"}
HAPPENED = {
    "met": "We met", "spoke": "We talked", "joint_act": "We did something together", "we_did": "We did something for them",
    "they_did": "They did something for us", "changed": "Something changed because of them", "parents_say": "Parents from their community had a say",
    "thanked": "We said thank you",
}
STATEMENTS = {
    "by_name": "We know each other by name", "not_only_referrals": "We talk when it isn't about an introduction",
    "changed": "We changed something because of the other", "parents_say": "Parents from the partner's community have a say", "bad_news": "We'd ring with bad news",
}
HOW_OFTEN = {"not_yet": "Not yet", "sometimes": "Sometimes", "usually": "Usually"}
CALLS = {
    "quiet": "Nobody has talked for a term", "next_step_late": "The next step is late", "mail_came_back": "Mail to them came back",
    "few_school": "Fewer than two people of ours know them", "few_partner": "We know fewer than two people there",
}
LOADS = {"none": "No introductions yet this year", "room": "There is room", "near": "Near what they can carry", "over": "More than they said they can carry", "hidden": "Too few to show safely"}


def finding(school: str | None, partner: str | None) -> str:
    """Return what two views of one statement say together: the difference is the finding."""
    if school is None or partner is None:
        return "Waiting for " + ("both views" if school is None and partner is None else "our view" if school is None else "their view")
    order = list(HOW_OFTEN)
    apart = order.index(school) - order.index(partner)
    if apart == 0:
        return "Both see it alike"
    return f"We see it {'much ' if abs(apart) == 2 else ''}more than they do" if apart > 0 else f"They see it {'much ' if abs(apart) == 2 else ''}more than we do"


SHAPES = {1: "One gives to another", 2: "Each gives to the other", 3: "A round of three: each gives to the next"}


def shape(steps: int) -> str:
    """Return what an exchange of so many handovers is called."""
    return SHAPES[steps]


def amount(value: float, unit: str) -> str:
    """Return an amount with its unit, such as '40 coats' or '1 of: hours'.

    >>> amount(40.0, "coats"), amount(1.0, "people")
    ('40 coats', '1 (counted in people)')
    """
    return f"{value:,.0f} {unit}" if value > 1 else f"1 (counted in {unit})"
