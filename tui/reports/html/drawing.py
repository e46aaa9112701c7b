"""Charts as SVG that stands in a page and needs nothing outside it: drawn by pygal, coloured by the page's own CSS."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from xml.etree import ElementTree

from tui.text.escape import visible

WIDE, NARROW = 920, 360
"""Width of a chart on a desk and on a phone, in its own units: text keeps its size, and the plot gives way."""
COLOURS: Final = 6
"""Colours of the page for models; further ones begin again with the first."""
_TEXT_PX: Final = 12
_TICKS: Final = {WIDE: 9, NARROW: 4}
_DROPPED: Final = {"defs", "desc", "title"}
_NUMBERED: Final = ("x", "y", "cx", "cy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points of one kind: dots, or a line through them."""

    look: str
    """The classes of the page's CSS that it has."""
    points: Sequence[tuple[float, float | None]]
    """A y of ``None`` interrupts the line."""
    radius: float | None = None
    """Of its dots; without one it is a line."""
    titles: Sequence[str] = ()
    """What each dot says when pointed at."""
    labels: Sequence[str] = ()
    """What is written at each point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart, before it has a width."""

    title: str
    summary: str
    """What it shows, for those who do not see it."""
    lines: Sequence[Line]
    across: tuple[float, float]
    upward: tuple[float, float]
    show_across: Callable[[float], str] = str
    show_upward: Callable[[float], str] | None = None
    """``None`` where the rows are named in the chart itself."""
    ticks_across: Sequence[tuple[float, str]] = ()
    """Places on the axis and their words, where round numbers of it would not do."""
    ticks_upward: Sequence[tuple[float, str]] = ()
    height: int
    across_title: str = ""
    narrow_height: int | None = None
    legend: tuple[tuple[str, str], ...] = field(default=())
    """Looks, and what they stand for."""


class _XY(Protocol):
    """What is used of pygal's chart, which comes without types."""

    def add(self, title: None, values: Sequence[object], **options: object) -> object: ...
    def render(self) -> bytes: ...


def drawn_chart(chart: Chart, width: int) -> str:
    """The chart as an ``svg`` element."""
    # Imported here: only a page with charts waits for it, and the rest of the program does without.
    pygal: Any = importlib.import_module("pygal")
    height = chart.narrow_height or chart.height if width == NARROW else chart.height
    style = pygal.style.Style(
        label_font_size=_TEXT_PX,
        major_label_font_size=_TEXT_PX,
        title_font_size=_TEXT_PX,
        value_label_font_size=_TEXT_PX,
        value_font_size=0,
    )
    drawing: _XY = pygal.XY(
        style=style,
        css=[],
        js=[],
        width=width,
        height=height,
        margin=2,
        margin_right=14,
        margin_top=8,
        spacing=6,
        show_legend=False,
        print_labels=True,
        xrange=chart.across,
        range=chart.upward,
        min_scale=3,
        max_scale=_TICKS[width],
        x_labels=_labels(chart.ticks_across),
        y_labels=_labels(chart.ticks_upward),
        x_title=chart.across_title or None,
        x_value_formatter=chart.show_across,
        value_formatter=chart.show_upward or _nothing,
        show_y_labels=chart.show_upward is not None,
        truncate_label=-1,
        allow_interruptions=True,
        disable_xml_declaration=True,
    )
    for line in chart.lines:
        dots = line.radius is not None or bool(line.labels)
        drawing.add(None, _values(line), stroke=not dots, show_dots=dots, dots_size=line.radius or 0)
    return _as_part_of_a_page(chart, drawing.render())


def _values(line: Line) -> list[object]:
    if not line.labels:
        return list(line.points)
    return [{"value": point, "label": visible(label)} for point, label in zip(line.points, line.labels, strict=True)]


def _labels(ticks: Sequence[tuple[float, str]]) -> list[object] | None:
    return [{"value": place, "label": words} for place, words in ticks] or None


def _nothing(_: float) -> str:
    return ""


def _as_part_of_a_page(chart: Chart, document: bytes) -> str:
    """Without scripts and styles of its own, with a title, and with words at each dot."""
    root = ElementTree.fromstring(document)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    _prune(root)
    for place, line in enumerate(chart.lines):
        groups = [group for group in root.iter("g") if f"serie-{place}" in group.get("class", "").split()]
        for group in groups:
            group.set("class", f"line {line.look}")
        _name_dots(groups, line.titles)
    for element in root.iter():
        _shorten(element)
    width, height = root.attrib.pop("viewBox").split()[2:]
    root.attrib.clear()
    root.attrib.update({"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": visible(chart.summary)})
    return ElementTree.tostring(root, encoding="unicode")


def _prune(element: ElementTree.Element) -> None:
    """Take out what belongs to pygal's own scripts and styles, and what is empty."""
    for child in list(element):
        classes = child.get("class", "").split()
        if child.tag in _DROPPED or "tooltip-overlay" in classes or "background" in classes:
            element.remove(child)
            continue
        _prune(child)
        if child.tag == "g" and not len(child):
            element.remove(child)


def _name_dots(groups: Iterable[ElementTree.Element], titles: Sequence[str]) -> None:
    circles = [circle for group in groups for circle in group.iter("circle")]
    if titles and len(circles) == len(titles):
        for circle, title in zip(circles, titles, strict=True):
            ElementTree.SubElement(circle, "title").text = visible(title)


def _shorten(element: ElementTree.Element) -> None:
    """Half of a page would be decimals that nobody sees."""
    for name in _NUMBERED:
        if name in element.attrib:
            element.set(name, f"{float(element.get(name, '0')):.1f}")
    if element.tag == "circle":
        element.attrib.pop("class", None)
    if element.tag == "path":
        element.set("d", " ".join(_short_number(part) for part in element.get("d", "").split()))


def _short_number(part: str) -> str:
    letter = part[:1] if part[:1].isalpha() else ""
    digits = part[len(letter) :]
    return f"{letter}{float(digits):.1f}" if digits else letter
