"""What stands above the chart of one kind of memory: the machine in a row, the limit, and each model in figures."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tui.panes.memory.chart import SWATCH, Word
from tui.panes.memory.chart_cells import EXPECTED, limit_is_near
from tui.panes.memory.markers import ENDED, Life, Moment
from tui.panes.memory.usage import ModelMemory
from tui.panes.widgets.bars import progress_bar
from tui.panes.widgets.styles import Tone
from tui.records import GpuReading
from tui.text import units
from tui.text.cells import cells_of, cut, printable

Row = Sequence[Word]

_BARS: Final = (12, 6, 0)
"""Cells of the machine's bar, from where there is room to where there is none."""
_EMPTY, _DASH = "─", "╌"
_MOST_NAME_CELLS: Final = 32
_LEAST_NAME_CELLS: Final = 8
_FIGURE_CELLS: Final = len("1,000 MiB")
_GAP: Final = "  "
_INDENT: Final = 2


class MachineFigures(NamedTuple):
    """One kind of memory of the machine as a whole."""

    name: str
    used_bytes: int
    total_bytes: int
    limit_bytes: int
    highest_bytes: int
    """The most that is seen in the chart."""
    notes: Sequence[str] = ()
    """What else there is to say, the most important first."""


class ModelFigures(NamedTuple):
    """One model's row."""

    key: str
    colour: int
    held: ModelMemory
    present: bool
    """Whether the newest reading had it."""
    life: Life


def machine_row(machine: MachineFigures, width: int) -> Row:
    """How much is in use, as a bar and in words, and the limit of the models; what finds no room is left out."""
    return _fitting(_machine_rows(machine), width)


def gpu_row(gpu: GpuReading, width: int, *, alone: bool) -> Row:
    """One GPU's figures; what the driver does not tell, and the memory of the only one, is left out."""
    amounts = "" if alone else f"{_pair(gpu.used_bytes, gpu.total_bytes)} of {units.size(gpu.total_bytes)}"
    told = [
        None if gpu.utilisation is None else units.percent(gpu.utilisation),
        None if gpu.power_watts is None else f"{units.count(gpu.power_watts)} W",
        None if gpu.temperature_c is None else f"{units.count(gpu.temperature_c)} °C",
    ]
    figures = _GAP.join(each for each in (amounts, *told) if each)
    label = Word(f"GPU {gpu.index}{_GAP}", Tone.MUTED)
    named = Word(f"{printable(gpu.name)}{_GAP}", Tone.MUTED)
    return _fitting([[label, named, Word(figures)], [label, Word(figures)], [label, Word(amounts)]], width)


def model_rows(models: Sequence[ModelFigures], width: int, most_rows: int) -> list[Row]:
    """A row for each model, two where one is too short and there is room; those that ended longest ago make way."""
    if not models or most_rows < 1:
        return []
    shown = list(models)
    while len(shown) > most_rows:
        shown.remove(next((model for model in shown if model.life.fate or not model.present), shown[-1]))
    longest = max(cells_of(printable(model.key)) for model in shown)
    name_cells = min(longest, _MOST_NAME_CELLS, max(_LEAST_NAME_CELLS, width - _FIGURE_CELLS - _INDENT - 1))
    heads = [_head(model, name_cells) for model in shown]
    details = [_details(model) for model in shown]
    rooms = [width - _cells(head) - len(_GAP) for head in heads]
    cut = [place for place, room in enumerate(rooms) if cells_of(details[place][0]) > room]
    spare = most_rows - len(shown)
    # All of them or none, for a calm picture; but why a model died is worth a row of its own.
    taller = cut if len(cut) <= spare else [place for place in cut if shown[place].life.died_of][:spare]
    rows: list[Row] = []
    for place, (model, head) in enumerate(zip(shown, heads, strict=True)):
        room = width - _INDENT if place in taller else rooms[place]
        detail = Word(_fitting_text(details[place], room), Tone.ERROR if model.life.died_of else Tone.MUTED)
        rows += [head, [Word(" " * _INDENT), detail]] if place in taller else [[*head, Word(_GAP), detail]]
    if len(shown) < len(models):
        rows[-1] = [*rows[-1], Word(f"{_GAP}+{len(models) - len(shown)}", Tone.MUTED)]
    return rows


