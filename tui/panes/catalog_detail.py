"""Everything that is known of one build."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tui.measure import units
from tui.panes.builds import IN_TRANSFER, Row
from tui.panes.downloads import bytes_of, words_on
from tui.panes.wrap import visible

_LABEL_CELLS: Final = 14
_LEAST_CELLS: Final = 12
_QUIET: Final = "$foreground-muted"
_SAFE_LINKS: Final = ("https://", "http://")
Fact = tuple[str, str]


def facts_of(row: Row) -> list[Fact]:
    """Label and words of everything that is known; what is unknown is left out."""
    build = row.lead
    model, catalog = build.model, build.model.catalog
    download = build.download if build.status in IN_TRANSFER else None
    facts: list[tuple[str, str | None]] = [
        ("State", build.state_text),
        ("Download", "\n".join((bytes_of(download), *words_on(download).split(" · "))) if download else None),
        ("Size", _known(units.size(build.size_bytes))),
        ("On disk", _known(units.size(build.disk_bytes))),
        ("Memory", build.fit.value if build.fit else None),
        ("Device", " · ".join(part for part in (build.device, build.provider) if part)),
        ("Context", _counted(model.context_tokens)),
        ("Output limit", _counted(catalog.max_output_tokens) if catalog else None),
        ("Capabilities", ", ".join(model.capabilities)),
    ]
    if catalog is not None:
        facts += [
            ("Task", catalog.task),
            ("Takes", ", ".join(catalog.inputs)),
            ("Gives", ", ".join(catalog.outputs)),
            ("Publisher", catalog.publisher),
            ("Format", catalog.model_type),
        ]
    facts += [
        ("Version", _known(units.count(build.version))),
        ("Published", (catalog.created_at or "")[:10] if catalog else None),
        ("Id", model.model_id),
        ("Folder", str(model.folder) if model.folder else None),
        ("Address", catalog.uri if catalog else None),
    ]
    return [(label, words) for label, words in facts if words]


def _known(text: str) -> str | None:
    return None if text == units.UNKNOWN else text


def _counted(tokens: int | None) -> str | None:
    return None if tokens is None else f"{units.count(tokens)} tokens"


class CatalogDetail(VerticalScroll):
    """The build that the keys act on, in words; scrolls where it does not fit."""

    DEFAULT_CSS = """
    CatalogDetail {
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > Static { width: 1fr; height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Details"
        self._row: Row | None = None
        self._memory: Sequence[str] = ()
        self._shown: Content | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="catalog-detail")

    def show(self, row: Row | None, memory: Sequence[str] = ()) -> None:
        """Describe the build that stands for this row; ``memory`` is what is expected of it when loaded."""
        self._row, self._memory = row, memory
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        words = Content("") if self._row is None else self._words(self._row, self._memory)
        if words != self._shown:
            # Progress changes figures, not the number of lines: then nothing has to be laid out.
            grows = self._shown is None or _form(words) != _form(self._shown)
            self._shown = words
            self.query_one("#catalog-detail", Static).update(words, layout=grows)

    def _words(self, row: Row, memory: Sequence[str]) -> Content:
        model, catalog = row.lead.model, row.lead.model.catalog
        lines = [Content.styled(visible(model.key), "bold $primary")]
        if catalog is not None and catalog.display_name and catalog.display_name != model.alias:
            lines.append(Content.styled(visible(catalog.display_name), _QUIET))
        if row.heading:
            others = [build for build in row.builds if build is not row.lead]
            names = ", ".join(build.model.key.removeprefix(row.alias) for build in others)
            words = f"one of {len(row.builds)} builds: also {names}"
            lines.append(Content.styled(visible(words), _QUIET))
        if model.note:
            lines += [Content(""), Content(_sentence(visible(model.note)))]
        lines.append(Content(""))
        lines += [self._fact(label, words) for label, words in facts_of(row)]
        lines += [self._fact("" if place else "Expected", words) for place, words in enumerate(memory)]
        licence = self._licence(row)
        return Content("\n").join([*lines, Content(""), *licence] if licence else lines)

    def _licence(self, row: Row) -> list[Content]:
        model, catalog = row.lead.model, row.lead.model.catalog
        lines: list[Content] = []
        if model.license:
            lines.append(self._fact("Licence", model.license))
        if catalog is None:
            return lines
        url = catalog.license_url or ""
        if url.startswith(_SAFE_LINKS):
            shown = visible(url)
            lines.append(Content(shown).stylize(Style(link=shown, underline=True)))
        if catalog.license_description:
            lines.append(Content.styled(visible(catalog.license_description), _QUIET))
        return lines

    def _fact(self, label: str, words: str) -> Content:
        """Words beside their label, wrapped beside it as well."""
        cells = max(_LEAST_CELLS, self.scrollable_content_region.width - _LABEL_CELLS)
        rows = [part for line in visible(words).split("\n") for part in textwrap.wrap(line, cells) or [""]]
        return Content("\n").join(
            [Content.assemble(_label("" if place else label), row) for place, row in enumerate(rows)]
        )


def _form(words: Content) -> tuple[str, int]:
    """What decides the height: the model that is described, and the number of lines."""
    name, _, rest = words.plain.partition("\n")
    return name, rest.count("\n")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


def _label(text: str) -> Content:
    return Content.styled(f"{text:<{_LABEL_CELLS}}", _QUIET)
