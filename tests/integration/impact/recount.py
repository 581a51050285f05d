"""The recount: the tables that count families again, in SQL written from the measures' words and not from the code that counts. A query for each row.

What SQL cannot read by itself is in `recount_sealed`: traits and postcodes, which are sealed, working days, and attendance.
"""

# ruff: noqa: S608 - the queries are put together from the constants below

from __future__ import annotations

from collections.abc import Mapping, Sequence

_NEEDS = "FROM needs n JOIN families f ON f.id = n.family_id AND f.with_dsl_at IS NULL AND f.set_aside_at IS NULL"
_TOLD_US = "n.school_id = :school AND n.opened_at >= :low AND n.opened_at < :high"
_WHO = "SELECT DISTINCT n.family_id"
ASKED = f"{_WHO} {_NEEDS} WHERE {_TOLD_US}"
UNMET = f"{ASKED} AND n.state = 'unmet' AND n.settled_at < :high"
RATHER_NOT = f"{ASKED} AND n.state = 'preferred_not' AND n.settled_at < :high"
INTRODUCED = f"{_WHO} {_NEEDS} JOIN referrals r ON r.need_id = n.id WHERE {_TOLD_US} AND r.created_at < :high"


def _event(action: str) -> str:
    return f"EXISTS (SELECT 1 FROM referral_events e WHERE e.referral_id = r.id AND e.action = '{action}' AND e.at < :high)"


_OUTCOME = "EXISTS (SELECT 1 FROM outcomes o WHERE o.referral_id = r.id AND o.recorded_at < :high{})"
_LAST_SAID = "EXISTS (SELECT 1 FROM (SELECT o.result, o.said_by FROM outcomes o WHERE o.referral_id = r.id AND o.recorded_at < :high ORDER BY o.recorded_at DESC, o.id DESC LIMIT 1) o WHERE o.result IN ('met', 'partly'){})"
_WORKED = _LAST_SAID.format("")  # whoever says so
_ENDED = f"r.finished_at < :high OR (r.state = 'closed' AND COALESCE(r.code, '') <> 'did_not_come' AND r.ended_at < :high AND {_OUTCOME.format('')}) OR {_WORKED}"
# What the family itself said last, at a check-in or at closing: 1 that it helped, 0 that it did not.
_LAST_WORD = """(SELECT w.yes FROM (
    SELECT c.done_at AS at, c.helped = 'yes' AS yes FROM check_ins c WHERE c.referral_id = r.id AND c.helped IN ('yes', 'no') AND c.done_at < :high
    UNION ALL SELECT o.recorded_at, o.result <> 'not_met' FROM outcomes o WHERE o.referral_id = r.id AND o.said_by = 'family' AND o.result IN ('met', 'partly', 'not_met') AND o.recorded_at < :high
) w ORDER BY w.at DESC LIMIT 1)"""
_SAYS = f"({_ENDED}) AND {_LAST_WORD} = 1"
_KEPT = "EXISTS (SELECT 1 FROM agreements a WHERE a.id = r.agreement_id AND a.agreed_at < :high AND NOT (a.withdrawn_at IS NOT NULL AND a.withdrawn_at < :high AND NOT coalesce(r.sent_at < :high, 0)))"
# Whoever came to a step came by all before it, so a step holds those of every later one.
_AT_LEAST = (
    ("says_helped", _SAYS), ("finished", _ENDED), ("took up", _event("start")),
    ("contacted", "r.contacted_at < :high"), ("answered", f"r.replied_at < :high OR {_event('tell')}"), ("sent", f"r.sent_at < :high OR {_event('tell')}"),
    ("agreed", f"{_KEPT} OR {_event('tell')}"), ("offered", "1"),
)
STEPS = {key: f"{INTRODUCED} AND ({' OR '.join(f'({rule})' for _, rule in _AT_LEAST[: n + 1])})" for n, (key, _) in enumerate(_AT_LEAST)}
SAYS_HELPED = STEPS["says_helped"]
_OTHERS = " AND o.said_by <> 'family'"
_UNDER_WAY = f"{INTRODUCED} AND (r.ended_at IS NULL OR r.ended_at >= :high)"
_SAID = f"{_WHO} {_NEEDS} JOIN referrals r ON r.need_id = n.id JOIN check_ins c ON c.referral_id = r.id WHERE {_TOLD_US} AND c.done_at < :high"
OPEN = f"{_WHO} {_NEEDS} WHERE n.school_id = :school AND n.opened_at < :high AND NOT (n.state IN ('unmet', 'preferred_not') AND n.settled_at < :high) AND NOT EXISTS (SELECT 1 FROM referrals r WHERE r.need_id = n.id AND {_OUTCOME.format('')})"


