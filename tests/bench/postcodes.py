"""Postcode look-ups measured beside two named peers built from the same rows: a Python dict from a gzip CSV, and an indexed SQLite file.

Each runs in a fresh interpreter, so that memory is its own. The table's file size, load time, resident memory and look-ups a second are printed.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from partners.foundation import national_grid, postcode_table, postcodes

LOOK_UPS = 20_000
Place = tuple[float, float] | None
LookUp = Callable[[str], Place]


def resident_mb() -> float:
    """Megabytes of memory this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def packed(_: Path) -> LookUp:
    postcode_table.load()

    def look_up(postcode: str) -> Place:
        found = postcodes.locate(postcode)
        return (found.latitude, found.longitude) if found and found.precision == "postcode" else None

    return look_up


def packed_geopy(_: Path) -> LookUp:
    geocoder = postcodes.OfflinePostcode()
    postcode_table.load()

    def look_up(postcode: str) -> Place:
        found = geocoder.geocode(postcode)
        return (found.latitude, found.longitude) if found and found.raw["precision"] == "postcode" else None

    return look_up


def dict_from_gzip_csv(folder: Path) -> LookUp:
    with gzip.open(folder / "rows.csv.gz", "rt", encoding="ascii", newline="") as lines:
        rows = {code: (int(easting), int(northing)) for code, easting, northing in csv.reader(lines)}

    def look_up(postcode: str) -> Place:
        point = rows.get(postcodes.normalise(postcode))
        return national_grid.wgs84_of(*point) if point else None

    return look_up


def sqlite_table(folder: Path) -> LookUp:
    rows = sqlite3.connect(folder / "rows.sqlite")

    def look_up(postcode: str) -> Place:
        point = rows.execute("SELECT easting, northing FROM place WHERE postcode = ?", (postcodes.normalise(postcode),)).fetchone()
        return national_grid.wgs84_of(*point) if point else None

    return look_up


# Each contender, and the file of it that has to be shipped.
CONTENDERS: dict[str, tuple[Callable[[Path], LookUp], str]] = {
    "packed table": (packed, ""),
    "packed table as geopy Geocoder": (packed_geopy, ""),
    "dict from gzip CSV": (dict_from_gzip_csv, "rows.csv.gz"),
    "SQLite table": (sqlite_table, "rows.sqlite"),
}


def lay_out(folder: Path) -> None:
    """Write the peers' files, and the postcodes that are asked for, from the rows of the packed table."""
    table = postcode_table.load()
    rows = [
        (postcode_table.postcode_of(number), easting, northing)
        for number, easting, northing in zip(table.numbers.tolist(), table.eastings.tolist(), table.northings.tolist(), strict=True)
    ]
    with gzip.open(folder / "rows.csv.gz", "wt", encoding="ascii", newline="") as lines:
        csv.writer(lines).writerows(rows)
    with sqlite3.connect(folder / "rows.sqlite") as store:
        store.execute("CREATE TABLE place (postcode TEXT PRIMARY KEY, easting INTEGER, northing INTEGER) WITHOUT ROWID")
        store.executemany("INSERT INTO place VALUES (?, ?, ?)", rows)
    store.close()
    # A stride prime to the number of rows visits them far apart, as callers do, and the same ones every time.
    asked = [rows[step * 1_000_003 % len(rows)][0] for step in range(LOOK_UPS)]
    (folder / "asked.txt").write_text("\n".join(asked))


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Run one contender in this process."""
    asked = (folder / "asked.txt").read_text().split("\n")
    build, file = CONTENDERS[name]
    before, began = resident_mb(), time.perf_counter()
    look_up = build(folder)
    look_up(asked[0])
    ready = time.perf_counter()
    answers = [look_up(postcode) for postcode in asked]
    took = time.perf_counter() - ready
    return {
        "name": name,
        "file_mb": round((folder / file if file else postcode_table.PACKED).stat().st_size / 1e6, 2),
        "load_seconds": round(ready - began, 3),
        "memory_mb": round(resident_mb() - before, 1),
        "look_ups_per_second": round(len(asked) / took),
        "found": sum(answer is not None for answer in answers),
        "sum_of_degrees": round(sum(latitude + longitude for latitude, longitude in filter(None, answers)), 6),
    }


@click.command(epilog="Example: python -m tests.bench.postcodes --json")
@click.option("--json", "as_json", is_flag=True, help="Print the measurements as JSON.")
@click.option("--only", "only", type=click.Choice(list(CONTENDERS)), hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
def main(as_json: bool, only: str | None, folder: Path | None) -> None:
    """Measure postcode look-ups beside a dict from a gzip CSV and a SQLite table, all from the same rows."""
    if only and folder:
        click.echo(json.dumps(measure(only, folder)))
        return
    with tempfile.TemporaryDirectory() as place, Console(stderr=True).status("Laying out the peers") as status:
        lay_out(Path(place))
        results = []
        for name in CONTENDERS:
            status.update(f"Measuring: {name}")
            command = [sys.executable, "-m", "tests.bench.postcodes", "--only", name, "--folder", place]
            results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    if len({(result["found"], result["sum_of_degrees"]) for result in results}) > 1:
        raise click.ClickException("The contenders do not agree, so their speeds say nothing: " + json.dumps(results))
    if as_json:
        click.echo(json.dumps({"edition": postcode_table.load().edition, "look_ups": LOOK_UPS, "results": results}, indent=2))
        return
    table = Table("", "file MB", "load s", "memory MB", "look-ups/s")
    for result in results:
        table.add_row(*(str(result[key]) for key in ("name", "file_mb", "load_seconds", "memory_mb", "look_ups_per_second")))
    Console().print(table)


if __name__ == "__main__":
    main()
