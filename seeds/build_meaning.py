"""Packs the vectors of the thesaurus' phrases into matcher/reading/phrases.npz, so that the first sentence is read at once.

Run it after the thesaurus changes: `python -m seeds.build_meaning`. It needs the extra 'meaning'.
"""

from __future__ import annotations

from pathlib import Path

import click

from partners.matching import meaning


@click.command(epilog="Example: python -m seeds.build_meaning")
@click.option("--to", default=Path("matcher/reading/phrases.npz"), type=click.Path(dir_okay=False, path_type=Path), show_default=True)
def main(to: Path) -> None:
    """Read every phrase once and write the vectors."""
    packed = meaning.packed_phrases()
    to.write_bytes(packed)
    click.echo(f"{to}: {len(packed) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
