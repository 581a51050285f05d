"""Public pages: the front page, privacy, cookies, accessibility, and the neutral page behind which a screen can hide."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, send_from_directory
from werkzeug.wrappers import Response

from web.database import settings
from web.navigation import home_of
from web.security import came_from, safe_path
from web.signing_in import find_actor, open_to_all

bp = Blueprint("public", __name__)


@bp.get("/")
@open_to_all
def front() -> str | Response:
    """Say what Kith is; somebody signed in goes to their own first page."""
    actor = find_actor()
    if actor:
        return redirect(home_of(actor), 303)
    if settings().demo:
        from web.demo_pages import DOORS  # only the demo has doors

        return render_template("demo/front.html", doors=DOORS)
    return render_template("public/front.html")


@bp.get("/privacy")
@open_to_all
def privacy() -> str:
    """Say what is kept, who sees it, and what a family can ask for."""
    return render_template("public/privacy.html")


@bp.get("/cookies")
@open_to_all
def cookies() -> str:
    """Say which two cookies there are."""
    return render_template("public/cookies.html")


@bp.get("/accessibility")
@open_to_all
def accessibility() -> str:
    """Say how far the pages meet WCAG 2.2 AA and whom to tell."""
    return render_template("public/accessibility.html")


@bp.get("/cover")
@open_to_all
def cover() -> str:
    """Show a page with nothing on it but the way back, for when somebody looks over a shoulder."""
    return render_template("public/cover.html", back=safe_path(request.args.get("back"), came_from("/")))


@bp.get("/favicon.ico")
@open_to_all
def favicon() -> Response:
    """Give the mark to browsers that ask for it by its old name."""
    return send_from_directory("static", "kith-mark.svg", mimetype="image/svg+xml")
