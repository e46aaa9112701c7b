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
from tui.cli.shared.options import Setup, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import cache_option, completing, config_option, endpoint_options
from tui.console import Console, ExitCode, process_console
from tui.engines import registry
from tui.engines.contract import EngineError, Pieces, Request
from tui.library import cache
from tui.library.model_names import ModelMissing, UnknownModel, matching, resolve
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
    """The result for one target; ``None`` stands for what was not checked, or has no meaning for its engine."""

    name: str
    here: bool | None
    """Whether its files are on this machine; ``None`` for a model on a server."""
    whole: bool | None = None
    """Whether its files are whole; ``None`` if only its server or its adapter knows them."""
    answers: bool | None = None
    load_ns: int | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the model answers, and nothing that was checked is wrong."""
        return self.answers is True and self.here is not False and self.whole is not False


@click.command()
@click.argument("names", metavar="[NAME...]", nargs=-1, shell_complete=completing("all_models"))
@endpoint_options
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    cache_folder: Path | None,
    names: tuple[str, ...],
    endpoints: tuple[str, ...],
    trust_config: bool,
) -> int:
    """Check that models are here, that their files are whole, and that they answer; by default the default models.

    A model on a server is asked over its connection, and one with an adapter is loaded by it; the files of neither are
    checked. The exit code is 1 when one of them is not in order.
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, names or None))
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
        except UnknownModel as error:
            results.append(CheckResult(name, here=False, note=str(error)))
        except ModelMissing as error:
            results.append(await _not_runnable(name, matching(name, setup.models), str(error)))
        else:
            results.append(await _verify(model))
    return results


async def _not_runnable(name: str, models: Sequence[Model], note: str) -> CheckResult:
    """The result for models that cannot be run as they stand.

    A server's model is not missing, but does not answer; nor does one whose files are whole but that cannot be used.
    """
    if all(model.traits.is_remote for model in models):
        return CheckResult(name, here=None, answers=False, note=note)
    complete = next((model for model in models if model.is_complete), None)
    if complete is None:
        return CheckResult(name, here=False, note=note)
    wrong = await _damage(complete)
    return CheckResult(complete.key, here=True, whole=not wrong, answers=False, note="; ".join((*wrong, complete.note)))


async def _damage(model: Model) -> tuple[str, ...]:
    """What is wrong with the files of a model on the disk."""
    checks = await asyncio.to_thread(cache.verify, model)
    return tuple(f"{check.subject}: {check.words}" for check in checks if not check.ok)


async def _verify(model: Model) -> CheckResult:
    here, whole = (None if model.folder is None else True), None
    if model.traits.on_disk:
        wrong = await _damage(model)
        if wrong:
            return CheckResult(model.key, here=True, whole=False, note="; ".join(wrong))
        here = whole = True
    engine = registry.start(_with_small_context(model))
    try:
        loaded = await engine.load(_LOAD_S)
        async with aclosing(engine.generate(_PROBE, _SILENCE_S)) as parts:
            texts = [piece.text async for part in parts if isinstance(part, Pieces) for piece in part.pieces]
    except EngineError as error:
        return CheckResult(model.key, here=here, whole=whole, answers=False, note=str(error.cause))
    finally:
        await engine.close()
    answers = any(text.strip() for text in texts)
    note = "" if answers else "it gave no text"
    return CheckResult(model.key, here=here, whole=whole, answers=answers, load_ns=loaded.load_ns, note=note)


def _with_small_context(model: Model) -> Model:
    if not model.traits.on_disk or (model.context_tokens or 0) <= _CONTEXT_TOKENS:
        return model
    return with_context_limit(model, max(_CONTEXT_TOKENS, model.shape.window_tokens if model.shape else 0))


def _row(result: CheckResult) -> tuple[str, ...]:
    marks = (_mark(result.here), _mark(result.whole), _mark(result.answers))
    return (result.name, *marks, units.nanoseconds(result.load_ns), result.note)


def _mark(good: bool | None) -> str:
    return units.UNKNOWN if good is None else "yes" if good else "NO"
