"""Reading Open Referral UK: a service's document into facts, with what is wrong in it told by field."""

from __future__ import annotations

from typing import Any

from partners.oruk.fields import FIELDS, Service

STATUSES = ("active", "inactive", "defunct", "temporarily closed")


def _is_web(text: str) -> bool:
    return text.startswith(("https://", "http://")) and "." in text


def _is_mail(text: str) -> bool:
    return "@" in text.strip("@")


def faults(document: Any) -> list[tuple[str, str]]:
    """Return what is wrong in a service's document, as (field, what would be right); nothing where it can be read.

    Source: the UK profile's service schema: id, name and status are required, and a status is one of four.
    """
    if not isinstance(document, dict):
        return [("service", "This should be an object with id, name and status.")]
    found = []
    for name in ("id", "name", "status"):
        if not isinstance(document.get(name), str) or not document[name].strip():
            found.append((name, f"A service needs {name}, as a text that is not empty."))
    if isinstance(document.get("status"), str) and document["status"] and document["status"] not in STATUSES:
        found.append(("status", f"This should be one of: {', '.join(STATUSES)}."))
    for name in ("minimum_age", "maximum_age"):
        value = document.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            found.append((name, "This should be a number of years, without quotation marks, or left out."))
    for name in ("schedules", "service_areas", "service_at_locations", "languages", "attributes"):
        if name in document and not isinstance(document[name], list):
            found.append((name, "This should be a list, or left out."))
    for name, reads in (("url", _is_web), ("email", _is_mail)):
        value = document.get(name)
        if value not in (None, "") and not (isinstance(value, str) and reads(value)):
            found.append((name, "This should be a whole address, or left out."))
    if "organization" in document and not isinstance(document["organization"], dict):
        found.append(("organization", "This should be an object with id and name."))
    return found


def service(document: dict[str, Any]) -> Service:
    """Return the facts of a service's document; a field that is not there is not known."""
    return Service(**{row.ours: row.read(document) for row in FIELDS})
