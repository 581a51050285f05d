"""Papers: the report as a tagged PDF and as a Word file, for governors. Both hold just what the release shows."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from partners.impact.measures import BY_NAME
from partners.impact.report import CROSSWALK, CROSSWALK_SOURCE, KEY, NOT_A_CAUSE, Report, Table

HEADINGS = ("What we count", "Ofsted heading", "Supporting Families heading")
FIRST_PAGE = ("families", "steps", "unmet_groups")
FONTS = "Noto Sans, Noto Naskh Arabic, Noto Sans Arabic, DejaVu Sans, Libertinus Serif"
_SPECIAL = re.compile(r"([\\#$*_`<>@\[\]~=+\-/'\"(){}:;!|&^])")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _t(words: str) -> str:
    """Return words that Typst writes as they stand."""
    return _SPECIAL.sub(r"\\\1", words.replace("\n", " "))


def _typst_table(table: Table) -> str:
    first = "1.6fr, " + "1fr, " * (len(table.headings) - 1)
    head = ", ".join(f"[*{_t(h) or 'Row'}*]" for h in table.headings)
    rows = "\n".join("  " + ", ".join(f"[{_t(c)}]" for c in row) + "," for row in table.rows)
    notes = "".join(f"\n#text(size: 8pt)[{_t(m.name)}: {_t(m.numerator)}, over {_t(m.denominator)}. {_t(m.caution)}]\n" for m in (BY_NAME[n] for n in table.measures))
    return f"== {_t(table.title)}\n#table(columns: ({first}), stroke: 0.5pt + rgb(\"#9cc4bc\"), inset: 5pt, table.header({head}),\n{rows}\n)\n{notes}\n"


def as_typst(report: Report) -> str:
    """Return the report in Typst's language: one page, then the detail."""
    first = [t for t in report.tables if t.name in FIRST_PAGE[:2]]
    rest = [t for t in report.tables if t not in first]
    asks = "".join(f"+ {_t(a)}\n" for a in report.asks) or f"{_t('None this time.')}\n"
    crosswalk = "\n".join("  " + ", ".join(f"[{_t(c)}]" for c in row) + "," for row in CROSSWALK)
    withheld = f"Held back so that others stay safe: {_t(', '.join(report.withheld))}.\n\n" if report.withheld else ""
    return "\n".join([
        f'#set document(title: "Our school and its families", author: "Kith")\n#set page(paper: "a4", margin: 18mm, numbering: "1 / 1")\n#set text(lang: "en", region: "GB", size: 10pt, font: ({", ".join(chr(34) + f + chr(34) for f in FONTS.split(", "))}), fallback: true)',
        f"= Our school and its families\n{_t(report.school)}. To {_t(_day(report.ends_on))}.\n",
        *(f"{_t(s)}\n" for s in report.lead),
        *(_typst_table(t) for t in first),
        f"== What we ask of governors\n{asks}",
        *(f"{_t(mark)} means {_t(words)}. " for mark, words in KEY),
        f"\n\n{_t(NOT_A_CAUSE)}\n\n{withheld}#pagebreak()\n",
        *(_typst_table(t) for t in rest),
        f"== Where these figures are of use\n#table(columns: (1fr, 1.4fr, 1.4fr), stroke: 0.5pt + rgb(\"#9cc4bc\"), inset: 5pt, table.header({', '.join(f'[*{_t(h)}*]' for h in HEADINGS)}),\n{crosswalk}\n)\n#text(size: 8pt)[{_t(CROSSWALK_SOURCE)}]\n",
        f"#text(size: 8pt)[Release {_t(report.release)}. SHA-256 {_t(report.sha256)}.]",
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
    paper.core_properties.title, paper.core_properties.author, paper.core_properties.language = "Our school and its families", "Kith", "en-GB"
    paper.add_heading("Our school and its families", level=1)
    paper.add_paragraph(f"{report.school}. To {_day(report.ends_on)}.")
    for sentence in report.lead:
        paper.add_paragraph(sentence)
    for table in (t for t in report.tables if t.name in FIRST_PAGE[:2]):
        _word_table(paper, table)
    paper.add_heading("What we ask of governors", level=2)
    for ask in report.asks or ("None this time.",):
        paper.add_paragraph(ask, style="List Number")
    paper.add_paragraph(" ".join(f"{mark} means {words}." for mark, words in KEY))
    paper.add_paragraph(NOT_A_CAUSE)
    if report.withheld:
        paper.add_paragraph(f"Held back so that others stay safe: {', '.join(report.withheld)}.")
    paper.add_page_break()
    for table in (t for t in report.tables if t.name not in FIRST_PAGE[:2]):
        _word_table(paper, table)
    _word_table(paper, Table("crosswalk", "Where these figures are of use", HEADINGS, CROSSWALK, ()))
    paper.add_paragraph(CROSSWALK_SOURCE)
    paper.add_paragraph(f"Release {report.release}. SHA-256 {report.sha256}.")
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _word_table(paper: Any, table: Table) -> None:
    paper.add_heading(table.title, level=2)
    made = paper.add_table(rows=1, cols=len(table.headings), style="Light Grid Accent 1")
    for cell, words in zip(made.rows[0].cells, table.headings, strict=True):
        cell.text = words
    for row in table.rows:
        for cell, words in zip(made.add_row().cells, row, strict=True):
            cell.text = words
    for name in table.measures:
        measure = BY_NAME[name]
        paper.add_paragraph(f"{measure.name}: {measure.numerator}, over {measure.denominator}. {measure.caution}")
