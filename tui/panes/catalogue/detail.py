"""Everything that is known of one build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tui.panes.catalogue.builds import IN_TRANSFER, CatalogueRow
from tui.panes.catalogue.downloads import bytes_text, progress_text
from tui.panes.widgets.facts import MUTED_STYLE, Fact, FactsPane
from tui.records.library import Download
from tui.text import units
from tui.text.cells import printable

_SAFE_LINKS: Final = ("https://", "http://")


def facts_of(row: CatalogueRow) -> list[Fact]:
    """Everything that there may be to know."""
    build = row.lead
    model, catalog = build.model, build.model.catalog
    download = build.download if build.status in IN_TRANSFER else None
    facts = [
        Fact("State", build.state_text),
        Fact("Download", _download_lines(download) if download else None),
        Fact("Size", _known(units.size(build.size_bytes))),
        Fact("On disk", _known(units.size(build.disk_bytes))),
        Fact("Memory", build.fit.value if build.fit else None),
        Fact("Device", " · ".join(part for part in (build.device, build.provider) if part)),
        Fact("Context", _counted(model.context_tokens)),
        Fact("Output limit", _counted(catalog.max_output_tokens) if catalog else None),
        Fact("Capabilities", ", ".join(model.capabilities)),
    ]
    if catalog is not None:
        facts += [
            Fact("Task", catalog.task),
            Fact("Takes", ", ".join(catalog.inputs)),
            Fact("Gives", ", ".join(catalog.outputs)),
            Fact("Publisher", catalog.publisher),
            Fact("Format", catalog.model_type),
        ]
    facts += [
        Fact("Version", _known(units.count(build.version))),
        Fact("Published", (catalog.created_at or "")[:10] if catalog else None),
        Fact("Id", model.model_id),
        Fact("Folder", str(model.folder) if model.folder else None),
        Fact("Address", catalog.uri if catalog else None),
    ]
    return facts


def _download_lines(download: Download) -> str:
    return "\n".join((bytes_text(download), *progress_text(download).split(" · ")))


def _known(text: str) -> str | None:
    return None if text == units.UNKNOWN else text


def _counted(tokens: int | None) -> str | None:
    return None if tokens is None else f"{units.count(tokens)} tokens"


class CatalogueDetail(FactsPane):
    """The build that the keys act on, in words; scrolls where it does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Details"
        self._row: CatalogueRow | None = None
        self._memory: Sequence[str] = ()
        self._shown: Content | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="catalogue-detail")

    def show(self, row: CatalogueRow | None, memory: Sequence[str] = ()) -> None:
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
            self.query_one("#catalogue-detail", Static).update(words, layout=grows)

    def _words(self, row: CatalogueRow, memory: Sequence[str]) -> Content:
        model, catalog = row.lead.model, row.lead.model.catalog
        lines = [Content.styled(printable(model.key), "bold $primary")]
        if catalog is not None and catalog.display_name and catalog.display_name != model.alias:
            lines.append(Content.styled(printable(catalog.display_name), MUTED_STYLE))
        if row.heading:
            others = [build for build in row.builds if build is not row.lead]
            names = ", ".join(build.model.key.removeprefix(row.alias) for build in others)
            words = f"one of {len(row.builds)} builds: also {names}"
            lines.append(Content.styled(printable(words), MUTED_STYLE))
        if model.note:
            lines += [Content(""), Content(_sentence(printable(model.note)))]
        lines.append(Content(""))
        lines += self.lines(facts_of(row))
        lines += self.lines(Fact("" if place else "Expected", words) for place, words in enumerate(memory))
        licence = self._licence(row)
        return Content("\n").join([*lines, Content(""), *licence] if licence else lines)

    def _licence(self, row: CatalogueRow) -> list[Content]:
        model, catalog = row.lead.model, row.lead.model.catalog
        lines = self.lines([Fact("Licence", model.license)])
        if catalog is None:
            return lines
        url = catalog.license_url or ""
        if url.startswith(_SAFE_LINKS):
            shown = printable(url)
            lines.append(Content(shown).stylize(Style(link=shown, underline=True)))
        if catalog.license_description:
            lines.append(Content.styled(printable(catalog.license_description), MUTED_STYLE))
        return lines


def _form(words: Content) -> tuple[str, int]:
    """What decides the height: the model that is described, and the number of lines."""
    name, _, rest = words.plain.partition("\n")
    return name, rest.count("\n")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."
