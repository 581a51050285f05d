"""`kith export`: what the feed gives, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.group(epilog="Example: kith export oruk --to feed/")
def export() -> None:
    """Write what anybody may read, as files."""


@export.command(epilog="Example: kith export oruk --level full --to feed/")
@click.option("--level", type=click.Choice(["list", "full"]), default="full", show_default=True, help="What stands in a list of services, or everything.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="A folder: one file a list is written into it.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object instead.")
def oruk(level: str, folder: Path | None, as_json: bool) -> None:
    """Write the Open Referral UK 3.0 documents of every offer that may be told to anybody, the same as the feed gives."""
    from rich.progress import track

    from partners.foundation.calendars import day_of
    from partners.oruk import documents
    from web.cli.database import now, working

    if folder is None and not as_json:
        raise click.UsageError("Say where to write with --to FOLDER, or print with --json.")
    with working() as session:
        found: dict[str, list[dict[str, Any]]] = {}
        for name in track(list(documents.LISTS), description="Writing", disable=as_json):
            asked = {"format": "ndjson", "full": level == "full"}
            found[name] = documents.page(session, name, asked, on=day_of(now())).contents
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in found.items():
            (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        if not as_json:
            click.echo(f"{len(found['services'])} services, {len(found['organizations'])} organizations, written to {folder}.")
