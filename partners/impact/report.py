"""The report: what a release says, in the order in which governors read it. The page, the PDF, the Word file and the CSV are all made from this, for one school and for a trust."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from partners.foundation.calendars import day_of
from partners.foundation.postcodes import ATTRIBUTION
from partners.foundation.spreadsheets import harmless
from partners.impact.counting import ONLY_OTHERS
from partners.impact.disclosure import HELD, LEAST_FAMILIES, SMALL, Shown, per_cent
from partners.impact.measures import MEASURES
from partners.impact.releases import RULES, Frozen
from partners.impact.trust_releases import TrustRelease

TOO_FEW = "Too few to show safely."
NOT_A_CAUSE = "This doesn't show that the help caused the change."
STORY = (
    "A number this small could point at a family, so none is shown. A story may say more: ask a family whether it would like to tell one, "
    "write down its yes for that story alone, and change the details that others would know it by."
)

FEW_TOGETHER = "A number this small could point at a family, even over several schools, so none is shown. There will be figures when more families have told their schools a need."
# What a reader must know of figures that were frozen before the measures were last written.
COUNTED_THEN = "These figures were frozen before the way we count was last mended, and stay as they were: a row may count a little differently from the words beneath it. The next figures will be counted as written here."
# What a trust's reader must know of totals; the rules behind it are in `trust_releases`.
OVER_SCHOOLS = "Totals over {} schools. No school is named here, and a figure that one school makes up to more than four fifths is held back. A family with children at two of the schools is counted at each."

TITLES = {
    "families": "Families", "steps": "From a need to help", "became": "What became of it", "introductions": "Introductions, in families", "shares": "Of every 100 introductions", "answers": "Partners' answers", "travelled": "How families say it is now",
    "unmet_groups": "Needs that nothing met, by kind", "unmet_reasons": "Why nothing suited", "unmet_areas": "Needs that nothing met, by postcode district", "unmet_wards": "Needs that nothing met, by ward", "left": "Where families left, and why", "outcomes": "Help that helped, by the local authority's outcomes", "voice": "What families said when we asked",
    "bands": "Year groups", "equity_fsm": "Free school meals", "equity_sen": "Special educational needs", "equity_eal": "First language", "attendance": "Attendance, before and after",
    "days": "Working days", "work": "Work in hand", "workload": "Officers and open needs", "ours": "Our own part, of every 100", "partners": "Partners", "together": "Partnerships",
}
# Which ward a postcode lies in is open data: its licence asks that this stands wherever what is made of it does.
SOURCES = {"unmet_wards": f"Wards: {ATTRIBUTION}"}
# Where each of our figures is of use under headings that others set. A crosswalk and never a score.
CROSSWALK = (
    ("Reach; Equity", "Inclusion; attendance and behaviour (Ofsted, November 2025)", "Getting a good education"),
    ("First contact; Taken up and finished", "Inclusion; leadership and governance", "Promoting recovery and reducing harm; improved mental and physical health"),
    ("Unmet need", "Leadership and governance", "Good early years development; financial stability; secure housing"),
    ("Distance travelled; Family voice", "Personal development and well-being", "Improved family relationships"),
    ("Relationships; Partners' replies", "Leadership and governance", "All ten headings: who does the work"),
)
CROSSWALK_SOURCE = "Headings: Ofsted's renewed framework (November 2025) and the Supporting Families outcomes framework; where each belongs is our judgement, November 2026."


@dataclass(frozen=True)
class Table:
    """A table as it is shown: its name in the release, a title, headings, rows with their label first, the measures that explain it, and whose data it rests on beside ours."""

    name: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    measures: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class Report:
    """One release in words and tables, of a school or of a trust.

    `whose` is the school's or the trust's name, and `over` says what a trust's totals are over, and of older figures that they are counted as they were then. `column` is the period that the sentences speak of;
    None where there are too few families. `asks` is None where the figures ask nothing of governors: a trust's do not. `checked` says how it can be checked.
    """

    title: str
    whose: str
    over: str
    ends_on: date
    column: str | None
    lead: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    asks: tuple[str, ...] | None
    withheld: tuple[str, ...]
    checked: tuple[str, ...]
    release: str
    sha256: str

    def table(self, name: str) -> Table | None:
        """Return one table, or None where it was not released."""
        return next((t for t in self.tables if t.name == name), None)


def focus(release: Frozen) -> str | None:
    """Return the year to speak of: the one in which more families told us a need, this one where they are equal; None under 20 families."""
    asked = {column: release.cell("families", "Told us a need", column) for column in ("This school year", "Last school year")}
    enough = {column: cell for column, cell in asked.items() if isinstance(cell, int) and cell >= LEAST_FAMILIES}
    return max(enough, key=lambda column: enough[column]) if enough else None


def said(cell: Shown | None) -> str:
    """Return a cell as it is written."""
    return "" if cell is None else str(cell)


class Sentence(str):
    """A sentence in which each figure knows its measure: `parts` are its words in order, a figure's with the name of the measure that explains it."""

    __slots__ = ("parts",)
    parts: tuple[tuple[str, str | None], ...]

    def __new__(cls, *parts: str | tuple[str, str]) -> Sentence:
        """Make a sentence of words, and of (figure, measure)."""
        known: list[tuple[str, str | None]] = [(p, None) if isinstance(p, str) else p for p in parts]
        made = super().__new__(cls, "".join(words for words, _ in known))
        made.parts = tuple(known)
        return made


