"""What a run has shown, in a few careful sentences: the same for every kind of report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.comparison.compare import separations
from tui.records import RATE_UNSURE, TOKENS_ESTIMATED, ModelStatus, ModelSummary
from tui.records.comparison import Quantity
from tui.reports.context import ReportContext
from tui.text import units
from tui.text.tables import counted, listed, plain_name

_NUMBERS: Final = {Quantity.TTFT: "First token", Quantity.DECODE: "Decode rate"}
_OUTCOMES: Final = {ModelStatus.OK: "finished", ModelStatus.FAILED: "failed", ModelStatus.SKIPPED: "skipped"}
PRACTICE: Final = "Practice models ship with Benchtop to try it out; their numbers say nothing of real models."


@dataclass(frozen=True, slots=True)
class Markup:
    """How one kind of report writes text that comes from outside, and what stands out."""

    data: Callable[[str], str]
    strong: Callable[[str], str]

    def name(self, summary: ModelSummary) -> str:
        """A model's name, harmless and standing out."""
        return self.strong(self.data(plain_name(summary)))


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and what it lists."""

    sentence: str
    points: tuple[str, ...] = ()


def findings(material: ReportContext, markup: Markup) -> tuple[Finding, ...]:
    """Who finished, which is fastest, whether the data can tell, what failed, cold against warm, and memory."""
    found = (
        *_ranking(material, markup),
        *_told_apart(material, markup),
        *_unfinished(material, markup),
        *_cold(material.measured, markup),
        *_memory(material, markup),
        *_practice(material),
    )
    return tuple(each for each in found if each.sentence or each.points)


def _ranking(material: ReportContext, markup: Markup) -> Iterable[Finding]:
    measured = material.measured
    if not measured:
        yield Finding("No model finished its rounds, so there is nothing to compare.")
        return
    if len(measured) == 1:
        (only,) = measured
        yield Finding(
            f"Only {markup.name(only)} finished its rounds, so there is nothing to compare: TTFT p50 {_ttft(only)}, "
            f"decode rate p50 {shown_rate(only)}, peak RSS {_rss(only)}."
        )
        return
    points = (
        _best("Fastest first token", "TTFT p50", measured, lambda each: each.ttft_p50_ms, _ttft, markup),
        _best("Highest decode rate", "p50", measured, _minus_rate, shown_rate, markup),
        _best("Smallest memory", "peak RSS", measured, lambda each: each.peak_rss_bytes, _rss, markup),
    )
    yield Finding(f"Of the {len(measured)} models measured:", points)


def _best(
    title: str,
    number: str,
    measured: Sequence[ModelSummary],
    value: Callable[[ModelSummary], float | None],
    shown: Callable[[ModelSummary], str],
    markup: Markup,
) -> str:
    """The one with the least value; models whose numbers look the same share the place."""
    known = [summary for summary in measured if value(summary) is not None]
    if not known:
        return f"{title}: not known"
    ranked = sorted(known, key=lambda summary: value(summary) or 0)
    best = shown(ranked[0])
    names = [markup.name(summary) for summary in ranked if shown(summary) == best]
    missing = len(measured) - len(known)
    aside = f", known of {len(known)} of them only" if missing else ""
    return f"{title}: {listed(names)}{' alike' if len(names) > 1 else ''} ({number} {best}{aside})"


def _told_apart(material: ReportContext, markup: Markup) -> Iterable[Finding]:
    """Which of these differences the data can show, and what it cannot know."""
    names = {summary.key: markup.name(summary) for summary in material.measured}
    if len(names) < 2:
        return
    found = separations(material.run, list(names))
    if not found:
        yield Finding("There are too few rounds to say which of these differences are more than chance.")
        return
    points = tuple(
        f"{_NUMBERS[pair.quantity]}: {names[pair.worse]} is slower than {names[pair.better]} "
        f"by {units.share(pair.slowdown)} {units.share_span(pair.interval)}"
        if pair.told_apart
        else f"{_NUMBERS[pair.quantity]}: {names[pair.better]} and {names[pair.worse]} cannot be told apart"
        for pair in found
    )
    yield Finding("What the data can tell apart:", points)
    notes: list[str] = []
    if any(pair.told_apart for pair in found):
        notes.append("In brackets: intervals at 95 % for all of these together.")
    if any(pair.launches == 1 for pair in found):
        notes.append("Each model was started once: how far a fresh start moves its numbers is not in the intervals.")
    yield Finding(" ".join(notes))


def _unfinished(material: ReportContext, markup: Markup) -> Iterable[Finding]:
    left = [summary for summary in material.summaries if summary.status is not ModelStatus.OK]
    if not left:
        return
    counts = Counter(summary.status for summary in material.summaries)
    outcome = ", ".join(f"{counts[status]} {word}" for status, word in _OUTCOMES.items() if counts[status])
    points = (
        f"{markup.name(summary)} {summary.status.value}: {markup.data(summary.error or 'no reason given')}"
        for summary in left
    )
    yield Finding(f"Of {counted(len(material.summaries), 'model')}: {outcome}.", tuple(points))


def _cold(measured: Sequence[ModelSummary], markup: Markup) -> Iterable[Finding]:
    """What the first request after a load costs, which no other number holds."""
    points = tuple(
        f"{markup.name(summary)}: {units.milliseconds(cold_ms)} cold, {_ttft(summary)} warm"
        for summary in measured
        if (cold_ms := _cold_ms(summary)) is not None and summary.ttft_p50_ms
    )
    if points:
        yield Finding("The first token after a load (cold), which is in no average, against the later ones:", points)


def _memory(material: ReportContext, markup: Markup) -> Iterable[Finding]:
    peaks = {summary.key: _peak_bytes(material, summary) for summary in material.summaries}
    most = max(material.summaries, key=lambda summary: peaks[summary.key], default=None)
    if most is None or not peaks[most.key]:
        return
    held = f"{units.size(peaks[most.key])} of {units.size(material.run.environment.ram_bytes)}"
    kept = tuple(
        f"{markup.name(summary)}: {units.given_back(summary.left_bytes, summary.measured_bytes)}"
        for summary in material.summaries
        if not units.is_all_back(summary.left_bytes, summary.measured_bytes)
    )
    rest = " Not all memory came back after the end of:" if kept else ""
    yield Finding(f"The most memory that one model held: {held}, by {markup.name(most)}.{rest}", kept)


def _practice(material: ReportContext) -> Iterable[Finding]:
    if any(summary.model.practice for summary in material.summaries):
        yield Finding(PRACTICE)


def _peak_bytes(material: ReportContext, summary: ModelSummary) -> int:
    verdict = material.verdict(summary.key)
    return max(summary.peak_rss_bytes or 0, (verdict.peak_rss_bytes or 0) if verdict else 0)


def _ttft(summary: ModelSummary) -> str:
    return units.milliseconds(summary.ttft_p50_ms)


def shown_rate(summary: ModelSummary, unit: str = " tok/s") -> str:
    """Its decode rate with the marks that belong to it."""
    estimated, unsure = TOKENS_ESTIMATED in summary.flags, RATE_UNSURE in summary.flags
    return units.rate(summary.decode_p50_tok_s, estimated=estimated, unsure=unsure, unit=unit)


def _minus_rate(summary: ModelSummary) -> float | None:
    return None if summary.decode_p50_tok_s is None else -summary.decode_p50_tok_s


def _rss(summary: ModelSummary) -> str:
    return units.size(summary.peak_rss_bytes)


def _cold_ms(summary: ModelSummary) -> float | None:
    return None if summary.cold_ttft_s is None else summary.cold_ttft_s * 1000
