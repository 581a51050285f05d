"""The feed described in OpenAPI 3.1, made from the same table that reads the parameters."""

from __future__ import annotations

from typing import Any

from partners.oruk.documents import LISTS
from partners.oruk.queries import PARAMETERS

_SCHEMAS: dict[str, dict[str, Any]] = {
    "page": {"type": "integer", "minimum": 1}, "per_page": {"type": "integer", "minimum": 1}, "proximity": {"type": "integer", "minimum": 1},
    "minimum_age": {"type": "number"}, "maximum_age": {"type": "number"}, "modified_after": {"type": "string", "format": "date-time"},
    "format": {"type": "string", "enum": ["json", "ndjson"]},
    **{name: {"type": "boolean"} for name in ("minimal", "full", "full_service", "top_only")},
}


def _parameters(endpoint: str) -> list[dict[str, Any]]:
    return [{"name": n, "in": "query", "required": False, "schema": _SCHEMAS.get(n, {"type": "string"})} for n in PARAMETERS.get(endpoint, ())]


def _get(summary: str, parameters: list[dict[str, Any]], *, missing: bool = False) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": "As asked.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    problem = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
    answers["422"] = {"description": "A parameter makes no sense; the answer says which and what would be right.", **problem}
    if missing:
        answers["404"] = {"description": "Not in the feed.", **problem}
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


def openapi(base_url: str) -> dict[str, Any]:
    """Return the description, for the service at `base_url`."""
    paths: dict[str, Any] = {"/": _get("Which version and profile this is", [])}
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    for name in LISTS:
        paths[f"/{name}"] = _get(f"A page of {name}", _parameters(f"/{name}"))
        paths[f"/{name}/{{id}}"] = _get(f"One of {name}, whole", [one, *_parameters(f"/{name}/{{id}}")], missing=True)
    return {
        "openapi": "3.1.0", "info": {"title": "Kith: Open Referral UK 3.0 feed", "version": "3.0"}, "servers": [{"url": f"{base_url}/oruk/v3"}], "paths": paths,
    }
