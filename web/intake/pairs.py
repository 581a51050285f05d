"""Pairs: two offers that may be the same, shown side by side to a person, who says so or says that they are two."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.referrals import merging
from partners.registry import duplicates
from partners.registry.duplicates import OfferPair
from web import wording
from web.database import now
from web.fields import AnyOf, KithForm, OneOf
from web.intake import READERS, bp
from web.signing_in import actor, roles_required


class MergeForm(KithForm):
    """Which stays, and which fields come from the other."""

    keep = OneOf("Which stays?", [("first", "The first"), ("second", "The second")], required="Choose which one stays.")
    take = AnyOf("Take these from the other")


def _say(name: str, value: Any) -> str:
    """Return a field's value in words."""
    if name == "ages":
        low, high = value
        return "any age" if low is None and high is None else f"{'' if low is None else format(low, 'g')} to {'' if high is None else format(high, 'g')} years".strip()
    if name == "place":
        return ", ".join(str(v) for v in (value or [])[:2] if v) or "not known"
    if name == "sessions":
        days = {**wording.DAYS}
        return "; ".join(f"{', '.join(days[d] for d in s['days'])} {s['starts']} to {s['ends']}" for s in value) or "not known"
    if name == "needs":
        return "; ".join(words.labels().get(code, code) for code in value) or "not chosen yet"
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in value.items()) or "not known"
    return ", ".join(str(v).replace("_", " ") for v in value) if isinstance(value, list) else str(value or "nothing")[:400]


@bp.get("/duplicates")
@roles_required(*READERS)
def pairs() -> str:
    """Show what may be the same, the likeliest first."""
    rows, total = duplicates.open_pairs(g.session, by=actor())
    return render_template("intake/pairs.html", rows=rows, total=total)


@bp.post("/duplicates")
@roles_required(*READERS)
def look_for_pairs() -> Response:
    """Look through all offers again."""
    new = duplicates.find(g.session, by=actor(), at=now())
    flash(f"{new} new {'pair' if new == 1 else 'pairs'} to look at." if new else "No new pairs.")
    return redirect(url_for(".pairs"), 303)


def _page(found: OfferPair, form: MergeForm | None = None) -> str:
    keep = (form.facts()["keep"] if form is not None else request.args.get("keep")) or ""
    sides = merging.both(g.session, found, "first")
    kept, gone, differences = None, None, []
    if keep in ("first", "second"):
        kept, gone = merging.both(g.session, found, keep)
        differences = [(d, _say(d.name, d.kept), _say(d.name, d.gone)) for d in merging.preview(kept, gone)]
    facts = [[(merging.LABELS[name], _say(name, read(o))) for name, read in merging.READ.items() if not (name == "place" and o.place and o.place.withheld)] for o in sides]
    return render_template(
        "intake/pair.html", pair=found, sides=list(zip(("first", "second"), sides, facts, strict=True)), kept=kept, gone=gone, keep=keep, differences=differences, form=form,
        under_way=merging.blocked_by(g.session, kept, gone) if kept and gone else 0,
    )


@bp.get("/duplicates/<uuid:pair_id>")
@roles_required(*READERS)
def pair(pair_id: uuid.UUID) -> Response | str:
    """Show two offers side by side; with `keep`, what would stay and what would go."""
    found = duplicates.get(g.session, pair_id, by=actor())
    return _page(found) if found.decided is None else redirect(url_for(".pairs"), 303)


@bp.post("/duplicates/<uuid:pair_id>/merge")
@roles_required(*READERS)
def merge(pair_id: uuid.UUID) -> Response | tuple[str, int]:
    """Make them one, as the preview said."""
    found, form = duplicates.get(g.session, pair_id, by=actor()), MergeForm()
    form.take.choices = list(merging.LABELS.items())
    if form.validate():
        try:
            merging.merge(g.session, found, **form.facts(), by=actor(), at=now())
            flash("They are one now. Introductions and links go with it.")
            return redirect(url_for(".pairs"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(found, form), 422


@bp.post("/duplicates/<uuid:pair_id>/two")
@roles_required(*READERS)
def two(pair_id: uuid.UUID) -> Response:
    """Record that they are two."""
    duplicates.differ(g.session, duplicates.get(g.session, pair_id, by=actor()), by=actor(), at=now())
    return redirect(url_for(".pairs"), 303)
