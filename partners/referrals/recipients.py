"""Recipients: who may be told of a family at all, whatever was agreed: nobody whom the family keeps away, and nobody on its list."""

from __future__ import annotations

from partners.families import keeping_away, reaching
from partners.families.families import Family
from partners.foundation.errors import InvalidRecord
from partners.registry.offers import Offer


def require_may_know(family: Family, offer: Offer) -> None:
    """Refuse an organisation that the family keeps away, and one where somebody answers who must not know.

    Raises:
        InvalidRecord: with what to do instead.
    """
    if keeping_away.is_kept_away(family, offer.organisation_id):
        raise InvalidRecord("offer", "The family asked that this organisation must not know. Choose another.")
    if any(reaching.is_one_of(family.kept_from, name=c.name, reaches=(c.email, c.phone)) for c in offer.organisation.contacts):
        raise InvalidRecord("offer", "Somebody who answers there is on the family's list of people who must not know. Choose another, or ask the safeguarding lead.")


def require_asked_twice(family: Family, *, names_go: bool, sure: bool) -> None:
    """Ask a second time before names go for a family that is marked 'do not disclose'. Raises InvalidRecord."""
    if family.do_not_disclose and names_go and not sure:
        raise InvalidRecord("sure", "This family is marked 'do not disclose'. Look once more at who will know, then tick that you are sure.")
