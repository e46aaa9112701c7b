"""Which engine runs a model."""

from __future__ import annotations

from typing import Final

from tui.engines import adapter, endpoint, foundry
from tui.engines.engine import Engine
from tui.records import Model

ENDPOINT: Final = "endpoint"
"""The engine of models that a server runs."""


def start(model: Model) -> Engine:
    """An engine for one model; its process starts with ``load``."""
    match model.engine:
        case "endpoint":
            return endpoint.start(model)
        case "adapter":
            return adapter.start(model)
        case _:
            return foundry.start(model)
