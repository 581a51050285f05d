"""The directory: what is on near school, for anybody, where a school has switched it on. Nothing here is about a family."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, render_template, request

from partners.families import directories
from partners.families.schools import School
from partners.foundation.calendars import day_of
from partners.foundation.errors import NotFound
from partners.matching import words
from partners.oruk import public
from partners.registry.offers import Offer
from web.database import now
from web.signing_in import open_to_all

bp = Blueprint("directory", __name__, url_prefix="/directory")


def _schools() -> list[School]:
    found = directories.schools_open(g.session)
    if not found:
        raise NotFound("page")
    return found


def as_text(offer: Offer, schools: list[School]) -> str:
    """Return an offer in a few lines, for a text message or to be read out."""
    times = "; ".join(s.words(on=day_of(now())) for s in offer.sessions)
    place = (offer.place.address or offer.place.postcode or "") if offer.place is not None else ""
    lines = [f"{offer.name}, {offer.organisation.name}", times, place, _web(offer), f"Or ask {schools[0].name}: {schools[0].phone}" if len(schools) == 1 else ""]
    return "\n".join(line for line in lines if line)


def _web(offer: Offer) -> str:
    address = offer.organisation.website or ""
    return address if address.startswith(("https://", "http://")) else ""


@bp.get("")
@open_to_all
def page() -> str:
    """Show what is on, by name; a filter says how many."""
    schools, labels = _schools(), words.labels()
    every = public.listed(g.session, on=day_of(now()))
    counts = {code: sum(code in o.needs for o in every) for code in labels if code in public.PLAIN_NEEDS}
    need = request.args.get("need", "")
    need = need if counts.get(need) else ""
    rows = [o for o in every if not need or need in o.needs]
    return render_template("directory/page.html", schools=schools, rows=rows, counts={c: n for c, n in counts.items() if n}, labels=labels, need=need)


@bp.get("/<uuid:offer_id>")
@open_to_all
def one(offer_id: uuid.UUID) -> str:
    """Show one offer, ready to text or print for a family."""
    schools = _schools()
    offer = public.get(g.session, offer_id, on=day_of(now()))
    return render_template("directory/one.html", schools=schools, offer=offer, labels=words.labels(), text=as_text(offer, schools), web=_web(offer))
