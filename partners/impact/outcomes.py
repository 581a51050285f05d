"""Outcomes: under which heading of the local authority's outcomes framework each need stands, so that families who say help helped can be counted there."""

from __future__ import annotations

from partners.impact.counting import Families, Row, cohort, says_it_helped, steps
from partners.impact.periods import Period
from partners.impact.snapshot import Snapshot

# Source: the ten outcomes of the Supporting Families outcomes framework (2022 to 2025); names to be checked against the authority's own plan each year.
# Two of them, abuse and exploitation, and domestic abuse, are about what only the safeguarding lead sees: they are never counted here.
EDUCATION, EARLY, HEALTH, RECOVERY, RELATIONSHIPS, HOUSING, MONEY, CRIME = (
    "Getting a good education", "Good early years development", "Improved mental and physical health", "Promoting recovery and reducing harm from substance use",
    "Improved family relationships", "Secure housing", "Financial stability", "Crime prevention and tackling crime",
)
NONE = "Under none of these headings"
# Where each need stands is our judgement, November 2026: the group's heading, and single needs that stand elsewhere.
OF_GROUP = {
    "Food and essentials": MONEY, "Money and benefits": MONEY, "Home": HOUSING, "School life": EDUCATION, "Attendance and the school day": EDUCATION, "SEND and disability": HEALTH,
    "Health and feelings": HEALTH, "Family life": RELATIONSHIPS,
}
OF_CODE = {
    "baby_things": EARLY, "new_baby": EARLY, "substances": RECOVERY, "send_advice": EDUCATION, "disability_money_kit": MONEY, "prison_family": CRIME, "work_training": MONEY, "adult_learning": MONEY,
}


def heading(code: str, groups: dict[str, str]) -> str:
    """Return the heading of a need; `groups` gives each code's group."""
    return OF_CODE.get(code) or OF_GROUP.get(groups.get(code, ""), NONE)


def rows(snap: Snapshot, period: Period, *, groups: dict[str, str]) -> list[Row]:
    """Return families who say that help helped by the heading of the need it helped with; a family with two needs may be under two. The last row is all."""
    found: dict[str, Families] = {}
    for r in cohort(snap, period):
        if says_it_helped(r, period):
            found.setdefault(heading(snap.needs[r.need].code, groups), set()).add(r.family)
    everyone = next(row.families for row in steps(snap, period) if row.key == "says_helped")
    return [*(Row(label, f"says:{label}", who) for label, who in sorted(found.items())), Row("All who say it helped", "says_helped", everyone)]
