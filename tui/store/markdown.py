"""A run as a report that reads well on a code-hosting page and in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.measure import metrics, units
from tui.measure.compare import separations
from tui.measure.forecast import error
from tui.measure.summary import summarize, summarize_fully
from tui.records import (
    Environment,
    Mode,
    ModelStatus,
    ModelSummary,
    Order,
    Purpose,
    RunRecord,
    RunStatus,
    SampleStatus,
    Verdict,
)
from tui.records.comparison import Quantity
from tui.store.distribution import distribution_section
from tui.store.escape import markdown_block, markdown_inline
from tui.store.tables import Column, counted, drawn, listed, model_name

# Not from the calendar module: a report should not speak another language than its sentences.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_NUMBERS: Final = {Quantity.TTFT: "First token", Quantity.DECODE: "Decode rate"}


def report(run: RunRecord) -> str:
    """The whole report: title, table, highlights, failures, environment and definitions."""
    summaries = summarize_fully(run)
    sections = [
        f"# Benchtop: {_title(run)}",
        _what_was_run(run),
        f"## Highlights\n\n{_highlights(run, summaries)}",
        f"## Results\n\n{_table(summaries)}",
        distribution_section(run, summaries),
        _memory_table(summaries),
        _failures(run, summaries),
        f"## Environment\n\n{_environment(run.environment)}",
        "## Definitions\n\n" + "\n".join(f"- **{name}**: {meaning}" for name, meaning in metrics.DEFINITIONS),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def table(run: RunRecord) -> str:
    """The table alone, with the notes that its marks need."""
    return _table(summarize(run)) + "\n"


def _title(run: RunRecord) -> str:
    kind = "benchmark" if run.plan.purpose is Purpose.BENCHMARK else "run"
    try:
        at = datetime.fromisoformat(run.started_at).astimezone(UTC)
    except ValueError:
        return f"{kind}, {markdown_inline(run.started_at)}"
    return f"{kind} of {at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def _what_was_run(run: RunRecord) -> str:
    plan = run.plan
    prompts = counted(len(plan.prompts), "prompt")
    if plan.prompt_set:
        prompts += f" (the set {markdown_inline(plan.prompt_set)})"
    one_by_one = "models interleaved" if plan.order is Order.INTERLEAVED else "one model after the other"
    together = "side by side" if plan.mode is Mode.SIDE_BY_SIDE else one_by_one
    warmup = f"after {counted(plan.warmup, 'warm-up pass', 'warm-up passes')}" if plan.warmup else "without warm-up"
    drawing = f"temperature {plan.temperature:g}" + (" (deterministic)" if plan.temperature == 0 else "")
    seed = "" if plan.seed is None else f", seed {plan.seed}"
    spread = f" over {counted(plan.launches, 'launch', 'launches')} each" if plan.launches > 1 else ""
    rest = f", {units.seconds(plan.cool_down_s)} of rest before each sample" if plan.cool_down_s else ""
    parts = (
        f"{counted(len(plan.models), 'model')} × {prompts} × {counted(plan.rounds, 'round')}{spread}",
        f"{together}, {warmup}, at most {counted(plan.max_tokens, 'token')}",
        f"{drawing}{seed}{rest}.",
    )
    ended = {
        RunStatus.STOPPED: " The run was stopped before its end.",
        RunStatus.RUNNING: " The run has not ended, or was interrupted.",
        RunStatus.DONE: "",
    }
    return ", ".join(parts) + ended[run.status]


def _table(summaries: Sequence[ModelSummary]) -> str:
    notes = _notes(summaries)
    return drawn(_columns(), summaries) + ("\n\n" + "\n".join(notes) if notes else "")


def _memory_table(summaries: Sequence[ModelSummary]) -> str:
    """What was expected of each model's memory, what it took with its first request, and what came back."""
    known = [summary for summary in summaries if summary.forecast_bytes is not None]
    if not known:
        return ""
    columns: tuple[Column[ModelSummary], ...] = (
        Column("Model", model_name, right=False),
        Column("Context", lambda summary: units.count(summary.model.used_context_tokens)),
        Column("Forecast", lambda summary: units.size(summary.forecast_bytes)),
        Column("Measured", lambda summary: units.size(summary.measured_bytes)),
        Column("Error", lambda summary: units.difference(error(summary.forecast_bytes, summary.measured_bytes))),
        Column("After its end", lambda summary: units.given_back(summary.left_bytes, summary.measured_bytes)),
    )
    return f"## Memory\n\n{drawn(columns, known)}"


