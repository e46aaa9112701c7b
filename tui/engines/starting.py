"""Which engine runs a model."""

from __future__ import annotations

from tui.engines.adapter import engine
from tui.engines.endpoint import engine as endpoint
from tui.engines.engine import Engine
from tui.engines.foundry import engine as foundry
from tui.records import Model
from tui.records.models import ADAPTER, ENDPOINT


def start(model: Model) -> Engine:
    """An engine for one model; its process starts with ``load``."""
    if model.engine == ENDPOINT:
        return endpoint.start(model)
    return engine.start(model) if model.engine == ADAPTER else foundry.start(model)
