"""Lists of wards: open data that gives each postcode its ward, and each ward its name, read from a file, planned, and brought in.

Source: OS Code-Point Open (a zip, a folder's worth of CSV without headings, the ward in the tenth column), the ONS Postcode Directory or any CSV with
headings; names from the ONS "Wards: names and codes in the United Kingdom". All under the Open Government Licence v3.0.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from partners.foundation import access, audit, postcode_table, postcodes
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord
from partners.foundation.wards import Ward, WardList, WardPostcode, edition

_CODE = re.compile(r"[EWSN]\d{8}")
_NONE = re.compile(r"[A-Z]9{8}")  # the directory's mark for a place that is in no ward
_POSTCODE = ("postcode", "pcds", "pcd", "pcd7", "pcd8")
_WARD = re.compile(r"ward|ward_?code|osward|admin_ward_code|wd\d{0,2}cd")
_NAME_OF_WARD, _COUNCIL = re.compile(r"name|ward_?name|wd\d{0,2}nm"), re.compile(r"council|district|lad\d{0,2}nm")
_CODE_OF_NAME = re.compile(r"code|ward|ward_?code|wd\d{0,2}cd")
_BARE = (0, 9)  # Code-Point Open without headings: the postcode first, the ward tenth
WRITTEN_AT_ONCE = 5_000
Rows = Iterable[tuple[str, str]]
Track = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one line, and what would be right."""

    file: str
    line: int
    says: str


@dataclass
class Found:
    """What a file holds: the ward of each postcode by its sort number; how many rows have no ward; and what could not be read."""

    wards: dict[int, str] = field(default_factory=dict)
    without: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Plan:
    """What bringing a list in would do. `moved` are postcodes that are known and would change their ward, which begins a new edition."""

    added: dict[int, str]
    moved: dict[int, str]
    same: int
    names: dict[str, tuple[str, str | None]]
    named: int  # how many names are new or other than before

    @property
    def changes(self) -> bool:
        """Whether there is anything to bring in."""
        return bool(self.added or self.moved or self.named)


def _texts(path: Path) -> Iterator[tuple[str, io.TextIOBase]]:
    """Yield each CSV in a file by name: the file itself, packed by gzip or not, or those in a zip."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(".csv")]
            data = [n for n in names if n.startswith("Data/") and "/multi_csv/" not in n] or names
            for name in sorted(data):
                with archive.open(name) as inside:
                    yield name, io.TextIOWrapper(inside, "utf-8-sig", newline="")
        return
    with path.open("rb") as raw, (gzip.open(raw) if path.suffix == ".gz" else raw) as unpacked:
        yield path.name, io.TextIOWrapper(unpacked, "utf-8-sig", newline="")


def _columns(first: list[str], name: str) -> tuple[int, int] | None:
    """Return where the postcode and the ward stand by the headings, or None where the first row is a postcode's already. Raises InvalidRecord."""
    headings = [h.strip().lower() for h in first]
    postcode = next((headings.index(h) for h in _POSTCODE if h in headings), None)
    ward = next((n for n, h in enumerate(headings) if _WARD.fullmatch(h)), None)
    if postcode is not None and ward is not None:
        return postcode, ward
    if postcode is None and len(first) > _BARE[1] and _bare_postcode(first[0]):
        return None
    lacking = "postcode (or pcds)" if postcode is None else "ward (or osward, or wd25cd)"
    raise InvalidRecord("file", f"{name} has no column for the {lacking}. Give OS Code-Point Open, the ONS Postcode Directory, or a CSV with the headings postcode and ward.")


def _bare_postcode(text: str) -> bool:
    try:
        return bool(postcodes.normalise(text))
    except postcodes.PostcodeError:
        return False


def read(path: Path, *, areas: Collection[str] = (), track: Track = iter) -> Found:
    """Read the ward of each postcode; of those alone in some postcode areas ("LS") where `areas` names them.

    A row that cannot be read is a fault with its line and is left out. Raises InvalidRecord for a file that holds no such list.
    """
    found, wanted = Found(), {a.strip().upper() for a in areas}
    unknown = sorted(wanted - postcodes.AREAS)
    if unknown:
        raise InvalidRecord("area", f"{unknown[0]} is no postcode area. Give its letters, such as LS.")
    try:
        for name, text in _texts(path):
            _read_one(name, text, found, wanted, track)
    except (OSError, EOFError, UnicodeDecodeError, zipfile.BadZipFile, csv.Error) as damage:
        raise InvalidRecord("file", f"{path.name} cannot be read: it is damaged, or not a CSV in UTF-8.") from damage
    if not found.wards and not found.faults:
        raise InvalidRecord("file", f"{path.name} gives no postcode a ward{' in ' + ', '.join(sorted(wanted)) if wanted else ''}.")
    return found


def _read_one(name: str, text: io.TextIOBase, found: Found, wanted: set[str], track: Track) -> None:
    rows = csv.reader(text)
    first = next(rows, None)
    if first is None:
        return
    columns = _columns(first, name)
    at_postcode, at_ward = columns or _BARE
    lines = enumerate(track(rows), 2)
    for line, row in ([(1, first)] if columns is None else []):
        _take(name, line, row, at_postcode, at_ward, found, wanted)
    for line, row in lines:
        if row:
            _take(name, line, row, at_postcode, at_ward, found, wanted)