def _less(first: str, *others: str) -> str:
    return " EXCEPT ".join(f"SELECT * FROM ({query})" for query in (first, *others))


ONLY_OTHERS = _less(f"{INTRODUCED} AND {_LAST_SAID.format(_OTHERS)}", SAYS_HELPED)
_BETTER = (SAYS_HELPED, ONLY_OTHERS)
_ANSWERED = "r.sent_at < :high AND r.replied_at < :high"
_RAN_OUT = "r.sent_at < :high AND r.state = 'expired' AND r.ended_at < :high AND (r.replied_at IS NULL OR r.replied_at >= :high)"
_DUE = f"({_ANSWERED} OR {_RAN_OUT})"
_EACH = INTRODUCED.replace("DISTINCT ", "")
# Agreed introductions that were sent, and were not stopped before a talk: which family and offer, the yes before the first talk, the talk, and whether it ended.
TALKS_AWAITED = f"""SELECT n.family_id, r.offer_id, CASE WHEN a.agreed_at > r.contacted_at THEN (SELECT min(b.agreed_at) FROM agreements b WHERE b.need_id = n.id AND b.organisation_id = r.organisation_id) ELSE a.agreed_at END AS yes,
    CASE WHEN r.contacted_at < :high THEN r.contacted_at END, coalesce(r.ended_at < :high, 0) {_NEEDS} JOIN referrals r ON r.need_id = n.id JOIN agreements a ON a.id = r.agreement_id
    WHERE {_TOLD_US} AND r.created_at < :high AND r.sent_at < :high AND yes < :high AND NOT (r.state = 'withdrawn' AND r.ended_at < :high AND coalesce(r.contacted_at >= :high, 1))"""
# A family's own numbers for a need with help chosen for it: of which instant each is, when it was told, and the number.
NUMBERS = " UNION ALL ".join(f"SELECT n.family_id, n.id, {of}, {known}, {number} {_NEEDS} JOIN referrals r ON r.need_id = n.id {join} WHERE {_TOLD_US} AND r.created_at < :high AND {said} AND {number} IS NOT NULL" for of, known, number, join, said in (
    ("n.opened_at", "o.recorded_at", "o.before_0_10", "JOIN outcomes o ON o.referral_id = r.id", "o.said_by = 'family' AND o.recorded_at < :high"),
    ("o.recorded_at", "o.recorded_at", "o.after_0_10", "JOIN outcomes o ON o.referral_id = r.id", "o.said_by = 'family' AND o.recorded_at < :high"),
    ("c.done_at", "c.done_at", "c.now_0_10", "JOIN check_ins c ON c.referral_id = r.id", "c.done_at < :high"),
))
IN_QUESTIONS = f"""SELECT DISTINCT n.family_id, n.id, q.given_at, q.looked_at, q.answers {_NEEDS} JOIN referrals r ON r.need_id = n.id JOIN questionnaires q ON q.family_id = n.family_id AND q.child_id IS n.child_id
    WHERE {_TOLD_US} AND r.created_at < :high AND q.given_at IS NOT NULL AND q.looked_at < :high AND q.taken_back_at IS NULL"""
# Of each share the part, where SQL alone can tell it, and the whole: a row for each introduction.
SHARES = {"in_time": (None, f"{_EACH} AND {_DUE}"), "ran_out": (f"{_EACH} AND {_RAN_OUT}", f"{_EACH} AND {_DUE}"), "taken_on": (f"{_EACH} AND {_ANSWERED} AND r.accepted_at < :high", f"{_EACH} AND {_ANSWERED}")}


