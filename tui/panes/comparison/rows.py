"""The lines of a comparison: a model's numbers under each other, each with its change, its interval and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from tui.measure.comparison import wording
from tui.measure.comparison.wording import Words
from tui.panes.comparison import interval_bar
from tui.records.comparison import Change, ComparedStep, Comparison, OtherFigures, Outcome, Quantity
from tui.text import units
from tui.text.cells import cut, printable

COLOURS: Final = {
    Outcome.SLOWER: "$error",
    Outcome.FASTER: "$success",
    Outcome.NO_DIFFERENCE: "$foreground-muted",
    Outcome.CANNOT_TELL: "$warning",
    Outcome.GONE: "$error",
}
_LABELS: Final = {
    Quantity.TTFT: "TTFT",
    Quantity.PREFILL: "Prefill rate",
    Quantity.DECODE: "Decode rate",
    Quantity.TOTAL: "Total rate",
}
_E2E: Final = "  E2E"
_VALUE_CELLS: Final = 12
"""At least: a prefill rate may be wider."""
_RUN_CELLS: Final = 3
_CHANGE_CELLS: Final = 9
_GAP: Final = 2
_WORDS: Final = ((Words.FULL, 52, 41), (Words.BRIEF, 28, 19), (Words.SHORT, 14, 11))
"""Ways to say a verdict, the longest first: cells of the longest of each, and the least that it leaves to a bar."""
_MOST_BAR_CELLS: Final = 61
_AXIS_WORDS_FROM: Final = 33
"""Cells from which the ends of a bar's axis are named."""
_CHANGE_FROM: Final = 96
"""Cells from which the change has a column of its own; the verdict tells it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How many cells each column has."""

    label: int
    run: int
    value: int
    change: int
    bar: int
    words: Words


def letter(place: int) -> str:
    """The sides of a comparison are A, B, C, in the order in which they were given."""
    return chr(ord("A") + place) if place < 26 else f"#{place + 1}"


