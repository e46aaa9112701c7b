"""The catalogue as it is listed: builds folded under their alias, filtered, sorted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.panes.catalogue.builds import Build, CatalogueRow
from tui.panes.catalogue.columns import COLUMNS, SortedColumn
from tui.panes.catalogue.filter import Term, searched_text, terms_of, vocabulary

NAME = COLUMNS[0]


@dataclass(frozen=True, slots=True)
class CatalogueOrder:
    """The column that the rows are sorted by."""

    column: SortedColumn = NAME
    descending: bool = False

    def next(self) -> CatalogueOrder:
        """By the column after this one; after the last comes the first."""
        place = COLUMNS.index(self.column) + 1
        return CatalogueOrder(COLUMNS[place % len(COLUMNS)])

    def turned(self) -> CatalogueOrder:
        return CatalogueOrder(self.column, not self.descending)

    def by(self, column_id: str) -> CatalogueOrder:
        """By this column; the other way round where it is sorted by already."""
        if column_id == self.column.id:
            return self.turned()
        return CatalogueOrder(next(column for column in COLUMNS if column.id == column_id))


class CatalogueListing:
    """Holds every build, and the rows that are to be shown of them."""

    def __init__(self) -> None:
        self.rows: list[CatalogueRow] = []
        self._families: dict[str, list[str]] = {}
        self._builds: dict[str, Build] = {}
        self._searched: dict[str, str] = {}
        self._known: frozenset[str] = frozenset()
        self._places: dict[str, list[int]] | None = None
        self._unfolded: set[str] = set()
        self._text = ""
        self._terms: tuple[Term, ...] = ()
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
        """What the rows are filtered by."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        self._terms = terms_of(text, self._known)
        self._arrange()

    @property
    def aliases(self) -> int:
        return len(self._families)

    @property
    def shown_aliases(self) -> int:
        """How many are left by the filter."""
        return sum(not row.child for row in self.rows)

    def set_builds(self, builds: Iterable[Build]) -> None:
        """List these builds instead of those before; what is unfolded, filtered and sorted stays so."""
        self._builds = {build.model.key: build for build in builds}
        self._families = {}
        for key, build in self._builds.items():
            self._families.setdefault(build.model.alias, []).append(key)
        self._searched = {key: searched_text(build) for key, build in self._builds.items()}
        self._known = vocabulary(self._builds.values())
        self.text = self._text

    def update(self, builds: Sequence[Build]) -> list[int] | None:
        """Take in builds that are listed already. Gives the rows to draw anew; ``None`` where their order is new."""
        moved = False
        for build in builds:
            moved = moved or build.status is not self._builds[build.model.key].status
            self._builds[build.model.key] = build
        if moved:
            self._arrange()
            return None
        places = sorted({place for build in builds for place in self._places_of(build.model.key)})
        for place in places:
            row = self.rows[place]
            self.rows[place] = replace(row, builds=self._now(build.model.key for build in row.builds))
        return places

    def fold(self, alias: str, folded: bool) -> None:
        """Hide or show the builds of an alias."""
        if folded:
            self._unfolded.discard(alias)
        else:
            self._unfolded.add(alias)
        self._arrange()

    def _now(self, keys: Iterable[str]) -> tuple[Build, ...]:
        return tuple(self._builds[key] for key in keys)

    def _arrange(self) -> None:
        kept = list(self._builds.items())
        for term in self._terms:
            kept = [(key, build) for key, build in kept if term(build, self._searched[key])]
        families: dict[str, list[Build]] = {}
        for _, build in kept:
            families.setdefault(build.model.alias, []).append(build)
        heads = [
            CatalogueRow(tuple(builds), several=len(self._families[alias]) > 1, folded=alias not in self._unfolded)
            for alias, builds in families.items()
        ]
        self.rows = []
        for head in self._sorted(heads):
            self.rows.append(head)
            if head.heading and not head.folded:
                self.rows += self._sorted([CatalogueRow((build,), several=True, child=True) for build in head.builds])
        self._places = None

    def _places_of(self, key: str) -> list[int]:
        """The rows that a build stands in: its own, and its alias's."""
        if self._places is None:
            self._places = {}
            for place, row in enumerate(self.rows):
                for build in row.builds:
                    self._places.setdefault(build.model.key, []).append(place)
        return self._places.get(key, [])

    def _sorted(self, rows: list[CatalogueRow]) -> list[CatalogueRow]:
        """By the column, then by name; what is not known comes last in either direction."""
        column, descending = self._order.column, self._order.descending
        rows.sort(key=NAME.value, reverse=descending and column is NAME)
        if column is NAME:
            return rows
        known = [row for row in rows if column.value(row) is not None]
        unknown = [row for row in rows if column.value(row) is None]
        return sorted(known, key=column.value, reverse=descending) + unknown
