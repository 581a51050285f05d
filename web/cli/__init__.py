"""The command line: `kith`. Each command is loaded when it is used, so that help comes quickly."""

from __future__ import annotations

import importlib
from typing import Any

import click

# name: (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("web.cli.demo", "demo", "Serve an invented town on this machine, with a sign-in link for each role."),
    "init": ("web.cli.setup", "init", "Make the database, or bring it up to date."),
    "serve": ("web.cli.setup", "serve", "Serve Kith."),
    "user": ("web.cli.users", "user", "Make accounts, links to sign in with, and end accounts."),
    "import": ("web.cli.imports", "import_group", "Bring offers, or the wards of postcodes, in from a file: a plan first, then apply."),
    "suggest": ("web.cli.suggest", "suggest", "Match requests to offers, both in JSON files."),
    "allocate": ("web.cli.allocate", "allocate", "Share scarce places among many requests, both in JSON files."),
    "exchanges": ("web.cli.exchange", "exchanges", "List what could be arranged between asks and gives."),
    "groups": ("web.cli.exchange", "groups", "List groups of needs that could meet together."),
    "gaps": ("web.cli.exchange", "gaps", "List needs that nothing meets, and the one change that would meet most."),
    "evaluate": ("web.cli.evaluate", "evaluate", "Score the reading of plain words on a labelled set."),
    "export": ("web.cli.export", "export", "Write the Open Referral UK documents as files."),
    "impact": ("web.cli.impact", "impact", "Print the figures released for a head, or make the next release."),
    "deliver": ("web.cli.rounds", "deliver", "Send what waits in the outbox."),
    "tick": ("web.cli.rounds", "tick", "Do what the clock asks for: nudges and expiry."),
    "retention": ("web.cli.retention", "retention", "Count what is due by a school's schedule, or end it."),
    "processing": ("web.cli.retention", "processing", "Print the record of processing."),
    "backup": ("web.cli.backups", "backup", "Write an encrypted backup."),
    "restore": ("web.cli.backups", "restore", "Bring a backup back; mail that had not left is held."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, importing its room."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=Lazy, epilog="Example: kith demo")
@click.version_option(package_name="kith")
def main(**_: Any) -> None:
    """Match what families at a school need with what the people around them offer, and follow each introduction until it has helped."""
