"""Nudging: after a press, or beside the box with a small script, what might be said instead of some words. Nothing is ever blocked or changed."""

from __future__ import annotations

from flask import flash, jsonify, request
from werkzeug.wrappers import Response

from partners.families import reframing
from partners.foundation.actors import Role
from web.liaison import bp
from web.signing_in import find_actor, roles_required

NOT_WORDS = ("csrf_token", "press", "version", "name", "email", "contact", "phone", "do")


@bp.get("/better-words.json")
@roles_required(Role.FLO)
def better_words() -> Response:
    """Give the table to the small script, which looks while somebody types; what is typed goes nowhere."""
    answer: Response = jsonify([{"heard": heard, "better": better} for heard, better in reframing.table()])
    return answer


@bp.after_request
def nudge(response: Response) -> Response:
    """Say once, after something was kept, which words could be others."""
    if request.method == "POST" and response.status_code == 303 and find_actor() is not None:
        typed = "\n".join(value for name, value in request.form.items(multi=True) if name not in NOT_WORDS)
        for found in reframing.nudges(typed):
            flash(f"Kept as you wrote it. Instead of “{found.said}” you might say: {found.better}.", "nudge")
    return response
