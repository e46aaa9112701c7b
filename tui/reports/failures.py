"""What went wrong with a model, and its last words: the same for every kind of report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tui.measure.timing.segments import settled
from tui.records import ModelStatus, ModelSummary, SampleStatus
from tui.reports.context import ReportContext
from tui.reports.findings import Finding, Markup
from tui.text import units
from tui.text.tables import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One model that did not come to the end of its rounds."""

    found: Finding
    """Why, and where its requests failed for several reasons, each of them."""
    more: tuple[str, ...]
    last_lines: str
    """What its process wrote last: data, of several lines."""


def failures(material: ReportContext, markup: Markup) -> tuple[Failure, ...]:
    """Every model that failed or was not reached, in the order of the plan."""
    left = (summary for summary in material.summaries if summary.status is not ModelStatus.OK)
    return tuple(_failure(material, summary, markup) for summary in left)


def _failure(material: ReportContext, summary: ModelSummary, markup: Markup) -> Failure:
    verdict = material.verdict(summary.key)
    samples = [sample for sample in settled(material.run).samples if sample.key == summary.key]
    failed = [sample.error or "no reason given" for sample in samples if sample.status is SampleStatus.FAILED]
    reason = markup.data(summary.error or "no reason given")
    share = f" ({units.count(len(failed))} of {counted(len(samples), 'request')} failed)" if failed else ""
    points: tuple[str, ...] = ()
    if set(failed) - {summary.error}:
        points = tuple(f"{counted(count, 'time')}: {markup.data(error)}" for error, count in Counter(failed).items())
    more: list[str] = []
    if verdict and verdict.peak_rss_bytes:
        forecast = f", forecast {units.size(summary.forecast_bytes)}" if summary.forecast_bytes else ""
        more.append(f"Peak before its end {units.size(verdict.peak_rss_bytes)}{forecast}.")
    if verdict and verdict.advice:
        more.append(markup.data(f"To try: {', or '.join(verdict.advice)}."))
    return Failure(
        found=Finding(f"{markup.name(summary)} {summary.status.value}: {reason}{share}", points),
        more=tuple(more),
        last_lines="\n".join(verdict.stderr_tail) if verdict else "",
    )
