"""The lines of a comparison: for each model its numbers with their change, its confidence interval, and the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len
from textual.content import Content

from tui.measure.answers import quality_words
from tui.measure.comparison import wording
from tui.measure.comparison.wording import Words
from tui.panes.comparison import interval_bar
from tui.records.comparison import Change, ComparedStep, Comparison, LaunchSpread, Outcome, Quantity
from tui.records.grading.rates import Better, RateDifference
from tui.records.statistics import Interval
from tui.text import units
from tui.text.cells import cut, printable
from tui.text.tables import counted

COLOURS: Final = {
    Outcome.SLOWER: "$error",
    Outcome.FASTER: "$success",
    Outcome.MORE: "$error",
    Outcome.LESS: "$success",
    Outcome.NO_DIFFERENCE: "$foreground-muted",
    Outcome.CANNOT_TELL: "$warning",
    Outcome.IN_DOUBT: "$warning",
    Outcome.GONE: "$error",
}
_QUALITY_COLOURS: Final = {
    Better.WORSE: "$error",
    Better.BETTER: "$success",
    Better.TOO_CLOSE: "$foreground-muted",
    Better.TOO_FEW: "$warning",
}
_LABELS: Final = {
    Quantity.TTFT: "TTFT",
    Quantity.PREFILL: "Prefill rate",
    Quantity.DECODE: "Decode rate",
    Quantity.TOTAL: "Total rate",
    Quantity.E2E: "E2E",
    Quantity.MEMORY: "Peak memory",
}
_VALUE_CELLS: Final = 12
"""The least cells of a value: a prefill rate may be wider."""
_RUN_CELLS: Final = 3
_CHANGE_CELLS, _POINTS_CELLS = 9, 11
"""Cells of a change in per cent, and of one in points."""
_GAP: Final = 2
_ADJUSTED: Final = "B adjusted"
"""The heading of B at the pace that the machine had in A."""
_MOST_BAR_CELLS: Final = 61
_AXIS_WORDS_FROM: Final = 33
"""Cells from which the ends of a bar's axis have labels."""
_CHANGE_FROM: Final = 66
"""Cells from which the change has a column of its own; the outcome contains it too."""
_ROOMY_FROM: Final = 90
"""Cells from which values stand in columns of the same width, whatever they are; B stands there as measured too."""


class _Wording(NamedTuple):
    """A length in which outcomes are worded."""

    words: Words
    least_bar_cells: int
    """The least that these words must leave to a bar; 0 if they may take its place."""


_WORDINGS: Final = (
    _Wording(Words.FULL, 41),
    _Wording(Words.BRIEF, 19),
    _Wording(Words.SHORT, 7),
    _Wording(Words.SHORT, 0),
)
"""The wordings in the order in which they are tried: what changed, and how sure that is, goes before its drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The width of each column."""

    label: int
    run: int
    value: int
    measured: int
    """Cells of B as it was measured; 0 if it has no column, since B is shown only so, or only adjusted."""
    change: int
    outcome: int
    bar: int
    """Cells of the bars, which stand last; 0 if there is no room for them."""
    words: Words


def side_letter(index: int) -> str:
    """Return the letter of a side: A, B, C in the order in which the runs were chosen."""
    return chr(ord("A") + index) if index < 26 else f"#{index + 1}"


