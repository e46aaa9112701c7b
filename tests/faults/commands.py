"""Command lines that nobody would write: whatever they hold, the answer is a sentence and a named exit code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import click
from hypothesis import strategies as st

from tui.cli import cli

READING: Final = ("history", "report", "compare", "choose", "route", "arena", "grade", "guide")
"""The commands that start no model and reach no network, so that they can be carried out whole."""
ODD: Final = (
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "1",
    "2,2",
    "1..9",
    "9" * 400,
    "1e999",
    "nan",
    "inf",
    "-inf",
    "0x10",
    "٣",
    "½",
    "²",
    "1_0",
    "true",
    "null",
    "{}",
    "[[[[",
    "last",
    "last~1",
    "last~99999999999999999999",
    "run-0",
    "run-",
    "m",
    "nobody/nothing",
    "../../x",
    "a" * 5000,
    "%s%n",
    "%PATH%",
    "$HOME",
    "[bold]x[/]",
    "\x1b[31mred",
    "a\nb",
    "\udcff\udcfe",
    "e\u0301\u202e",
    "=",
    "a=b",
    "quality=0.8",
    "ttft=500ms",
    ":",
    "prompt:1,2",
    "*",
    "'; drop table runs; --",
    "folder",
    "folder/file.txt",
)
"""Values of options and arguments, most of them of no use for any."""


def _command(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def _leaves(command: click.Command, words: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], click.Command]]:
    """Return the command with the words that call it, and all commands below it."""
    yield words, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from _leaves(below, (*words, name))


def _line(words: tuple[str, ...], command: click.Command) -> st.SearchStrategy[list[str]]:
    """Return command lines of one command: some of its options with odd values, in between odd arguments."""
    values = st.sampled_from(ODD)
    flags = [option for option in command.params if isinstance(option, click.Option)]
    with_value = [name for option in flags if not option.is_flag for name in option.opts]
    alone = [name for option in flags if option.is_flag for name in option.opts] or ["--help"]
    named = st.sampled_from(with_value or ["--odd"])
    parts = st.one_of(st.tuples(named, values), st.tuples(st.sampled_from(alone)), st.tuples(values))
    return st.lists(parts, max_size=5).map(lambda chosen: [*words, *(word for part in chosen for word in part)])


def lines(names: Iterable[str]) -> st.SearchStrategy[list[str]]:
    """Return odd command lines of these commands and of all commands below them."""
    leaves = [leaf for name in names for leaf in _leaves(_command(name), (name,))]
    return st.one_of(*(_line(words, command) for words, command in leaves))


def refusal_of(line: Sequence[str]) -> click.ClickException | None:
    """Read a command line as the command does before it begins, and return why it is refused, if it is."""
    command, rest = _command(line[0]), list(line[1:])
    while isinstance(command, click.Group) and rest and rest[0] in command.list_commands(click.Context(command)):
        below = command.get_command(click.Context(command), rest.pop(0))
        assert below is not None
        command = below
    try:
        command.make_context("benchtop", rest)
    except click.ClickException as refusal:
        return refusal
    except click.exceptions.Exit:
        # The line asks for help.
        pass
    return None
