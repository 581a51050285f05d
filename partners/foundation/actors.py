"""Who acts: an actor is passed to every verb, so that nobody's authority is ever ambient."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may be. One person may hold several."""

    FLO = "flo"
    HEAD = "head"
    ADMIN = "admin"
    DSL = "dsl"
    PARTNER = "partner"
    TRUST = "trust"


@dataclass(frozen=True)
class Actor:
    """Somebody, or the clock, who does something: their roles, and the school, organisation, referral or family they are bound to."""

    kind: str
    name: str
    user_id: uuid.UUID | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    school_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None
    referral_id: uuid.UUID | None = None
    family_id: uuid.UUID | None = None

    @property
    def party(self) -> str:
        """The side this actor speaks for in a referral: flo, partner, family, clock, or none."""
        if self.kind in ("partner_link", "offer_link", "partnership_link", "deletion_link") or Role.PARTNER in self.roles:
            return "partner"
        if self.kind == "system":
            return "clock"
        if self.kind == "family":
            return "family"
        return "flo" if Role.FLO in self.roles else "none"


SYSTEM = Actor(kind="system", name="the clock")


def partner_by_reply_link(organisation_id: uuid.UUID, referral_id: uuid.UUID, name: str) -> Actor:
    """Return the actor behind one referral's reply link: it reaches that referral and nothing else."""
    return Actor(kind="partner_link", name=name, organisation_id=organisation_id, referral_id=referral_id)


def partner_by_offer_link(organisation_id: uuid.UUID, name: str) -> Actor:
    """Return the actor behind an offer's link: it reaches that organisation's offers and no family."""
    return Actor(kind="offer_link", name=name, organisation_id=organisation_id)


def partner_by_partnership_link(organisation_id: uuid.UUID, school_id: uuid.UUID, name: str) -> Actor:
    """Return the actor behind a partnership's link: it reaches what one organisation and one school do together, and no family."""
    return Actor(kind="partnership_link", name=name, organisation_id=organisation_id, school_id=school_id)


def partner_by_deletion_link(organisation_id: uuid.UUID, name: str) -> Actor:
    """Return the actor behind the link that asks whether something was deleted: it reaches that question and no family."""
    return Actor(kind="deletion_link", name=name, organisation_id=organisation_id)


def family_by_link(family_id: uuid.UUID, school_id: uuid.UUID) -> Actor:
    """Return the family behind a link of its own: it reaches what is that family's and nothing else."""
    return Actor(kind="family", name="the family", school_id=school_id, family_id=family_id)


def visitor_of(school_id: uuid.UUID) -> Actor:
    """Return the actor that somebody without an account or a link is, on a school's public page: they can leave word, and see nothing."""
    return Actor(kind="visitor", name="a visitor", school_id=school_id)
