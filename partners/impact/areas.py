"""Areas: whether needs that nothing met are counted by ward or by postcode district. It is decided once for a release and frozen with it.

By ward where the installation brought wards in and the ward of nine in ten of the families' postcodes is known; else by district.
What is released of it lives in `area_tables`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from partners.foundation import wards

DISTRICT, WARD = "district", "ward"
LEAST_KNOWN = 0.9  # of the families' postcodes; judgement, November 2026


@dataclass(frozen=True)
class Areas:
    """How one release counts by area: `by` ward or district; of each ward by its code what it is called, its postcode districts, and its middle in metres.

    `edition` is which drawing of the wards it was; 0 for districts.
    """

    by: str = DISTRICT
    edition: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    middles: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What the names of its quantities begin with: wards of another drawing are other quantities."""
        return "area" if self.by == DISTRICT else f"ward{self.edition}"


def take(session: Session, lived: Mapping[uuid.UUID, str]) -> tuple[Areas, dict[uuid.UUID, str]]:
    """Return how a school's families are counted by area, and the ward code of each family, none where it is by district. `lived` gives each family's postcode."""
    if not lived or not wards.edition(session):
        return Areas(), {}
    found = wards.of_postcodes(session, lived.values())
    of_family = {family: found[postcode] for family, postcode in lived.items() if postcode in found}
    if len(of_family) < LEAST_KNOWN * len(lived):
        return Areas(), {}
    codes = set(of_family.values())
    return Areas(WARD, wards.edition(session), wards.labels(session, codes), wards.outcodes(session, codes), wards.middles(session, codes)), of_family
