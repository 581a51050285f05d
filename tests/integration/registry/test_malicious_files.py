"""Malicious files: each is refused with a clear sentence, quickly, and with little memory; none raises anything else."""

from __future__ import annotations

import gzip
import io
import json
import resource
import time
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from partners.foundation.errors import InvalidRecord
from partners.oruk.intake import service_record
from partners.registry import importing

BOOK = b'<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'


def _sheet(rows: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


GOOD = _sheet([["id", "title", "postcode"], ["a", "Warm room", "LS9 7AB"], [2, "Soup", None]])


def _with(parts: dict[str, bytes], base: bytes = GOOD) -> bytes:
    """Return a spreadsheet with some parts put in place of its own, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def _rows(inside: bytes) -> bytes:
    return b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + inside + b"</sheetData></worksheet>"


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + _rows(b"<row><c><v>&b;</v></c></row>")
FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"", "spaces": lambda: b"  \n ", "nul": lambda: b"\0" * 1000, "nul in a cell": lambda: b"id,title\na,War\0m\n", "utf-16": lambda: "id,title\na,x".encode("utf-16"),
    "utf-32": lambda: "id,title\na,x".encode("utf-32"), "latin-1": lambda: "id,title\na,Café".encode("latin-1"), "half a letter": lambda: b"id,title\na,\xc3", "random": lambda: bytes(range(256)) * 50,
    "million columns": lambda: b"id,title," + b"c," * 1_000_000 + b"\n", "million cells": lambda: b"id,title\na,b" + b"," * 1_000_000, "large cell": lambda: b"id,title\na," + b"x" * 10_000_000,
    "open quote": lambda: b'id,title\na,"' + b"x,y\n" * 100_000, "no headings": lambda: b"1,2\n3,4\n", "only headings": lambda: b"id,title\n", "formula": lambda: b'id,title\na,"=HYPERLINK(""http://x"")"\n',
    "formula with plus": lambda: b"id,title\na,+cmd(1)\n", "wide formula": lambda: "id,title\na,＝1+1\n".encode(), "dde": lambda: b"id,title\na,x|'/c calc'!A0\n", "control": lambda: b"id,title\na,War\x1bm\n",
    "nested json": lambda: b"[" * 200_000, "nested objects": lambda: b'{"a":' * 100_000, "half json": lambda: b'[{"id": 1', "a number": lambda: b"[1,2,3]", "nan": lambda: b'[{"id":"a","title":"x","lat":NaN}]',
    "infinite": lambda: b'{"id":"a","title":"x","lat":1e999}', "many objects": lambda: b"[" + b"{}," * 2_000_000 + b"{}]", "contents no list": lambda: b'{"contents": 5}', "broken line": lambda: b'{"id":"a","title":"x"}\n{"id"',
    "long line": lambda: b'{"id":"a","title":"x"}\n{"title":"' + b"x" * 2_000_000 + b'"}', "a title of lists": lambda: json.dumps([{"id": "a", "title": [["x"] * 500]}]).encode(), "huge number": lambda: b'[{"id":"a","title":"x","minimum_age":' + b"9" * 5000 + b"}]",
    "gzip bomb": lambda: gzip.compress(b"a" * 60_000_000), "dense gzip": lambda: gzip.compress(b"a," * 5_000_000), "half gzip": lambda: gzip.compress(b"id,title\n" * 500)[:30], "gzip in gzip": lambda: gzip.compress(gzip.compress(b"id,title\na,b")),
    "old xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a zip": lambda: _with({"a.csv": b"id,title"}, base=_empty_zip()), "half xlsx": lambda: GOOD[: len(GOOD) // 2], "zip bomb": lambda: _with({SHEET: _rows(b" " * 90_000_000)}),
    "bomb beside": lambda: _with({"xl/media/a.bin": b"\0" * 120_000_000}), "billion laughs": lambda: _with({SHEET: LAUGHS}), "outside entity": lambda: _with({SHEET: b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + _rows(b"")}), "utf-16 xml": lambda: _with({SHEET: '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")}),
    "ebcdic xml": lambda: _with({SHEET: '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037")}), "said to be ebcdic": lambda: _with({SHEET: b'<?xml version="1.0" encoding="cp037"?><a/>'}), "macros": lambda: _with({"xl/vbaProject.bin": b"x"}), "links": lambda: _with({"xl/externalLinks/externalLink1.xml": b"<a/>"}),
    "inside file": lambda: _with({"xl/embeddings/a.bin": b"x"}), "many parts": lambda: _with({f"xl/a{n}.xml": b"<a/>" for n in range(600)}), "wide row": lambda: _with({SHEET: _rows(b"<row>" + b"<c><v>1</v></c>" * 1_000_000 + b"</row>")}), "many strings": lambda: _with({"xl/sharedStrings.xml": b"<sst>" + b"<si><t>a</t></si>" * 900_000 + b"</sst>"}),
    "broken xml": lambda: _with({SHEET: b"<worksheet><sheetData><row>"}), "no sheet": lambda: _with({SHEET: b""}), "deep xml": lambda: _with({"xl/styles.xml": b"<a>" * 600_000}), "formula cell": lambda: _sheet([["id", "title"], ["a", "=1+1"]]), "large sheet cell": lambda: _with({SHEET: _rows(b'<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>' + b"xy" * 5_000_000 + b"</t></is></c></row>")}),
    "far row": lambda: _with({SHEET: _rows(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')}),
}


def _empty_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w"):
        pass
    return out.getvalue()


def test_a_good_spreadsheet_is_read() -> None:
    rows, refused = importing.read_records(importing.records_of(GOOD))
    assert ([(r.ref, r.title, r.postcode) for r in rows], refused) == ([("a", "Warm room", "LS9 7AB"), ("2", "Soup", None)], [])


def test_there_are_at_least_forty() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_a_malicious_file_is_refused_in_words_quickly_and_in_little_memory(name: str) -> None:
    blob = FILES[name]()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        rows, refused = importing.read_records(importing.records_of(blob), reader=service_record)
        assert rows == []
        assert all(r.row >= 1 and r.says for r in refused)
    except InvalidRecord as error:
        said = error.message
    else:
        said = "; ".join(r.says for r in refused)
    assert len(said) > 20
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024
