"""Charts: pictures drawn on the server from figures that may be shown. Each has a title, a description, and a table beside it that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from markupsafe import Markup

from partners.impact.disclosure import HELD, SMALL, Shown

DEEP, MIDDLE, PALE, LINE, INK = "#0f4c47", "#7fb3aa", "#cfe3df", "#9cc4bc", "#0b0c0c"
WORDS = {SMALL: "too few to show", HELD: "held back"}
ROW, BAR, LABEL, WIDTH = 46, 20, 20, 400
LEAST_ACROSS = 3  # squares beside each other, so that one alone is no larger than the others would be
MOST_LINES = 3  # of a name that fits no other way
HIGH = 88  # of a square at most, so that several rows print on the page they belong to
LETTER = 0.6  # how wide a bold letter of Helvetica is of its height, on average and rounded up


def _said(cell: Shown) -> str:
    return WORDS[cell] if isinstance(cell, str) else f"{cell:,}"


def _picture(title: str, description: str, width: int, height: int, inside: Sequence[Markup]) -> Markup:
    # The same picture has the same marks each time. Its bars run from the left on every page: a page that runs from the right would push its words out of it.
    name = sha256(title.encode()).hexdigest()[:8]
    return Markup(
        '<svg class="kith-chart" viewBox="0 0 {w} {h}" role="img" direction="ltr" aria-labelledby="t{n} d{n}" xmlns="http://www.w3.org/2000/svg" font-family="Helvetica, Arial, sans-serif">'
        '<title id="t{n}">{title}</title><desc id="d{n}">{description}</desc>{inside}</svg>'
    ).format(w=width, h=height, n=name, title=title, description=description, inside=Markup("").join(inside))


def described(rows: Sequence[tuple[str, Shown]]) -> str:
    """Return a picture in words: every row with its figure."""
    return "; ".join(f"{label}: {_said(cell)}" for label, cell in rows) + "."


def bars(title: str, rows: Sequence[tuple[str, Shown]]) -> Markup:
    """Draw a bar a row, the label above its bar; what may not be shown has an outline alone and says so."""
    most = max((c for _, c in rows if isinstance(c, int)), default=0) or 1
    inside = []
    for n, (label, cell) in enumerate(rows):
        top = n * ROW
        long = round((WIDTH - 120) * cell / most) if isinstance(cell, int) else 0
        inside.append(Markup('<text x="0" y="{y}" font-size="16" fill="{ink}">{label}</text>').format(y=top + 15, ink=INK, label=label))
        if isinstance(cell, int):
            inside.append(Markup('<rect x="0" y="{y}" width="{w}" height="{h}" fill="{fill}"/>').format(y=top + LABEL, w=max(long, 1), h=BAR - 2, fill=DEEP))
        else:
            inside.append(Markup('<rect x="1" y="{y}" width="60" height="{h}" fill="none" stroke="{line}" stroke-dasharray="4 3"/>').format(y=top + LABEL, h=BAR - 2, line=DEEP))
        inside.append(Markup('<text x="{x}" y="{y}" font-size="16" font-weight="700" fill="{ink}">{said}</text>').format(
            x=(long if isinstance(cell, int) else 62) + 8, y=top + LABEL + 14, ink=INK, said=_said(cell)))
    return _picture(title, described(rows), WIDTH, len(rows) * ROW, inside)


def tiles(title: str, rows: Sequence[tuple[str, Shown]], *, grid: Mapping[str, tuple[int, int]] | None = None) -> Markup:
    """Draw a square an area, darker with more families; the name and the figure stand in it, so that it reads and prints without colour.

    `grid` is where each area stands, (column, row) from the north-west; what has no place, and everything without a grid, follows below in its order.
    """
    places = _places([label for label, _ in rows], grid or {})
    most = max((c for label, c in rows if isinstance(c, int) and (not grid or label in grid)), default=0) or 1
    across = max((column for column, _ in places.values()), default=0) + 1
    step = WIDTH // max(across, LEAST_ACROSS)
    size, high = step - 8, min(step - 8, HIGH)
    inside = []
    for label, cell in rows:
        column, row = places[label]
        x, y = column * step, row * (high + 8)
        fill = _shade(cell, most) if not grid or label in grid else PALE
        inside.append(Markup('<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" fill="{fill}" stroke="{line}"{dash}/>').format(
            x=x + 1, y=y + 1, w=size - 2, h=high - 2, fill=fill, line=LINE if isinstance(cell, int) else DEEP, dash="" if isinstance(cell, int) else Markup(' stroke-dasharray="4 3"')))
        ink = "#ffffff" if fill == DEEP else INK
        large, lines = _fitted(label, size, high)
        said = f"{cell:,} families" if isinstance(cell, int) else _said(cell)
        small = min(15, round(size / (LETTER * len(said))))
        top = y + high / 2 - (len(lines) * large * 1.15 + small * 1.4) / 2
        for n, line in enumerate(lines):
            inside.append(Markup('<text x="{x}" y="{y}" font-size="{s}" font-weight="700" text-anchor="middle" fill="{ink}">{line}</text>').format(
                x=x + size // 2, y=round(top + (n + 0.85) * large * 1.15), s=large, ink=ink, line=line))
        inside.append(Markup('<text x="{x}" y="{y}" font-size="{s}" text-anchor="middle" fill="{ink}">{said}</text>').format(
            x=x + size // 2, y=round(top + len(lines) * large * 1.15 + small * 1.25), s=small, ink=ink, said=said))
    down = max((row for _, row in places.values()), default=0) + 1
    return _picture(title, described(rows), WIDTH, down * (high + 8), inside)


def _shade(cell: Shown, most: int) -> str:
    """Return the ground of a square: white for none and for what is not shown, and three shades by thirds of the most."""
    if not isinstance(cell, int) or not cell:
        return "#ffffff"
    return DEEP if 3 * cell > 2 * most else MIDDLE if 3 * cell > most else PALE


def _places(labels: Sequence[str], grid: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return where each square stands: those of the grid, and then the others below it, three or as many as the grid has beside each other."""
    placed = {label: grid[label] for label in labels if label in grid}
    across = max(LEAST_ACROSS, *(column + 1 for column, _ in placed.values())) if placed else LEAST_ACROSS
    first = max((row + 1 for _, row in placed.values()), default=0)
    others = [label for label in labels if label not in placed]
    return placed | {label: (n % across, first + n // across) for n, label in enumerate(others)}


def _fitted(label: str, size: int, high: int) -> tuple[int, list[str]]:
    """Return a name in lines that a square of some width and height holds, and how large its letters are."""
    for large in (22, 19, 17, 15, 13, 11):
        lines: list[str] = []
        for word in label.split():
            if lines and len(f"{lines[-1]} {word}") * large * LETTER <= size - 8:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        if len(lines) * large * 1.15 + 28 <= high and max(map(len, lines)) * large * LETTER <= size - 8:
            return large, lines
    return 11, [line if len(line) * 11 * LETTER <= size - 8 else line[: int((size - 8) / (11 * LETTER)) - 1] + "…" for line in lines[:MOST_LINES]]


def multiples(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Shown]]]) -> Markup:
    """Draw small pictures, two beside each other, one a period, each with the same rows on the same scale."""
    most = max((c for _, cells in rows for c in cells if isinstance(c, int)), default=0) or 1
    wide, high = WIDTH // 2, 30 + len(rows) * 38
    inside = []
    for at, column in enumerate(columns):
        left, down = (at % 2) * wide, (at // 2) * high
        inside.append(Markup('<text x="{x}" y="{y}" font-size="14" font-weight="700" fill="{ink}">{column}</text>').format(x=left, y=down + 14, ink=INK, column=column))
        for n, (label, cells) in enumerate(rows):
            cell, top = cells[at], down + 22 + n * 38
            long = round((wide - 70) * cell / most) if isinstance(cell, int) else 0
            inside.append(Markup('<text x="{x}" y="{y}" font-size="12" fill="{ink}">{label}</text>').format(x=left, y=top + 12, ink=INK, label=label))
            if isinstance(cell, int):
                inside.append(Markup('<rect x="{x}" y="{y}" width="{w}" height="14" fill="{fill}"/>').format(x=left, y=top + 16, w=max(long, 1), fill=DEEP))
            inside.append(Markup('<text x="{x}" y="{y}" font-size="12" font-weight="700" fill="{ink}">{said}</text>').format(x=left + long + 4, y=top + 28, ink=INK, said=_said(cell)))
    said = "; ".join(f"{column}: {described([(label, cells[at]) for label, cells in rows])}" for at, column in enumerate(columns))
    return _picture(title, said, WIDTH, -(-len(columns) // 2) * high, inside)
