"""`kith impact`: the frozen figures of a school or of a trust, as they were released, and the making of the next release."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import click
from sqlalchemy.orm import Session


def _fail(words: str, status: int) -> Any:
    click.echo(words, err=True)
    sys.exit(status)


def _school(session: Session, name: str | None) -> Any:
    from partners.families import schools

    found = [s for s in schools.every(session) if name is None or s.name == name]
    if len(found) == 1 or (found and name is None):
        return found[0]
    known = ", ".join(s.name for s in schools.every(session)) or "none"
    return _fail(f"There is no school of that name. Known: {known}. Name one with --school.", 2)


def _trust(session: Session, name: str) -> Any:
    """Return a trust by its name or its id; the first by name where neither is said."""
    from partners.impact import trusts

    known = trusts.every(session)
    found = next((t for t in known if name in ("", t.name, str(t.id))), None)
    names = ", ".join(t.name for t in known) or "none; add one with: kith user trust"
    return found or _fail(f"There is no trust of that name or id. Known: {names}.", 2)


def _of(session: Session, school: str | None, trust: str | None) -> list[Any]:
    """Return the releases of a trust, or of a school, the latest first."""
    from partners.foundation.actors import SYSTEM
    from partners.impact import releases, trust_releases

    if trust is not None:
        return list(trust_releases.of_trust(session, _trust(session, trust).id, by=SYSTEM)) or _fail(
            "That trust has no figures yet. They are made by kith impact release, when each of its schools, three at least, has frozen its own figures of a half-term.", 1)
    return list(releases.of_school(session, _school(session, school).id, by=SYSTEM)) or _fail("There is no such release. Make the first with: kith impact release", 1)


def _by_id(session: Session, release_id: uuid.UUID, school: str | None, trust: str | None) -> Any:
    """Return one release: of the school or the trust that is named, or any."""
    from partners.impact import releases, trust_releases

    if school is not None or trust is not None:
        found: Any = next((r for r in _of(session, school, trust) if r.id == release_id), None)
    else:
        found = session.get(releases.Release, release_id) or session.get(trust_releases.TrustRelease, release_id)
    return found or _fail("There is no such release of it. The last is printed without --release.", 1)


@click.group(invoke_without_command=True, epilog="Example: kith impact --trust 'Marlbeck Learning Trust' --json")
@click.option("--school", help="The school's name; by default the first by name.")
@click.option("--trust", is_flag=False, flag_value="", metavar="[NAME-or-id]", help="Totals over a trust's schools, by its name or id; the first by name where neither is said.")
@click.option("--release", "release_id", type=click.UUID, help="One release, of a school or of a trust, by its id; by default the last.")
@click.option("--json", "as_json", is_flag=True, help="Print the release as it was released, byte for byte.")
@click.pass_context
def impact(context: click.Context, school: str | None, trust: str | None, release_id: uuid.UUID | None, as_json: bool) -> None:
    """Print the figures that were released last, or any release."""
    if context.invoked_subcommand is not None:
        return
    from partners.impact import releases
    from web.cli.database import working

    if school is not None and trust is not None:
        raise click.UsageError("Name a school or a trust, not both.")
    with working() as session:
        found: Any = _of(session, school, trust)[0] if release_id is None else _by_id(session, release_id, school, trust)
        releases.verify(found)
        if as_json:
            # No newline of ours after it: what is printed has the release's own fingerprint.
            click.echo(found.document.encode(), nl=False)
        else:
            _print(found)


def _print(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for name, table in found.tables.items():
        shown = Table(title=name)
        for heading in ("", *table["columns"]):
            shown.add_column(heading)
        for label, cells in zip(table["rows"], table["cells"], strict=True):
            shown.add_row(label, *(str(c) for c in cells))
        console.print(shown)


@impact.command(epilog="Example: kith impact release --json")
@click.option("--school", help="The school's name; by default every school.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def release(school: str | None, as_json: bool) -> None:
    """Freeze the figures of the last half-term that ended, and a trust's totals when all its schools have theirs.

    With fewer than ten families changed, the last release stands.
    """
    from rich.console import Console

    from partners.families import schools
    from partners.impact import rounds, trusts
    from web.cli.database import now, working

    console = Console(stderr=True)
    with working() as session, console.status("Freezing figures") as status:
        wanted = [_school(session, school)] if school else schools.every(session)
        done = [(s.name, rounds.release_for(session, s, at=now(), say=lambda words: status.update(words))) for s in wanted]
        rows = [{"school": name, "release": str(m.release.id) if m.release else None, "new": m.is_new, "because": m.because} for name, m in done]
        told = [f"{name}: a new release, to {m.release.ends_on}" if m.is_new and m.release else f"{name}: nothing new, because {m.because}" for name, m in done]
        for trust in trusts.every(session):
            status.update("Freezing totals")
            made = rounds.trust_release_for(session, trust, at=now())
            if made is not None:
                rows.append({"school": None, "trust": trust.name, "release": str(made.id), "new": True, "because": "each of its schools has frozen its own"})
                told.append(f"{trust.name}: new totals, to {made.ends_on}")
    click.echo(json.dumps(rows) if as_json else "\n".join(told))
