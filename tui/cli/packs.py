"""``benchtop packs``: lists the packs of graded tasks, and shows what one of them asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from tui.cli.shared.options import Refused
from tui.cli.shared.tables import columns
from tui.cli.shared.values import completing
from tui.config import ConfigError
from tui.config.packs.pack_file import find_pack, read_pack, shipped_packs, user_packs
from tui.console import Console, ExitCode, process_console
from tui.records import Pack, Prompt, PromptPack
from tui.records.grading import Grader, GraderKind
from tui.text import units
from tui.text.escape import visible

_SHOWN_CHARACTERS = 70


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> int:
    """List the packs of graded tasks that ship with Benchtop, and those in the folder packs of your settings.

    \b
    benchtop packs
    benchtop packs show arithmetic
    benchtop bench --models practice-small --pack arithmetic --rounds 1
    """
    if ctx.invoked_subcommand is None:
        return _list(process_console())
    return ExitCode.DONE


@command.command()
@click.argument("name", shell_complete=completing("packs"))
def show(*, name: str) -> int:
    """Show the tasks of the pack NAME, which may also be a file or a folder, with what is right."""
    console = process_console()
    try:
        pack = find_pack(name)
    except ConfigError as error:
        raise Refused(str(error)) from error
    console.data(_facts(pack.pack))
    rows = [(prompt.id, _cut(prompt.text), _graded_by(prompt)) for prompt in pack.prompts]
    console.data(columns(("TASK", "PROMPT", "GRADED BY"), rows))
    console.say(f'"benchtop bench --pack {name}" asks them.')
    return ExitCode.DONE


def _list(console: Console) -> int:
    packs = list(_readable(console))
    rows = [
        (
            visible(pack.name),
            visible(pack.version) or units.UNKNOWN,
            units.count(pack.tasks),
            visible(pack.language) or units.UNKNOWN,
            visible(pack.licence) or units.UNKNOWN,
            _cut(pack.description),
        )
        for pack in (found.pack for found in packs)
    ]
    console.data(columns(("PACK", "VERSION", "TASKS", "LANGUAGE", "LICENCE", "WHAT IT ASKS"), rows))
    console.say('"benchtop packs show NAME" shows the tasks, "benchtop bench --pack NAME" asks them.')
    return ExitCode.DONE


def _readable(console: Console) -> Iterator[PromptPack]:
    """Read all packs; one of the user's that is wrong is told, and the others are listed."""
    files: tuple[Path, ...] = (*shipped_packs(), *user_packs())
    for file in files:
        try:
            yield read_pack(file)
        except ConfigError as error:
            console.say(str(error))


def _facts(pack: Pack) -> str:
    facts = [
        ("pack", f"{pack.name} {pack.version}".strip()),
        ("about", pack.description),
        ("tasks", units.count(pack.tasks)),
        ("language", pack.language),
        ("licence", pack.licence),
        ("scored by", pack.scored),
        ("SHA-256", pack.digest),
    ]
    return "\n".join(f"{name:<10} {visible(value)}" for name, value in facts if value) + "\n"


def _graded_by(prompt: Prompt) -> str:
    """Say what a task is graded by, and what is right where that is short."""
    words = [*(str(facet) for facet in prompt.facets), *map(_right, prompt.graders)]
    return _cut(", ".join(words)) or units.UNKNOWN


def _right(grader: Grader) -> str:
    match grader.kind:
        case GraderKind.NUMBER:
            right = " ".join((f"{grader.number:g}", *grader.units[:1]))
        case GraderKind.CHOICE:
            right = grader.right
        case GraderKind.REFERENCE:
            right = " or ".join(grader.answers)
        case GraderKind.IN_ORDER:
            right = ", ".join(" or ".join(texts) for texts in grader.in_order)
        case GraderKind.VALUES:
            right = grader.values
        case GraderKind.TOOL_CALL:
            right = grader.tool or "none"
        case _:
            right = ""
    return f"{grader} {right}".strip()


def _cut(text: str) -> str:
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[: _SHOWN_CHARACTERS - 1]}…"
