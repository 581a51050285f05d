"""The Open Referral UK 3.0 feed at /oruk/v3. It reads, and only what may be told to anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import BadRequest

from partners.foundation.calendars import day_of
from partners.oruk import documents, queries
from web import limits
from web.api.description import openapi
from web.database import now, the_edge
from web.signing_in import open_to_all

bp = Blueprint("oruk", __name__, url_prefix="/oruk/v3")


@bp.before_request
def _count() -> None:
    """Count each program's requests, so that one of them cannot slow the pages of a school."""
    limits.count("feed")


@bp.after_request
def _open(response: Response) -> Response:
    """Let any page in any browser read the feed, and let programs ask only for what changed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=300"
        response.add_etag()
        response.make_conditional(request)
    return response


def _answer(found: Any) -> Response:
    return Response(json.dumps(found, ensure_ascii=False), content_type="application/json; charset=utf-8")


def _asked(endpoint: str) -> dict[str, Any]:
    """Return the parameters, read. Raises BadRequest where one stands twice, InvalidRecord where one makes no sense."""
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise BadRequest(f"{name[:40]} stands in the address twice; it should stand once.")
    return queries.read(endpoint, request.args.to_dict())


@bp.get("/")
@open_to_all
def about() -> Response:
    """Say which version and profile this is."""
    return _answer(documents.about(the_edge().settings.base_url))


@bp.get("/openapi.json")
@open_to_all
def description() -> Response:
    """Describe the feed for programs."""
    return _answer(openapi(the_edge().settings.base_url))


def _listing_of(name: str) -> Callable[[], Response]:
    @open_to_all
    def listing() -> Response:
        """Give one page of a list, or all of it as ndjson."""
        asked = _asked(f"/{name}")
        found = documents.page(g.session, name, asked, on=day_of(now()))
        if asked.get("format") == "ndjson":
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.contents)
            return Response(lines, content_type="application/x-ndjson; charset=utf-8")
        return _answer(found.to_dict())

    return listing


def _one_of(name: str) -> Callable[[str], Response]:
    @open_to_all
    def one(document_id: str) -> Response:
        """Give one document, whole."""
        return _answer(documents.one(g.session, name, document_id, _asked(f"/{name}/{{id}}"), on=day_of(now())))

    return one


# Each list has two addresses: a page of it, and one of its documents.
for _name in documents.LISTS:
    bp.add_url_rule(f"/{_name}", _name, _listing_of(_name))
    bp.add_url_rule(f"/{_name}/<document_id>", f"one_of_{_name}", _one_of(_name))
