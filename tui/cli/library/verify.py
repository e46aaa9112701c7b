"""``benchtop verify``: checks that models are here, that their files are whole, and that they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from tui.bench.memory.fit import with_context_limit
from tui.cli.shared.options import Setup, set_up
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import cache_option, config_option
from tui.console import Console, ExitCode, process_console
from tui.engines import starting
from tui.engines.engine import EngineError, Pieces, Request
from tui.library import cache
from tui.library.model_names import ModelMissing, UnknownModel, resolve
from tui.records import Model
from tui.text import units

_HEADINGS: Final = ("MODEL", "HERE", "FILES", "ANSWERS", "LOAD", "NOTE")
_PROBE: Final = Request(prompt="Say hello in one sentence.", max_tokens=16)
_CONTEXT_TOKENS: Final = 2048
"""The context that a probe is loaded with: the runtime would take memory for the whole context of the model."""
_LOAD_S: Final = 300.0
_SILENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of the checks of one model; ``None`` stands for a check that was not done."""

    name: str
    here: bool
    whole: bool | None = None
    """Whether all its files are complete and unchanged."""
    answers: bool | None = None
    load_ns: int | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.here and self.whole is True and self.answers is True


@click.command()
@click.argument("names", metavar="[NAME...]", nargs=-1)
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context, *, config_folder: Path | None, cache_folder: Path | None, names: tuple[str, ...]
) -> int:
    """Check that models are here, that their files are whole, and that they answer; by default the default models.

    The exit code is 1 when one of them is not in order.
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder)
    targets = names or setup.environment.models or setup.config.default_models
    try:
        results = asyncio.run(_verify_all(setup, targets, console))
    except KeyboardInterrupt:
        console.say("stopped")
        return ExitCode.INTERRUPTED
    console.data(with_notes(_HEADINGS, [_row(result) for result in results], console.out_width))
    good = sum(result.ok for result in results)
    console.say(f"{good} of {len(results)} in order.")
    return ExitCode.DONE if good == len(results) else ExitCode.MODEL_FAILED


async def _verify_all(setup: Setup, targets: Sequence[str], console: Console) -> list[CheckResult]:
    results: list[CheckResult] = []
    for name in targets:
        console.status(f"{name}: checking")
        try:
            (model,) = resolve([name], setup.models, console.say)
        except (ModelMissing, UnknownModel) as error:
            results.append(CheckResult(name, here=False, note=str(error)))
            continue
        results.append(await _verify(model))
    return results


async def _verify(model: Model) -> CheckResult:
    checks = await asyncio.to_thread(cache.verify, model)
    wrong = [f"{check.subject}: {check.words}" for check in checks if not check.ok]
    if wrong:
        return CheckResult(model.key, here=True, whole=False, note="; ".join(wrong))
    small = (model.context_tokens or 0) <= _CONTEXT_TOKENS
    engine = starting.start(model if small else with_context_limit(model, _CONTEXT_TOKENS))
    try:
        loaded = await engine.load(_LOAD_S)
        async with aclosing(engine.generate(_PROBE, _SILENCE_S)) as parts:
            texts = [piece.text async for part in parts if isinstance(part, Pieces) for piece in part.pieces]
    except EngineError as error:
        return CheckResult(model.key, here=True, whole=True, answers=False, note=str(error.cause))
    finally:
        await engine.close()
    spoke = any(text.strip() for text in texts)
    note = "" if spoke else "it gave no text"
    return CheckResult(model.key, here=True, whole=True, answers=spoke, load_ns=loaded.load_ns, note=note)


def _row(result: CheckResult) -> tuple[str, ...]:
    marks = (_mark(result.here), _mark(result.whole), _mark(result.answers))
    return (result.name, *marks, units.nanoseconds(result.load_ns), result.note)


def _mark(good: bool | None) -> str:
    return units.UNKNOWN if good is None else "yes" if good else "NO"
