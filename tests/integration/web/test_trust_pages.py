"""The trust's page and papers: one release in every form, no school told apart, and nothing where there are too few schools or families."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from partners.foundation import users
from partners.impact import rounds
from partners.impact.trust_releases import TrustRelease
from tests.builders_trusts import AFTER, a_school, a_trust, asked, freeze
from tests.integration.web.conftest import sign_in

NAMES = ("Hill", "Dale", "Moor")
PAPERS = ("pdf", "docx", "csv", "json")


def a_released_trust(session: Session, families: tuple[int, ...], unmet: int) -> tuple[SimpleNamespace, TrustRelease | None]:
    places = [a_school(session, name) for name in NAMES[: len(families)]]
    for place, number in zip(places, families, strict=True):
        asked(session, place, number, unmet=min(unmet, number))
    of = a_trust(session, *places, name="Marl Learning Trust")
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    session.commit()
    return of, made


@pytest.fixture
def kim(session: Session, browser: FlaskClient, clock: Any) -> Callable[[SimpleNamespace], None]:
    """Sign in the one who reads a trust's totals."""

    def come_in(of: SimpleNamespace) -> None:
        sign_in(browser, session, users.get(session, of.kim.user_id), clock)

    return come_in


@pytest.fixture
def released(session: Session, kim: Callable[[SimpleNamespace], None]) -> TrustRelease:
    """Totals over three schools of 33 families each, 12 of whom found nothing that suited; their reader is signed in."""
    of, made = a_released_trust(session, (33, 33, 33), 12)
    kim(of)
    assert made is not None
    return made


def cells(release: TrustRelease) -> list[str]:
    return [str(cell) for table in json.loads(release.document)["tables"] for row in table["cells"] for cell in row]


def read(page: str) -> str:
    """Return a page's words as they are read by eye."""
    return re.sub(r"<[^>]+>", "", page.replace('<span class="govuk-visually-hidden"> (how it is counted)</span>', ""))


def text_of_pdf(blob: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(blob)).pages))


def test_the_papers_hold_just_what_was_released(browser: FlaskClient, released: TrustRelease) -> None:
    rows = list(csv.reader(io.StringIO(browser.get("/trust/report.csv").data.decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == cells(released)
    assert browser.get("/trust/report.json").data.decode() == released.document
    with zipfile.ZipFile(io.BytesIO(browser.get("/trust/report.docx").data)) as folder:
        body = ElementTree.fromstring(folder.read("word/document.xml"))  # noqa: S314 (our own file)
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    table = [["".join(t.text or "" for t in cell.iter(f"{word}t")) for cell in row.findall(f"{word}tc")] for row in body.iter(f"{word}tr")]
    assert sorted(c for row in table for c in row[1:] if c in ("*", "–") or c.isdigit()) == sorted(cells(released))


def test_the_pdf_is_tagged_and_says_the_same_as_the_page(browser: FlaskClient, released: TrustRelease) -> None:
    answer = browser.get("/trust/report.pdf")
    assert answer.mimetype == "application/pdf"
    assert f'our-schools-{released.ends_on.isoformat()}.pdf"' in answer.headers["Content-Disposition"]
    for mark in (b"/StructTreeRoot", b"/Marked true", b"/Lang(en-GB)", b"<pdfuaid:part>1"):
        assert mark in answer.data, mark
    page, paper = browser.get("/trust/").text, text_of_pdf(answer.data)
    seen = read(page)
    for said in ("Our schools together", "Marl Learning Trust", "Totals over 3 schools.", "about 100 families have told us a need", "about 35 families have a need that nothing suitable met."):
        assert said in seen
        assert said in paper
    for not_counted in ("What we ask of governors", "how long the first one takes"):
        assert not_counted not in page
        assert not_counted not in paper
    assert f"/trust/report.{'pdf'}" in page


def test_no_exit_names_a_school_or_leads_to_a_family(browser: FlaskClient, released: TrustRelease) -> None:
    with zipfile.ZipFile(io.BytesIO(browser.get("/trust/report.docx").data)) as folder:
        word = b" ".join(folder.read(name) for name in folder.namelist()).decode(errors="ignore")
    exits = [browser.get("/trust/").text, text_of_pdf(browser.get("/trust/report.pdf").data), word, *(browser.get(f"/trust/report.{kind}").text for kind in ("csv", "json"))]
    for told in exits:
        assert not [name for name in NAMES if re.search(rf"\b{name}\b", told)]
    assert not re.search(r'href="[^"]*(liaison|famil(y|ies)/|referral|heads)', exits[0])


def test_the_number_and_the_fingerprint_stand_apart_in_words_for_a_trust_officer(browser: FlaskClient, released: TrustRelease) -> None:
    page = browser.get("/trust/").text
    running, detail = page.split("How this can be checked")
    for mark in (str(released.id), released.sha256):
        assert mark not in running
        assert mark in detail
    assert "SHA" not in running
    assert "frozen on 4 November 2026" in detail
    assert f"kith impact --release {released.id}" in detail


@pytest.mark.parametrize("families", [(40, 40), (40, 40, 4)], ids=["two schools", "a school whose figures are not frozen"])
def test_without_three_schools_figures_there_is_no_paper(session: Session, browser: FlaskClient, kim: Callable[[SimpleNamespace], None], families: tuple[int, ...]) -> None:
    places = [a_school(session, name) for name in NAMES[: len(families)]]
    for place, number in zip(places, families, strict=True):
        asked(session, place, number)
    of = a_trust(session, *places)
    freeze(session, *places[:2])
    assert rounds.trust_release_for(session, of.trust, at=AFTER) is None
    kim(of)
    assert "There are no figures yet" in browser.get("/trust/").text
    assert {browser.get(f"/trust/report.{kind}").status_code for kind in PAPERS} == {404}


def test_a_figure_that_is_held_back_is_held_back_at_every_exit(session: Session, browser: FlaskClient, kim: Callable[[SimpleNamespace], None]) -> None:
    """Thirty of the 33 whose need nothing met are one school's: the total would tell that school."""
    places = [a_school(session, name) for name in NAMES]
    for place, unmet in zip(places, (30, 2, 1), strict=True):
        asked(session, place, 35, unmet=unmet)
    of = a_trust(session, *places)
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    session.commit()
    kim(of)
    assert made is not None
    assert "So far this school year, families with a need that nothing met: too few to show safely." in read(browser.get("/trust/").text)
    for told in (browser.get("/trust/").text, text_of_pdf(browser.get("/trust/report.pdf").data), browser.get("/trust/report.csv").text, browser.get("/trust/report.json").text):
        assert not re.search(r"\b(33|35|30)\b(?! (Nov|Oct))", re.sub(r'(?s)<svg.*?</svg>|"#[0-9a-f]+"|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|<[^>]+>', "", told).replace("30 half-days", "")), told


def test_small_totals_are_words_and_no_number_at_every_exit(session: Session, browser: FlaskClient, kim: Callable[[SimpleNamespace], None]) -> None:
    of, made = a_released_trust(session, (10, 10, 10), 2)
    assert made is not None
    kim(of)
    assert made.ends_on == date(2026, 10, 31)
    shown = {cell for cell in cells(made) if cell.isdigit()}
    assert not {str(n) for n in range(1, 10)} & shown
