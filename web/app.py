"""The web service: one Flask application made from the settings, with every reader's rooms in it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from partners.foundation import ledger, sealing
from partners.foundation.db import open_engine
from partners.impact.school_data import keys as school_data_keys
from web import compiled, database, errors, formats, limits, logs, looks, navigation, security, signing_in, watching
from web.settings import Settings

# The rooms that every installation has, then one for each kind of reader. Each exposes `bp`.
ROOMS = ("web.public", "web.accounts", "web.second_step", "web.health")
BLUEPRINTS = ("web.liaison", "web.portal", "web.heads", "web.admin", "web.lead", "web.trusts", "web.demo_pages", "web.api", "web.api.referrals", "web.check_in", "web.intake", "web.directory", "web.rights", "web.complain", "web.family", "web.emergency")

LARGEST_REQUEST_BYTES = 6 * 1024 * 1024  # a 5 MB import (safety.md 1.2, row 12) and its form


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None, *, engine: Engine | None = None, clock: Callable[[], datetime] | None = None
) -> Flask:
    """Return the web service. The database must exist already: `kith init` makes it.

    Args:
        settings: what to run with; read from the environment when left out.
        engine: a database that is open already (tests); opened from the settings when left out.
        clock: returns the present instant, aware; the system's when left out.

    Raises:
        NotReady: a setting is missing or unsafe; the message says which and what would be right.
    """
    settings = settings or Settings.from_environment()
    app = Flask("web")
    sealing.use_keys(list(settings.sealing_keys))
    ledger.use_path(settings.ledger)
    school_data_keys.use_keys(list(settings.school_data_keys))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=500,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        SESSION_COOKIE_NAME="__Host-kith-page" if settings.https else "kith-page",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=12 * 3600,  # as long as the longest sign-in
        BABEL_DEFAULT_LOCALE="en_GB",
        BABEL_DEFAULT_TIMEZONE="Europe/London",
    )
    app.extensions["kith"] = database.Edge(
        settings=settings, engine=engine if engine is not None else open_engine(settings.database_url), clock=clock or _utc_now
    )
    if settings.trusted_proxies:
        # The host is never taken from a proxy: links are built from KITH_BASE_URL only.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies, x_host=0, x_port=0, x_prefix=0
        )
    app.jinja_loader = ChoiceLoader(
        [
            *([app.jinja_loader] if app.jinja_loader else []),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = compiled.TEMPLATES
    logs.init_app(app)
    database.init_app(app)
    security.init_app(app)
    limits.init_app(app)
    CSRFProtect(app)
    Babel(app, locale_selector=lambda: "en_GB")
    signing_in.init_app(app)
    watching.init_app(app)
    looks.init_app(app)
    errors.init_app(app)
    formats.init_app(app)
    navigation.init_app(app)
    _open_rooms(app, settings)
    return app


def _open_rooms(app: Flask, settings: Settings) -> None:
    """Register the blueprint of every room; a reader's room that has none yet stays shut."""
    for room in (*ROOMS, *(("web.showcase",) if settings.demo else ())):
        app.register_blueprint(importlib.import_module(room).bp)
    for room in BLUEPRINTS:
        if importlib.util.find_spec(room) is not None and hasattr(importlib.import_module(room), "bp"):
            app.register_blueprint(importlib.import_module(room).bp)
