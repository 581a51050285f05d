"""Requirements between the form and the contract: every form of a requirement can be asked for, and none that was recorded is lost when the form is saved."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from partners.families.requirements import FamilyRequirement
from partners.foundation.errors import InvalidRecord
from partners.registry import times
from web import features, wording

Rule = dict[str, Any]
Window = tuple[tuple[str, ...], str, str]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
TIMES: dict[str, Window] = {
    "weekday_mornings": (WEEKDAYS, "09:00", "12:00"), "weekday_afternoons": (WEEKDAYS, "12:00", "16:00"),
    "weekday_evenings": (WEEKDAYS, "18:00", "21:00"), "weekends": (("sat", "sun"), "09:00", "18:00"),
}
MOST_MINUTES, MOST_WEEKS = 240, 52  # judgement, November 2026
ONE_ONLY = "Nothing can be all of these at once. Choose one of them for a must, or 'Would help'."


def to_mention(rows: list[FamilyRequirement]) -> list[tuple[str, str]]:
    """Return requirements as ticks: what the offer must do, in the words that the partner reads."""
    return [(mark(row.rule), wording.rule(row.rule)) for row in rows]


def mentioned(rows: list[FamilyRequirement], ticked: list[str]) -> list[Rule]:
    """Return the requirements that were ticked."""
    return [row.rule for row in rows if mark(row.rule) in ticked]


def rules_from(facts: dict[str, Any], recorded: list[Rule] | None = None) -> list[Rule]:
    """Return the requirements that a filled-in form says, with those of `recorded` that it has no box for and that are still ticked.

    Raises:
        InvalidRecord: times that cannot be read, or several of what only one can be a must.
    """
    rules: list[Rule] = []
    if facts.get("language"):
        rules.append({"what": "language", "value": facts["language"], "strength": facts.get("language_strength") or "would_help"})
    must, helps = facts.get("features_must") or [], facts.get("features_help") or []
    rules += [features.wish(f, "must") for f in must] + [features.wish(f, "would_help") for f in helps if f not in must]
    rules += _times("time", [*(TIMES[t] for t in facts.get("times") or []), *_windows("other_times", facts)], facts.get("times_strength") or "would_help")
    # What never suits, and the most there may be, is meant as a must unless somebody says that it would only help.
    rules += _times("not_time", _windows("not_times", facts), facts.get("not_times_strength") or "must")
    rules += _several([{"what": "mode", "value": m} for m in facts.get("modes") or []], facts.get("modes_strength") or "would_help", "modes_strength")
    if facts.get("travel_by") and facts.get("travel_minutes"):
        rules.append({"what": "travel", "by": facts["travel_by"], "minutes": facts["travel_minutes"], "strength": facts.get("travel_strength") or "must"})
    if facts.get("gender"):
        rules.append({"what": "gender", "value": facts["gender"], "strength": facts.get("gender_strength") or "would_help"})
    if facts.get("wait_weeks") is not None:
        rules.append({"what": "wait", "weeks": facts["wait_weeks"], "strength": facts.get("wait_strength") or "must"})
    still = facts.get("others") or []
    return rules + [r for r in recorded or [] if mark(r) in still and r not in rules]


def facts_of(recorded: list[Rule]) -> dict[str, Any]:
    """Return recorded requirements as the form's boxes show them; what it has no box for stands under `others`, ticked."""
    shown: list[Rule] = []
    facts: dict[str, Any] = {}
    for rule in recorded:
        if _same(_back(trial := _filled([*shown, rule])), [*shown, rule]):
            shown, facts = [*shown, rule], trial
    others = [mark(r) for r in recorded if r not in shown]
    return facts | {"others": others}


def mark(rule: Rule) -> str:
    """Return what stands for a recorded requirement in the form: sixteen letters that say nothing by themselves."""
    return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()[:16]


def without_a_box(recorded: list[Rule]) -> list[tuple[str, str]]:
    """Return recorded requirements that the form has no box for, as choices."""
    marks = facts_of(recorded)["others"]
    return [(mark(r), wording.rule(r)) for r in recorded if mark(r) in marks]


def _times(what: str, windows: list[Window], strength: str) -> list[Rule]:
    kept = list(dict.fromkeys(windows))
    if what == "time":
        kept = _joined(kept) if strength == "must" else kept
        return _several([_rule(what, w) for w in kept], strength, "times_strength")
    return [_rule(what, w) | {"strength": strength} for w in kept]


