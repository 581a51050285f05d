"""The head's pages: the last release and nothing else, the same figures in every paper, and asks in the head's own words."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from partners.families import families, needs, schools
from partners.foundation import users, ward_lists
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.postcode_table import number_of
from partners.impact import report, rounds
from partners.impact.measures import MEASURES
from partners.impact.releases import Release
from tests.integration.web.conftest import send, sign_in

BEGAN = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def head(session, school, browser, clock):
    """A head who is signed in."""
    person = users.add(session, email="head@hill.example", name="Ada", roles=[Role.HEAD], school_id=school.id, by=SYSTEM, at=clock())
    sign_in(browser, session, person, clock)
    session.commit()
    return person


@pytest.fixture
def released(session, school, flo, head, clock) -> Release:
    """A release of a term in which 44 families told school a need and 27 of them found nothing that suited."""
    by = users.actor_of(flo)
    for n in range(44):
        family = families.add(session, initials="AK", by=by, at=BEGAN, postcode="LS9 7AB")
        [need] = needs.record(session, family, codes=["food_weekly" if n % 3 else "esol"], paths={"food_weekly": "open", "esol": "open"}, harm=needs.Harm.NO, by=by, at=BEGAN)
        if n < 27:
            needs.nothing_suitable(session, need, reason="time" if n % 3 else "language", by=by, at=BEGAN + timedelta(days=1))
    made = rounds.release_for(session, schools.get(session, school.id), at=clock()).release
    session.commit()
    return made


def words_of(page: str) -> str:
    """Return a page's words as they are read by eye."""
    return " ".join(re.sub(r"<[^>]+>", "", re.sub(r'<span class="govuk-visually-hidden">.*?</span>', "", page)).split())


def shown(release: Release) -> list[str]:
    return [str(cell) for table in json.loads(release.document)["tables"] for row in table["cells"] for cell in row]


def test_before_the_first_release_the_page_says_what_will_come(browser, head) -> None:
    page = browser.get("/heads/").text
    assert "There are no figures yet" in page
    assert browser.get("/heads/report").status_code == 404
    assert browser.get("/heads/report.pdf").status_code == 404


def test_the_page_says_the_release_in_sentences_pictures_and_tables(browser, released) -> None:
    page = browser.get("/heads/").text
    seen = words_of(page)
    assert "So far this school year, about 45 families have told us a need." in seen
    assert "So far this school year, about 25 families have a need that nothing suitable met." in seen
    assert page.count('role="img"') >= 3
    for picture in re.findall(r"<svg.*?</svg>", page, re.S):
        assert "<title" in picture
        assert "<desc" in picture
    assert "The same as a table, and how it is counted" in page
    assert "This doesn&#39;t show that the help caused the change" in page or "This doesn't show that the help caused the change" in page
    assert not re.search(r'href="[^"]*(liaison|famil(y|ies)/|referral)', page)


def test_every_figure_in_the_first_sentences_leads_to_its_definition_and_every_sentence_names_its_year(browser, released) -> None:
    explained = browser.get("/heads/measures").text
    for page in (browser.get("/heads/").text, browser.get("/heads/report").text):
        sentences = re.findall(r'<p class="govuk-body kith-figures">(.*?)</p>', page)
        assert len(sentences) >= 3
        for said in sentences:
            assert re.match("So far this school year|In the last school year", words_of(said)), said
            assert not re.search(r"\d", re.sub(r"<a.*?</a>", "", said)), f"a figure that opens nothing: {said}"
            links = re.findall(r'href="(/heads/measures)?#([^"]+)"', said)
            assert links, said
            assert all(f'id="{anchor}"' in (explained if elsewhere else page) for elsewhere, anchor in links), said


@pytest.mark.parametrize(("column", "began", "verbs"), [("Last school year", "In the last school year", ("had", "took")), ("This school year", "So far this school year", ("have", "has taken"))])
def test_a_year_that_is_over_is_told_as_over(released, column, began, verbs) -> None:
    told = json.loads(released.document)
    for table in told["tables"]:
        if table["name"] == "families":
            table["cells"] = [[20 + 5 * n] * len(table["columns"]) for n in range(len(table["rows"]))]
        if table["name"] == "days":
            table["columns"], table["cells"] = [f"Middle, {column.lower()}"], [[3], [4]]
    released.document = json.dumps(told)
    said = report.lead(released, column)
    assert all(s.startswith(began) for s in said)
    assert f" families {verbs[0]} a need that nothing suitable met." in " ".join(said)
    assert f" first answer {verbs[1]} 3 working days" in " ".join(said)


def test_every_measure_is_explained(browser, released) -> None:
    page = browser.get("/heads/measures").text
    assert len(MEASURES) == 14
    for measure in MEASURES:
        assert measure.question.replace("'", "&#39;") in page or measure.question in page


