"""What Kith holds about a partner, for the partner to take away: by the link of one of its offers, or signed in; as JSON or as CSV."""

from __future__ import annotations

from flask import g
from werkzeug.wrappers import Response

from partners.foundation.actors import Actor, Role
from partners.foundation.errors import NotFound
from partners.referrals import replies
from partners.registry import organisations, own_records
from partners.registry.organisations import Organisation
from web.database import now
from web.portal import bp
from web.signing_in import actor, open_by_link, roles_required

_FILES = {
    "json": (own_records.as_json, "application/json"),
    "csv": (own_records.as_csv, "text/csv; charset=utf-8"),
}


def _file(organisation: Organisation, who: Actor, kind: str) -> Response:
    write, mimetype = _FILES[kind]
    text = write(own_records.of(g.session, organisation, by=who, at=now()))
    return Response(text, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="what-kith-holds.{kind}"', "Cache-Control": "no-store"})


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    if organisation_id is None:
        raise NotFound("organisation")
    return organisations.get(g.session, organisation_id)


@bp.get("/o/<token>/record.json")
@open_by_link
def record_json_by_link(token: str) -> Response:
    """Give what is held about the organisation of an offer, as JSON."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    return _file(offer.organisation, who, "json")


@bp.get("/o/<token>/record.csv")
@open_by_link
def record_csv_by_link(token: str) -> Response:
    """Give what is held about the organisation of an offer, as CSV."""
    offer, who = replies.open_offer_link(g.session, token, at=now())
    return _file(offer.organisation, who, "csv")


@bp.get("/portal/record.json")
@roles_required(Role.PARTNER)
def record_json() -> Response:
    """Give a partner what is held about it, as JSON."""
    return _file(_own(), actor(), "json")


@bp.get("/portal/record.csv")
@roles_required(Role.PARTNER)
def record_csv() -> Response:
    """Give a partner what is held about it, as CSV."""
    return _file(_own(), actor(), "csv")