def layout(comparisons: Sequence[Comparison], cells: int, *, per_prompt: bool) -> Layout:
    """Return the columns for this width; the bars take what the words leave."""
    changes = _shown_changes(comparisons, per_prompt=per_prompt)
    labels = ["  Peak memory", *(_label(change.quantity, change.step) for change in changes)]
    label = min(max(map(cell_len, labels)), max(14, cells // 4)) + 1
    run = _RUN_CELLS if len(comparisons) > 1 else 0
    values = [side for row in changes for side in wording.sides(row)]
    adjusted = wording.has_measured(comparisons)
    least = max(_VALUE_CELLS if cells >= _ROOMY_FROM else 0, len(_ADJUSTED) + _GAP if adjusted else 0)
    gap = _GAP if cells >= _CHANGE_FROM else 1
    value = max(least, *(cell_len(text) + gap for text in values))
    measured = value if adjusted and cells >= _ROOMY_FROM else 0
    change_cells = _POINTS_CELLS if any(comparison.quality for comparison in comparisons) else _CHANGE_CELLS
    change = change_cells if cells >= _CHANGE_FROM else 0
    free = cells - label - run - 2 * value - measured - change - _GAP
    qualities = [found for comparison in comparisons for found in comparison.quality]
    outcomes = [
        max(
            _outcome_cells(changes, option.words), *(cell_len(_quality_words(each, option.words)) for each in qualities)
        )
        if qualities
        else _outcome_cells(changes, option.words)
        for option in _WORDINGS
    ]
    rooms = [min(_MOST_BAR_CELLS, free - outcome - _GAP) for outcome in outcomes]
    fitting = (index for index, option in enumerate(_WORDINGS) if rooms[index] >= option.least_bar_cells)
    chosen = next(fitting, len(_WORDINGS) - 1)
    bar = rooms[chosen] - 1 + rooms[chosen] % 2 if _WORDINGS[chosen].least_bar_cells else 0
    words = _WORDINGS[chosen].words
    return Layout(
        label=label,
        run=run,
        value=value,
        measured=measured,
        change=change,
        outcome=outcomes[chosen],
        bar=bar,
        words=words,
    )


def _outcome_cells(changes: Sequence[Change], words: Words) -> int:
    return max((cell_len(wording.outcome_words(change, words, as_slowdown=True)) for change in changes), default=0)


def scale(comparisons: Sequence[Comparison], *, per_prompt: bool) -> float:
    """Return how far the bars of all changes must reach; 0 if none has an interval."""
    shown = (_drawn_interval(change) for change in _shown_changes(comparisons, per_prompt=per_prompt))
    return interval_bar.scale_of(interval for interval in shown if interval is not None)


def _drawn_interval(change: Change) -> Interval | None:
    """Return the interval of a change, unless it is so wide that it tells nothing."""
    interval = change.interval
    if interval is None or units.tells_nothing(wording.as_it_stands(change.quantity, interval)):
        return None
    return interval


def heading(columns: Layout, reach: float, *, several: bool, adjusted: bool = False) -> Content:
    """Return the names of the columns, and the axis of the bars; ``adjusted`` is B at the machine's pace in A."""
    second = "other" if several else "B"
    measured = f"{second:>{columns.measured}}" if columns.measured else ""
    last = second if not adjusted else "adjusted" if several else _ADJUSTED
    sides = f"{'A':>{columns.value}}{measured}{last:>{columns.value}}"
    change = f"{'change':>{columns.change}}" if columns.change else ""
    start = f"{'':{columns.label + columns.run}}{sides}{change}{'':{_GAP}}"
    brackets = "" if columns.words is Words.SHORT else " [95 % range]"
    verdict = f"verdict{brackets if len(brackets) + 7 <= columns.outcome else ''}"
    if not reach or not columns.bar:
        return Content.styled(f"{start}{verdict[: columns.outcome]}", "$foreground-muted")
    start += f"{verdict[: columns.outcome]:<{columns.outcome + _GAP}}"
    half, end = columns.bar // 2, units.percent(reach)
    left, right = (f"-{end} faster", f"slower +{end}") if columns.bar >= _AXIS_WORDS_FROM else (f"-{end}", f"+{end}")
    if len(left) >= half:
        left = right = ""
    return Content.styled(f"{start}{left:<{half}}0{right:>{half}}", "$foreground-muted")


def lines(comparisons: Sequence[Comparison], columns: Layout, reach: float, *, per_prompt: bool) -> list[Content]:
    """Return a block of lines for each model; each comparison is of the first run with another."""
    drawn: list[Content] = []
    for key in dict.fromkeys(change.key for comparison in comparisons for change in comparison.changes):
        drawn += [Content("")] if drawn else []
        drawn.append(Content.styled(printable(key), "bold"))
        for quantity in Quantity:
            drawn += _quantity_lines(comparisons, key, quantity, columns, reach, per_prompt=per_prompt)
        drawn += _without_outcome(comparisons, key, columns)
        drawn += _quality_lines(comparisons, key, columns)
    return drawn


def _shown_changes(comparisons: Sequence[Comparison], *, per_prompt: bool) -> list[Change]:
    return [
        change
        for comparison in comparisons
        for change in (*comparison.changes, *(comparison.by_prompt if per_prompt else ()), *comparison.further)
    ]


def _label(quantity: Quantity, step: ComparedStep) -> str:
    return f"    {printable(step.name)}" if step.name else f"  {_LABELS[quantity]}"


def _quantity_lines(
    comparisons: Sequence[Comparison], key: str, quantity: Quantity, columns: Layout, reach: float, *, per_prompt: bool
) -> Iterator[Content]:
    """Yield the lines of one number of a model, with its prompts or steps below."""
    sides = [
        {
            change.step: change
            for change in _shown_changes([comparison], per_prompt=per_prompt)
            if (change.key, change.quantity) == (key, quantity)
        }
        for comparison in comparisons
    ]
    steps = dict.fromkeys(step for side in sides for step in side)
    stepwise = bool(steps) and ComparedStep() not in steps
    if stepwise:
        yield Content(_label(quantity, ComparedStep()))
    for step in steps:
        colour = "$foreground-muted" if step.name and not stepwise else ""
        yield from _step_lines(_label(quantity, step), [side.get(step) for side in sides], columns, reach, colour)


def _step_lines(
    label: str, changes: Sequence[Change | None], columns: Layout, reach: float, figures_colour: str
) -> Iterator[Content]:
    """Yield a line for each run that the first is compared with."""
    for index, change in enumerate(changes):
        if change is None:
            continue
        before, after = wording.sides(change)
        figures = _line_start(label, before, after, index, columns, wording.measured_after(change))
        colour = COLOURS[Outcome.NO_DIFFERENCE if change.is_small else change.outcome]
        figures += _change_text(change.before, change.after, columns)
        words = wording.outcome_words(change, columns.words, as_slowdown=True)
        drawn = Content("")
        if columns.bar:
            words = f"{words:<{columns.outcome}}"
            interval = _drawn_interval(change)
            drawn = Content(" " * _GAP) + interval_bar.bar(interval, change.slowdown, reach, columns.bar, colour)
        yield Content.assemble((figures, figures_colour), " " * _GAP, (words, colour), drawn)
        label = ""


def _without_outcome(comparisons: Sequence[Comparison], key: str, columns: Layout) -> Iterator[Content]:
    """Yield a line for E2E and for peak memory of each run that lacks a value to compare."""
    for quantity in (Quantity.E2E, Quantity.MEMORY):
        label = _label(quantity, ComparedStep())
        for index, comparison in enumerate(comparisons):
            figures = next((figures for figures in comparison.beside if figures.key == key), None)
            compared = any((change.key, change.quantity) == (key, quantity) for change in comparison.further)
            if figures is None or compared:
                continue
            before, after = figures.sides(quantity)
            if quantity is Quantity.E2E and (before, after) == (None, None):
                continue
            first, second = wording.value(quantity, before), wording.value(quantity, after)
            start = _line_start(label, first, second, index, columns, second) + _change_text(before, after, columns)
            yield Content.styled(start, "$foreground-muted")
            label = ""


def _quality_lines(comparisons: Sequence[Comparison], key: str, columns: Layout) -> Iterator[Content]:
    """Yield a line for the pass rate of a model in each run in which it was graded as in the first."""
    label = "  Quality"
    for index, comparison in enumerate(comparisons):
        for found in comparison.quality:
            if found.after_key == key:
                before, after = units.percent(found.before), units.percent(found.after)
                start = _line_start(label, before, after, index, columns, after)
                change = quality_words.signed_points(found.difference)
                start += f"{change:>{columns.change}}" if columns.change else ""
                words = _quality_words(found, columns.words)
                yield Content.assemble(start, " " * _GAP, (words, _QUALITY_COLOURS[found.outcome]))
                label = ""


def _quality_words(found: RateDifference, words: Words) -> str:
    told = quality_words.outcome_words(found)
    return told.partition(" [")[0] if words is Words.SHORT else told


def usual_changes(changes: Sequence[Change], spreads: Sequence[LaunchSpread], side: str = "B") -> list[str]:
    """Tell of numbers that single launches cannot settle whether they are within those of other runs of the history.

    There is a sentence for each model; what stands equal on the screen is equal in the words.
    """
    by_number = {(spread.key, spread.quantity): spread for spread in spreads}
    found: dict[str, list[str]] = {}
    for change in changes:
        spread = by_number.get((change.key, change.quantity))
        if spread is None or change.outcome is not Outcome.CANNOT_TELL or change.after is None:
            continue
        low, own, high = (wording.value(change.quantity, value) for value in (spread.low, change.after, spread.high))
        where = "below" if change.after < spread.low else "above" if change.after > spread.high else "within"
        where = "within" if own in (low, high) else where
        found.setdefault(change.key, []).append(
            f"{change.quantity.value} {low} to {high} in {counted(spread.runs, 'run')}, {own} in {side}: {where}"
        )
    return [f"Usual for {printable(key)}, from the history: {'; '.join(parts)}." for key, parts in found.items()]


def _change_text(before: float | None, after: float | None, columns: Layout) -> str:
    return f"{wording.relative_change(before, after):>{columns.change}}" if columns.change else ""


def _line_start(label: str, before: str, after: str, index: int, columns: Layout, measured: str) -> str:
    """Return the name and the values; ``measured`` is B as it was measured, which may have a column of its own."""
    run = f"{side_letter(index + 1):<{columns.run}}" if columns.run else ""
    plain = f"{measured:>{columns.measured}}" if columns.measured else ""
    return f"{cut(label, columns.label)}{run}{before:>{columns.value}}{plain}{after:>{columns.value}}"
