"""Papers: the report of a school or a trust as a tagged PDF, a Word file, CSV and JSON. Each holds just what the release shows."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Response

from partners.impact.measures import ANCHORS, BY_NAME, MEASURES
from partners.impact.releases import Frozen
from partners.impact.report import CROSSWALK, CROSSWALK_SOURCE, KEY, NOT_A_CAUSE, Report, Table, as_csv, written

HEADINGS = ("What we count", "Ofsted heading", "Supporting Families heading")
# What stands round the tables of every report, for its page.
AROUND: dict[str, Any] = {"measures": MEASURES, "anchors": ANCHORS, "key": KEY, "not_a_cause": NOT_A_CAUSE, "crosswalk_headings": HEADINGS, "crosswalk": CROSSWALK, "crosswalk_source": CROSSWALK_SOURCE}
# What a reader of one page needs: the figures, the steps with their losses, and what is not met.
FIRST_PAGE = ("families", "steps", "unmet_groups")
SIZES = "10pt, 9.5pt, 9pt, 8.5pt, 8pt, 7.5pt, 7pt"  # the first in which the first page holds all it should is taken
BENEATH = "What each figure on the first page counts"
FONTS = "Noto Sans, Noto Naskh Arabic, Noto Sans Arabic, DejaVu Sans, Libertinus Serif"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MIMES = {"pdf": "application/pdf", "docx": WORD, "csv": "text/csv; charset=utf-8", "json": "application/json"}
ASKS, NO_ASKS, CHECKED = "What we ask of governors", "None this time.", "How this can be checked"
_SPECIAL = re.compile(r"([\\#$*_`<>@\[\]~=+\-/'\"(){}:;!|&^])")


def _t(words: str) -> str:
    """Return words that Typst writes as they stand."""
    return _SPECIAL.sub(r"\\\1", words.replace("\n", " "))


def _typst_table(table: Table, *, notes: bool = True) -> str:
    first = "1.6fr, " + "1fr, " * (len(table.headings) - 1)
    head = ", ".join(f"[*{_t(h or 'What is counted')}*]" for h in table.headings)
    rows = "\n".join("  " + ", ".join(f"[{_t(c)}]" for c in row) + "," for row in table.rows)
    explained = "".join(f"\n#text(size: 8pt)[{_t(_explained(n))}]\n" for n in table.measures) if notes else ""
    explained += f"\n#text(size: 8pt)[{_t(table.source)}]\n" if table.source else ""
    return f"== {_t(table.title)}\n#table(columns: ({first}), stroke: 0.5pt + rgb(\"#9cc4bc\"), inset: {'5pt' if notes else '0.35em'}, table.header({head}),\n{rows}\n)\n{explained}\n"


def _explained(measure: str) -> str:
    m = BY_NAME[measure]
    return f"{m.name}: {m.numerator}, over {m.denominator}. Left out: {m.exclusions}. {m.caution}"


def _first_measures(first: list[Table]) -> list[str]:
    """Return the measures behind the tables of the first page, each once."""
    return list(dict.fromkeys(name for table in first for name in table.measures))


def _pages(report: Report) -> tuple[list[Table], list[Table]]:
    """Return the tables of the first page, and the others."""
    return [t for t in report.tables if t.name in FIRST_PAGE], [t for t in report.tables if t.name not in FIRST_PAGE]


def _checked(report: Report) -> tuple[str, ...]:
    return (*report.checked, f"Number: {report.release}", f"Fingerprint (SHA-256): {report.sha256}")


def as_typst(report: Report) -> str:
    """Return the report in Typst's language: one page, then the detail."""
    first, rest = _pages(report)
    asks = [] if report.asks is None else [f"== {ASKS}\n" + ("".join(f"+ {_t(a)}\n" for a in report.asks) or f"{_t(NO_ASKS)}\n")]
    crosswalk = "\n".join("  " + ", ".join(f"[{_t(c)}]" for c in row) + "," for row in CROSSWALK)
    withheld = f"Held back so that others stay safe: {_t(', '.join(report.withheld))}. " if report.withheld else ""
    one_page = "\n".join([
        f"= {_t(report.title)}\n{_t(report.whose)}. To {_t(written(report.ends_on))}.\n",
        *([f"{_t(report.over)}\n"] if report.over else []),
        *(f"{_t(s)}\n" for s in report.lead),
        *(_typst_table(t, notes=False) for t in first),
        *asks,
        "\n" + " ".join(f"{_t(mark)} means {_t(words)}." for mark, words in KEY) + f" {_t(NOT_A_CAUSE)} {withheld}{_t('What each figure counts, and over what, stands on the next page.')}",
    ])
    return "\n".join([
        f'#set document(title: "{report.title}", author: "Kith")\n#set page(paper: "a4", margin: 18mm, numbering: "1 / 1")\n#set text(lang: "en", region: "GB", size: 10pt, font: ({", ".join(chr(34) + f + chr(34) for f in FONTS.split(", "))}), fallback: true)',
        f"#let one_page = [\n{one_page}\n]",
        f"#layout(page => {{\n  let sizes = ({SIZES},)\n  let fits(size) = measure(width: page.width, text(size: size, one_page)).height <= page.height\n  let found = sizes.find(fits)\n  text(size: if found == none {{ sizes.last() }} else {{ found }}, one_page)\n}})",
        f"#pagebreak()\n== {BENEATH}\n" + "\n".join(f"#text(size: 8pt)[{_t(_explained(n))}]\n" for n in _first_measures(first)),
        *(_typst_table(t) for t in rest),
        f"== Where these figures are of use\n#table(columns: (1fr, 1.4fr, 1.4fr), stroke: 0.5pt + rgb(\"#9cc4bc\"), inset: 5pt, table.header({', '.join(f'[*{_t(h)}*]' for h in HEADINGS)}),\n{crosswalk}\n)\n#text(size: 8pt)[{_t(CROSSWALK_SOURCE)}]\n",
        f"== {CHECKED}\n" + "\n\n".join(f"#text(size: 8pt)[{_t(words)}]" for words in _checked(report)),
    ])


