"""The permission table: who may do what, and to whose records. Anything that is not a row here is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, false

from partners.foundation.actors import Actor, Role
from partners.foundation.errors import NotAllowed, NotFound

Scope = Callable[[Actor, Any], bool]


def _anywhere(_actor: Actor, _record: Any) -> bool:
    return True


def _own_school(actor: Actor, record: Any) -> bool:
    return actor.school_id is not None and getattr(record, "school_id", None) == actor.school_id


def _this_school(actor: Actor, record: Any) -> bool:
    return actor.school_id is not None and getattr(record, "id", None) == actor.school_id


def _own_organisation(actor: Actor, record: Any) -> bool:
    theirs = getattr(record, "organisation_id", None) or (record.id if type(record).__name__ == "Organisation" else None)
    return actor.organisation_id is not None and theirs == actor.organisation_id


def _this_referral(actor: Actor, record: Any) -> bool:
    return actor.referral_id is not None and getattr(record, "id", None) == actor.referral_id and _own_organisation(actor, record)


def _this_partnership(actor: Actor, record: Any) -> bool:
    return _own_school(actor, record) and _own_organisation(actor, record)


def _own_family(actor: Actor, record: Any) -> bool:
    theirs = getattr(record, "family_id", None) or (record.id if type(record).__name__ == "Family" else None)
    return actor.family_id is not None and theirs == actor.family_id and _own_school(actor, record)


# One row an action: who (a role, or the kind of a link) and over which records.
PERMISSIONS: dict[str, dict[str, Scope]] = {
    "family:add": {Role.FLO: _own_school},
    "family:read": {Role.FLO: _own_school, "family": _own_family},
    "family:change": {Role.FLO: _own_school},
    "family:match": {Role.FLO: _own_school},
    "family:release": {Role.DSL: _own_school},
    "agreement:record": {Role.FLO: _own_school},
    "agreement:read": {Role.FLO: _own_school, "family": _own_family},
    "agreement:withdraw": {Role.FLO: _own_school, "family": _own_family},
    "questionnaire:begin": {Role.FLO: _own_school},
    "questionnaire:look": {Role.FLO: _own_school},
    "questionnaire:answer": {"family": _own_family},
    "correction:make": {"family": _own_family},
    "correction:look": {Role.FLO: _own_school},
    "withdrawal:read": {Role.FLO: _own_school, Role.DSL: _own_school},
    "withdrawal:log": {Role.FLO: _own_school},
    "withdrawal:attest": {"deletion_link": _own_organisation},
    "referral:read": {Role.FLO: _own_school, Role.PARTNER: _own_organisation, "partner_link": _this_referral},
    "referral:choose": {Role.FLO: _own_school},
    "referral:as_flo": {Role.FLO: _own_school},
    "referral:as_partner": {Role.PARTNER: _own_organisation, "partner_link": _this_referral, Role.FLO: _own_school},
    "referral:as_family": {"family": _own_family, Role.FLO: _own_school},
    "referral:as_clock": {"system": _anywhere},
    "referral:as_admin": {Role.FLO: _own_school, Role.ADMIN: _own_school},
    "referral:see_details": {Role.PARTNER: _own_organisation, "partner_link": _this_referral},
    "offer:read": {Role.FLO: _anywhere, Role.ADMIN: _anywhere, Role.HEAD: _anywhere, Role.PARTNER: _own_organisation},
    "offer:confirm": {
        Role.FLO: _anywhere, Role.ADMIN: _anywhere, Role.PARTNER: _own_organisation,
        "partner_link": _own_organisation, "offer_link": _own_organisation,
    },
    "offer:propose": {Role.PARTNER: _own_organisation, "partner_link": _own_organisation, "offer_link": _own_organisation, Role.FLO: _anywhere},
    "offer:change": {Role.FLO: _anywhere, Role.ADMIN: _anywhere},
    "offer:import": {Role.FLO: _anywhere, Role.ADMIN: _anywhere, "system": _anywhere},
    "impact:read": {Role.HEAD: _own_school},
    "impact:release": {"system": _anywhere},
    "trust:change": {"system": _anywhere},
    "ward:change": {"system": _anywhere},
    "trust:read": {Role.TRUST: _anywhere},
    "school_data:keep": {Role.ADMIN: _own_school},
    "story:write": {Role.FLO: _own_school},
    "story:read": {Role.HEAD: _own_school},
    "school_data:code": {Role.FLO: _own_school},
    "partnership:read": {Role.FLO: _own_school, Role.HEAD: _own_school, "partnership_link": _this_partnership},
    "partnership:change": {Role.FLO: _own_school},
    "partnership:say": {Role.FLO: _own_school, Role.HEAD: _own_school, "partnership_link": _this_partnership},
    "ask:read": {Role.FLO: _own_school, "partnership_link": _this_partnership},
    "ask:change": {Role.FLO: _own_school, "partnership_link": _this_partnership},
    "give:from_family": {Role.FLO: _own_school},
    "exchange:decide": {Role.FLO: _own_school},
    "exchange:answer": {Role.FLO: _own_school, "partnership_link": _this_partnership},
    "group:hold": {Role.FLO: _own_school},
    "group:answer": {Role.FLO: _own_school, "partnership_link": _this_partnership},
    "event:hold": {Role.FLO: _own_school},
    "event:bring": {Role.FLO: _own_school, "partnership_link": _this_partnership},
    "gap:read": {Role.FLO: _own_school, Role.HEAD: _own_school},
    "complaint:make": {
        Role.FLO: _own_school, Role.DSL: _own_school, Role.HEAD: _own_school, Role.ADMIN: _own_school, "family": _own_school, "visitor": _own_school,
    },
    "complaint:answer": {Role.DSL: _own_school},
    "complaint:count": {Role.DSL: _own_school, Role.ADMIN: _own_school, "system": _anywhere},
    "rights:open": {Role.FLO: _own_school, Role.DSL: _own_school, "family": _own_family},
    "rights:read": {Role.FLO: _own_school, Role.DSL: _own_school},
    "rights:decide": {Role.DSL: _own_school},
    "retention:sign": {Role.ADMIN: _own_school, Role.DSL: _own_school},
    "breach:note": {Role.FLO: _own_school, Role.DSL: _own_school, Role.ADMIN: _own_school, Role.HEAD: _own_school},
    "breach:judge": {Role.DSL: _own_school, Role.ADMIN: _own_school},
    "processing:read": {Role.DSL: _this_school, Role.ADMIN: _this_school, Role.HEAD: _this_school, "system": _anywhere},
    "hold:place": {Role.DSL: _own_school},
    "emergency:open": {Role.ADMIN: _own_school},
    "emergency:know": {Role.DSL: _own_school, Role.HEAD: _own_school, Role.FLO: _own_school, Role.ADMIN: _own_school},
    "emergency:note": {Role.DSL: _own_school, Role.HEAD: _own_school, Role.FLO: _own_school},
    "emergency:end": {Role.DSL: _own_school, Role.HEAD: _own_school, Role.FLO: _own_school, Role.ADMIN: _own_school},
    "rights:see_held": {Role.FLO: _own_school, Role.DSL: _own_school, "family": _own_family},
    "user:change": {Role.ADMIN: _own_school, "system": _anywhere},
    "school:change": {Role.ADMIN: _own_school, "system": _anywhere},
    "mail:mend": {Role.ADMIN: _anywhere},
}


def allows(actor: Actor, action: str, record: Any = None) -> bool:
    """Whether the table lets this actor do this to this record."""
    row = PERMISSIONS.get(action, {})
    held = [row[who] for who in (*actor.roles, actor.kind) if who in row]
    return any(record is None or scope(actor, record) for scope in held)


def require(actor: Actor, action: str, record: Any = None) -> None:
    """Let this actor do this, or refuse.

    Raises:
        NotAllowed: nobody in this actor's roles may do it.
        NotFound: they may do it, but not to this record; it looks just as if there were none.
    """
    row = PERMISSIONS.get(action, {})
    if not any(who in row for who in (*actor.roles, actor.kind)):
        raise NotAllowed(action)
    if not allows(actor, action, record):
        raise NotFound(type(record).__name__.lower())


def visible(query: Select[Any], model: Any, actor: Actor) -> Select[Any]:
    """Narrow a query to the rows this actor may see: an FLO's school, a partner's organisation, one referral for a reply link."""
    if actor.kind == "system":
        return query
    if actor.referral_id is not None:
        return query.where(model.id == actor.referral_id)
    if Role.FLO in actor.roles and actor.school_id is not None and hasattr(model, "school_id"):
        return query.where(model.school_id == actor.school_id)
    if Role.PARTNER in actor.roles and actor.organisation_id is not None and hasattr(model, "organisation_id"):
        return query.where(model.organisation_id == actor.organisation_id)
    return query.where(false())