def test_csv_and_json_hold_just_what_was_released(browser, released) -> None:
    rows = list(csv.reader(io.StringIO(browser.get("/heads/report.csv").data.decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == shown(released)
    assert browser.get("/heads/report.json").data.decode() == released.document


def test_the_word_file_holds_the_same_figures(browser, released) -> None:
    response = browser.get("/heads/report.docx")
    with zipfile.ZipFile(io.BytesIO(response.data)) as folder:
        body = ElementTree.fromstring(folder.read("word/document.xml"))  # noqa: S314 (our own file)
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    cells = [["".join(t.text or "" for t in cell.iter(f"{word}t")) for cell in row.findall(f"{word}tc")] for row in body.iter(f"{word}tr")]
    figures = [cell for row in cells for cell in row[1:] if cell in ("*", "–") or cell.isdigit()]
    assert sorted(figures) == sorted(shown(released))


def test_the_pdf_is_tagged_and_names_its_language(browser, released) -> None:
    response = browser.get("/heads/report.pdf")
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-1.")
    for mark in (b"/StructTreeRoot", b"/Marked true", b"/Lang(en-GB)", b"<pdfuaid:part>1"):
        assert mark in response.data, mark


def test_the_pdfs_text_holds_the_same_figures(browser, released) -> None:
    pages = PdfReader(io.BytesIO(browser.get("/heads/report.pdf").data)).pages
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
    assert "about 45 families have told us a need" in text


def test_the_papers_first_page_stands_alone_however_long_the_asks_are(browser, session, released) -> None:
    paths = re.findall(r'href="(/heads/asks/[^"]+)"', browser.get("/heads/").text)
    assert paths
    for n in (0, 1):
        pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(browser.get("/heads/report.pdf").data)).pages]
        for words in ("have told us a need", "Families", "From a need to help", "Needs that nothing met, by kind", "What we ask of governors", "means one to seven families, or fewer than twenty behind a share", "stands on the next page"):
            assert words in pages[0], (n, words)
        assert pages[1].startswith("What each figure on the first page counts"), (n, pages[1][:80])
        for path in paths:
            send(browser, path, {"words": "Could we open the hall on Thursdays? " * 16, "do": "keep"})


def test_an_ask_is_put_in_the_heads_own_words_and_bad_ones_are_kept_on_the_page(browser, released) -> None:
    page = browser.get("/heads/").text
    path = re.search(r'href="(/heads/asks/[^"]+)"', page).group(1)
    refused = send(browser, path, {"words": "x" * 601, "do": "keep"})
    assert refused.status_code == 422
    assert "x" * 601 in refused.text
    assert "in up to 600 characters" in refused.text
    assert send(browser, path, {"words": "Could we open the hall?", "do": "keep"}).status_code == 303
    assert "Could we open the hall?" in browser.get("/heads/report").text
    assert send(browser, path, {"do": "discard", "words": ""}).status_code == 303
    assert "Could we open the hall?" not in browser.get("/heads/report").text
    assert send(browser, path, {"do": "discard", "words": ""}).status_code == 303
    assert "Could we open the hall?" in browser.get("/heads/report").text


def test_a_school_that_is_small_gets_a_story_and_no_number(browser, session, school, flo, head, clock) -> None:
    by = users.actor_of(flo)
    for _ in range(12):
        family = families.add(session, initials="AK", by=by, at=BEGAN)
        needs.record(session, family, codes=["uniform"], paths={"uniform": "open"}, harm=needs.Harm.NO, by=by, at=BEGAN)
    rounds.release_for(session, schools.get(session, school.id), at=clock())
    session.commit()
    page = browser.get("/heads/").text
    assert "A story may say more" in page
    assert "12" not in re.sub(r"<time.*?</time>", "", page.split("<main")[1].split("</main>")[0])


def test_the_day_that_figures_end_on_is_a_half_terms_last(released) -> None:
    assert released.ends_on in (date(2026, 10, 23), date(2026, 10, 31))


@pytest.fixture
def by_ward(session, school, flo, head, clock) -> Release:
    """A release of a school whose families' wards are known: one name is what would break a page."""
    names = {"E05000001": ("Beck <& Dale>", None), "E05000002": ("Marl Hill", None)}
    ward_lists.apply(session, ward_lists.plan(session, ward_lists.Found({number_of("LS8", "3QD"): "E05000001", number_of("LS14", "6PA"): "E05000002"}), names), file_name="w.csv", by=SYSTEM, at=BEGAN)
    by = users.actor_of(flo)
    for n in range(44):
        family = families.add(session, initials="AK", by=by, at=BEGAN, postcode="LS8 3QD" if n % 2 else "LS14 6PA")
        [need] = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=by, at=BEGAN)
        needs.nothing_suitable(session, need, reason="time", by=by, at=BEGAN + timedelta(days=1))
    made = rounds.release_for(session, schools.get(session, school.id), at=clock()).release
    session.commit()
    return made


def test_needs_that_nothing_met_stand_by_ward_in_picture_words_tables_and_papers(browser, by_ward) -> None:
    page = browser.get("/heads/").text
    picture = next(p for p in re.findall(r"<svg.*?</svg>", page, re.S) if "by ward" in p)
    assert "Marl Hill: 20; " in picture or "Marl Hill: 20." in picture
    assert "By ward, as a table" in page
    assert "north at the top" in page
    assert "Beck &lt;&amp; Dale&gt;" in page
    assert "<& Dale>" not in page
    assert "postcode district" not in picture
    assert "Needs that nothing met, by ward" in browser.get("/heads/report").text
    assert "by electoral ward where the wards of nine in ten" in browser.get("/heads/measures").text
    assert "unmet_wards,Marl Hill," in browser.get("/heads/report.csv").data.decode()
    text = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in PdfReader(io.BytesIO(browser.get("/heads/report.pdf").data)).pages))
    assert "Needs that nothing met, by ward" in text
    with zipfile.ZipFile(io.BytesIO(browser.get("/heads/report.docx").data)) as folder:
        word = folder.read("word/document.xml").decode()
    assert "Needs that nothing met, by ward" in word
    for told in (page, browser.get("/heads/report").text, text, word):
        assert "Contains National Statistics data © Crown copyright and database right 2025." in told, "whose data tells the wards"
