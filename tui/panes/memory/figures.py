"""The rows above the chart of one kind of memory: the machine with the limit, each GPU, and each model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.panes.memory.chart import SWATCH, Word
from tui.panes.memory.chart_cells import EXPECTED, limit_is_near
from tui.panes.memory.markers import ENDED, ENDED_EARLIER, LoadState, Moment
from tui.panes.memory.usage import ModelMemory
from tui.panes.widgets.bars import progress_bar
from tui.panes.widgets.styles import Tone
from tui.text import units
from tui.text.cells import cells_of, cut, cut_name, printable

if TYPE_CHECKING:
    from tui.records import GpuReading

Row = Sequence[Word]

_BARS: Final = (12, 6, 0)
"""The widths of the machine's bar that are tried in turn, down to no bar at all."""
_EMPTY, _DASH = "─", "▁"
_MOST_NAME_CELLS: Final = 32
_LEAST_NAME_CELLS: Final = 8
_FIGURE_CELLS: Final = len("1,000 MiB")
_GAP: Final = "  "
_SHARES_UNIT: Final = ", "
"""Begins a wording whose size has the unit of the size before it: ``97.3 MiB, peak 94.2``."""
_INDENT: Final = 2


class MachineFigures(NamedTuple):
    """The figures of one kind of memory for the whole machine."""

    name: str
    used_bytes: int
    total_bytes: int
    limit_bytes: int
    highest_bytes: int
    """The highest value in the chart."""
    notes: Sequence[str] = ()
    """More to be shown if there is room, the most important first."""


class ModelFigures(NamedTuple):
    """The figures of one model."""

    key: str
    colour: int
    memory: ModelMemory
    present: bool
    """Whether the newest reading has the model."""
    state: LoadState


def machine_row(machine: MachineFigures, width: int) -> Row:
    """Return how much memory is in use, as a bar and in words, and the limit of the models, as far as there is room."""
    return _first_fitting(_machine_rows(machine), width)


def gpu_row(gpu: GpuReading, width: int, *, alone: bool) -> Row:
    """Return the figures of one GPU, without those that the driver does not report; the memory of an ``alone`` GPU is
    in the row of the machine.
    """
    amounts = ""
    if not alone and gpu.used_bytes is not None:
        amounts = f"{_size_beside(gpu.used_bytes, gpu.total_bytes or 0)} of {units.size(gpu.total_bytes)}"
    readings = [
        None if gpu.utilisation is None else units.percent(gpu.utilisation),
        None if gpu.power_watts is None else f"{units.count(gpu.power_watts)} W",
        None if gpu.temperature_c is None else f"{units.count(gpu.temperature_c)} °C",
        "throttled" if gpu.throttled else None,
    ]
    figures = _GAP.join(part for part in (amounts, *readings) if part)
    label = Word(f"GPU {gpu.index}{_GAP}", Tone.MUTED)
    named = Word(f"{printable(gpu.name)}{_GAP}", Tone.MUTED)
    return _first_fitting([[label, named, Word(figures)], [label, Word(figures)], [label, Word(amounts)]], width)


def note_rows(note: str, row: Row, width: int) -> list[Row]:
    """Return a remark on the GPUs as a row of its own, cut to the width; none if a row has it already."""
    if not note or any(note in word.text for word in row):
        return []
    return [[Word(_clipped(note, width), Tone.MUTED)]]


def model_rows(models: Sequence[ModelFigures], width: int, most_rows: int) -> list[Row]:
    """Return a row for each model, and a second one if the first is too short and there is room.

    If there are too many models, those that ended longest ago are left out.
    """
    if not models or most_rows < 1:
        return []
    shown = list(models)
    while len(shown) > most_rows:
        shown.remove(next((model for model in shown if model.state.ending or not model.present), shown[-1]))
    longest = max(cells_of(printable(model.key)) for model in shown)
    name_cells = min(longest, _MOST_NAME_CELLS, max(_LEAST_NAME_CELLS, width - _FIGURE_CELLS - _INDENT - 1))
    heads = [_head(model, name_cells) for model in shown]
    details = [_details(model) for model in shown]
    rooms = [width - _cells(head) - len(_GAP) for head in heads]
    too_long = [index for index, room in enumerate(rooms) if cells_of(details[index][0]) > room]
    spare = most_rows - len(shown)
    # Two rows for all models or for none look calmer; but the cause of a model's end deserves a second row.
    two_rows = too_long
    if len(too_long) > spare:
        two_rows = [index for index in too_long if shown[index].state.exit_kind][:spare]
    rows: list[Row] = []
    for index, (model, head) in enumerate(zip(shown, heads, strict=True)):
        tone = Tone.ERROR if model.state.exit_kind else Tone.MUTED
        if index in two_rows:
            rows += [head, [Word(" " * _INDENT), Word(_fitting_text(details[index], width - _INDENT), tone)]]
        else:
            rows.append(_with_detail(head, details[index], tone, width))
    if len(shown) < len(models):
        rows[-1] = [*rows[-1], Word(f"{_GAP}+{len(models) - len(shown)}", Tone.MUTED)]
    return rows


def _with_detail(head: Row, details: Sequence[str], tone: Tone, width: int) -> Row:
    """Return the head of a model with the first wording beside it that fits, or else with a part of the last."""
    for detail in details:
        row = [*head] if detail.startswith(_SHARES_UNIT) else [*head, Word(_GAP)]
        if _cells(row) + cells_of(detail) <= width:
            return [*row, Word(detail, tone)]
    return [*head, Word(_GAP), Word(_clipped(details[-1], max(0, width - _cells(head) - len(_GAP))), tone)]


