"""Safety: what stops everything. Where it stops, nothing is computed, listed or planned."""

from __future__ import annotations

from matcher.records import Request
from matcher.taxonomy import NEEDS


def stops(request: Request) -> str | None:
    """Return why a request stops, or None. `at_risk` comes before `dsl_only`, and that before `restricted`."""
    if request.safety != "no":
        return "at_risk"
    paths = {NEEDS[need.code].path for need in request.needs}
    return next((path for path in ("dsl_only", "restricted") if path in paths), None)
