"""Files: the matcher on plain record files, as the command line and other programs use it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from partners.foundation.errors import PartnersError
from partners.foundation.sweeping import without_sweeping

LONDON = ZoneInfo("Europe/London")
LARGEST_BYTES = 2_000_000_000
LONG_BYTES = 20_000_000  # a file over this is told of as it is read; judgement, November 2026
EACH = 100_000


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


Told = Callable[[str], None]


def suggest(offers_path: Path, request_path: Path, *, limit: int | None = None, skip_invalid: bool = False, tell: Told | None = None) -> tuple[Any, list[str]]:
    """Return the answer (or a list of them, where the file holds a list of requests), and the faults that were skipped.

    `tell` is given a line at each step of a long file of offers.

    Raises:
        RecordsRefused: a record breaks the contract, and `skip_invalid` is off.
    """
    long = tell if tell is not None and offers_path.is_file() and offers_path.stat().st_size > LONG_BYTES else None
    if long:
        long(f"reading {offers_path.name}: {offers_path.stat().st_size / 1e6:,.0f} MB")
    with without_sweeping():
        return _suggest(offers_path, request_path, limit, skip_invalid, long)


def _suggest(offers_path: Path, request_path: Path, limit: int | None, skip_invalid: bool, long: Told | None) -> tuple[Any, list[str]]:
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
    offers = read_all(Offer, offers_data, faults, tell=long)
    del offers_data
    requests = read_all(Request, requests_data if many else [requests_data], faults)
    faults += same_ids("offer", offers) + (same_ids("request", requests) if many else [])
    late = {o.id: f"offer {o.id}: confirmed_on: {o.confirmed_on} is after the request's day; it should be that day or earlier" for o in offers if is_late(o, requests)}
    faults += late.values()
    if faults and not skip_invalid:
        raise RecordsRefused(faults)
    kept = list({o.id: o for o in reversed(offers) if o.id not in late}.values())[::-1]
    if long:
        long(f"fitting {len(kept):,} offers")
    matcher = Matcher().fit(kept)
    if long:
        long(f"asking {len(requests):,}")
    try:
        answers = [matcher.suggest(r, limit=limit).to_dict() for r in requests]
    except InvalidRecord as error:
        raise RecordsRefused(error.faults) from error
    return (answers if many or not answers else answers[0]), faults


def read_all(record: Any, rows: list[Any], faults: list[str], *, tell: Told | None = None) -> list[Any]:
    """Return the records that keep the contract; a line is added to `faults` for each fault of the others."""
    from matcher.errors import InvalidRecord

    found = []
    for n, row in enumerate(rows):
        if tell is not None and n and n % EACH == 0:
            tell(f"{n:,} of {len(rows):,} offers read")
        try:
            found.append(record.from_dict(row))
        except InvalidRecord as error:
            named = isinstance(row, dict) and isinstance(row.get("id"), str)
            faults += error.faults if named else [f"row {n + 1}: {line}" for line in error.faults]
    return found


def is_late(offer: Any, requests: list[Any]) -> bool:
    """Whether an offer was confirmed on a day after some request's: a fault of the file."""
    return offer.confirmed_on is not None and any(offer.confirmed_on > r.on.astimezone(LONDON).date() for r in requests)


def same_ids(kind: str, records: list[Any]) -> list[str]:
    """Return a fault for each id that stands twice."""
    counts = Counter(r.id for r in records)
    twice = [i for i, n in counts.items() if n > 1]
    return [f"{kind} {i}: id: is used twice; it should be different for each {kind}" for i in twice]
