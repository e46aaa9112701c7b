"""Which model is best by each number, and whether the data tells it from the next one: a line for each number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.records import ModelSummary
from tui.records.comparison import Quantity, Separation
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.reports.sections.summary.lead import lead_words
from tui.text.column_types import ResultColumn
from tui.text.result_columns import DECODE, DISTURBED, PEAK_RSS, TTFT, best_first, not_ranked
from tui.text.tables import listed

_TOO_FEW = "There are too few rounds to say which of these differences are more than chance."


@dataclass(frozen=True, slots=True)
class _Ranking:
    """A number by which models are ranked: title, name, column, and the quantity by which pairs are told apart."""

    title: str
    number: str
    column: ResultColumn
    quantity: Quantity | None = None


_RANKINGS = (
    _Ranking("Fastest first token", "TTFT p50", TTFT, Quantity.TTFT),
    _Ranking("Highest decode rate", "p50", DECODE, Quantity.DECODE),
    _Ranking("Smallest memory", "peak RSS", PEAK_RSS),
)


def ranking(context: ReportContext, markup: Markup) -> Iterable[Finding]:
    """List the best model of each number with its lead, the neighbours below it, and what that rests on."""
    measured, pairs = context.measured, context.separations
    if len(measured) < 2:
        return
    names = {summary.key: markup.name(summary) for summary in measured}
    points = [point for each in _RANKINGS for point in _points(each, context, markup)]
    yield Finding(f"Of the {len(measured)} models measured:", tuple(points))
    further = tuple(
        f"{'First token' if pair.quantity is Quantity.TTFT else 'Decode rate'}: {_pair_words(pair, names)}"
        for pair in pairs
        if pair not in [_first(each.quantity, pairs) for each in _RANKINGS]
    )
    if further:
        yield Finding("Further down in these rankings:", further)
    yield Finding(_what_it_rests_on(pairs))


def _points(of: _Ranking, context: ReportContext, markup: Markup) -> Iterable[str]:
    """Name the best model of a column, and those that are in doubt; models with the same number are named together."""
    measured = context.measured
    without = not_ranked(of.column, measured)
    ranked = best_first(of.column, [summary for summary in measured if summary.key not in without])
    if len(without) == len(measured) and len(set(without.values())) == 1:
        yield f"{of.title}: no model that could be ranked, each for the same reason: {next(iter(without.values()))}"
        return
    yield _best(of, ranked, len(measured) - len(without), markup) + _told_apart(of, ranked, context, markup)
    for reason in dict.fromkeys(without.values()):
        names = [markup.name(summary) for summary in measured if without.get(summary.key) == reason]
        yield f"{of.title} leaves out {listed(names)}, because {reason}"


def _best(of: _Ranking, ranked: Sequence[ModelSummary], count: int, markup: Markup) -> str:
    if not ranked:
        return f"{of.title}: {'not known' if count else 'no model that could be ranked'}"
    best = of.column.text(ranked[0])
    alike = [summary for summary in ranked if of.column.text(summary) == best]
    names = listed([markup.name(summary) for summary in alike])
    aside = f", known of {len(ranked)} of them only" if len(ranked) < count else ""
    if any(summary.disturbed for summary in alike):
        aside += f", some requests disturbed {DISTURBED}"
    return f"{of.title}: {names}{' alike' if len(alike) > 1 else ''} ({of.number} {best}{aside})"


def _told_apart(of: _Ranking, ranked: Sequence[ModelSummary], context: ReportContext, markup: Markup) -> str:
    """Write whether the best model is told from the next one; empty where nothing is known of the two."""
    pair = _first(of.quantity, context.separations)
    if pair is None:
        return ""
    names = {summary.key: markup.name(summary) for summary in context.measured}
    if not ranked or pair.better != ranked[0].key:
        return f"; {_pair_words(pair, names)}"
    if not pair.told_apart:
        return f", too close to call against {names[pair.worse]}"
    return f", {lead_words(pair, names[pair.worse], with_interval=True)}, a clear lead"


def _pair_words(pair: Separation, names: dict[str, str]) -> str:
    if not pair.told_apart:
        return f"{names[pair.better]} and {names[pair.worse]} are too close to call"
    lead = lead_words(pair, names[pair.worse], with_interval=True)
    if pair.quantity is Quantity.DECODE:
        return f"{names[pair.better]} is {lead}, a clear lead"
    return f"{lead} {'than' if lead.endswith('longer') else 'as'} {names[pair.better]}, a clear lead"


def _first(quantity: Quantity | None, pairs: Sequence[Separation]) -> Separation | None:
    """Return the pair at the top of the ranking by a quantity."""
    return next((pair for pair in pairs if pair.quantity is quantity), None)


def _what_it_rests_on(pairs: Sequence[Separation]) -> str:
    if not pairs:
        return _TOO_FEW
    notes: list[str] = []
    if any(pair.told_apart for pair in pairs):
        notes.append("In brackets: intervals at 95 % for all of these together.")
    if any(pair.launches == 1 for pair in pairs):
        notes.append("The intervals leave out how much numbers differ from start to start.")
    return " ".join(notes)
