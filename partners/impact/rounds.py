"""Rounds: what the clock does for figures: a release for each school when a half-term has ended, and its drafted asks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from partners.families import schools
from partners.families.schools import School
from partners.foundation.actors import SYSTEM
from partners.impact import asks, releases, report, trust_releases, trusts
from partners.impact.releases import Made, Say
from partners.impact.trust_releases import TrustRelease
from partners.impact.trusts import Trust
from partners.matching import words


def _groups() -> dict[str, str]:
    return {need.code: need.group for found in words.needs_by_group().values() for need in found}


def trust_release_for(session: Session, trust: Trust, *, at: datetime) -> TrustRelease | None:
    """Make a trust's next totals where every one of its schools has frozen its own."""
    return trust_releases.make(session, trust, groups=_groups(), by=SYSTEM, at=at)


def release_for(session: Session, school: School, *, at: datetime, say: Say | None = None) -> Made:
    """Make a school's next release where it is time, with its drafts."""
    made = releases.make(session, school, groups=_groups(), by=SYSTEM, at=at, say=say)
    if made.is_new and made.release is not None:
        asks.draft(session, made.release, report.focus(made.release) or "Last school year", at=at)
    return made


def tick(session: Session, *, at: datetime) -> int:
    """Make the releases that are due, and return how many. Running it twice changes nothing the second time."""
    made = sum(release_for(session, school, at=at).is_new for school in schools.every(session))
    return made + sum(trust_release_for(session, trust, at=at) is not None for trust in trusts.every(session))