def _columns() -> tuple[Column[ModelSummary], ...]:
    return (
        Column("Model", model_name, right=False),
        Column("Load", lambda summary: units.seconds(summary.load_s)),
        Column("Cold TTFT", lambda summary: units.milliseconds(_ms(summary.cold_ttft_s))),
        Column("TTFT p50", lambda summary: units.milliseconds(summary.ttft_p50_ms)),
        Column("TTFT p95", lambda summary: _p95(summary, summary.ttft_p95_ms)),
        Column("E2E p50", lambda summary: units.milliseconds(summary.e2e_p50_ms)),
        Column("E2E p95", lambda summary: _p95(summary, summary.e2e_p95_ms)),
        Column("Decode tok/s", lambda summary: _decode(summary, unit="")),
        Column("Prefill tok/s", lambda summary: _prefill(summary, unit="")),
        Column("Tokens", lambda summary: units.count(summary.output_tokens, estimated=_estimated(summary))),
        Column("Peak RSS", lambda summary: units.size(summary.peak_rss_bytes)),
        Column("Status", lambda summary: summary.status.value, right=False),
    )


def _notes(summaries: Sequence[ModelSummary]) -> list[str]:
    notes: list[str] = []
    if any(summary.rounds < metrics.P95_NEEDS and summary.ttft_p95_ms is not None for summary in summaries):
        notes.append(f"`*` p95 of fewer than {metrics.P95_NEEDS} requests: an interpolation.")
    if any(_estimated(summary) for summary in summaries):
        notes.append("`~` tokens not counted by the runtime: an estimate, and so is the rate.")
    if any(metrics.RATE_UNSURE in summary.flags for summary in summaries):
        notes.append("`?` at a decode rate: several tokens came in one piece, so the first piece's share is assumed.")
    if any(metrics.MAYBE_CACHED in summary.flags for summary in summaries):
        notes.append("`?` at a prefill rate: part of a repeated prompt was probably not computed again.")
    if any(summary.model.practice for summary in summaries):
        notes.append("Practice models ship with Benchtop to try it out; their numbers say nothing of real models.")
    # Two spaces at the end of a line break it on a page as they do in a terminal.
    return [note + "  " for note in notes[:-1]] + notes[-1:]


