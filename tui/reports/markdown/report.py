"""A run as a report that reads well on a code-hosting page and in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.measure.timing import metrics
from tui.measure.timing.summary import summarize
from tui.records import (
    MAYBE_CACHED,
    NEW_CONNECTION,
    RATE_UNSURE,
    TOKENS_ESTIMATED,
    TOKENS_HIDDEN,
    Environment,
    MemoryReading,
    Mode,
    ModelSummary,
    Order,
    Purpose,
    RunRecord,
    RunStatus,
)
from tui.reports.context import ReportContext, gathered
from tui.reports.failures import Failure, failures
from tui.reports.findings import PRACTICE, Markup, findings
from tui.reports.markdown.decision import choice_section
from tui.reports.markdown.distribution import distribution_section
from tui.reports.markdown.energy import energy_section
from tui.reports.markdown.levels import headline_level, level_section
from tui.reports.markdown.memory import memory_section
from tui.reports.markdown.quality import quality_section
from tui.reports.markdown.sweep import NO_HEADLINE, sweep_section
from tui.reports.method import method
from tui.reports.rounds import course_lines
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline
from tui.text.result_columns import ShownIn, columns_of_report, interpolated_below
from tui.text.tables import TableColumn, counted, drawn, listed

_P95_NEEDS: Final = interpolated_below(95)

# Not from the calendar module: a report should not speak another language than its sentences.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def report(run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    """The whole report, from its title to its definitions; a section with nothing to say is left out."""
    material = gathered(run, readings)
    sections = (section(material) for section in _SECTIONS)
    return "\n\n".join(text for text in sections if text) + "\n"


def table(run: RunRecord) -> str:
    """The table alone, with the notes that its marks need; of a sweep also what it is about."""
    summaries = summarize(run)
    parts = (sweep_section(run, summaries), level_section(run, summaries), _table(run, summaries))
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(material: ReportContext) -> str:
    return f"# Benchtop: {markdown_inline(title(material.run))}\n\n{markdown_inline(what_was_run(material.run))}"


def _summary(material: ReportContext) -> str:
    if material.run.plan.method.sweep:
        return ""
    parts: list[str] = []
    for finding in findings(material, _MARKUP):
        parts += [finding.sentence, "\n".join(f"- {point}" for point in finding.points)]
    return "\n\n".join(["## Summary", *(part for part in parts if part)])


def _results(material: ReportContext) -> str:
    return f"## Results\n\n{_table(material.run, material.summaries)}"


def _distribution(material: ReportContext) -> str:
    return distribution_section(material, _MARKUP)


def title(run: RunRecord) -> str:
    """What and when, as text that is data."""
    kind = "benchmark" if run.plan.purpose is Purpose.BENCHMARK else "run"
    try:
        at = datetime.fromisoformat(run.started_at).astimezone(UTC)
    except ValueError:
        return f"{kind}, {run.started_at}"
    return f"{kind} of {at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def what_was_run(run: RunRecord) -> str:
    """The plan in a sentence, as text that is data, and whether the run came to its end."""
    plan = run.plan
    prompts = counted(len(plan.prompts), "prompt")
    if plan.method.sweep:
        prompts += f" (a sweep over {plan.method.sweep} length)"
    elif plan.method.prompt_set:
        prompts += f" (the set {plan.method.prompt_set})"
    one_by_one = "models interleaved" if plan.method.order is Order.INTERLEAVED else "one model after the other"
    together = "side by side" if plan.method.mode is Mode.SIDE_BY_SIDE else one_by_one
    warmup = (
        f"after {counted(plan.method.warmup, 'warm-up pass', 'warm-up passes')}"
        if plan.method.warmup
        else "without warm-up"
    )
    drawing = f"temperature {plan.method.temperature:g}" + (" (deterministic)" if plan.method.temperature == 0 else "")
    seed = "" if plan.method.seed is None else f", seed {plan.method.seed}"
    spread = f" over {counted(plan.method.launches, 'launch', 'launches')} each" if plan.method.launches > 1 else ""
    rest = f", {units.seconds(plan.method.cool_down_s)} of rest before each sample" if plan.method.cool_down_s else ""
    at_once = (
        f", {listed([str(level) for level in plan.method.concurrency])} requests at once"
        if plan.method.concurrent
        else ""
    )
    least = "" if plan.method.until_interval is None else "at least "
    longest = max(
        (prompt.max_tokens or plan.method.max_tokens for prompt in plan.prompts), default=plan.method.max_tokens
    )
    parts = (
        f"{counted(len(plan.models), 'model')} × {prompts} × {least}{counted(plan.method.rounds, 'round')}{spread}",
        f"{together}, {warmup}, at most {counted(longest, 'token')}",
        f"{drawing}{seed}{rest}{at_once}.",
    )
    ended = {
        RunStatus.STOPPED: " The run was stopped before its end.",
        RunStatus.RUNNING: " The run has not ended, or was interrupted.",
        RunStatus.DONE: "",
    }
    protocol = f" Protocol: {plan.method.protocol}." if plan.method.protocol else ""
    return ", ".join(parts) + protocol + ended[run.status]


def _table(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    # Two spaces at the end of a line break it on a page as they do in a terminal.
    below = "  \n".join(notes(run, summaries))
    return drawn(result_columns(run, summaries), summaries) + (f"\n\n{below}" if below else "")


def result_columns(run: RunRecord, summaries: Sequence[ModelSummary]) -> tuple[TableColumn[ModelSummary], ...]:
    """The columns of the table that a report is about; of a sweep those that do not depend on a length."""
    return columns_of_report(summaries, ShownIn.SWEEP if run.plan.method.sweep else ShownIn.REPORT)


def notes(run: RunRecord, summaries: Sequence[ModelSummary]) -> list[str]:
    """What the marks in the table mean."""
    found: list[str] = [NO_HEADLINE] if run.plan.method.sweep else []
    if run.plan.method.concurrent:
        found.append(headline_level(run.plan))
    if any(summary.rounds < _P95_NEEDS and summary.ttft_p95_ms is not None for summary in summaries):
        found.append(f"`*` p95 of fewer than {_P95_NEEDS} requests: an interpolation.")
    if any(TOKENS_ESTIMATED in summary.flags for summary in summaries):
        found.append("`~` tokens not counted by the runtime: an estimate, and so is the rate.")
    if any(RATE_UNSURE in summary.flags for summary in summaries):
        found.append("`?` at a decode rate: several tokens came in one piece, so the first piece's share is assumed.")
    if any(TOKENS_HIDDEN in summary.flags for summary in summaries):
        found.append("`?` also: the server counted more tokens than it sent, and does not tell how many it kept back.")
    if any(NEW_CONNECTION in summary.flags for summary in summaries):
        found.append("The server closes its connections: some requests went over a new one, which is not in TTFT.")
    if any(MAYBE_CACHED in summary.flags for summary in summaries):
        found.append("`?` at a prefill rate: part of a repeated prompt was probably not computed again.")
    if any(summary.disturbed for summary in summaries):
        found.append("`!` something else disturbed some of its requests; which, and how, stands with each sample.")
    if any(summary.model.practice for summary in summaries):
        found.append(PRACTICE)
    return found


def _failures(material: ReportContext) -> str:
    parts = [part for failure in failures(material, _MARKUP) for part in _failure(failure)]
    return "\n\n".join(["## Failures", *parts]) if parts else ""


def _failure(failure: Failure) -> list[str]:
    parts = [failure.found.sentence, "\n".join(f"- {point}" for point in failure.found.points), *failure.more]
    if failure.last_lines:
        parts += ["Its last lines:", markdown_block(failure.last_lines)]
    return [part for part in parts if part]


def _course(material: ReportContext) -> str:
    lines = course_lines(material, _MARKUP)
    return "## Course of the run\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _method(material: ReportContext) -> str:
    return "## Method\n\n" + "\n".join(f"- {sentence}" for sentence in method(material))


def _environment(material: ReportContext) -> str:
    lines = (f"- {name}: {markdown_inline(value)}" for name, value in environment_lines(material.run.environment))
    return "## Environment\n\n" + "\n".join(lines)


def _definitions(_: ReportContext) -> str:
    return "## Definitions\n\n" + "\n".join(f"- **{name}**: {meaning}" for name, meaning in metrics.DEFINITIONS)


def environment_lines(environment: Environment) -> tuple[tuple[str, str], ...]:
    """What the numbers depend on besides the models: names, and values that are data."""
    cores, threads = counted(environment.physical_cores, "core"), counted(environment.logical_cores, "thread")
    power = {True: "battery", False: "mains", None: units.UNKNOWN}[environment.on_battery]
    return (
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


_MARKUP: Final = Markup(data=markdown_inline, strong=lambda text: f"**{text}**")

_SECTIONS: Final[tuple[Callable[[ReportContext], str], ...]] = (
    _heading,
    _summary,
    lambda material: sweep_section(material.run, material.summaries),
    lambda material: level_section(material.run, material.summaries),
    _results,
    _distribution,
    lambda material: energy_section(material.run, material.summaries),
    memory_section,
    lambda material: quality_section(material.run),
    lambda material: choice_section(material.run),
    _course,
    _failures,
    _method,
    _environment,
    _definitions,
)
"""A report from its top to its end."""
