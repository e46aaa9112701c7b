"""The screen of the catalogue and its dialogs. They are imported when they are first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.catalogue.screen import CatalogueScreen as CatalogueScreen
    from tui.screens.catalogue.updates import CatalogueUpdates as CatalogueUpdates
else:
    __getattr__ = lazy_names(__name__, {"screen": ["CatalogueScreen"], "updates": ["CatalogueUpdates"]})
