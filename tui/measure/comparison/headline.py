"""The first sentences of a comparison: what has surely changed, and what makes the numbers doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tui.measure.answers.quality_words import signed_points
from tui.measure.comparison.power import untold_words
from tui.measure.comparison.wording import as_it_stands, relative_change
from tui.records.comparison import NOTICEABLE, Change, Comparison, Outcome
from tui.records.grading.rates import Better, RateDifference
from tui.text import units
from tui.text.tables import all_of, counted

_WORSE: Final = frozenset({Outcome.SLOWER, Outcome.MORE})
_BETTER: Final = frozenset({Outcome.FASTER, Outcome.LESS})
_MOST_NAMED: Final = 3


def headline(found: Comparison, first: str = "A", second: str = "B") -> str:
    """Return what fails more often in the second run, which numbers are surely worse or better, and what is not sure.

    ``Worse in B: tiny TTFT (+30.2 %). The rest: 7 numbers without a measurable difference.`` Empty if there is none.
    """
    changes = [*found.changes, *found.further]
    large = [each for each in _largest_first(changes) if not each.is_small]
    worse = [_quality_name(each) for each in found.quality if each.outcome is Better.WORSE]
    worse += [_name(each) for each in large if each.outcome in _WORSE]
    better = [_quality_name(each) for each in found.quality if each.outcome is Better.BETTER]
    better += [_name(each) for each in large if each.outcome in _BETTER]
    gone = [_name(each, with_size=False) for each in changes if each.outcome is Outcome.GONE]
    if not changes and not found.quality:
        return ""
    failing = [
        f"{model.key} ({units.count(model.after.failed)} of {counted(model.after.requests, 'request')})"
        for model in found.beside
        if model.fails_more and model.after.failed < model.after.requests
    ]
    sure = (
        (f"Fails more often in {second}", failing),
        (f"Worse in {second}", worse),
        (f"Better in {second}", better),
        (f"Not measured in {second}", gone),
    )
    told = ". ".join(f"{title}: {_listed(names)}" for title, names in sure if names)
    rest = _rest(found)
    if not told:
        return f"Nothing has surely changed from {first} to {second}: {rest}."
    return f"{told}.{f' The rest: {rest}.' if rest else ''}"


def disturbance(found: Comparison, first: str = "A", second: str = "B") -> str:
    """Return how many requests of either run other programs disturbed; empty if they disturbed none."""
    sides = (
        (first, [model.before for model in found.beside]),
        (second, [model.after for model in found.beside]),
    )
    told: list[str] = []
    for name, counts in sides:
        disturbed, requests = sum(side.disturbed for side in counts), sum(side.requests for side in counts)
        if disturbed:
            some = f"{units.count(disturbed)} of {counted(requests, 'request')}"
            told.append(f"{all_of(requests, 'request') if disturbed == requests else some} of {name}")
    return f"Doubtful: other programs were busy during {' and '.join(told)}." if told else ""


def _largest_first(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: -abs(change.slowdown or 0.0))


def _is_same(change: Change) -> bool:
    """Whether the data shows that a number differs little or not at all, which a very wide interval does not."""
    wide = change.interval is not None and units.is_factor(as_it_stands(change.quantity, change.interval))
    return change.outcome is Outcome.NO_DIFFERENCE and not wide


def _rest(found: Comparison) -> str:
    """Tell how many numbers are the same, changed too little to matter, of how many nothing is sure, and the others."""
    changes = [*found.changes, *found.further]
    same, small = sum(_is_same(each) for each in changes), sum(each.is_small for each in changes)
    doubted = sum(each.outcome is Outcome.IN_DOUBT for each in changes)
    untold = (Outcome.NO_DIFFERENCE, Outcome.CANNOT_TELL)
    reasons = Counter(untold_words(each) for each in changes if each.outcome in untold and not _is_same(each))
    close = sum(each.outcome not in (Better.WORSE, Better.BETTER) for each in found.quality)
    parts = (
        f"{counted(same, 'number')} without a measurable difference" if same else "",
        f"{counted(small, 'number')} with a difference of less than {units.share(NOTICEABLE)}" if small else "",
        *(f"{counted(count, 'number')} uncertain ({reason})" for reason, count in reasons.items()),
        f"the quality of {counted(close, 'model')} uncertain" if close else "",
        f"{counted(doubted, 'number')} in doubt, so not compared" if doubted else "",
    )
    return ", ".join(filter(None, parts))


def _name(change: Change, *, with_size: bool = True) -> str:
    step = f" {change.step.name}" if change.step.name else ""
    size = f" ({relative_change(change.before, change.after)})" if with_size else ""
    return f"{change.key} {change.quantity.value}{step}{size}"


def _quality_name(found: RateDifference) -> str:
    return f"{found.after_key} quality ({signed_points(found.difference)})"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {units.count(more)} more" if more > 0 else shown
