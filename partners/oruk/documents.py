"""The feed's documents: each list and each single document, from what was asked. The web and the command line both read these."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from partners.foundation.errors import NotFound
from partners.matching import words
from partners.oruk import exporter
from partners.oruk.fields import TAXONOMIES, Service, document, location, organization, stable_id, taxonomy_id, term_id, without_nulls
from partners.oruk.queries import Page, is_near, kept, span

PROFILE = "https://docs.openreferraluk.org/en/latest/"
Document = dict[str, Any]


def about(base_url: str) -> Document:
    """Return what the feed says of itself."""
    return {"version": "HSDS-UK-3.0", "profile": PROFILE, "openapi_url": f"{base_url}/oruk/v3/openapi.json"}


@functools.lru_cache(maxsize=1)
def _terms() -> tuple[tuple[str, str, str, str | None], ...]:
    """Return (vocabulary, term, description, group) for the needs; a group is the parent of its needs."""
    found: list[tuple[str, str, str, str | None]] = []
    for group, needs in words.needs_by_group().items():
        found.append(("needs", group, group, None))
        found += [("needs", n.code, n.label, group) for n in needs]
    return tuple(found)


def terms(services: list[Service]) -> list[Document]:
    """Return the terms of our taxonomies: the needs with their groups, then whatever the services in the feed use."""
    needs = {row[1] for row in _terms()}
    used = sorted({(t[0], t[1]) for s in services for t in s.tags if not (t[0] == "needs" and t[1] in needs)})
    rows = [*_terms(), *((v, name, name.replace("_", " "), None) for v, name in used)]
    return [
        without_nulls({
            "id": term_id(v, name), "name": name, "description": says, "taxonomy": v, "taxonomy_id": taxonomy_id(v), "parent_id": term_id(v, group) if group else None,
        })
        for v, name, says, group in rows
    ]


def taxonomies() -> list[Document]:
    """Return our taxonomies."""
    return [{"id": taxonomy_id(v), "name": v, "description": says, "version": "2026-11"} for v, says in TAXONOMIES.items()]


def at_locations(services: list[Service], asked: Mapping[str, Any], *, full: bool) -> list[Document]:
    """Return each service at each of its places, near enough where that was asked."""
    return [
        without_nulls({"id": stable_id(s.id, "at", x.id), "location": location(x), "service": document(s, full=full)})
        for s in services for x in s.locations if is_near(x.latitude, x.longitude, asked)
    ]


def _matches(row: Document, search: str) -> bool:
    text = f"{row.get('name', '')} {row.get('description', '')}".casefold()
    return all(w in text for w in search.casefold().split())


def _services(session: Session, asked: Mapping[str, Any], on: date) -> tuple[int, list[Document]]:
    found = kept(exporter.feed(session, on=on), asked)
    if asked.get("minimal"):
        return len(found), [{"id": s.id, "name": s.name, "status": s.status, "last_modified": document(s, full=False).get("last_modified")} for s in _part(found, asked)]
    return len(found), [document(s, full=bool(asked.get("full"))) for s in _part(found, asked)]


def _service_at_locations(session: Session, asked: Mapping[str, Any], on: date) -> tuple[int, list[Document]]:
    # Places are few for a service: those of the page are found first, and only they are written.
    pairs = [(s, x) for s in kept(exporter.feed(session, on=on), asked) for x in s.locations if is_near(x.latitude, x.longitude, asked)]
    full = bool(asked.get("full"))
    rows = [without_nulls({"id": stable_id(s.id, "at", x.id), "location": location(x), "service": document(s, full=full)}) for s, x in _part(pairs, asked)]
    return len(pairs), rows


def _organizations(session: Session, asked: Mapping[str, Any], on: date) -> tuple[int, list[Document]]:
    found = exporter.feed(session, on=on)
    rows = [without_nulls(organization(p)) for p in exporter.providers(found)]
    rows = [r for r in rows if _matches(r, asked.get("search", ""))]
    page = _part(rows, asked)
    if asked.get("full") or asked.get("full_service"):
        page = [r | {"services": _of(found, r["id"])} for r in page]
    return len(rows), page


def _of(services: list[Service], organization_id: str) -> list[Document]:
    return [{k: v for k, v in document(s).items() if k != "organization"} for s in services if s.provider.id == organization_id]


def _taxonomies(session: Session, asked: Mapping[str, Any], on: date) -> tuple[int, list[Document]]:
    rows = [r for r in taxonomies() if _matches(r, asked.get("search", ""))]
    return len(rows), _part(rows, asked)


def _taxonomy_terms(session: Session, asked: Mapping[str, Any], on: date) -> tuple[int, list[Document]]:
    rows = [r for r in terms(exporter.feed(session, on=on)) if _matches(r, asked.get("search", ""))]
    if "taxonomy_id" in asked:
        rows = [r for r in rows if asked["taxonomy_id"] in (r["taxonomy_id"], r["taxonomy"])]
    if "parent_id" in asked:
        rows = [r for r in rows if r.get("parent_id") == asked["parent_id"]]
    if asked.get("top_only"):
        rows = [r for r in rows if "parent_id" not in r]
    return len(rows), _part(rows, asked)


def _part(rows: list[Any], asked: Mapping[str, Any]) -> list[Any]:
    if asked.get("format") == "ndjson":
        return rows
    _, size, start = span(asked)
    return rows[start : start + size]


LISTS = {
    "services": _services, "service_at_locations": _service_at_locations, "organizations": _organizations, "taxonomies": _taxonomies,
    "taxonomy_terms": _taxonomy_terms,
}


def page(session: Session, name: str, asked: Mapping[str, Any], *, on: date) -> Page:
    """Return one page of a list; as ndjson, all of it. Raises NotFound for a list that the feed does not have."""
    if name not in LISTS:
        raise NotFound(name)
    total, rows = LISTS[name](session, asked, on)
    number, size, _ = span(asked)
    return Page(total, number, size, rows)


def one(session: Session, name: str, document_id: str, asked: Mapping[str, Any], *, on: date) -> Document:
    """Return one document, whole. Raises NotFound for one that is not in the feed, whether or not it is somewhere else."""
    found = exporter.feed(session, on=on)
    rows: list[Document]
    if name == "services":
        rows = [document(s) for s in found if s.id == document_id]
    elif name == "organizations":
        rows = [without_nulls(organization(p)) for p in exporter.providers(found) if p.id == document_id]
        if asked.get("full_service"):
            rows = [r | {"services": _of(found, r["id"])} for r in rows]
    elif name == "service_at_locations":
        owners = [s for s in found if any(stable_id(s.id, "at", x.id) == document_id for x in s.locations)]
        rows = [r for r in at_locations(owners, {}, full=True) if r["id"] == document_id]
    else:
        rows = [r for r in (taxonomies() if name == "taxonomies" else terms(found)) if r["id"] == document_id]
    if not rows or name not in LISTS:
        raise NotFound(name)
    return rows[0]
