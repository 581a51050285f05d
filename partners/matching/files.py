"""Files: the matcher on plain record files, as the command line and other programs use it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from partners.foundation.errors import PartnersError

LONDON = ZoneInfo("Europe/London")
LARGEST_BYTES = 2_000_000_000


class RecordsRefused(PartnersError, ValueError):
    """Files that cannot be used; `faults` has one line a fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [k for k, _ in pairs]
        raise ValueError(f"the field {next(n for n in names if names.count(n) > 1)!r} stands twice in one record")
    return found


def read_json(path: Path) -> Any:
    """Return what a JSON file holds. Raises RecordsRefused, with one line that says what is wrong."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RecordsRefused([f"{path.name}: is over 2 GB; split it"])
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except OSError as error:
        raise RecordsRefused([f"{path.name}: cannot be read: {error.strerror}; it should be a JSON file"]) from error
    except (ValueError, RecursionError) as error:
        raise RecordsRefused([f"{path.name}: is not JSON in UTF-8: {str(error)[:160]}; it should be a record or a list of records"]) from error


def suggest(offers_path: Path, request_path: Path, *, limit: int = 3, skip_invalid: bool = False) -> tuple[Any, list[str]]:
    """Return the answer (or a list of them, where the file holds a list of requests), and the faults that were skipped.

    Raises:
        RecordsRefused: a record breaks the contract, and `skip_invalid` is off.
    """
    from matcher import Matcher
    from matcher.errors import InvalidRecord
    from matcher.records import Offer, Request

    offers_data, requests_data = read_json(offers_path), read_json(request_path)
    if isinstance(offers_data, dict) and "offers" in offers_data:
        offers_data = offers_data["offers"]
    if not isinstance(offers_data, list):
        raise RecordsRefused([f"{offers_path.name}: is not a list; it should be a list of offers, or an object with the key offers"])
    many = isinstance(requests_data, list)
    faults: list[str] = []
    offers = _read(Offer, offers_data, faults)
    requests = _read(Request, requests_data if many else [requests_data], faults)
    faults += _twice("offer", offers) + (_twice("request", requests) if many else [])
    late = {o.id: f"offer {o.id}: confirmed_on: {o.confirmed_on} is after the request's day; it should be that day or earlier" for o in offers if _is_late(o, requests)}
    faults += late.values()
    if faults and not skip_invalid:
        raise RecordsRefused(faults)
    kept = list({o.id: o for o in reversed(offers) if o.id not in late}.values())[::-1]
    matcher = Matcher().fit(kept)
    try:
        answers = [matcher.suggest(r, limit=limit).to_dict() for r in requests]
    except InvalidRecord as error:
        raise RecordsRefused(error.faults) from error
    return (answers if many or not answers else answers[0]), faults


def _read(record: Any, rows: list[Any], faults: list[str]) -> list[Any]:
    from matcher.errors import InvalidRecord

    found = []
    for n, row in enumerate(rows):
        try:
            found.append(record.from_dict(row))
        except InvalidRecord as error:
            named = isinstance(row, dict) and isinstance(row.get("id"), str)
            faults += error.faults if named else [f"row {n + 1}: {line}" for line in error.faults]
    return found


def _is_late(offer: Any, requests: list[Any]) -> bool:
    return offer.confirmed_on is not None and any(offer.confirmed_on > r.on.astimezone(LONDON).date() for r in requests)


def _twice(kind: str, records: list[Any]) -> list[str]:
    counts = Counter(r.id for r in records)
    twice = [i for i, n in counts.items() if n > 1]
    return [f"{kind} {i}: id: is used twice; it should be different for each {kind}" for i in twice]