def _take(name: str, line: int, row: list[str], at_postcode: int, at_ward: int, found: Found, wanted: set[str]) -> None:
    if len(row) <= max(at_postcode, at_ward):
        found.faults.append(Fault(name, line, "postcode and ward: this row is too short to have both."))
        return
    if wanted and row[at_postcode].strip().upper()[:2].rstrip("0123456789") not in wanted:
        return
    try:
        outcode, inward = postcodes.normalise(row[at_postcode]).split()
    except postcodes.PostcodeError as fault:
        found.faults.append(Fault(name, line, f"postcode: {fault.message}"))
        return
    code = row[at_ward].strip().upper()
    if not code or outcode == "GIR" or _NONE.fullmatch(code):
        found.without += 1
        return
    if not _CODE.fullmatch(code):
        found.faults.append(Fault(name, line, "ward: a ward's code is a letter and eight digits, like E05001420."))
        return
    number = postcode_table.number_of(outcode, inward)
    if found.wards.setdefault(number, code) != code:
        found.faults.append(Fault(name, line, f"postcode: {outcode} {inward} stood before with another ward. Each postcode is in one."))


def read_names(path: Path) -> tuple[dict[str, tuple[str, str | None]], list[Fault]]:
    """Read a CSV of ward names: (name, council or None) by code, and what could not be read. Raises InvalidRecord for a file without the two columns."""
    names: dict[str, tuple[str, str | None]] = {}
    faults: list[Fault] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            headings = [h.strip().lower() for h in next(rows, [])]
            code, name, council = (next((n for n, h in enumerate(headings) if pattern.fullmatch(h)), None) for pattern in (_CODE_OF_NAME, _NAME_OF_WARD, _COUNCIL))
            if code is None or name is None:
                raise InvalidRecord("names", f"{path.name} needs the headings code and name (or WD25CD and WD25NM).")
            for line, row in enumerate(rows, 2):
                if not row:
                    continue
                if len(row) <= max(code, name) or not _CODE.fullmatch(row[code].strip().upper()):
                    faults.append(Fault(path.name, line, "code: a ward's code is a letter and eight digits, like E05001420."))
                elif not row[name].strip():
                    faults.append(Fault(path.name, line, "name: this ward has no name."))
                else:
                    names[row[code].strip().upper()] = (row[name].strip()[:120], (row[council].strip()[:120] or None) if council is not None and len(row) > council else None)
    except (OSError, UnicodeDecodeError, csv.Error) as damage:
        raise InvalidRecord("names", f"{path.name} cannot be read: it is damaged, or not a CSV in UTF-8.") from damage
    return names, faults


def plan(session: Session, found: Found, names: dict[str, tuple[str, str | None]]) -> Plan:
    """Return what bringing a list in would do. Postcodes that it does not hold stay as they are."""
    known = dict(session.execute(select(WardPostcode.number, WardPostcode.ward_code)).all()) if found.wards else {}
    moved = {n: code for n, code in found.wards.items() if known.get(n, code) != code}
    added = {n: code for n, code in found.wards.items() if n not in known}
    here = {w.code: (w.name, w.council) for w in session.scalars(select(Ward))}
    codes = set(here) | set(found.wards.values())
    kept = {code: told for code, told in names.items() if code in codes}
    return Plan(added, moved, len(found.wards) - len(moved) - len(added), kept, sum(here.get(code) != told for code, told in kept.items()))


def apply(session: Session, made: Plan, *, file_name: str, by: Actor, at: datetime, track: Track = iter) -> WardList:
    """Bring a list in. Figures that were released stay as they are; the next may count by ward."""
    access.require(by, "ward:change")
    rows = [{"number": n, "ward_code": code} for n, code in made.added.items()]
    for start in track(range(0, len(rows), WRITTEN_AT_ONCE)):
        session.execute(insert(WardPostcode), rows[start : start + WRITTEN_AT_ONCE])
    for n, code in made.moved.items():
        session.execute(update(WardPostcode).where(WardPostcode.number == n).values(ward_code=code))
    known = set(session.scalars(select(Ward.code)))
    new = sorted((set(made.added.values()) | set(made.moved.values()) | set(made.names)) - known)
    if new:
        session.execute(insert(Ward), [{"code": code, "name": None, "council": None} for code in new])
    for code, (name, council) in made.names.items():
        session.execute(update(Ward).where(Ward.code == code).values(name=name, council=council))
    before = edition(session)
    brought = WardList(
        id=new_id(), edition=max(before, 1) + (1 if made.moved and before else 0), file_name=file_name[:200], added=len(made.added), moved=len(made.moved), brought_in_at=at,
    )
    session.add(brought)
    session.flush()
    audit.record(session, "ward:list_brought_in", ("ward_list", brought.id), by=by, at=at, added=len(made.added), moved=len(made.moved), edition=brought.edition)
    return brought

