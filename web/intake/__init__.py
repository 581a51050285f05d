"""Intake: lists of offers that somebody sends, what waits to be accepted, pairs that may be the same, and who asked not to appear."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from partners.foundation.actors import Role
from partners.registry.importing import origins
from partners.registry.offers import Offer
from web import maps

bp = Blueprint("intake", __name__, url_prefix="/imports")
READERS = (Role.FLO, Role.ADMIN)


@bp.app_context_processor
def _origins() -> dict[str, Any]:
    """Let an offer's page say where each field came from."""
    return {"origins_of": lambda offer: _told(offer), "origin_labels": origins.LABELS, "offer_map": maps.draw}


def _told(offer: Offer) -> dict[str, origins.Origin]:
    return origins.of(g.session, offer) if offer.source else {}


from web.intake import accepting, do_not_list, lists, pairs  # noqa: E402, F401
