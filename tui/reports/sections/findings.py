"""What a run has shown, in a few careful sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.timing.rounds import disturbed_longer, rounds_summaries
from tui.measure.timing.summary import all_rounds_of
from tui.records import ModelStatus, ModelSummary, RunStatus
from tui.records.comparison import Quantity
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.reports.sections.course import disturbed_share
from tui.reports.sections.memory_findings import memory_findings
from tui.reports.sections.quality.verdict import verdict
from tui.reports.sections.summary.ranking import ranking
from tui.text import units
from tui.text.result_columns import COLD_TTFT, TTFT
from tui.text.tables import counted

_OUTCOMES: Final = {ModelStatus.OK: "finished", ModelStatus.FAILED: "failed", ModelStatus.SKIPPED: "skipped"}
_ENDED: Final = {RunStatus.STOPPED: "was stopped", RunStatus.RUNNING: "has not ended, or was interrupted,"}
PRACTICE: Final = "Practice models ship with Benchtop to try it out; their numbers tell nothing about other models."


def findings(context: ReportContext, markup: Markup) -> tuple[Finding, ...]:
    """Tell whose answers are right, what casts doubt on numbers, who finished, what is fastest, failures and memory."""
    sentences = (
        *verdict(context, markup),
        *_doubt(context),
        *ranking(context, markup),
        *_unfinished(context, markup),
        *_cached(context.measured, markup),
        *_cold(context.measured, markup),
        *_memory(context, markup),
        *memory_findings(context, markup),
        *_practice(context),
    )
    return tuple(finding for finding in sentences if finding.sentence or finding.points)


def _doubt(context: ReportContext) -> Iterable[Finding]:
    """Tell before any number what a reader must know to trust it: disturbance, single launches, answers not rated."""
    if not context.measured:
        return
    rounds = rounds_summaries(context.run)
    disturbed, requests = sum(each.disturbed for each in rounds), sum(each.requests for each in rounds)
    doubts: list[str] = []
    if disturbed:
        effect = "left out" if context.run.without_disturbed else "included"
        count = f"{disturbed_share(disturbed, requests)}{_mattered(context)}"
        doubts.append(f"{count} and {'is' if disturbed == 1 else 'are'} {effect}")
    if any(each.launches == 1 for each in rounds):
        each_model = "the model was" if len(context.measured) == 1 else "each model was"
        doubts.append(f"{each_model} started once, and numbers differ from start to start")
    if not context.run.ratings and not any(prompt.graders or prompt.facets for prompt in context.run.plan.prompts):
        doubts.append("no answer was rated for quality")
    if doubts:
        text = "; ".join(doubts)
        yield Finding(f"{text[:1].upper()}{text[1:]}.")


def _mattered(context: ReportContext) -> str:
    """Tell in brackets how much longer disturbed requests took, if undisturbed ones of the same prompts tell it."""
    rounds = [sample for summary in context.measured for sample in all_rounds_of(context.run, summary.key)]
    longer = disturbed_longer(rounds)
    if longer is None:
        return ""
    return f" (they took {units.share(abs(longer))} {'longer' if longer >= 0 else 'less time'} than undisturbed ones)"


def _unfinished(context: ReportContext, markup: Markup) -> Iterable[Finding]:
    unfinished = [summary for summary in context.summaries if summary.status is not ModelStatus.OK]
    if not unfinished:
        return
    counts = Counter(summary.status for summary in context.summaries)
    outcome = ", ".join(f"{counts[status]} {word}" for status, word in _OUTCOMES.items() if counts[status])
    points = (
        f"{markup.name(summary)} {summary.status.value}: {markup.data(summary.error or 'no reason given')}"
        for summary in unfinished
    )
    ended = _ENDED.get(context.run.status, "") if counts[ModelStatus.SKIPPED] else ""
    why = f", since the run {ended} before" if ended else ""
    yield Finding(f"Of {counted(len(context.summaries), 'model')}: {outcome}{why}.", tuple(points))


def _cached(measured: Sequence[ModelSummary], markup: Markup) -> Iterable[Finding]:
    """Tell what came from the cache of a server, and TTFT with it and without."""
    points = tuple(
        f"{markup.name(summary)}: {units.share(cached.share)} of the prompts' tokens; TTFT p50 "
        f"{units.milliseconds(cached.ttft_p50_ms)} from the cache, "
        f"{units.milliseconds(cached.computed_ttft_p50_ms)} computed"
        for summary in measured
        if (cached := summary.cached) is not None and cached.rounds
    )
    if points:
        yield Finding("Prompts that a server took from its cache (`--no-cache-hits` measures without):", points)


def _cold(measured: Sequence[ModelSummary], markup: Markup) -> Iterable[Finding]:
    """Tell what the first request after a load costs, which no other number holds."""
    points = tuple(
        f"{markup.name(summary)}: {COLD_TTFT.text(summary)} cold, {TTFT.text(summary)} warm"
        for summary in measured
        if summary.cold_ttft_s is not None and summary.ttft_p50_ms
    )
    if points:
        yield Finding("The first token after a load (cold), which is in no average, against the later ones:", points)


def _memory(context: ReportContext, markup: Markup) -> Iterable[Finding]:
    # The memory of a server with several models cannot be divided among them.
    own = [summary for summary in context.summaries if summary.doubt_about(Quantity.MEMORY) is None]
    peaks = {summary.key: _peak_bytes(context, summary) for summary in own}
    largest = max(own, key=lambda summary: peaks[summary.key], default=None)
    if largest is None or not peaks[largest.key]:
        return
    share = f"{units.size(peaks[largest.key])} of {units.size(context.run.environment.ram_bytes)}"
    not_back = tuple(
        f"{markup.name(summary)}: {units.given_back(summary.left_bytes, summary.measured_bytes)}"
        for summary in context.summaries
        if not units.is_all_back(summary.left_bytes, summary.measured_bytes)
    )
    heading = " Not all memory came back after the end of:" if not_back else ""
    yield Finding(f"The most memory that one model held: {share}, by {markup.name(largest)}.{heading}", not_back)


def _practice(context: ReportContext) -> Iterable[Finding]:
    if any(summary.model.practice for summary in context.summaries):
        yield Finding(PRACTICE)


def _peak_bytes(context: ReportContext, summary: ModelSummary) -> int:
    cause = context.exit_cause(summary.key)
    return max(summary.peak_rss_bytes or 0, (cause.peak_rss_bytes or 0) if cause else 0)
