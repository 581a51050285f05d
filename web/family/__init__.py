"""The family's own pages: questions for each child, and what is held, each by a link of its own, in the family's language and direction."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, session

from partners.families import languages
from partners.foundation.tokens import new_token

bp = Blueprint("family", __name__)


def tongue(code: str) -> dict[str, Any]:
    """Return what a page in a language is told: its sentences, its direction, and whether a speaker has checked them."""
    shown = languages.every()[languages.known(code)]
    return {"say": languages.texts(shown.code), "tongue": shown, "languages": languages.every(), "page_language": shown.code, "page_direction": shown.direction}


def own_browser() -> str:
    """Return this browser's own word, made when it is first asked for; answers are shown again to the browser that wrote them alone."""
    if "browser" not in session:
        session["browser"] = new_token()
    word: str = session["browser"]
    return word


from web.family import own, questions  # noqa: E402, F401
