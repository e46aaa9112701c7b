"""``benchtop models``: what can be run now, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from tui.cli import config_option
from tui.cli.options import set_up
from tui.console import ExitCode, process_console
from tui.measure import units
from tui.records import Model, ModelState
from tui.store import escape

_HEADINGS = ("MODEL", "STATE", "SIZE", "CONTEXT", "LICENCE", "CAPABILITIES", "NOTE")
_GAP = "  "


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list for other tools.")
@config_option
@click.pass_context
def command(ctx: click.Context, *, config_folder: Path | None, as_json: bool) -> int:
    """List the models: those that can be run first, then what is missing and what to do about it."""
    console = process_console()
    models = sorted(set_up(ctx, config_folder, console).models, key=lambda model: model.state is not ModelState.READY)
    console.data(as_json_text(models) if as_json else as_table(models, console.out_width))
    return ExitCode.DONE


def as_table(models: Sequence[Model], width: int | None) -> str:
    """A row a model; where the notes do not fit a terminal of this width, each stands below its row."""
    rows = [_HEADINGS, *(_row(model) for model in models)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    beside = width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width
    lines: list[str] = []
    for row in rows:
        cells = _GAP.join(cell.ljust(size) for cell, size in zip(row[:-1], widths, strict=False))
        if beside:
            lines.append(f"{cells}{_GAP}{row[-1]}".rstrip())
        else:
            lines.append(cells.rstrip())
            if row[-1] and row is not _HEADINGS:
                lines.append(f"{_GAP}{row[-1]}")
    return "\n".join(lines) + "\n"


def as_json_text(models: Sequence[Model]) -> str:
    """A list of objects; names of fields may be added, never changed."""
    listed = [
        {
            "key": model.key,
            "alias": model.alias,
            "variant": model.variant,
            "model_id": model.model_id,
            "engine": model.engine,
            "state": model.state.value,
            "size_bytes": model.size_bytes,
            "context_tokens": model.context_tokens,
            "execution_provider": model.execution_provider,
            "license": model.license,
            "capabilities": list(model.capabilities),
            "practice": model.practice,
            "folder": None if model.folder is None else str(model.folder),
            "note": model.note,
        }
        for model in models
    ]
    return json.dumps(listed, indent=2) + "\n"


def _row(model: Model) -> tuple[str, ...]:
    cells = (
        model.key,
        model.state.value,
        units.size(model.size_bytes),
        units.count(model.context_tokens),
        model.license or units.UNKNOWN,
        ", ".join(model.capabilities) or units.UNKNOWN,
        model.note,
    )
    return tuple(escape.visible(cell) for cell in cells)
