"""Spreadsheets: what Kith writes for one. A cell that a spreadsheet would run is made words first, wherever the text came from."""

from __future__ import annotations

import unicodedata

_STARTS = frozenset("=+-@|%\t\r\n")


def harmless(cell: str) -> str:
    """Return a text as a cell that no spreadsheet runs: one that starts like a formula, also after blanks or in wide letters, gets a mark before it.

    Source: OWASP, "CSV Injection".

    >>> harmless("=1+1"), harmless("＝cmd"), harmless(" @SUM(A1)"), harmless("Food bags"), harmless("")
    ("'=1+1", "'＝cmd", "' @SUM(A1)", 'Food bags', '')
    """
    plain = unicodedata.normalize("NFKC", cell)
    seen = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Zs")).lstrip(" ")
    return f"'{cell}" if seen[:1] in _STARTS or cell[:1] in _STARTS else cell