def _machine_rows(machine: MachineFigures) -> Iterator[Row]:
    """Yield the wordings of the machine's row, the longest first; the bar is left out first, and the limit last."""
    name = Word(f"{machine.name} ", Tone.MUTED)
    used, total = _size_beside(machine.used_bytes, machine.total_bytes), units.size(machine.total_bytes)
    share = machine.used_bytes / machine.total_bytes if machine.total_bytes else 0.0
    limits = _limits(machine)
    for count in range(len(machine.notes), -1, -1):
        rest = [Word(f"{_GAP}{note}", Tone.MUTED) for note in machine.notes[:count]]
        for limit, cells in itertools.product(limits, _BARS):
            least = 1 / cells if cells and machine.used_bytes > 0 else 0.0
            drawn = progress_bar(max(share, least), cells, rest=_EMPTY)
            bar = [Word(drawn.done), Word(drawn.rest + (" " if cells else ""), Tone.MUTED)]
            yield [name, *bar, Word(f"{used} of {total}"), *limit, *rest]
    yield [name, Word(f"{used} / {total}"), *limits[-1]]
    yield [name, Word(f"{used} / {total}")]
    yield [Word(used)]


def _limits(machine: MachineFigures) -> list[Row]:
    """Return the wordings of the limit, the longest first; if the limit is drawn, its line is shown before it."""
    limit = f"limit {units.size(machine.limit_bytes)}"
    if machine.limit_bytes <= 0:
        return [[]]
    if limit_is_near(machine.highest_bytes, machine.limit_bytes):
        return [[Word(f"{_GAP}{_DASH * 2} {limit}", Tone.ERROR)], [Word(f"{_GAP}{limit}", Tone.ERROR)]]
    long = limit.replace("limit", "limit for models", 1)
    short = f"models ≤{units.size(machine.limit_bytes)}"
    return [[Word(f"{_GAP}{words}", Tone.MUTED)] for words in (f"{long}, above the chart", long, short)]


def _head(model: ModelFigures, name_cells: int) -> Row:
    name = cut_name(name := printable(model.key), min(cells_of(name), name_cells))
    now = ""
    if model.present and not model.state.ending:
        now = f"{'~' if model.memory.estimated else ''}{units.size(model.memory.now_bytes)}"
    padding = " " * (name_cells - cells_of(name))
    return [Word(f"{SWATCH} ", model.colour), Word(name + padding), Word(f" {now:>{_FIGURE_CELLS}}" if now else "")]


def _details(model: ModelFigures) -> list[str]:
    """Return the wordings of what follows a model's name, the longest first."""
    state, memory = model.state, model.memory
    peak_bytes, forecast = memory.peak_bytes, state.forecast_bytes
    peak = "" if peak_bytes is None else f"peak {'~' if memory.estimated else ''}{units.size(peak_bytes)}"
    if state.exit_kind:
        expected = "" if forecast is None else f"forecast {_size_beside(forecast, peak_bytes)}"
        both = ", ".join(part for part in (peak, expected) if part)
        return [*(f"{cause}{_bracketed(both)}" for cause in (state.ending, state.exit_kind)), state.exit_kind]
    if state.ending or not (model.present or state.loading):
        ending = state.ending or ENDED
        whole = ending if ending in (ENDED, ENDED_EARLIER) else f"{ENDED}, {ending}"
        short = [f"{Moment.ENDED.value} {peak}"] if ending in (ENDED, ENDED_EARLIER) and peak else []
        return [f"{whole}{_bracketed(peak)}", *short, whole, ending]
    same_unit = units.size(peak_bytes).endswith(units.size(memory.now_bytes).rpartition(" ")[-1])
    short_peak = f"{_SHARES_UNIT}{peak.rpartition(' ')[0]}" if peak and model.present and same_unit else peak
    if forecast is None:
        return ["loading"] if state.loading else _with_warmth(state, [peak, short_peak, ""])
    if peak_bytes is None or not state.answered:
        awaited = f"{EXPECTED * 2} forecast {units.size(forecast)}"
        return [
            f"{'loading' if state.loading else peak} {awaited}",
            awaited,
            "loading" if state.loading else "",
        ]
    error = units.difference((forecast - peak_bytes) / peak_bytes)
    compared = f"{peak}, forecast {_size_beside(forecast, peak_bytes)} ({error})"
    return _with_warmth(state, [compared, peak, short_peak, ""])


def _with_warmth(state: LoadState, wordings: list[str]) -> list[str]:
    """Add to the longest wording that the model is kept warm, and put that alone in place of the shortest."""
    if not state.warm:
        return wordings
    return [f"{wordings[0]}, kept warm" if wordings[0] else "kept warm", *wordings[:-1], "kept warm", ""]


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


def _size_beside(value: int, reference: int | None) -> str:
    """Return a size without its unit if the size beside it has the same unit."""
    text, _, unit = units.size(value).partition(" ")
    return text if units.size(reference).endswith(f" {unit}") else f"{text} {unit}"


def _first_fitting(rows: Iterable[Row], width: int) -> Row:
    """Return the first row that fits, else the last one, which is cut."""
    row: Row = ()
    for row in rows:
        if _cells(row) <= width:
            break
    return row


def _fitting_text(texts: Sequence[str], width: int) -> str:
    """Return the first text that fits, else as much of the last as there is room for."""
    return next((text for text in texts if cells_of(text) <= width), _clipped(texts[-1], max(0, width)))


def _clipped(text: str, width: int) -> str:
    return text if cells_of(text) <= width else cut(text, width)


def _cells(row: Row) -> int:
    return sum(cells_of(word.text) for word in row)
