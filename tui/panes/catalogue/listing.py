"""The rows of the catalogue: builds folded under their alias, filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.panes.catalogue.builds import Build, CatalogueRow
from tui.panes.catalogue.columns import COLUMNS, SortedColumn
from tui.panes.catalogue.filter import FilterTerm, parse_filter, searched_text, vocabulary_of

NAME = COLUMNS[0]


@dataclass(frozen=True, slots=True)
class CatalogueOrder:
    """The column that the rows are sorted by, and the direction."""

    column: SortedColumn = NAME
    descending: bool = False

    def next_column(self) -> CatalogueOrder:
        """Return the order by the column after this one; after the last column comes the first."""
        index = COLUMNS.index(self.column) + 1
        return CatalogueOrder(COLUMNS[index % len(COLUMNS)])

    def reverse(self) -> CatalogueOrder:
        return CatalogueOrder(self.column, not self.descending)

    def sorted_by(self, column_id: str) -> CatalogueOrder:
        """Return the order by a column, or this order reversed if the rows are sorted by that column already."""
        if column_id == self.column.id:
            return self.reverse()
        return CatalogueOrder(next(column for column in COLUMNS if column.id == column_id))


class CatalogueListing:
    """Every build of the catalogue, and the rows that are left by filter and folding, in their order."""

    def __init__(self) -> None:
        self.rows: list[CatalogueRow] = []
        self._families: dict[str, list[str]] = {}
        self._builds: dict[str, Build] = {}
        self._searched: dict[str, str] = {}
        self._vocabulary: frozenset[str] = frozenset()
        self._indexes: dict[str, list[int]] | None = None
        self._unfolded: set[str] = set()
        self._text = ""
        self._terms: tuple[FilterTerm, ...] = ()
        self._order = CatalogueOrder()

    @property
    def order(self) -> CatalogueOrder:
        return self._order

    @order.setter
    def order(self, order: CatalogueOrder) -> None:
        self._order = order
        self._arrange()

    @property
    def text(self) -> str:
        """The filter as it was typed."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        self._terms = parse_filter(text, self._vocabulary)
        self._arrange()

    @property
    def aliases(self) -> int:
        return len(self._families)

    @property
    def shown_aliases(self) -> int:
        """The number of aliases that the filter has left."""
        return sum(not row.is_child for row in self.rows)

    def set_builds(self, builds: Iterable[Build]) -> None:
        """Replace all builds; what is unfolded, the filter and the order stay."""
        self._builds = {build.model.key: build for build in builds}
        self._families = {}
        for key, build in self._builds.items():
            self._families.setdefault(build.model.alias, []).append(key)
        self._searched = {key: searched_text(build) for key, build in self._builds.items()}
        self._vocabulary = vocabulary_of(self._builds.values())
        self.text = self._text

    def update(self, builds: Sequence[Build]) -> list[int] | None:
        """Replace builds that are listed already.

        Returns the indexes of the rows to be drawn again, or ``None`` if the order of the rows may have changed.
        """
        reordered = False
        for build in builds:
            reordered = reordered or build.status is not self._builds[build.model.key].status
            self._builds[build.model.key] = build
        if reordered:
            self._arrange()
            return None
        indexes = sorted({index for build in builds for index in self._indexes_of(build.model.key)})
        for index in indexes:
            row = self.rows[index]
            self.rows[index] = replace(row, builds=tuple(self._builds[build.model.key] for build in row.builds))
        return indexes

    def fold(self, alias: str, folded: bool) -> None:
        """Hide or show the builds of an alias."""
        if folded:
            self._unfolded.discard(alias)
        else:
            self._unfolded.add(alias)
        self._arrange()

    def _arrange(self) -> None:
        matching = list(self._builds.items())
        for term in self._terms:
            matching = [(key, build) for key, build in matching if term(build, self._searched[key])]
        families: dict[str, list[Build]] = {}
        for _, build in matching:
            families.setdefault(build.model.alias, []).append(build)
        heads = [
            CatalogueRow(tuple(builds), of_several=len(self._families[alias]) > 1, folded=alias not in self._unfolded)
            for alias, builds in families.items()
        ]
        self.rows = []
        for head in self._sorted(heads):
            self.rows.append(head)
            if head.is_group and not head.folded:
                self.rows += self._sorted(
                    [CatalogueRow((build,), of_several=True, is_child=True) for build in head.builds]
                )
        self._indexes = None

    def _indexes_of(self, key: str) -> list[int]:
        """Return the indexes of the rows that a build is part of: its own and that of its alias."""
        if self._indexes is None:
            self._indexes = {}
            for index, row in enumerate(self.rows):
                for build in row.builds:
                    self._indexes.setdefault(build.model.key, []).append(index)
        return self._indexes.get(key, [])

    def _sorted(self, rows: list[CatalogueRow]) -> list[CatalogueRow]:
        """Sort rows by the column and then by name; rows without a value come last in either direction."""
        column, descending = self._order.column, self._order.descending
        rows.sort(key=NAME.value, reverse=descending and column is NAME)
        if column is NAME:
            return rows
        rows_with_value = [row for row in rows if column.value(row) is not None]
        unknown = [row for row in rows if column.value(row) is None]
        return sorted(rows_with_value, key=column.value, reverse=descending) + unknown