COUNTS: dict[str, str] = {
    "asked": ASKED, "unmet": UNMET, "rather_not": RATHER_NOT, **STEPS,
    "only_others": ONLY_OTHERS, "best_under_way": _less(_UNDER_WAY, *_BETTER), "best_unmet": _less(UNMET, *_BETTER, _UNDER_WAY), "best_rather_not": _less(RATHER_NOT, *_BETTER, _UNDER_WAY, UNMET),
    "best_nothing": _less(ASKED, *_BETTER, _UNDER_WAY, UNMET, RATHER_NOT),
    "sent_for": f"{INTRODUCED} AND r.sent_at < :high", "answered_for": f"{INTRODUCED} AND r.sent_at < :high AND r.replied_at < :high",
    "due_for": f"{INTRODUCED} AND {_DUE}",
    "voice": f"{_SAID} AND (c.easy <> 'not_known' OR c.contacted <> 'not_known' OR c.again <> 'not_known')", "voice_easy": f"{_SAID} AND c.easy = 'yes'",
    "voice_rang": f"{_SAID} AND c.contacted = 'yes'", "voice_again": f"{_SAID} AND c.again = 'yes'",
    "open": OPEN,
}


def among_codes(query: str, column: str, codes: Sequence[str]) -> str:
    """Return a query for those of whom a column is one of some codes."""
    return f"{query} AND {column} IN ({', '.join(repr(code) for code in codes)})"


def of_groups(groups: Mapping[str, str]) -> dict[str, str]:
    """Return a count for each group of needs that nothing met; `groups` gives each code's."""
    return {f"group:{name}": among_codes(UNMET, "n.code", [c for c, g in groups.items() if g == name]) for name in sorted(set(groups.values()))}


def of_reasons(reasons: Mapping[str, str]) -> dict[str, str]:
    """Return a count for each reason in words; `reasons` gives each code's."""
    return {f"reason:{words}": among_codes(UNMET, "n.unmet_reason", [c for c, w in reasons.items() if w == words]) for words in sorted(set(reasons.values()))}


def of_endings(endings: Mapping[str, str]) -> dict[str, str]:
    """Return a count for each reason why an introduction ended before it helped; `endings` gives each code's. What is about safety is in none."""
    ended = f"{INTRODUCED} AND r.ended_at < :high AND NOT {_WORKED} AND coalesce(r.code, '') <> 'safety_risk'"
    told = {f"left:{words}": among_codes(ended, "r.code", [c for c, w in endings.items() if w == words]) for words in sorted(set(endings.values()))}
    others = f"{ended} AND NOT ({among_codes('1', 'coalesce(r.code, 0)', list(endings))}) AND (r.state <> 'closed' OR NOT {_OUTCOME.format('')})"
    return told | {"left:Something else": others, "left": " UNION ".join([*told.values(), others])}


def of_partnerships(firsts: Mapping[str, str]) -> dict[str, str]:
    """Return a count of partnerships by a last day, `:until`: of all of them, and of those with which a first thing had happened; `firsts` gives each label's kind."""
    going = "SELECT p.id FROM partnerships p WHERE p.school_id = :school AND p.ended_at IS NULL"
    return {
        label: f"{going} AND p.since_on <= :until" if kind == "since" else f'{going} AND EXISTS (SELECT 1 FROM partnership_events e WHERE e.partnership_id = p.id AND e.kind = {kind!r} AND e."on" <= :until)'
        for label, kind in firsts.items()
    }


PARTNERS_WHO_HELPED = f"SELECT DISTINCT r.organisation_id {_NEEDS} JOIN referrals r ON r.need_id = n.id WHERE {_TOLD_US} AND r.created_at < :high AND {_WORKED}"


def of_headings(codes: Mapping[str, str]) -> dict[str, str]:
    """Return a count of those whom help helped, by heading; `codes` gives each need code's."""
    return {f"says:{name}": among_codes(f"{INTRODUCED} AND {_SAYS}", "n.code", [c for c, h in codes.items() if h == name]) for name in sorted(set(codes.values()))}


def of_bands(bands: Sequence[tuple[str, Sequence[str]]], steps: Sequence[str]) -> dict[str, str]:
    """Return a count for each year band at each step; a family with children in two bands is in both."""
    made = {}
    for name, years in bands:
        children = among_codes("SELECT family_id FROM children WHERE 1", "year_group", years)
        made |= {f"band:{name}:{step}": f"SELECT family_id FROM ({COUNTS[step]}) WHERE family_id IN ({children})" for step in steps}
    return made


def linked(steps: Sequence[str]) -> dict[str, str]:
    """Return a count at each step of the families that the office linked to a pupil."""
    return {f"linked:{step}": f"SELECT family_id FROM ({COUNTS[step]}) WHERE family_id IN (SELECT family_id FROM family_pupils)" for step in steps}

