"""The section of a report that shows a sweep, length by length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.measure.timing.sweep import sweep_steps
from tui.records import MAYBE_CACHED, RATE_UNSURE, TOKENS_ESTIMATED, ModelSummary, RunRecord, SweepOf
from tui.records.steps import SweepStep
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline
from tui.text.tables import TableColumn, counted, drawn, model_name

NO_HEADLINE: Final = (
    "A sweep has no headline numbers: each length is another question, and a mean over them would say nothing."
)
ABOUT: Final = {
    SweepOf.PROMPT: "Prompts of several lengths; each begins with other words, so that none is served by another's "
    "cache. Numbers stand against the prompt tokens that the model counted, the chat template's included.",
    SweepOf.OUTPUT: "One question, with answers cut at several lengths. Numbers stand against the output tokens that "
    "the model counted; first, middle and last are the decode rate over the thirds of an answer.",
}
_THIRDS: Final = ("First third", "Middle", "Last third")
_BAR_CELLS: Final = 30


def sweep_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """A table and a chart for each model; empty where the run is no sweep."""
    if not run.plan.method.sweep:
        return ""
    of = SweepOf(run.plan.method.sweep)
    parts = [part for summary in summaries for part in _of_model(run, of, summary)]
    once = " Intervals are over the rounds of one launch." if run.plan.method.launches == 1 else ""
    return "\n\n".join([f"## Sweep over {of.value} length", ABOUT[of] + once, *parts])


def _of_model(run: RunRecord, of: SweepOf, summary: ModelSummary) -> list[str]:
    steps = sweep_steps(run, summary.key)
    parts = [f"### {model_name(summary)}", drawn(columns_of(of), steps)]
    chart = _chart(of, steps)
    said = "\n".join(f"- {note}" for note in notes(of, steps, markdown_inline))
    return [*parts, *([chart] if chart else []), *([said] if said else [])]


def notes(of: SweepOf, steps: Sequence[SweepStep], data: Callable[[str], str]) -> list[str]:
    """What a reader of these steps must know; ``data`` makes harmless what comes from outside."""
    found = [note for step in steps for note in _notes(step, data)]
    if any(step.thirds_estimated and step.thirds_tok_s for step in steps) and of is SweepOf.OUTPUT:
        found.append("`~` pieces held several tokens, so where a third ends is an estimate.")
    return found


def columns_of(of: SweepOf) -> list[TableColumn[SweepStep]]:
    """What is told of each length."""
    return _prompt_columns() if of is SweepOf.PROMPT else _output_columns()


def _prompt_columns() -> list[TableColumn[SweepStep]]:
    return [
        TableColumn("Prompt tokens", lambda step: units.count(step.prompt_tokens)),
        TableColumn("made for", lambda step: units.count(step.asked_tokens)),
        TableColumn("n", lambda step: units.count(step.rounds)),
        TableColumn("TTFT p50", lambda step: units.milliseconds(step.ttft_ms and step.ttft_ms.headline)),
        TableColumn(
            "95 % interval", lambda step: units.span(step.ttft_ms and step.ttft_ms.interval, units.milliseconds)
        ),
        TableColumn("Prefill tok/s", _prefill),
    ]


def _output_columns() -> list[TableColumn[SweepStep]]:
    return [
        TableColumn("Output tokens", lambda step: units.count(step.output_tokens, estimated=_estimated(step))),
        TableColumn("made for", lambda step: units.count(step.asked_tokens)),
        TableColumn("n", lambda step: units.count(step.rounds)),
        TableColumn("Decode tok/s p50", lambda step: _rate(step, step.decode_tok_s and step.decode_tok_s.headline)),
        TableColumn(
            "95 % interval",
            lambda step: units.span(step.decode_tok_s and step.decode_tok_s.interval, lambda rate: _rate(step, rate)),
        ),
        *(TableColumn(title, _third(place)) for place, title in enumerate(_THIRDS)),
    ]


def _third(place: int) -> Callable[[SweepStep], str]:
    def cell(step: SweepStep) -> str:
        rate = None if step.thirds_tok_s is None else step.thirds_tok_s[place]
        return units.rate(rate, estimated=step.thirds_estimated, unit="")

    return cell


def _chart(of: SweepOf, steps: Sequence[SweepStep]) -> str:
    """A bar a length, of the rate that the sweep is about."""
    if of is SweepOf.PROMPT:
        known = [(step.prompt_tokens, step.prefill_tok_s, _prefill(step)) for step in steps if step.prefill_tok_s]
        title = "prefill rate in tok/s against prompt tokens"
    else:
        known = [
            (step.output_tokens, step.decode_tok_s.headline, _rate(step, step.decode_tok_s.headline))
            for step in steps
            if step.decode_tok_s
        ]
        title = "decode rate in tok/s against output tokens"
    if len(known) < 2:
        return ""
    most = max(rate for _, rate, _ in known)
    side = max(len(units.count(length)) for length, _, _ in known)
    lines = [
        f"{units.count(length):>{side}}  {'█' * max(1, round(rate / most * _BAR_CELLS)):<{_BAR_CELLS}}  {shown}"
        for length, rate, shown in known
    ]
    return markdown_block("\n".join([title, *lines]))


def _notes(step: SweepStep, data: Callable[[str], str]) -> list[str]:
    notes: list[str] = []
    if step.early:
        notes.append(
            f"{step.prompt_id}: the model ended its answer before the limit in {step.early} of "
            f"{counted(step.rounds, 'round')}, so the numbers are of that shorter answer."
        )
    if MAYBE_CACHED in step.flags:
        notes.append(f"{step.prompt_id}: `?` part of the prompt was probably not computed again.")
    if step.error:
        notes.append(f"{step.prompt_id}: {data(step.error)}.")
    return notes


def _prefill(step: SweepStep) -> str:
    return units.rate(step.prefill_tok_s, unsure=MAYBE_CACHED in step.flags, unit="")


def _rate(step: SweepStep, rate_tok_s: float | None) -> str:
    unsure = RATE_UNSURE in step.flags
    return units.rate(rate_tok_s, estimated=_estimated(step), unsure=unsure, unit="")


def _estimated(step: SweepStep) -> bool:
    return TOKENS_ESTIMATED in step.flags
