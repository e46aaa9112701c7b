"""The models on the disk alone, without a catalogue or registrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tui.engines import catalog
from tui.engines.catalog import Configured
from tui.records import Model


def find_models(configured: Mapping[str, Configured], folders: Sequence[Path] = ()) -> tuple[Model, ...]:
    """Practice models, configured folders, what is in the folders, then what is only configured."""
    found = catalog.find_on_disk(configured, folders)
    listed = {model.alias for model, _ in found}
    return (*catalog.with_own_keys(found), *catalog.named_only(configured, listed))
