"""The numbers of a sweep, length by length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui.records import (
    ANSWER_TOO_LONG,
    COUNT_DOUBTED,
    IN_LUMPS,
    MAYBE_CACHED,
    PROMPT_CACHED,
    PROMPT_CUT,
    TOKENS_ESTIMATED,
    RunRecord,
    SweepOf,
)
from tui.records.comparison import TIME_TAKEN, Quantity, mark
from tui.records.steps import SweepStep
from tui.reports.sections.course import disturbed_share
from tui.text import units
from tui.text.result_columns import counted_rounds
from tui.text.tables import TableColumn, counted

NO_HEADLINE: Final = (
    "A sweep has no headline numbers: each length is another question, and a mean over them would say nothing."
)
_ABOUT: Final = {
    SweepOf.PROMPT: "Prompts of several lengths; each begins with other words, so that none is served by another's "
    "cache. Numbers stand against the prompt tokens that the model counted, the chat template's included.",
    SweepOf.OUTPUT: "One question, with answers cut at several lengths. Numbers stand against the output tokens that "
    "the model counted; first, middle and last are the decode rate over the thirds of an answer.",
}


def swept_length(run: RunRecord) -> SweepOf | None:
    """Return which length the run steps through; ``None`` if it is no sweep."""
    return SweepOf(run.plan.method.sweep) if run.plan.method.sweep else None


def sweep_title(of: SweepOf) -> str:
    """Return the title of the section."""
    return f"Sweep over {of.value} length"


def sweep_explained(run: RunRecord, of: SweepOf) -> str:
    """Tell what was asked, and what the numbers stand against."""
    one_launch = " Intervals are over the rounds of one launch." if run.plan.method.launches == 1 else ""
    return _ABOUT[of] + one_launch


_OF_FLAGS: Final[Mapping[str, str]] = {
    MAYBE_CACHED: "`?` part of the prompt was probably not computed again.",
    PROMPT_CACHED: "`c` part of the prompt came from the server's cache.",
    PROMPT_CUT: "`?` the server read only a part of the prompt: it counted too few tokens.",
    IN_LUMPS: "`?` the answers came in a few lumps.",
    COUNT_DOUBTED: "`?` the server counted fewer tokens than it sent.",
    ANSWER_TOO_LONG: "the answers were longer than was asked for.",
    TIME_TAKEN: "`?` time was taken away from the model while it answered.",
}


def sweep_columns(of: SweepOf) -> Sequence[TableColumn[SweepStep]]:
    """Return the columns of the table of lengths."""
    return _PROMPT_COLUMNS if of is SweepOf.PROMPT else _OUTPUT_COLUMNS


def sweep_notes(of: SweepOf, steps: Sequence[SweepStep], data: Callable[[str], str]) -> list[str]:
    """Tell what a reader of these steps must know; ``data`` makes harmless what comes from outside."""
    notes = [note for step in steps for note in _notes_of_step(step, data)]
    if any(step.thirds_estimated and step.thirds_tok_s for step in steps) and of is SweepOf.OUTPUT:
        notes.append("`~` pieces held several tokens, so where a third ends is an estimate.")
    return notes


def prefill_rate(step: SweepStep) -> str:
    """Write the prefill rate of a step with its mark."""
    rate = units.rate(step.prefill_tok_s, unit="")
    return rate if step.prefill_tok_s is None else rate + mark(step.flags, Quantity.PREFILL)


def ttft(step: SweepStep) -> str:
    """Write the TTFT of a step with its mark."""
    return units.UNKNOWN if step.ttft_ms is None else ttft_of(step, step.ttft_ms.headline)


def ttft_of(step: SweepStep, ttft_ms: float) -> str:
    """Write a TTFT of a step with the marks of the step."""
    return units.milliseconds(ttft_ms) + mark(step.flags, Quantity.TTFT)


def decode_rate(step: SweepStep, rate_tok_s: float | None) -> str:
    """Write a decode rate of a step with the marks of the step."""
    return units.rate(rate_tok_s, estimated=_estimated(step), unsure="?" in mark(step.flags, Quantity.DECODE), unit="")


def _notes_of_step(step: SweepStep, data: Callable[[str], str]) -> list[str]:
    notes: list[str] = []
    if step.early:
        notes.append(
            f"{step.prompt_id}: the model ended its answer before the limit in {step.early} of "
            f"{counted(step.rounds, 'round')}, so the numbers are of that shorter answer."
        )
    if step.disturbed:
        notes.append(f"{step.prompt_id}: `!` {disturbed_share(step.disturbed, step.rounds)} by other activity.")
    notes += [f"{step.prompt_id}: {note}" for flag, note in _OF_FLAGS.items() if flag in step.flags]
    if step.error:
        notes.append(f"{step.prompt_id}: {data(step.error)}.")
    return notes


def _third_column(title: str, index: int) -> TableColumn[SweepStep]:
    def cell(step: SweepStep) -> str:
        rate = None if step.thirds_tok_s is None else step.thirds_tok_s[index]
        unsure = "?" in mark(step.flags, Quantity.DECODE)
        return units.rate(rate, estimated=step.thirds_estimated, unsure=unsure, unit="")

    return TableColumn(title, cell)


def _estimated(step: SweepStep) -> bool:
    return TOKENS_ESTIMATED in step.flags


_PROMPT_COLUMNS: Final[tuple[TableColumn[SweepStep], ...]] = (
    TableColumn("Prompt tokens", lambda step: units.count(step.prompt_tokens)),
    TableColumn("made for", lambda step: units.count(step.asked_tokens)),
    TableColumn("n", lambda step: counted_rounds(step.rounds, step.disturbed)),
    TableColumn("TTFT p50", ttft),
    TableColumn(
        "95 % interval",
        lambda step: units.span(step.ttft_ms and step.ttft_ms.interval, lambda ttft_ms: ttft_of(step, ttft_ms)),
    ),
    TableColumn("Prefill tok/s", prefill_rate),
)
_OUTPUT_COLUMNS: Final[tuple[TableColumn[SweepStep], ...]] = (
    TableColumn("Output tokens", lambda step: units.count(step.output_tokens, estimated=_estimated(step))),
    TableColumn("made for", lambda step: units.count(step.asked_tokens)),
    TableColumn("n", lambda step: counted_rounds(step.rounds, step.disturbed)),
    TableColumn("Decode tok/s p50", lambda step: decode_rate(step, step.decode_tok_s and step.decode_tok_s.headline)),
    TableColumn(
        "95 % interval",
        lambda step: units.span(step.decode_tok_s and step.decode_tok_s.interval, lambda rate: decode_rate(step, rate)),
    ),
    _third_column("First third", 0),
    _third_column("Middle", 1),
    _third_column("Last third", 2),
)
