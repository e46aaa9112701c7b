"""The pane with the list of the catalogue, its filter, and the number of models shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import on

from tui.panes.catalogue.builds import Build, CatalogueRow
from tui.panes.catalogue.listing import CatalogueListing, CatalogueOrder
from tui.panes.catalogue.table import CatalogueTable
from tui.panes.widgets.filter_line import FilterLine
from tui.panes.widgets.line_table import LineTable
from tui.panes.widgets.list_pane import ListPane


class CataloguePane(ListPane[CatalogueTable]):
    """The list of builds; what is folded, filtered and sorted stays when the builds are replaced."""

    def __init__(self) -> None:
        super().__init__("Catalogue", "model", CatalogueTable(), "Filter: a name, cached, gpu, <2gb, tool-calling, mit")
        self._listing = CatalogueListing()
        self._empty_text = ""

    @property
    def highlighted(self) -> CatalogueRow | None:
        """The row that the keys act on."""
        return self.table.highlighted

    def set_builds(self, builds: Iterable[Build], empty_text: str = "") -> None:
        """List these builds; ``empty_text`` is shown if there are none."""
        builds = tuple(builds)
        known = {
            "fit": any(build.fit is not None for build in builds),
            # Builds on the disk alone have a device while the catalogue is not known.
            "device": any(build.device for build in builds if build.disk_bytes is None),
        }
        self.table.without = [column for column, is_known in known.items() if not is_known]
        self._listing.set_builds(builds)
        self._empty_text = empty_text
        self._show()

    def update_builds(self, builds: Sequence[Build]) -> None:
        """Show the changes of builds that are listed already."""
        indexes = self._listing.update(builds)
        if indexes is None:
            self._show()
        else:
            self.table.redraw(indexes)

    def sort_next(self) -> None:
        self._sort_by(self._listing.order.next_column())

    def reverse_sort(self) -> None:
        self._sort_by(self._listing.order.reverse())

    @on(LineTable.SortRequested)
    def _sort(self, event: LineTable.SortRequested) -> None:
        event.stop()
        self._sort_by(self._listing.order.sorted_by(event.column_id))

    @on(CatalogueTable.FoldRequested)
    def _fold(self, event: CatalogueTable.FoldRequested) -> None:
        event.stop()
        self._listing.fold(event.alias, event.folded)
        self._show()
        self.table.reveal_children()

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._listing.text = event.text.strip()
        self._show(stay_near=False)

    def _sort_by(self, order: CatalogueOrder) -> None:
        self._listing.order = order
        self._show()

    def _show(self, *, stay_near: bool = True) -> None:
        listing, order = self._listing, self._listing.order
        self.table.show(
            listing.rows,
            order.column.id,
            ascending=not order.descending,
            stay_near=stay_near,
            empty=self.no_match_text if listing.text else self._empty_text,
        )
        self.show_counts(listing.shown_aliases, listing.aliases)
