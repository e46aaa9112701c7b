"""What a run shows of quality, in sentences that stand before those on speed."""

from __future__ import annotations

from tui.measure.answers.pass_rates import model_differences
from tui.measure.answers.quality_steps import quality_steps
from tui.measure.answers.quality_words import percent_span
from tui.records.grading.rates import Better, RateDifference
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.reports.sections.quality.rates import rates_of
from tui.reports.sections.quality.steps import steps_sentence
from tui.text import units
from tui.text.tables import counted, listed


def verdict(context: ReportContext, markup: Markup) -> tuple[Finding, ...]:
    """Tell which model has most answers wholly right, which are surely behind, and what length and load do."""
    rates = rates_of(context.run)
    if not rates:
        return ()
    names = {summary.key: markup.name(summary) for summary in context.summaries}
    best = rates[0]
    share = f"{units.percent(best.rate)} {percent_span(best.interval)} of {counted(best.prompts, 'prompt')}"
    facts = f" and {units.percent(best.score)} of the expected facts found" if best.score != best.rate else ""
    parts = [f"Quality first: {names[best.key]} has {share} wholly right{facts}"]
    differences = model_differences(context.run)
    parts += _others("surely more than", Better.WORSE, differences, names)
    parts += _others("too close to call against", Better.TOO_CLOSE, differences, names)
    parts += _others("on too few prompts to tell against", Better.TOO_FEW, differences, names)
    across = (Finding(steps_sentence(steps, names[steps.key])) for steps in quality_steps(context.run))
    return (Finding(f"{', '.join(parts)}."), *across)


def _others(words: str, outcome: Better, differences: tuple[RateDifference, ...], names: dict[str, str]) -> list[str]:
    found = [each for each in differences if each.outcome is outcome]
    return [f"{words} {listed([f'{names[each.after_key]} ({units.percent(each.after)})' for each in found])}"] * bool(
        found
    )
