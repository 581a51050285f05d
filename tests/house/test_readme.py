"""README and help: every setting and every command is written down where people look, with an example."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import click
import pytest

from tests.house import tree
from web import cli
from web.settings import SETTINGS


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its words, groups before what is in them."""
    for name, (module, attribute, _) in cli.COMMANDS.items():
        yield from _below(f"kith {name}", getattr(importlib.import_module(module), attribute))


def _below(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _below(f"{words} {name}", below)


def _faults_of(words: str, command: click.Command) -> list[str]:
    """Return what a command's help lacks: a sentence, an example that names it, a word for each option."""
    faults = [] if (command.help or "").strip() else [f"{words}: no help. Write a docstring"]
    if words not in (command.epilog or "").replace("\n", " ") and words not in (command.help or ""):
        faults.append(f"{words}: no example. Write epilog='Example: {words} …'")
    faults += [
        f"{words}: {option.opts[0]} has no help" for option in command.params if isinstance(option, click.Option) and not (option.help or option.hidden)
    ]
    return faults


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_a_command_of_the_table_is_there(name: str) -> None:
    module, attribute, about = cli.COMMANDS[name]
    assert (tree.ROOT / (module.replace(".", "/") + ".py")).exists() or (tree.ROOT / module.replace(".", "/")).is_dir(), f"write {module}, or take {name} out of COMMANDS"
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)
    assert about.endswith(".")


def test_every_command_has_help_with_an_example() -> None:
    found = [fault for words, command in _commands() for fault in _faults_of(words, command)]
    assert not found, found


def test_every_command_is_in_readme() -> None:
    missing = [name for name in cli.COMMANDS if f"kith {name}" not in tree.text_of("README.md")]
    assert not missing, f"README's table of commands lacks: {missing}"


def test_every_setting_is_in_readme() -> None:
    missing = [setting.name for setting in SETTINGS if setting.name not in tree.text_of("README.md")]
    assert not missing, f"README's table of settings lacks: {missing}"


def test_every_setting_that_the_code_reads_is_in_the_table() -> None:
    known = {setting.name for setting in SETTINGS}
    read = {(path, name) for path in tree.python() for name in _setting_names(tree.text_of(path)) if name not in known}
    assert not read, f"add a row to SETTINGS in web/settings.py: {sorted(read)}"


def _setting_names(source: str) -> set[str]:
    return {word for word in source.replace("'", '"').split('"') if word.startswith("KITH_") and word.replace("_", "").isalnum() and word.isupper()}


def test_the_help_rule_fails_a_silent_command() -> None:
    @click.command()
    @click.option("--fresh")
    def silent() -> None:
        pass

    assert len(_faults_of("kith silent", silent)) == 3


def test_the_setting_rule_sees_a_name_that_is_read() -> None:
    assert _setting_names('os.environ["KITH_COLOUR"]') == {"KITH_COLOUR"}
