"""Presses: the random word that a page's button carries, so that pressing it twice keeps one."""

from __future__ import annotations

from flask import request

from partners.foundation.tokens import new_token


def press_word() -> str:
    """Return the word that this page's button carries, or a new one where there is none or it is not one of ours."""
    word = request.form.get("press", "")
    return word if len(word) == len(new_token()) and word.replace("-", "").replace("_", "").isalnum() else new_token()
