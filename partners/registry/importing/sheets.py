"""Sheets: a spreadsheet (XLSX) as plain records. Its parts are weighed and looked through before a program opens it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any

from partners.foundation.errors import InvalidRecord

# Bounds: judgements, November 2026 (safety.md 1.2, row 12).
LARGEST_BYTES, LARGEST_UNPACKED, MOST_RATIO, MOST_MEMBERS = 5 * 1024 * 1024, 100_000_000, 100, 500
LARGEST_SMALL_PART, LARGEST_STRINGS, MOST_STRINGS = 2_000_000, 40_000_000, 400_000
MOST_ROWS, MOST_COLUMNS, MOST_EMPTY_ROWS = 20_000, 200, 1_000
_CHUNK = 1 << 20
_CELLS = re.compile(rb"<(?:[\w.-]+:)?(row|c)[\s/>]")
_STRINGS = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")
_FORBIDDEN = (
    ("vbaproject", "macros"), ("macrosheets", "macros"), ("activex", "programs"), ("externallinks", "links to other files"), ("embeddings", "other files inside"),
    ("connections", "links to other data"), ("querytables", "links to other data"),
)


def records(blob: bytes) -> list[dict[str, Any]]:
    """Return the rows of a spreadsheet's first sheet under its first row's headings.

    Raises:
        InvalidRecord: what is wrong with the file, with the row where there is one, and what would be right.
    """
    if len(blob) > LARGEST_BYTES:
        raise InvalidRecord("file", "The spreadsheet is over 5 MB. Split it, or save it as CSV UTF-8.")
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as package:
            _weigh(package)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, InvalidRecord):
            raise
        raise InvalidRecord("file", "The spreadsheet is broken or has a password. Save it again as .xlsx, or as CSV UTF-8.") from error
    return _rows(blob)


def _weigh(package: zipfile.ZipFile) -> None:
    """Refuse a package that is too heavy, packed beyond reason, or holds what a list of offers has no use for."""
    members = package.infolist()
    names = [m.filename.lower() for m in members]
    if len(members) > MOST_MEMBERS or len(set(names)) < len(names):
        raise InvalidRecord("file", "The spreadsheet has more parts than a list of offers needs. Save it again as .xlsx.")
    if "xl/workbook.xml" not in names:
        raise InvalidRecord("file", "This is a packed file, and not a spreadsheet. Send the CSV, JSON or .xlsx file itself.")
    for part, what in _FORBIDDEN:
        if any(part in name for name in names):
            raise InvalidRecord("file", f"The spreadsheet holds {what}, which Kith does not open. Save it as a plain .xlsx or as CSV UTF-8.")
    total = sum(m.file_size for m in members)
    if total > LARGEST_UNPACKED or (total > 1_000_000 and total > MOST_RATIO * max(1, sum(m.compress_size for m in members))):
        raise InvalidRecord("file", "The spreadsheet unpacks to far more than it is: over 100 MB, or over 100 times its size. Save the offers alone.")
    left = LARGEST_UNPACKED
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels", ".vml")):
            left = _look_through(package, member, left)


def _look_through(package: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """Read one part without opening it as XML, and return how many bytes may still come. Raises InvalidRecord."""
    name = member.filename.lower()
    is_sheet, is_strings = name.startswith("xl/worksheets/"), name.endswith("sharedstrings.xml")
    most = LARGEST_UNPACKED if is_sheet else LARGEST_STRINGS if is_strings else LARGEST_SMALL_PART
    row = cells = strings = seen = 0
    rest = b""
    with package.open(member) as part:
        while chunk := part.read(_CHUNK):
            first, seen = seen == 0, seen + len(chunk)
            if seen > most or seen > left:
                raise InvalidRecord("file", "The spreadsheet unpacks to far more than a list of offers. Save the offers alone.")
            if first and not _plain(chunk):
                raise InvalidRecord("file", "The spreadsheet is written in an unusual way (not UTF-8). Save it again as .xlsx, or as CSV UTF-8.")
            text = rest + chunk
            if b"<!" in text and re.search(rb"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
                raise InvalidRecord("file", "The spreadsheet defines words of its own (entities), which Kith does not read. Save it again as .xlsx.")
            cut = text.rfind(b"<") if text.rfind(b"<") > len(text) - 64 else len(text)
            text, rest = text[:cut], text[cut:]
            if is_strings:
                strings += len(_STRINGS.findall(text))
            elif is_sheet:
                for found in _CELLS.finditer(text):
                    row, cells = (row + 1, 0) if found[1] == b"row" else (row, cells + 1)
                    if cells > MOST_COLUMNS + 56:
                        raise InvalidRecord("file", f"Row {row} has more than {MOST_COLUMNS} cells. Keep the columns that are about offers.")
            if strings > MOST_STRINGS:
                raise InvalidRecord("file", "The spreadsheet has more texts than 20,000 offers need. Split it and import the parts.")
    return left - seen


def _plain(start: bytes) -> bool:
    """Whether a part starts as UTF-8 XML does and says of itself nothing else."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    said = _ENCODING.match(start)
    return (not start or start[:1] == b"<") and b"\0" not in start[:200] and (said is None or said[1].lower() in (b"utf-8", b"us-ascii", b"ascii"))


def _rows(blob: bytes) -> list[dict[str, Any]]:
    from openpyxl import load_workbook

    from partners.registry.importing.files import named

    try:
        book = load_workbook(io.BytesIO(blob), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever a broken part led it to
        raise InvalidRecord("file", "The spreadsheet is broken. Save it again as .xlsx, or as CSV UTF-8.") from error
    headings: list[str] = []
    found: list[dict[str, Any]] = []
    empty = at_row = 0
    try:
        if not book.worksheets:
            raise InvalidRecord("file", "The spreadsheet has no sheet with cells. Put the offers on its first sheet.")
        for at_row, cells in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):  # noqa: B007 (told where reading ends)
            told = [_cell(value) for value in cells]
            empty = 0 if any(told) else empty + 1
            if empty > MOST_EMPTY_ROWS or len(found) > MOST_ROWS:
                break
            if any(told) and not headings:
                headings = told
            elif any(told):
                found.append(named(headings, told))
    except InvalidRecord:
        raise
    except Exception as error:  # the same, while the rows are read one by one
        raise InvalidRecord("file", f"The spreadsheet cannot be read after row {at_row}. Save it again as .xlsx, or as CSV UTF-8.") from error
    finally:
        book.close()
    if len(found) > MOST_ROWS:
        raise InvalidRecord("file", f"The spreadsheet has more than {MOST_ROWS:,} rows. Split it and import the parts.")
    return found


def _cell(value: Any) -> str:
    """Return a cell as a person typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).strip()