def _machine_rows(machine: MachineFigures) -> Iterator[Row]:
    """The wordings of the machine's row, the fullest first: the bar is left out before words, the limit last."""
    name = Word(f"{machine.name} ", Tone.MUTED)
    used, total = _pair(machine.used_bytes, machine.total_bytes), units.size(machine.total_bytes)
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
    """The limit in words, the longest wording first; one that is drawn has its key."""
    limit = f"limit {units.size(machine.limit_bytes)}"
    if machine.limit_bytes <= 0:
        return [[]]
    if limit_is_near(machine.highest_bytes, machine.limit_bytes):
        return [[Word(f"{_GAP}{_DASH * 2} {limit}", Tone.ERROR)], [Word(f"{_GAP}{limit}", Tone.ERROR)]]
    return [[Word(f"{_GAP}{limit}, above the chart", Tone.MUTED)], [Word(f"{_GAP}{limit}", Tone.MUTED)]]


def _head(model: ModelFigures, name_cells: int) -> Row:
    name = _clipped(printable(model.key), name_cells)
    now = ""
    if model.present and not model.life.fate:
        now = f"{'~' if model.held.estimated else ''}{units.size(model.held.now_bytes)}"
    padding = " " * (name_cells - cells_of(name))
    return [Word(f"{SWATCH} ", model.colour), Word(name + padding), Word(f" {now:>{_FIGURE_CELLS}}" if now else "")]


def _details(model: ModelFigures) -> list[str]:
    """What is said of a model behind its name, from the longest wording to the shortest."""
    life, held = model.life, model.held
    peak_bytes, forecast = held.peak_bytes, life.forecast_bytes
    peak = "" if peak_bytes is None else f"peak {'~' if held.estimated else ''}{units.size(peak_bytes)}"
    if life.died_of:
        expected = "" if forecast is None else f"forecast {_pair(forecast, peak_bytes)}"
        both = ", ".join(part for part in (peak, expected) if part)
        return [*(f"{what}{_bracketed(both)}" for what in (life.fate, life.died_of)), life.died_of]
    if life.fate or not (model.present or life.loading):
        what = life.fate or ENDED
        whole = what if what == ENDED else f"{ENDED}, {what}"
        short = [f"{Moment.ENDED.value} {peak}"] if what == ENDED and peak else []
        return [f"{whole}{_bracketed(peak)}", *short, whole, what]
    short_peak = f"peak {_pair(peak_bytes, held.now_bytes)}" if peak_bytes and not held.estimated else ""
    if forecast is None:
        return ["loading"] if life.loading else _warmed(life, [peak, short_peak, ""])
    if peak_bytes is None or not life.answered:
        awaited = f"{EXPECTED * 2} forecast {units.size(forecast)}"
        return [f"{'loading' if life.loading else peak} {awaited}", awaited, "loading" if life.loading else ""]
    error = units.difference((forecast - peak_bytes) / peak_bytes)
    judged = f"{peak}, forecast {_pair(forecast, peak_bytes)} ({error})"
    return _warmed(life, [judged, peak, short_peak, ""])


def _warmed(life: Life, wordings: list[str]) -> list[str]:
    """That a model is kept warm stands behind its longest wording, and in the place of the shortest."""
    if not life.warm:
        return wordings
    return [f"{wordings[0]}, kept warm" if wordings[0] else "kept warm", *wordings[:-1], "kept warm", ""]


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


def _pair(value: int, reference: int | None) -> str:
    """A size that stands beside another one: without its unit where both have the same."""
    text, _, unit = units.size(value).partition(" ")
    return text if units.size(reference).endswith(f" {unit}") else f"{text} {unit}"


def _fitting(rows: Iterable[Row], width: int) -> Row:
    """The first row that fits; where none does, as much of the last as there is room for."""
    row: Row = ()
    for row in rows:
        if _cells(row) <= width:
            break
    return row


def _fitting_text(texts: Sequence[str], width: int) -> str:
    """The longest wording there is room for; of the shortest as much as there is room for."""
    return next((text for text in texts if cells_of(text) <= width), _clipped(texts[-1], max(0, width)))


def _clipped(text: str, width: int) -> str:
    return text if cells_of(text) <= width else cut(text, width)


def _cells(row: Row) -> int:
    return sum(cells_of(word.text) for word in row)
