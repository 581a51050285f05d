"""Security headers on every answer, a nonce for each page's scripts, and paths that are safe to send somebody to."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from web.database import settings

ONE_YEAR_S = 31_536_000

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Within Kith the last page is known, for the back link and the check of forms; outside nothing is told.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def nonce() -> str:
    """Return this page's word that lets its own scripts run, 128 random bits, new for each page."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    word: str = g.nonce
    return word


def policy() -> str:
    """Return the content security policy of this page: everything from here, nothing inline, in nobody's frame."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce()}'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = policy()
    if settings().https:
        response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_S}; includeSubDomains"
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    return response


_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~.@:+=-][A-Za-z0-9_~.@:+=/-]*)?(?:\?[A-Za-z0-9_~.@:+=&/%-]*)?")


def safe_path(text: str | None, default: str = "/") -> str:
    """Return a path within Kith, or the default for anything that could lead elsewhere: another host, `//`, a backslash, odd letters."""
    if not text or len(text) > 500 or _PLAIN_PATH.fullmatch(text) is None:
        return default
    path, _, _query = text.partition("?")
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or "//" in path or "/.." in path or "/." in path:
        return default
    return text


def came_from(default: str = "/") -> str:
    """Return the page within Kith that this person came from, or the default after a form, a reload or a link from outside."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or parts.path == request.path or request.method not in ("GET", "HEAD"):
        return default
    if parts.path.startswith(("/sign-in", "/cover")):
        return default
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""), default)


def absolute(path: str) -> str:
    """Return a whole address for a mail, from KITH_BASE_URL and never from what the browser says the host is."""
    return settings().base_url + path


def init_app(app: Flask) -> None:
    """Put the headers on every answer and the nonce into every template."""
    app.after_request(_protect)
    app.jinja_env.globals.update(came_from=came_from, safe_path=safe_path)
    app.context_processor(lambda: {"cspNonce": nonce()})