def _highlights(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    measured = [summary for summary in summaries if summary.status is ModelStatus.OK and summary.rounds]
    if not measured:
        return "No model finished its rounds, so there is nothing to compare."
    if len(measured) == 1:
        return f"Only {model_name(measured[0])} finished its rounds, so there is nothing to compare."
    lines = (
        _best("Fastest first token", "TTFT p50", measured, lambda each: each.ttft_p50_ms, _ttft, smallest=True),
        _best("Highest decode rate", "p50", measured, lambda each: each.decode_p50_tok_s, _decode, smallest=False),
        _best("Smallest memory", "peak RSS", measured, lambda each: each.peak_rss_bytes, _memory, smallest=True),
    )
    best = f"Of the {len(measured)} models measured:\n\n" + "\n".join(line for line in lines if line)
    return "\n\n".join([best, *_told_apart(run, measured)])


def _told_apart(run: RunRecord, measured: Sequence[ModelSummary]) -> list[str]:
    """Which of these differences the data can show, and what it cannot know."""
    names = {summary.key: f"**{model_name(summary)}**" for summary in measured}
    found = separations(run, list(names))
    if not found:
        return ["There are too few rounds to say which of these differences are more than chance."]
    lines = (
        f"- {_NUMBERS[pair.quantity]}: {names[pair.worse]} is slower than {names[pair.better]} "
        f"by {units.share(pair.slowdown)} {units.share_span(pair.interval)}"
        if pair.told_apart
        else f"- {_NUMBERS[pair.quantity]}: {names[pair.better]} and {names[pair.worse]} cannot be told apart"
        for pair in found
    )
    once = " Each model was started once: how far a fresh start moves its numbers is not in the intervals."
    beyond = once if any(pair.launches == 1 for pair in found) else ""
    return [
        "What the data can tell apart:\n\n" + "\n".join(lines),
        f"In brackets: intervals at 95 % for all of these together.{beyond}",
    ]


def _best(
    title: str,
    number: str,
    measured: Sequence[ModelSummary],
    value: Callable[[ModelSummary], float | None],
    shown: Callable[[ModelSummary], str],
    *,
    smallest: bool,
) -> str:
    """The winner in a sentence; models whose numbers look the same share the place."""
    known = [summary for summary in measured if value(summary) is not None]
    if not known:
        return f"- {title}: not known"
    ranked = sorted(known, key=lambda summary: (value(summary) or 0) * (1 if smallest else -1))
    best = shown(ranked[0])
    names = [model_name(summary) for summary in ranked if shown(summary) == best]
    missing = len(measured) - len(known)
    aside = f", known of {len(known)} of them only" if missing else ""
    tie = " alike" if len(names) > 1 else ""
    return f"- {title}: {listed([f'**{name}**' for name in names])}{tie} ({number} {best}{aside})"


def _failures(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    parts = [part for summary in summaries if summary.status is not ModelStatus.OK for part in _failure(run, summary)]
    return "\n\n".join(["## Failures", *parts]) if parts else ""


def _failure(run: RunRecord, summary: ModelSummary) -> list[str]:
    verdict = _verdict(run, summary.key)
    samples = [sample for sample in run.samples if sample.key == summary.key]
    failed = [sample.error or "no reason given" for sample in samples if sample.status is SampleStatus.FAILED]
    reason = markdown_inline(summary.error or "no reason given")
    share = f" ({units.count(len(failed))} of {counted(len(samples), 'request')} failed)" if failed else ""
    parts = [f"**{model_name(summary)}** {summary.status.value}: {reason}{share}"]
    if set(failed) - {summary.error}:
        listed = (f"- {counted(count, 'time')}: {markdown_inline(error)}" for error, count in Counter(failed).items())
        parts.append("\n".join(listed))
    if verdict and verdict.peak_rss_bytes:
        forecast = f", forecast {units.size(summary.forecast_bytes)}" if summary.forecast_bytes else ""
        parts.append(f"Peak before its end {units.size(verdict.peak_rss_bytes)}{forecast}.")
    if verdict and verdict.advice:
        parts.append(markdown_inline(f"To try: {', or '.join(verdict.advice)}."))
    if verdict and verdict.stderr_tail:
        parts += ["Its last lines:", markdown_block("\n".join(verdict.stderr_tail))]
    return parts


def _verdict(run: RunRecord, key: str) -> Verdict | None:
    return next((load.verdict for load in reversed(run.loads) if load.key == key and load.verdict), None)


def _environment(environment: Environment) -> str:
    cores, threads = counted(environment.physical_cores, "core"), counted(environment.logical_cores, "thread")
    power = {True: "battery", False: "mains", None: units.UNKNOWN}[environment.on_battery]
    lines = (
        ("CPU", f"{environment.cpu} ({cores}, {threads})"),
        ("Memory", units.size(environment.ram_bytes)),
        ("GPU", environment.gpu or units.UNKNOWN),
        ("System", environment.os),
        ("Power", power),
        ("Foundry Local SDK", environment.sdk or units.UNKNOWN),
        ("Runtime", environment.runtime or units.UNKNOWN),
        ("Python", environment.python),
        ("Benchtop", environment.benchtop),
    )
    return "\n".join(f"- {name}: {markdown_inline(value)}" for name, value in lines)


def _ttft(summary: ModelSummary) -> str:
    return units.milliseconds(summary.ttft_p50_ms)


def _decode(summary: ModelSummary, unit: str = " tok/s") -> str:
    unsure = metrics.RATE_UNSURE in summary.flags
    return units.rate(summary.decode_p50_tok_s, estimated=_estimated(summary), unsure=unsure, unit=unit)


def _prefill(summary: ModelSummary, unit: str) -> str:
    return units.rate(summary.prefill_p50_tok_s, unsure=metrics.MAYBE_CACHED in summary.flags, unit=unit)


def _memory(summary: ModelSummary) -> str:
    return units.size(summary.peak_rss_bytes)


def _estimated(summary: ModelSummary) -> bool:
    return metrics.TOKENS_ESTIMATED in summary.flags


def _p95(summary: ModelSummary, value_ms: float | None) -> str:
    mark = "*" if value_ms is not None and summary.rounds < metrics.P95_NEEDS else ""
    return units.milliseconds(value_ms) + mark


def _ms(value_s: float | None) -> float | None:
    return None if value_s is None else value_s * 1000