VOICE, REACH, UNMET, REPLY = "Family voice", "Reach", "Unmet need", "First reply"


def _about(cell: Shown | None) -> str | None:
    return f"{cell:,}" if isinstance(cell, int) else None


@dataclass(frozen=True)
class _Year:
    """The year that sentences speak of: how each opens, and whether it is over."""

    opening: str
    over: bool

    def verb(self, then: str, now: str) -> str:
        return then if self.over else now


def _year(column: str) -> _Year:
    return _Year("In the last school year", True) if column == "Last school year" else _Year("So far this school year", False)


def lead(release: Frozen, column: str | None, *, few: str = STORY) -> tuple[Sentence, ...]:
    """Return the first sentences: families helped, needs not met, the first answer where it was counted; each only from shown figures, and each with its year. `few` is said where none is."""
    if column is None:
        return (Sentence(few),)
    year = _year(column)
    sentences = [_helped(release, column, year), *_only_others(release, column, year), _unmet(release, column, year)]
    if "days" not in release.tables:
        return tuple(sentences)
    return (*sentences, *reach(release, column), _first_answer(release, column, year))


def _helped(release: Frozen, column: str, year: _Year) -> Sentence:
    asked, helped = (release.cell("families", row, column) for row in ("Told us a need", "Say it helped"))
    told = (f"{year.opening}, about ", (str(_about(asked)), REACH), f" families {year.verb('told', 'have told')} us a need. ")
    if helped == 0:
        return Sentence(*told, year.verb("None said", "None has said yet"), " that help helped.")
    if not _about(helped):
        return Sentence(*told, "How many ", year.verb("said", "say"), f" it helped: {TOO_FEW.lower()}")
    share = per_cent(helped or 0, asked or 0)
    # A release from before families' own words stood apart holds whatever anybody said.
    own = release.cell("families", ONLY_OTHERS, column) is not None
    figure = (str(_about(helped)), VOICE)
    whose = ("about ", figure, f" families {year.verb('said', 'say')} that help helped") if own else ("help helped about ", figure, f" families, as they, a partner or school {year.verb('said', 'say')}")
    return Sentence(
        f"{year.opening}, ", *whose, ", of about ", (str(_about(asked)), REACH), f" who {year.verb('told', 'have told')} us a need",
        *((" (", (f"{share} in 100", VOICE), ")") if share is not None else ()), ".",
    )


def _only_others(release: Frozen, column: str, year: _Year) -> tuple[Sentence, ...]:
    others = release.cell("families", ONLY_OTHERS, column)
    return (Sentence(f"{year.opening}, only a partner or school {year.verb('said', 'says')} so of about ", (str(_about(others)), VOICE), " more."),) if others and _about(others) else ()


def _unmet(release: Frozen, column: str, year: _Year) -> Sentence:
    unmet, had = release.cell("families", "Have a need that nothing met", column), year.verb("had", "has")
    if unmet == 0:
        return Sentence(f"{year.opening}, ", ("no family", UNMET), f" {had} a need that nothing suitable met.")
    if not _about(unmet):
        return Sentence(f"{year.opening}, families with ", ("a need that nothing met", UNMET), f": {TOO_FEW.lower()}")
    return Sentence(f"{year.opening}, about ", (str(_about(unmet)), UNMET), f" families {year.verb('had', 'have')} a need that nothing suitable met.")


