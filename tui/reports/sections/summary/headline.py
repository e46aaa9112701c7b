"""The verdict of a run in one sentence: what casts doubt on it, whose answers are right, which model is fastest."""

from __future__ import annotations

from collections.abc import Sequence

from tui.measure.answers.pass_rates import model_differences
from tui.measure.timing.rounds import rounds_summaries
from tui.records import ModelStatus, ModelSummary
from tui.records.comparison import Quantity, Separation
from tui.records.grading.rates import Better, PassRate, RateDifference
from tui.reports.context import ReportContext
from tui.reports.markup import Markup
from tui.reports.sections.course import disturbed_share
from tui.reports.sections.quality.rates import rates_of
from tui.reports.sections.summary.lead import lead_words
from tui.text import units
from tui.text.result_columns import DECODE, PEAK_RSS, TTFT, best_first, not_ranked
from tui.text.tables import counted


def headline(context: ReportContext, markup: Markup) -> str:
    """Write the verdict with which a report begins: doubt before quality, and quality before speed.

    It is empty for a sweep, whose models are compared length by length.
    """
    if context.run.plan.method.sweep:
        return ""
    parts = [part for part in (_quality(context, markup), _speed(context, markup)) if part]
    verdict = "; ".join(parts)
    doubt = _doubt(context)
    return f"With {doubt}, {verdict}." if doubt else f"{verdict[:1].upper()}{verdict[1:]}."


def _doubt(context: ReportContext) -> str:
    """Name how many requests were disturbed, and that there was one launch; empty where neither is so."""
    if not context.measured:
        return ""
    rounds = rounds_summaries(context.run)
    disturbed, requests = sum(each.disturbed for each in rounds), sum(each.requests for each in rounds)
    doubts: list[str] = []
    if disturbed:
        share = disturbed_share(disturbed, requests).replace(" were ", " ").replace(" was ", " ")
        doubts.append(f"{share} and left out" if context.run.without_disturbed else share)
    if any(each.launches == 1 for each in rounds):
        doubts.append("one launch" if len(context.measured) == 1 else "one launch of each model")
    return " and ".join(doubts)


def _quality(context: ReportContext, markup: Markup) -> str:
    """Name the model with the most right answers, and whether it is told from the next one."""
    rates = rates_of(context.run)
    if not rates:
        return ""
    names = {summary.key: markup.name(summary) for summary in context.summaries}
    best = rates[0]
    prompts = counted(best.prompts, "prompt")
    if len(rates) == 1:
        return f"{names[best.key]} has {units.percent(best.rate)} of {prompts} wholly right"
    following = rates[1]
    difference = next((each for each in model_differences(context.run) if each.after_key == following.key), None)
    return _told_by_answers(best, following, difference, names)


def _told_by_answers(
    best: PassRate, following: PassRate, difference: RateDifference | None, names: dict[str, str]
) -> str:
    prompts, share, other = counted(best.prompts, "prompt"), units.percent(best.rate), units.percent(following.rate)
    if difference is not None and difference.outcome is Better.WORSE:
        ahead = units.points(-difference.difference)
        return (
            f"{names[best.key]} has most answers wholly right: {share} of {prompts}, {ahead} points ahead of "
            f"{names[following.key]}, a clear lead"
        )
    both = f"{names[best.key]} and {names[following.key]}"
    if difference is None or difference.outcome is Better.TOO_FEW:
        return f"{both} answered too few prompts to tell by answers wholly right ({share} and {other} of {prompts})"
    return f"{both} are too close to call by answers wholly right ({share} and {other} of {prompts})"


def _speed(context: ReportContext, markup: Markup) -> str:
    """Name the model with the highest decode rate, and whether it is told from the next one."""
    measured = context.measured
    if not measured:
        return _nothing_measured(context)
    if len(measured) == 1:
        (only,) = measured
        numbers = f"TTFT p50 {TTFT.text(only)}, decode rate p50 {DECODE.text(only)}, peak RSS {PEAK_RSS.text(only)}"
        return f"{_alone(context, markup.name(only))}: {numbers}"
    without = not_ranked(DECODE, measured)
    ranked = best_first(DECODE, [summary for summary in measured if summary.key not in without])
    if not ranked:
        return "no model can be ranked by its decode rate"
    if len(ranked) == 1:
        return f"{markup.name(ranked[0])} alone can be ranked by its decode rate: {DECODE.text(ranked[0])}"
    return _fastest(context, ranked, markup)


def _fastest(context: ReportContext, ranked: Sequence[ModelSummary], markup: Markup) -> str:
    by_key = {summary.key: summary for summary in ranked}
    pair = next((pair for pair in context.separations if _is_of(pair, by_key)), None)
    better, worse = (by_key[pair.better], by_key[pair.worse]) if pair else ranked[:2]
    both = f"{markup.name(better)} and {markup.name(worse)}"
    rates = f"{DECODE.text(better)} and {DECODE.text(worse)}"
    if pair is None:
        return f"{both} ran too few rounds to tell which is faster ({rates})"
    if not pair.told_apart:
        return f"{both} are too close to call by speed ({rates})"
    unfinished = len(context.summaries) - len(context.measured)
    of = f" of the {len(context.measured)} that finished" if unfinished else ""
    return (
        f"{markup.name(better)} is fastest{of}: {DECODE.text(better)}, "
        f"{lead_words(pair, markup.name(worse))}, a clear lead"
    )


def _is_of(pair: Separation, by_key: dict[str, ModelSummary]) -> bool:
    return pair.quantity is Quantity.DECODE and pair.better in by_key and pair.worse in by_key


def _nothing_measured(context: ReportContext) -> str:
    if context.run.without_disturbed and any(summary.disturbed for summary in context.summaries):
        return "every round was disturbed, and disturbed rounds are left out, so there is nothing to compare"
    if context.summaries and all(summary.status is ModelStatus.OK for summary in context.summaries):
        return "no model was asked again after its first request, which is cold, so there is nothing to compare"
    return "no model finished its rounds, so there is nothing to compare"


def _alone(context: ReportContext, name: str) -> str:
    """Begin the sentence on the only measured model; it is worth a word only if there were others."""
    if len(context.summaries) == 1:
        return f"{name} finished its rounds"
    return f"only {name} finished its rounds, so there is nothing to compare"