def as_pdf(report: Report) -> bytes:
    """Return the report as a PDF for people and screen readers (PDF/UA-1); a letter that no font here has leaves it tagged, without that mark."""
    import typst

    source = as_typst(report).encode()
    try:
        made: Any = typst.compile(source, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError:
        made = typst.compile(source, format="pdf")
    return bytes(made)


def as_word(report: Report) -> bytes:
    """Return the report as a Word file that can be edited."""
    import docx

    paper: Any = docx.Document()
    paper.core_properties.title, paper.core_properties.author, paper.core_properties.language = report.title, "Kith", "en-GB"
    paper.add_heading(report.title, level=1)
    paper.add_paragraph(f"{report.whose}. To {written(report.ends_on)}.")
    first, rest = _pages(report)
    for sentence in (*([report.over] if report.over else []), *report.lead):
        paper.add_paragraph(sentence)
    for table in first:
        _word_table(paper, table, notes=False)
    if report.asks is not None:
        paper.add_heading(ASKS, level=2)
        for ask in report.asks or (NO_ASKS,):
            paper.add_paragraph(ask, style="List Number")
    paper.add_paragraph(" ".join(f"{mark} means {words}." for mark, words in KEY))
    paper.add_paragraph(NOT_A_CAUSE)
    if report.withheld:
        paper.add_paragraph(f"Held back so that others stay safe: {', '.join(report.withheld)}.")
    paper.add_page_break()
    paper.add_heading(BENEATH, level=2)
    for name in _first_measures(first):
        paper.add_paragraph(_explained(name))
    for table in rest:
        _word_table(paper, table)
    _word_table(paper, Table("crosswalk", "Where these figures are of use", HEADINGS, CROSSWALK, ()))
    paper.add_paragraph(CROSSWALK_SOURCE)
    paper.add_heading(CHECKED, level=2)
    for words in _checked(report):
        paper.add_paragraph(words)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _word_table(paper: Any, table: Table, *, notes: bool = True) -> None:
    paper.add_heading(table.title, level=2)
    made = paper.add_table(rows=1, cols=len(table.headings), style="Light Grid Accent 1")
    for cell, words in zip(made.rows[0].cells, table.headings, strict=True):
        cell.text = words
    for row in table.rows:
        for cell, words in zip(made.add_row().cells, row, strict=True):
            cell.text = words
    for name in table.measures if notes else ():
        paper.add_paragraph(_explained(name))
    if table.source:
        paper.add_paragraph(table.source)


def answer(kind: str, release: Frozen, report: Report, *, name: str) -> Response:
    """Give a release as a file to keep: `pdf` and `docx` the whole report, `csv` its tables, `json` what was frozen, byte for byte."""
    makers = {"pdf": lambda: as_pdf(report), "docx": lambda: as_word(report), "csv": lambda: ("\ufeff" + as_csv(release)).encode(), "json": release.document.encode}
    disposition = f'attachment; filename="{name}-{release.ends_on.isoformat()}.{kind}"'
    return Response(makers[kind](), mimetype=MIMES[kind], headers={"Content-Disposition": disposition})
