"""Paints only what has changed on a screen, and only from the widgets that are seen there.

Textual surrounds all changes of a frame by one rectangle, and has every widget that touches it drawn, those behind
others as well. Four live columns span most of the screen, so that a frame cost twice what was new in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual import getters
from textual._compositor import ChopsUpdate, Compositor
from textual._context import visible_screen_stack
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.widgets.app_type import any_app
from tui.panes.widgets.styles import filtered_style

_MOST_STYLES: Final = 2000
_BY_PLACE: Final = itemgetter(1, 0)


Result = TypeVar("Result")


class PaintedStrip(NamedTuple):
    """A piece of a row with its place on the screen."""

    x: int
    y: int
    strip: Strip


class _SeenWidget(NamedTuple):
    """A widget with the part of it that its containers leave to be seen, and its whole region."""

    widget: Widget
    seen: Region
    whole: Region


class StripsUpdate(ChopsUpdate):
    """An update of the terminal that is made of pieces of rows with places of their own."""

    def __init__(self, strips: Sequence[PaintedStrip]) -> None:
        super().__init__([], [], [])
        self._strips = strips

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for x, y, strip in self._strips:
            yield Control.move_to(x, y).segment
            yield from strip

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self._strips)


class RegionCompositor(Compositor):
    """Textual's compositor, whose partial updates draw each changed cell once."""

    def __init__(self) -> None:
        super().__init__()
        self._dimming = Dimming()
        self._seen_widgets: Sequence[_SeenWidget] = ()
        self._seen_of: object = None
        """What ``_seen_widgets`` was made of; Textual replaces it with every new layout."""

    def clear(self) -> None:
        """Forget all widgets, since the screen closes."""
        super().clear()
        self._seen_widgets, self._seen_of = (), None

    def update_widgets(self, widgets: set[Widget]) -> None:
        """Note what these widgets want drawn, leaving out those that are not displayed.

        Textual takes a widget that it does not see for a new one, and then arranges the screen without noting what that
        moves: a widget beside one that grows would stay where it was.
        """
        super().update_widgets({widget for widget in widgets if _is_displayed(widget)})

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[object]] | None = None, simplify: bool = False
    ) -> RenderableType | None:
        """Return an update of what has changed, also if that is the whole screen; with ``full`` of everything."""
        visible_screen_stack.set(screen_stack or [])
        return self.render_full_update(simplify) if full else self.render_partial_update()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return an update of all that has changed since the last one; ``None`` if nothing has."""
        screen = self.size.region
        seen = [region.intersection(screen) for region in self._dirty_regions]
        # What becomes dirty while this frame is drawn belongs to the next one.
        self._dirty_regions.clear()
        spans = self._regions_to_spans(filter(None, seen))
        strips = [strip for region in _rectangles(spans) for strip in self.paint(region)]
        return StripsUpdate(sorted(strips, key=_BY_PLACE)) if strips else None

    def hand_up(self, app: App[object]) -> bool:
        """Have the screen on top paint what has changed below it, and return whether that is done.

        Textual counts what has changed below a dialog as changed for ever, and paints the whole screen each time.
        """
        if not app.is_inline and self._dirty_regions:
            app.screen.refresh(*self._dirty_regions)
            self._dirty_regions.clear()
        return not app.is_inline

    def dimmed_rows(self, dialog: PaintsRegions[Result], region: Region) -> list[Strip] | None:
        """Return a region of the screen below a dialog; ``None`` if that does not shine through."""
        stack = dialog.app.screen_stack
        index = stack.index(dialog) if dialog in stack else 0
        below = stack[index - 1] if index else None
        if dialog.styles.background.a == 1 or not isinstance(below, PaintsRegions):
            return None
        return [self._dimming.blend(row, dialog) for row in below.regions.paint_rows(region)]

    def paint(self, region: Region) -> Iterator[PaintedStrip]:
        """Draw a region of the screen, from the widgets in front to those behind as far as they are seen."""
        seen_widgets = self._seen()
        waiting = [(region, 0)]
        while waiting:
            region, index = waiting.pop()
            while index < len(seen_widgets):
                widget, seen, whole = seen_widgets[index]
                index += 1
                overlap = seen.intersection(region)
                if not overlap:
                    continue
                strips = widget.render_lines(overlap.translate(-whole.offset))
                # A widget that is being removed may draw nothing: what is behind it is seen then.
                overlap = overlap.crop_size((overlap.width, len(strips)))
                yield from _placed(strips, overlap)
                waiting += [(rest, index) for rest in _without(region, overlap)]
                break

    def paint_rows(self, region: Region) -> list[Strip]:
        """Draw a region of the screen as whole rows."""
        rows: dict[int, list[PaintedStrip]] = {y: [] for y in region.line_range}
        for painted in self.paint(region):
            rows[painted.y].append(painted)
        return [
            Strip.join([strip for _, _, strip in sorted(pieces, key=_BY_PLACE)]).adjust_cell_length(region.width)
            for pieces in rows.values()
        ]

    def _seen(self) -> Sequence[_SeenWidget]:
        visible_widgets = self.visible_widgets
        if visible_widgets is not self._seen_of:
            self._seen_of = visible_widgets
            places = ((widget, region.intersection(clip), region) for widget, (region, clip) in visible_widgets.items())
            self._seen_widgets = [_SeenWidget(*place) for place in places if place[1]]
        return self._seen_widgets


class Dimming:
    """Blends rows with the colour of a dialog that lies over them."""

    def __init__(self) -> None:
        self._colour: Color | None = None
        self._styles: dict[Style | None, Style] = {}

    def blend(self, row: Strip, dialog: Widget) -> Strip:
        """Return the row as it is seen below this dialog."""
        colour = dialog.styles.background
        if colour != self._colour or len(self._styles) > _MOST_STYLES:
            self._colour, self._styles = colour, {}
        return Strip([Segment(text, self._blended(style, dialog)) for text, style, _ in row], row.cell_length)

    def _blended(self, style: Style | None, dialog: Widget) -> Style:
        blended = self._styles.get(style)
        if blended is None:
            segments = BackgroundScreen.process_segments([Segment(" ", style)], dialog.styles.background)
            seen = dialog.rich_style + next(iter(segments)).style
            blended = self._styles[style] = filtered_style(dialog, seen)
        return blended


class PaintsRegions(Screen[Result]):
    """A screen that paints only what has changed, also below a dialog."""

    app = getters.app(any_app)

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name, id, classes)
        self._compositor = self.regions = RegionCompositor()

    def _compositor_refresh(self) -> None:
        if self._layout_required and self._repaint_required:
            # The whole screen is painted right after the layout.
            return
        if self is self.app.screen or not self.regions.hand_up(self.app):
            super()._compositor_refresh()


def _is_displayed(widget: Widget) -> bool:
    return all(node.display for node in widget.ancestors_with_self)


def _placed(strips: Iterable[Strip], region: Region) -> Iterator[PaintedStrip]:
    """Give the rows of a region their places; a row that is too long is cut."""
    for y, strip in enumerate(strips, start=region.y):
        fitting = strip if strip.cell_length <= region.width else strip.crop(0, region.width)
        yield PaintedStrip(region.x, y, fitting)


def _rectangles(spans: Iterable[tuple[int, int, int]]) -> Iterator[Region]:
    """Join spans of rows, which come from top to bottom and do not overlap, to as few rectangles as is easily done."""
    growing: dict[tuple[int, int], tuple[int, int]] = {}
    for y, left, right in spans:
        first, end = growing.get((left, right), (y, y))
        if end != y:
            yield Region.from_corners(left, first, right, end)
            first = y
        growing[left, right] = first, y + 1
    for (left, right), (first, end) in growing.items():
        yield Region.from_corners(left, first, right, end)


def _without(region: Region, other: Region) -> list[Region]:
    """Return what is left of a region when another is taken out: at most four regions."""
    overlap = region.intersection(other)
    if not overlap:
        return [region]
    rests = (
        Region(region.x, region.y, region.width, overlap.y - region.y),
        Region(region.x, overlap.bottom, region.width, region.bottom - overlap.bottom),
        Region(region.x, overlap.y, overlap.x - region.x, overlap.height),
        Region(overlap.right, overlap.y, region.right - overlap.right, overlap.height),
    )
    return [rest for rest in rests if rest]