def _first_answer(release: Frozen, column: str, year: _Year) -> Sentence:
    days = release.cell("days", "First reply", f"Middle, {column.lower()}")
    if not isinstance(days, int):
        return Sentence(f"{year.opening}, there {year.verb('were', 'are')} too few ", ("answers", REPLY), " to say how long the first one takes.")
    took = ("on the same working day" if days == 0 else f"{days} working {'day' if days == 1 else 'days'}", REPLY)
    verb = year.verb("came", "has come") if days == 0 else year.verb("took", "has taken")
    return Sentence(f"{year.opening}, a partner's first answer {verb} ", took, ", in the middle of all answers.")


def reach(release: Frozen, column: str) -> tuple[Sentence, ...]:
    """Return how many families were offered help beside the school's roll, as it was when the release was made; nothing where either is not known or not shown.

    The roll counts children and the figure counts families, so no percentage is made of them.
    """
    offered, roll, year = release.cell("families", "Were offered help", column), release.parameters.get("roll"), _year(column)
    if not (roll and offered and _about(offered)):
        return ()
    return (Sentence(f"{year.opening}, about ", (str(_about(offered)), REACH), f" families {year.verb('were', 'have been')} offered help, at a school with ", (f"{roll:,}", REACH), " children on its roll when these figures were frozen."),)


def _then(release: Frozen) -> str:
    return "" if release.parameters.get("rules") == RULES else COUNTED_THEN


def of(release: Frozen, *, school: str, asks: Iterable[str] = ()) -> Report:
    """Return the report of a school's release. Every figure in it is one that the release shows."""
    column = focus(release)
    return Report(
        "Our school and its families", school, _then(release), release.ends_on, column, lead(release, column), _tables(release), tuple(asks), _withheld(release), checked(release), str(release.id), release.sha256,
    )


def of_trust(release: TrustRelease, *, trust: str) -> Report:
    """Return the report of a trust's release, under the same rules: every figure in it is one that the release shows."""
    column = focus(release)
    return Report(
        "Our schools together", trust, " ".join([OVER_SCHOOLS.format(release.schools), *filter(None, [_then(release)])]), release.ends_on, column, lead(release, column, few=FEW_TOGETHER), _tables(release), None, _withheld(release),
        checked(release), str(release.id), release.sha256,
    )


def written(day: date) -> str:
    """Return a day as papers write it.

    >>> written(date(2026, 11, 4))
    '4 November 2026'
    """
    return f"{day.day} {day:%B %Y}"


def checked(release: Frozen) -> tuple[str, ...]:
    """Return how a reader can see that a paper holds what was released, in words that need no knowledge of computers."""
    return (
        f"These figures were frozen on {written(day_of(release.made_at))} and stay as they are. The page, the PDF, the Word file and the CSV are all made from them, so they say the same.",
        "The PDF and the Word file end with the number of their figures. Two papers with the same number hold the same figures.",
        f"To check that nobody has changed the figures since, ask whoever looks after Kith to run “kith impact --release {release.id}”. It works out their fingerprint again, and prints them only where it is still the one below.",
    )


def _withheld(release: Frozen) -> tuple[str, ...]:
    return tuple(TITLES[name] for name in release.parameters["withheld"])


def _tables(release: Frozen) -> tuple[Table, ...]:
    found, shown_tables = [], release.tables
    for name, title in TITLES.items():
        known = shown_tables.get(name)
        if known is None or not known["rows"]:
            continue
        rows = tuple((label, *(said(c) for c in cells)) for label, cells in zip(known["rows"], known["cells"], strict=True))
        found.append(Table(name, title, ("", *known["columns"]), rows, tuple(m.name for m in MEASURES if name in m.tables), SOURCES.get(name, "")))
    return tuple(found)


def as_csv(release: Frozen) -> str:
    """Return a release's tables as CSV: table, row, column, figure. A cell that a spreadsheet would read as a formula is made words."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["table", "row", "column", "figure"])
    for table in json.loads(release.document)["tables"]:
        for label, cells in zip(table["rows"], table["cells"], strict=True):
            for column, cell in zip(table["columns"], cells, strict=True):
                rows.writerow([table["name"], harmless(label), harmless(column), cell if isinstance(cell, int) else harmless(cell)])
    return out.getvalue()


KEY = ((SMALL, "one to seven families, or fewer than twenty behind a share: too few to show safely"), (HELD, "held back, so that nobody can be picked out"))