def layout(found: Sequence[Comparison], cells: int, *, per_prompt: bool) -> Layout:
    """The columns for this width: bars take what the words leave."""
    changes = _shown(found, per_prompt=per_prompt)
    labels = ["  Peak memory", *(_label(change.quantity, change.step) for change in changes)]
    label = min(max(map(cell_len, labels)), max(14, cells // 4)) + 1
    run = _RUN_CELLS if len(found) > 1 else 0
    values = [wording.value(each.quantity, side) for each in changes for side in (each.before, each.after)]
    value = max(_VALUE_CELLS, *(cell_len(each) + 1 for each in values))
    change = _CHANGE_CELLS if cells >= _CHANGE_FROM else 0
    free = cells - label - run - 2 * value - change - 2 * _GAP
    words, taken, least = next((each for each in _WORDS if free >= each[1] + each[2]), _WORDS[-1])
    bar = min(_MOST_BAR_CELLS, max(least, free - taken))
    return Layout(label=label, run=run, value=value, change=change, bar=bar - 1 + bar % 2, words=words)


def scale(found: Sequence[Comparison], *, per_prompt: bool) -> float:
    """How far the bars of all of these must reach; 0 where there is none."""
    shown = _shown(found, per_prompt=per_prompt)
    return interval_bar.scale_of(each.interval for each in shown if each.interval is not None)


def heading(columns: Layout, reach: float, *, several: bool) -> Content:
    """The names of the columns, and what the bars mean."""
    sides = f"{'A':>{columns.value}}{'other' if several else 'B':>{columns.value}}"
    change = f"{'change':>{columns.change}}" if columns.change else ""
    start = f"{'':{columns.label + columns.run}}{sides}{change}{'':{_GAP}}"
    if not reach:
        return Content.styled(start, "$foreground-muted")
    half, end = columns.bar // 2, units.percent(reach)
    left, right = (f"-{end} faster", f"slower +{end}") if columns.bar >= _AXIS_WORDS_FROM else (f"-{end}", f"+{end}")
    if len(left) >= half:
        left = right = ""
    return Content.styled(f"{start}{left:<{half}}0{right:>{half}}", "$foreground-muted")


def lines(found: Sequence[Comparison], columns: Layout, reach: float, *, per_prompt: bool) -> list[Content]:
    """A block for each model; ``found`` is each of the others against the first run."""
    drawn: list[Content] = []
    for key in dict.fromkeys(change.key for each in found for change in each.changes):
        drawn += [Content("")] if drawn else []
        drawn.append(Content.styled(printable(key), "bold"))
        for quantity in Quantity:
            drawn += _number(found, key, quantity, columns, reach, per_prompt=per_prompt)
        drawn += _asides([next((each for each in one.beside if each.key == key), None) for one in found], columns)
    return drawn


def _shown(found: Sequence[Comparison], *, per_prompt: bool) -> list[Change]:
    return [change for each in found for change in (*each.changes, *(each.by_prompt if per_prompt else ()))]


def _label(quantity: Quantity, step: ComparedStep) -> str:
    return f"    {printable(step.name)}" if step.name else f"  {_LABELS[quantity]}"


def _number(
    found: Sequence[Comparison], key: str, quantity: Quantity, columns: Layout, reach: float, *, per_prompt: bool
) -> Iterator[Content]:
    """One number of a model, and below it what it is by prompt or step by step."""
    sides = [
        {
            change.step: change
            for change in _shown([each], per_prompt=per_prompt)
            if (change.key, change.quantity) == (key, quantity)
        }
        for each in found
    ]
    steps = dict.fromkeys(step for side in sides for step in side)
    stepwise = bool(steps) and ComparedStep() not in steps
    if stepwise:
        yield Content(_label(quantity, ComparedStep()))
    for step in steps:
        colour = "$foreground-muted" if step.name and not stepwise else ""
        yield from _block(_label(quantity, step), [side.get(step) for side in sides], columns, reach, colour)


def _block(
    label: str, changes: Sequence[Change | None], columns: Layout, reach: float, figures_colour: str
) -> Iterator[Content]:
    """A line for each of the others."""
    for place, change in enumerate(changes):
        if change is None:
            continue
        before = wording.value(change.quantity, change.before)
        after = wording.value(change.quantity, change.after)
        figures = _start(label, before, after, place, columns)
        colour = COLOURS[change.outcome]
        figures += _moved(change.before, change.after, columns)
        drawn = interval_bar.bar(change.interval, change.slowdown, reach, columns.bar, colour)
        words = wording.verdict(change, columns.words, as_slowdown=True)
        yield Content.assemble((figures, figures_colour), " " * _GAP, drawn, " " * _GAP, (words, colour))
        label = ""


def _asides(found: Sequence[OtherFigures | None], columns: Layout) -> Iterator[Content]:
    """What has no verdict; there is no E2E over several lengths or loads."""
    numbers: tuple[
        tuple[str, Callable[[OtherFigures], tuple[float | None, float | None]], Callable[[float | None], str]], ...
    ]
    numbers = (
        (_E2E, lambda each: (each.e2e_before_ms, each.e2e_after_ms), units.milliseconds),
        ("  Peak memory", lambda each: (each.peak_rss_before_bytes, each.peak_rss_after_bytes), units.size),
    )
    for title, sides_of, shown in numbers:
        label = title
        for place, each in enumerate(found):
            if each is None:
                continue
            before, after = sides_of(each)
            if title == _E2E and (before, after) == (None, None):
                continue
            start = _start(label, shown(before), shown(after), place, columns)
            moved = _moved(before, after, columns)
            zero = interval_bar.bar(None, None, 1.0, columns.bar, "")
            yield Content.assemble((start + moved, "$foreground-muted"), " " * _GAP, zero)
            label = ""


def _moved(before: float | None, after: float | None, columns: Layout) -> str:
    return f"{wording.relative(before, after):>{columns.change}}" if columns.change else ""


def _start(label: str, before: str, after: str, place: int, columns: Layout) -> str:
    run = f"{letter(place + 1):<{columns.run}}" if columns.run else ""
    return f"{cut(label, columns.label)}{run}{before:>{columns.value}}{after:>{columns.value}}"
