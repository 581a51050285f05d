"""Wording: what pages say about exchanges, partnerships, groups, events and gaps."""

from __future__ import annotations

from web import features, wording

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
GROUP_ANSWERS = {"yes": "said yes", "no": "not now", "thinking": "wants to think", None: "not asked yet"}
RESULTS = {"met": "It helped", "partly": "It helped in part", "not_met": "It didn't help this time", "not_asked": "Not asked yet"}
LOADS = {"none": "No introductions yet this year", "room": "There is room", "near": "Near what they can carry", "over": "More than they said they can carry", "hidden": "Too few to show safely"}


WITHOUT = {
    "places_ran_out": "There was not enough for everybody", "no_feasible_offer": "Nothing here is as they need it", "held_back": "They asked for one thing at a time",
    "kept_away": "They would rather not have it from this giver",
}
OPENING = {
    "council": "We write to you as a school that knows what families here ask for.", "business": "You are our neighbours, and there is one thing that would help families here.",
    "partner": "Thank you for what you do with our families. One thing would let more of them come.",
}
CHANGES = {"invite": "Somebody to invite", "bus_fare": "Getting there", "lift": "Getting there"}


def change_title(says: str, offer: str | None) -> str:
    """Return what one change is called."""
    return f"{says[0].upper()}{says[1:]}{' at ' + offer if offer else ''}"


def letter(*, school: str, phone: str, to_whom: str, says: str, offer: str | None, labels: list[str], families: int | None, invites: list[str]) -> str:
    """Return the draft of one page that asks for one change. The number is one that may be told, or none."""
    asked = "; ".join(label.lower() for label in labels)
    lines = [
        OPENING[to_whom], f"At {school}, {f'about {families} families have asked' if families else 'families ask'} for help with: {asked}. We looked at every offer we know of, and nothing that is there fits.",
        f"One change would meet it: {says}{' at ' + offer if offer else ''}. We tried it against what was asked for, and it fits.",
    ]
    if invites:
        lines.append(f"Those who offer this near by, and whom we do not work with yet: {', '.join(invites)}.")
    lines += [
        "What we can do: ask each family ourselves whether they would like it, and have somebody from school go along the first time.",
        f"Could we talk? Ring {phone}.", school,
    ]
    return "\n\n".join(lines)


def in_common(must: str) -> str:
    """Return what all in a group ask for, in plain words."""
    what, value, wanted = must.split(":", 2)
    return wording.LANGUAGES.get(value, value) if what == "language" else features.asked(value, wanted)


def times(half_hours: list[dict[str, str]]) -> str:
    """Return when all can come: the days, and how many half hours; every half hour of the week is 'any time'."""
    if len(half_hours) == 7 * 48:
        return "Any time suits them all"
    days = list(dict.fromkeys(wording.DAYS[h["day"]] for h in half_hours))
    first = half_hours[0] if half_hours else None
    return f"They can all come on {', '.join(days)}, from {first['at']} on {wording.DAYS[first['day']]}" if first else "No time was said"


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


_ONE = {"people": "person", "families": "family", "children": "child", "square metres": "square metre"}


def amount(value: float, unit: str) -> str:
    """Return an amount with its unit.

    >>> amount(40.0, "coats"), amount(1.0, "people"), amount(1.0, "hours")
    ('40 coats', '1 person', '1 hour')
    """
    return f"{value:,.0f} {unit}" if value != 1 else f"1 {_ONE.get(unit, unit.removesuffix('s'))}"
