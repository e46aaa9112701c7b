"""``benchtop verify``: every target model is here, whole, and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from tui.bench.memory.fit import with_context_limit
from tui.cli import config_option
from tui.cli.shared.options import Setup, set_up
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import cache_option
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
"""A probe needs no more, and the runtime would take memory for the whole context of the model."""
_LOAD_S: Final = 300.0
_SILENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one target fared; ``None`` is what was not tried."""

    name: str
    here: bool
    whole: bool | None = None
    answers: bool | None = None
    load_ns: int | None = None
    words: str = ""

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
        verdicts = asyncio.run(_verify_all(setup, targets, console))
    except KeyboardInterrupt:
        console.say("stopped")
        return ExitCode.INTERRUPTED
    console.data(with_notes(_HEADINGS, [_row(verdict) for verdict in verdicts], console.out_width))
    good = sum(verdict.ok for verdict in verdicts)
    console.say(f"{good} of {len(verdicts)} in order.")
    return ExitCode.DONE if good == len(verdicts) else ExitCode.MODEL_FAILED


async def _verify_all(setup: Setup, targets: Sequence[str], console: Console) -> list[CheckResult]:
    verdicts: list[CheckResult] = []
    for name in targets:
        console.status(f"{name}: checking")
        try:
            (model,) = resolve([name], setup.models, console.say)
        except (ModelMissing, UnknownModel) as error:
            verdicts.append(CheckResult(name, here=False, words=str(error)))
            continue
        verdicts.append(await _verify(model))
    return verdicts


async def _verify(model: Model) -> CheckResult:
    checks = await asyncio.to_thread(cache.verify, model)
    wrong = [f"{check.subject}: {check.words}" for check in checks if not check.ok]
    if wrong:
        return CheckResult(model.key, here=True, whole=False, words="; ".join(wrong))
    small = (model.context_tokens or 0) <= _CONTEXT_TOKENS
    engine = starting.start(model if small else with_context_limit(model, _CONTEXT_TOKENS))
    try:
        loaded = await engine.load(_LOAD_S)
        async with aclosing(engine.generate(_PROBE, _SILENCE_S)) as parts:
            texts = [piece.text async for part in parts if isinstance(part, Pieces) for piece in part.pieces]
    except EngineError as error:
        return CheckResult(model.key, here=True, whole=True, answers=False, words=str(error.cause))
    finally:
        await engine.close()
    spoke = any(text.strip() for text in texts)
    words = "" if spoke else "it gave no text"
    return CheckResult(model.key, here=True, whole=True, answers=spoke, load_ns=loaded.load_ns, words=words)


def _row(verdict: CheckResult) -> tuple[str, ...]:
    marks = (_mark(verdict.here), _mark(verdict.whole), _mark(verdict.answers))
    return (verdict.name, *marks, units.nanoseconds(verdict.load_ns), verdict.words)


def _mark(good: bool | None) -> str:
    return units.UNKNOWN if good is None else "yes" if good else "NO"
