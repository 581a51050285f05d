"""Requirements: what an offer must do for a family, or what would help, in the forms of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matcher import names
from matcher import reading_records as read
from matcher.errors import InvalidRequest
from matcher.reading_records import DAYS, Reader

FEATURES = tuple(names.FEATURES)
MODES = tuple(names.MODES)


@dataclass(frozen=True)
class Requirement:
    """What the offer must do: `must`, or `would_help`. `raw` is the record as it came, which near misses repeat."""

    what: str
    must: bool
    value: str = ""
    wanted: str = "yes"
    days: tuple[int, ...] = ()
    from_minute: int = 0
    until_minute: int = 0
    by: str = ""
    minutes: float = 0
    weeks: float = 0
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_dict(cls, data: Any) -> Requirement:
        """Read one requirement. Raises InvalidRequest with every fault, one line each."""
        faults: list[str] = []
        found = _requirement(data, "requirement", faults)
        if found is None or faults:
            raise InvalidRequest(faults)
        return found

    @property
    def strength(self) -> int:
        """How much it counts: a must three times what would help (domain guide 3; judgement, November 2026)."""
        return 3 if self.must else 1


_FORMS: dict[str, dict[str, tuple[Any, str, bool]]] = {
    "language": {"value": (read.words, "a BCP 47 tag such as 'so'", True)},
    "feature": {"value": (read.one_of(*FEATURES), "the name of a feature", True), "is": (read.one_of("yes", "no"), "yes or no", False)},
    "mode": {"value": (read.one_of(*MODES), f"one of {', '.join(MODES)}", True)},
    "gender": {"value": (read.one_of("women", "men"), "women or men", True)},
    "travel": {"by": (read.one_of("walk", "bus", "car"), "walk, bus or car", True), "minutes": (read.number(0, above=True), "a number of minutes above 0", True)},
    "wait": {"weeks": (read.number(0), "a number of weeks from 0", True)},
    "time": {
        "days": (read.many_of(read.one_of(*DAYS), least=1), f"a list of {', '.join(DAYS)}", True),
        "from": (read.clock, "a time such as 18:00", True), "until": (read.clock, "a time such as 21:00", True),
    },
}
_FORMS["not_time"] = _FORMS["time"]
_ALL_PARTS = {"value", "is", "days", "from", "until", "by", "minutes", "weeks"}


def _requirement(row: Any, where: str, faults: list[str]) -> Requirement | None:
    r = Reader(row, where, faults)
    what = r.take("what", read.one_of(*_FORMS), f"one of {', '.join(_FORMS)}", required=True)
    strength = r.take("strength", read.one_of("must", "would_help"), "must or would_help", required=True)
    if what is None or strength is None:
        r.seen |= _ALL_PARTS
        r.finish()
        return None
    form = {"is": (read.one_of("yes"), "yes, or left out", False)} | _FORMS[what]
    parts = {name: r.take(name, check, right, required=required) for name, (check, right, required) in form.items()}
    r.finish()
    days = tuple(DAYS.index(d) for d in parts.get("days") or ())
    start, end = parts.get("from") or 0, parts.get("until") or 0
    if what in ("time", "not_time") and parts.get("from") is not None and start == end:
        r.fault("until", "is the same as from", "a later time; one past midnight may be earlier than from")
    return Requirement(
        what, strength == "must", parts.get("value") or "", parts.get("is") or "yes", days, start, end, parts.get("by") or "",
        parts.get("minutes") or 0, parts.get("weeks") or 0, row,
    )


def read_requirements(r: Reader) -> tuple[Requirement, ...]:
    """Return the requirements of a request or a need, noting every fault."""
    rows = r.take("requirements", read.many_of(lambda v: v), "a list of requirements", default=())
    return tuple(x for n, row in enumerate(rows) if (x := _requirement(row, f"{r.where}: requirements[{n}]", r.faults)) is not None)
