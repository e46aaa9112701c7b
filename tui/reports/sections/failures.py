"""What went wrong with a model, and the last lines that its process wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tui.measure.timing.segments import without_superseded
from tui.records import ModelStatus, ModelSummary, SampleStatus
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.text import units
from tui.text.tables import counted

_NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One model that did not come to the end of its rounds."""

    finding: Finding
    """Why it failed; its points are the errors of its requests, if they had other reasons too."""
    more: tuple[str, ...]
    """Sentences on the memory that it took and on what to try."""
    last_lines: str
    """What its process wrote last, which is data of several lines."""


def failures(context: ReportContext, markup: Markup) -> tuple[Failure, ...]:
    """Describe every model that failed or was not reached, in the order of the plan."""
    unfinished = (summary for summary in context.summaries if summary.status is not ModelStatus.OK)
    return tuple(_failure(context, summary, markup) for summary in unfinished)


def _failure(context: ReportContext, summary: ModelSummary, markup: Markup) -> Failure:
    cause = context.exit_cause(summary.key)
    samples = [sample for sample in without_superseded(context.run).samples if sample.key == summary.key]
    errors = [sample.error or _NO_REASON for sample in samples if sample.status is SampleStatus.FAILED]
    reason = markup.data(summary.error or _NO_REASON)
    share = f" ({units.count(len(errors))} of {counted(len(samples), 'request')} failed)" if errors else ""
    points: tuple[str, ...] = ()
    if set(errors) - {summary.error}:
        points = tuple(f"{counted(count, 'time')}: {markup.data(error)}" for error, count in Counter(errors).items())
    more: list[str] = []
    if cause and cause.peak_rss_bytes:
        forecast = f", forecast {units.size(summary.forecast_bytes)}" if summary.forecast_bytes else ""
        more.append(f"Peak before its end {units.size(cause.peak_rss_bytes)}{forecast}.")
    if cause and cause.advice:
        more.append(markup.data(f"To try: {', or '.join(cause.advice)}."))
    return Failure(
        finding=Finding(f"{markup.name(summary)} {summary.status.value}: {reason}{share}", points),
        more=tuple(more),
        last_lines="\n".join(cause.stderr_tail) if cause else "",
    )
