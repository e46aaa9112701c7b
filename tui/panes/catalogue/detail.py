"""The details of one build: what the catalogue has about it, its files, its fit into memory and its licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tui.panes.catalogue.builds import IN_TRANSFER, Build, BuildStatus, CatalogueRow
from tui.panes.catalogue.downloads import bytes_text, progress_text
from tui.panes.widgets.facts import MUTED_STYLE, Fact, FactsPane
from tui.panes.widgets.styles import fit_sentence
from tui.records.library import Download
from tui.text import units
from tui.text.cells import printable

_SAFE_LINKS: Final = ("https://", "http://")


def build_facts(row: CatalogueRow, memory: Sequence[str] = ()) -> list[Fact]:
    """Return every fact about the row's leading build, those that decide on a download first.

    ``memory`` has the sentences on what it is expected to take. A fact that is unknown has no words.
    """
    build = row.lead
    model, catalogue = build.model, build.model.catalog
    download = build.download if build.status in IN_TRANSFER else None
    facts = [
        Fact("State", build.state_text),
        Fact("Download", _download_lines(download) if download else None),
        Fact("Memory", fit_sentence(build.fit, build.context_that_fits) if build.fit else None),
        *(Fact("", words) for words in memory),
        Fact("Size", _text_if_known(units.size(build.size_bytes))),
        Fact("On disk", _text_if_known(units.size(build.disk_bytes))),
        Fact("Device", " · ".join(part for part in (build.device, build.provider) if part)),
        Fact("Context", _tokens_text(model.context_tokens)),
        Fact("Output limit", _tokens_text(catalogue.max_output_tokens) if catalogue else None),
        Fact("Capabilities", ", ".join(model.capabilities)),
    ]
    if catalogue is not None:
        facts += [
            Fact("Task", catalogue.task),
            Fact("Takes", ", ".join(catalogue.inputs)),
            Fact("Gives", ", ".join(catalogue.outputs)),
            Fact("Publisher", catalogue.publisher),
            Fact("Format", catalogue.model_type),
        ]
    facts += [
        Fact("Version", _text_if_known(units.count(build.version))),
        Fact("Published", (catalogue.created_at or "")[:10] if catalogue else None),
        Fact("Id", model.model_id),
        Fact("Folder", str(model.folder) if model.folder else None),
        Fact("Address", catalogue.uri if catalogue else None),
    ]
    return facts


def _download_lines(download: Download) -> str:
    return "\n".join((bytes_text(download), *progress_text(download).split(" · ")))


def _text_if_known(text: str) -> str | None:
    return None if text == units.UNKNOWN else text


def _tokens_text(tokens: int | None) -> str | None:
    return None if tokens is None else f"{units.count(tokens)} tokens"


class CatalogueDetail(FactsPane):
    """The details of the build that the keys act on."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Details"
        self._row: CatalogueRow | None = None
        self._memory: Sequence[str] = ()
        self._shown: Content | None = None
        # The list may describe a row a moment before the screen has mounted this text, or after it has removed it.
        self._text = Static("", id="catalogue-detail")

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, row: CatalogueRow | None, memory: Sequence[str] = ()) -> None:
        """Show the row's leading build; ``memory`` has what it is expected to take when it is loaded."""
        self._row, self._memory = row, memory
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        words = Content("") if self._row is None else self._words(self._row, self._memory)
        if words != self._shown:
            # Progress changes figures but not the number of lines, and then no layout is needed.
            grows = self._shown is None or _layout_key(words) != _layout_key(self._shown)
            self._shown = words
            self._text.update(words, layout=grows)

    def _words(self, row: CatalogueRow, memory: Sequence[str]) -> Content:
        model, catalogue = row.lead.model, row.lead.model.catalog
        lines = [Content.styled(printable(model.key), "bold $primary")]
        if catalogue is not None and catalogue.display_name and catalogue.display_name != model.alias:
            lines.append(Content.styled(printable(catalogue.display_name), MUTED_STYLE))
        if row.is_group:
            others = [build for build in row.builds if build is not row.lead]
            names = ", ".join(build.model.key.removeprefix(row.alias) for build in others)
            words = f"one of {len(row.builds)} builds: also {names}"
            lines.append(Content.styled(printable(words), MUTED_STYLE))
        if note := _note(row.lead):
            lines += [Content(""), Content(_sentence(printable(note)))]
        lines.append(Content(""))
        lines += self.lines(build_facts(row, memory))
        licence = self._licence(row)
        return Content("\n").join([*lines, Content(""), *licence] if licence else lines)

    def _licence(self, row: CatalogueRow) -> list[Content]:
        model, catalogue = row.lead.model, row.lead.model.catalog
        lines = self.lines([Fact("Licence", model.license)])
        if catalogue is None:
            return lines
        url = catalogue.license_url or ""
        if url.startswith(_SAFE_LINKS):
            shown = printable(url)
            lines.append(Content(shown).stylize(Style(link=shown, underline=True)))
        if catalogue.license_description:
            lines.append(Content.styled(printable(catalogue.license_description), MUTED_STYLE))
        return lines


def _note(build: Build) -> str:
    """The note on a model; of one that may be in the catalogue, what the keys of this screen can do about it."""
    if build.status is BuildStatus.NOT_HERE:
        return "not on this machine: once the catalogue was read (F5, with a network), D downloads it if it is there"
    return build.model.note


def _layout_key(words: Content) -> tuple[str, int]:
    """Return what the height of the text depends on: the model's name and the number of lines."""
    name, _, rest = words.plain.partition("\n")
    return name, rest.count("\n")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."
