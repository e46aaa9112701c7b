"""Lists the models on the disk alone, without a catalogue or registrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tui.library import runnable_models
from tui.library.runnable_models import Configured
from tui.records import Model


def find_models(configured: Mapping[str, Configured], folders: Sequence[Path] = ()) -> tuple[Model, ...]:
    """List practice models, models of configured folders, models in ``folders``, and those that are only configured."""
    on_disk = runnable_models.find_on_disk(configured, folders)
    listed = {model.alias for model, _ in on_disk}
    return (*runnable_models.with_own_keys(on_disk), *runnable_models.named_only(configured, listed))