def _rule(what: str, window: Window) -> Rule:
    days, start, end = window
    return {"what": what, "days": list(days), "from": start, "until": end}


def _several(rules: list[Rule], strength: str, field: str) -> list[Rule]:
    """Return rules with a strength. Of several, none can be a must: a session is at one time, and help is had in one way."""
    if len(rules) > 1 and strength == "must":
        raise InvalidRecord(field, ONE_ONLY)
    return [r | {"strength": strength} for r in rules]


def _joined(windows: list[Window]) -> list[Window]:
    """Return windows with those on the same days put together where one ends as the next begins: mornings and afternoons are one window."""
    found: list[Window] = []
    for days, start, end in sorted(windows):
        if found and found[-1][0] == days and found[-1][2] == start:
            found[-1] = (days, found[-1][1], end)
        else:
            found.append((days, start, end))
    return found


def _windows(field: str, facts: dict[str, Any]) -> list[Window]:
    """Return the windows that lines of plain words say."""
    try:
        rows = times.read(facts.get(field) or "")
    except InvalidRecord as error:
        raise InvalidRecord(field, "Write days and hours, one line each, like: Monday and Tuesday 17:00 to 19:00.") from error
    if any(set(row) != {"weeks", "starts", "ends", "days"} or row["weeks"] != "all_year" for row in rows):
        raise InvalidRecord(field, "Write days of the week and hours only, like: Monday and Tuesday 17:00 to 19:00.")
    return [(tuple(row["days"]), row["starts"], row["ends"]) for row in rows]


def _filled(rules: list[Rule]) -> dict[str, Any]:
    """Return the boxes as these rules would fill them, whether or not that says the same."""
    facts: dict[str, Any] = {"features_must": [], "features_help": [], "times": [], "modes": [], "other_times": [], "not_times": []}
    for r in rules:
        _FILL[r["what"]](facts, r)
    return facts | {name: "\n".join(facts[name]) for name in ("other_times", "not_times")}


def _feature(facts: dict[str, Any], r: Rule) -> None:
    value = (features.WITHOUT if r.get("is") == "no" else "") + r["value"]
    facts["features_must" if r["strength"] == "must" else "features_help"].append(value)


def _time(facts: dict[str, Any], r: Rule) -> None:
    window = (tuple(r["days"]), r["from"], r["until"])
    name = next((n for n, w in TIMES.items() if w == window), None)
    facts["times_strength"] = r["strength"]
    (facts["times"] if name else facts["other_times"]).append(name or _line(r))


def _not_time(facts: dict[str, Any], r: Rule) -> None:
    facts["not_times_strength"] = r["strength"]
    facts["not_times"].append(_line(r))


def _line(r: Rule) -> str:
    return times.words({"days": r["days"], "starts": r["from"], "ends": r["until"]})


def _mode(facts: dict[str, Any], r: Rule) -> None:
    facts["modes_strength"] = r["strength"]
    facts["modes"].append(r["value"])


_FILL = {
    "language": lambda facts, r: facts.update(language=r["value"], language_strength=r["strength"]), "feature": _feature, "time": _time, "not_time": _not_time,
    "mode": _mode, "travel": lambda facts, r: facts.update(travel_by=r["by"], travel_minutes=r["minutes"], travel_strength=r["strength"]),
    "gender": lambda facts, r: facts.update(gender=r["value"], gender_strength=r["strength"]),
    "wait": lambda facts, r: facts.update(wait_weeks=r["weeks"], wait_strength=r["strength"]),
}


def _back(facts: dict[str, Any]) -> list[Rule] | None:
    """Return what the form would say of these boxes, or None where one of them has no such answer or it would be refused."""
    wishes = {*facts["features_must"], *facts["features_help"]}
    numbers = [facts[name] for name in ("travel_minutes", "wait_weeks") if name in facts]
    if not wishes <= set(features.WISHES) or facts.get("language", "en") not in wording.LANGUAGES or any(n != int(n) for n in numbers):
        return None
    if not 1 <= facts.get("travel_minutes", 1) <= MOST_MINUTES or not 0 <= facts.get("wait_weeks", 0) <= MOST_WEEKS:
        return None
    try:
        return rules_from(facts)
    except InvalidRecord:
        return None


def _same(found: list[Rule] | None, wanted: list[Rule]) -> bool:
    return found is not None and sorted(map(mark, found)) == sorted(map(mark, wanted))
