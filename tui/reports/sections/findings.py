"""What a run has shown, in a few careful sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.comparison.separation import separations
from tui.measure.timing.rounds import rounds_summaries
from tui.records import ModelStatus, ModelSummary
from tui.records.comparison import Quantity
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.reports.sections.course import disturbed_share
from tui.reports.sections.memory_findings import memory_findings
from tui.reports.sections.quality.verdict import verdict
from tui.text import units
from tui.text.column_types import ResultColumn
from tui.text.result_columns import (
    COLD_TTFT,
    DECODE,
    DISTURBED,
    PEAK_RSS,
    TTFT,
    best_first,
    not_ranked,
)
from tui.text.tables import counted, listed

_QUANTITIES: Final = {Quantity.TTFT: "First token", Quantity.DECODE: "Decode rate"}
_OUTCOMES: Final = {ModelStatus.OK: "finished", ModelStatus.FAILED: "failed", ModelStatus.SKIPPED: "skipped"}
PRACTICE: Final = "Practice models ship with Benchtop to try it out; their numbers tell nothing about other models."


def findings(context: ReportContext, markup: Markup) -> tuple[Finding, ...]:
    """Tell whose answers are right, what casts doubt on numbers, who finished, what is fastest, failures and memory."""
    sentences = (
        *verdict(context, markup),
        *_doubt(context),
        *_ranking(context, markup),
        *_told_apart(context, markup),
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
        doubts.append(f"{disturbed_share(disturbed, requests)} and {'is' if disturbed == 1 else 'are'} {effect}")
    if any(each.launches == 1 for each in rounds):
        each_model = "the model was" if len(context.measured) == 1 else "each model was"
        doubts.append(f"{each_model} started once, and numbers differ from start to start")
    if not context.run.ratings and not any(prompt.graders or prompt.facets for prompt in context.run.plan.prompts):
        doubts.append("no answer was rated for quality")
    if doubts:
        text = "; ".join(doubts)
        yield Finding(f"{text[:1].upper()}{text[1:]}.")


def _ranking(context: ReportContext, markup: Markup) -> Iterable[Finding]:
    measured = context.measured
    if not measured and context.run.without_disturbed and any(summary.disturbed for summary in context.summaries):
        yield Finding("Every round was disturbed, and disturbed rounds are left out, so there is nothing to compare.")
        return
    if not measured:
        yield Finding("No model finished its rounds, so there is nothing to compare.")
        return
    if len(measured) == 1:
        (only,) = measured
        yield Finding(
            f"{_alone(context, markup.name(only))}: TTFT p50 "
            f"{TTFT.text(only)}, decode rate p50 {DECODE.text(only)}, peak RSS {PEAK_RSS.text(only)}."
        )
        return
    points = (
        *_best("Fastest first token", "TTFT p50", TTFT, measured, markup),
        *_best("Highest decode rate", "p50", DECODE, measured, markup),
        *_best("Smallest memory", "peak RSS", PEAK_RSS, measured, markup),
    )
    yield Finding(f"Of the {len(measured)} models measured:", points)


def _alone(context: ReportContext, name: str) -> str:
    """Begin the sentence on the only measured model; it is worth a word only if there were others."""
    if len(context.summaries) == 1:
        return f"{name} finished its rounds"
    return f"Only {name} finished its rounds, so there is nothing to compare"


def _best(
    title: str, number: str, column: ResultColumn, measured: Sequence[ModelSummary], markup: Markup
) -> Iterable[str]:
    """Name the best model of a column, and those that are in doubt; models with the same number are named together."""
    without = not_ranked(column, measured)
    ranked = best_first(column, [summary for summary in measured if summary.key not in without])
    yield _best_of(title, number, column, ranked, len(measured) - len(without), markup)
    for reason in dict.fromkeys(without.values()):
        names = [markup.name(summary) for summary in measured if without.get(summary.key) == reason]
        yield f"{title} leaves out {listed(names)}, because {reason}"


def _best_of(
    title: str, number: str, column: ResultColumn, ranked: Sequence[ModelSummary], of: int, markup: Markup
) -> str:
    if not ranked:
        return f"{title}: {'not known' if of else 'no model that could be ranked'}"
    best = column.text(ranked[0])
    names = [markup.name(summary) for summary in ranked if column.text(summary) == best]
    aside = f", known of {len(ranked)} of them only" if len(ranked) < of else ""
    if any(column.text(summary) == best and summary.disturbed for summary in ranked):
        aside += f", some requests disturbed {DISTURBED}"
    return f"{title}: {listed(names)}{' alike' if len(names) > 1 else ''} ({number} {best}{aside})"


def _told_apart(context: ReportContext, markup: Markup) -> Iterable[Finding]:
    """Tell which of the differences between models the data can show, and what it cannot know."""
    names = {summary.key: markup.name(summary) for summary in context.measured}
    if len(names) < 2:
        return
    pairs = separations(context.run, list(names))
    if not pairs:
        yield Finding("There are too few rounds to say which of these differences are more than chance.")
        return
    points = tuple(
        f"{_QUANTITIES[pair.quantity]}: {names[pair.worse]} is slower than {names[pair.better]} "
        f"by {units.share(pair.slowdown)} {units.share_span(pair.interval)}"
        if pair.told_apart
        else f"{_QUANTITIES[pair.quantity]}: {names[pair.better]} and {names[pair.worse]} are too close to call"
        for pair in pairs
    )
    yield Finding("Which differences are certain:", points)
    notes: list[str] = []
    if any(pair.told_apart for pair in pairs):
        notes.append("In brackets: intervals at 95 % for all of these together.")
    if any(pair.launches == 1 for pair in pairs):
        notes.append("The intervals leave out how much numbers differ from start to start.")
    yield Finding(" ".join(notes))


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
    yield Finding(f"Of {counted(len(context.summaries), 'model')}: {outcome}.", tuple(points))


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
    peaks = {summary.key: _peak_bytes(context, summary) for summary in context.summaries}
    largest = max(context.summaries, key=lambda summary: peaks[summary.key], default=None)
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
