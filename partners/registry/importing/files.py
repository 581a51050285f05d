"""Files: what somebody sent, as plain records: CSV, JSON lines, Open Referral UK JSON, or a spreadsheet; none may hurt the machine that reads it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any

from partners.foundation.errors import InvalidRecord
from partners.registry.importing import sheets

# Bounds: judgements, November 2026 (safety.md 1.2, row 12).
LARGEST_BYTES = 50_000_000
LONGEST_LINE = 1_000_000
MOST_PARTS = 1_500_000  # commas, brackets and braces of one JSON document: some 100 MB once read
MOST_COLUMNS = 200
MOST_RATIO = 100
SMALL_BYTES = 1_000_000  # below this much a high ratio hurts nobody
DELIMITERS = ",;\t|"


def _unpacked(blob: bytes) -> bytes:
    """Return what a gzip file holds. Raises InvalidRecord for one that is broken, too large or packed beyond reason."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(blob)) as file:
            found = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidRecord("file", "The file cannot be read. Save it again and try once more.") from error
    if len(found) > LARGEST_BYTES:
        raise InvalidRecord("file", "The file holds over 50 MB. Split it and import the parts.")
    if len(found) > SMALL_BYTES and len(found) > MOST_RATIO * max(1, len(blob)):
        raise InvalidRecord("file", "The file is packed more than 100 times over, as no list of offers is. Send it unpacked.")
    return found


def _text(blob: bytes) -> str:
    if len(blob) > LARGEST_BYTES:
        raise InvalidRecord("file", "The file holds over 50 MB. Split it and import the parts.")
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRecord("file", "The file is not UTF-8 text. In a spreadsheet, save it as 'CSV UTF-8'.") from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InvalidRecord("file", "The file cannot be read. Save it again and try once more.") from error


def read_text(path: Path) -> str:
    """Return a file's text, unpacked where it is gzip. Raises InvalidRecord for one that is too large or not UTF-8."""
    blob = _bytes(path)
    return _text(_unpacked(blob) if blob[:2] == b"\x1f\x8b" or path.suffix == ".gz" else blob)


def records_of(source: Path | bytes) -> list[dict[str, Any]]:
    """Return the records of a file, whichever kind its own first bytes say it is; its name is not believed.

    Raises:
        InvalidRecord: what is wrong with the file, with the row where there is one, and what would be right.
    """
    blob = source if isinstance(source, bytes) else _bytes(source)
    if blob[:4] == b"PK\x03\x04":
        return sheets.records(blob)
    if blob[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InvalidRecord("file", "This is an old spreadsheet (.xls) or one with a password. Save it as .xlsx without a password, or as CSV UTF-8.")
    return records(_text(_unpacked(blob) if blob[:2] == b"\x1f\x8b" else blob))


def records(text: str) -> list[dict[str, Any]]:
    """Return the records of a CSV file, JSON lines, or Open Referral UK 3.0 JSON (a service, a list, or a page with `contents`)."""
    try:
        return _json(text) if text.lstrip()[:1] in ("{", "[") else _csv(text)
    except (ValueError, csv.Error, RecursionError) as error:
        if isinstance(error, InvalidRecord):
            raise
        raise InvalidRecord("file", f"The file is neither CSV with headings, JSON lines nor Open Referral UK JSON: {str(error)[:80]}") from error


def _json(text: str) -> list[dict[str, Any]]:
    if sum(text.count(sign) for sign in ",[{") > MOST_PARTS:
        raise InvalidRecord("file", "The file has more parts than a list of offers needs. Split it and import the parts.")
    try:
        whole = json.loads(text, parse_constant=_no_number)
    except ValueError:
        return _json_lines(text)
    found = whole.get("contents", [whole]) if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        raise InvalidRecord("file", "The page's 'contents' should be a list of services.")
    return [row if isinstance(row, dict) else {} for row in found]


def _json_lines(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise InvalidRecord("file", f"Line {number} holds over {LONGEST_LINE:,} characters. One offer should stand on each line.")
        try:
            row = json.loads(line, parse_constant=_no_number)
        except ValueError as error:
            raise InvalidRecord("file", f"Line {number} is not JSON: {str(error)[:80]}. One offer should stand on each line.") from error
        found.append(row if isinstance(row, dict) else {})
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number")


def _csv(text: str) -> list[dict[str, Any]]:
    head = text[:4096]
    try:
        delimiter = csv.Sniffer().sniff(head, delimiters=DELIMITERS).delimiter
    except csv.Error:
        delimiter = ","
    first = head.split("\n", 1)[0]
    if delimiter not in first:
        delimiter = max(DELIMITERS, key=first.count) if any(d in first for d in DELIMITERS) else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        headings = next(reader, [])
        if len(headings) > MOST_COLUMNS:
            raise InvalidRecord("file", f"The first row has {len(headings):,} headings; {MOST_COLUMNS} is the most.")
        return [row for cells in reader if any(cells) for row in [named(headings, cells)]]
    except csv.Error as error:
        raise InvalidRecord("file", f"Line {reader.line_num} cannot be read as CSV: {str(error)[:80]}. Look for a quotation mark that never closes.") from error


def named(headings: list[str], cells: list[str]) -> dict[str, Any]:
    """Return one row under its headings. Cells beyond the headings are kept under '', so that the row can be refused by its number."""
    row: dict[str, Any] = {h.strip().lower().replace(" ", "_").replace("-", "_"): c for h, c in zip(headings, cells, strict=False) if h.strip()}
    if len(cells) > max(MOST_COLUMNS, len(headings)) or any(c.strip() for c in cells[len(headings):]):
        row[""] = "more cells than headings"
    return row
