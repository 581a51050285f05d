"""Buttons pressed on the real web, in this program: everything but the network."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from partners.foundation.sealing import new_key
from partners.referrals import replies
from partners.referrals.referrals import Referral
from tests.integration.conftest import AT
from tests.reliability.small_town import SmallTown
from web import create_app
from web.settings import Settings


def served(engine: Engine, *, at: datetime = AT, **settings: Any) -> Any:
    """Return the web on a database, with the keys that are in use already."""
    from partners.foundation import sealing

    kept = sealing._Keys.box
    facts = {"database_url": engine.url.render_as_string(hide_password=False), "secret_key": secrets.token_urlsafe(48), "sealing_keys": (new_key(),), "base_url": "http://kith.example"}
    app = create_app(Settings(**(facts | settings)), engine=engine, clock=lambda: at)
    sealing._Keys.box = kept
    return app


class Pressing:
    """A web and the liaison officer's cookie."""

    BETWEEN = (StaleDataError, OperationalError)  # what the database says to the later of two presses

    def __init__(self, engine: Engine, town: SmallTown, **settings: Any) -> None:
        self.app, self.town = served(engine, **settings), town
        browser = self.app.test_client()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/sign-in").text)
        assert found is not None
        self.token, self.page = found.group(1), browser.get_cookie("kith-page").value

    def browser(self) -> Any:
        """Return a browser with both cookies."""
        browser = self.app.test_client()
        browser.set_cookie("kith-page", self.page)
        browser.set_cookie("kith", self.town.cookie)
        return browser

    def press(self, path: str, facts: dict[str, str]) -> int:
        """Press a button and return the status."""
        status: int = self.browser().post(path, data={**facts, "csrf_token": self.token}).status_code
        return status

    def link_of(self, session: Session, referral: Referral) -> str:
        """Return the word of a fresh reply link."""
        return replies.new_reply_link(session, referral, at=AT)
