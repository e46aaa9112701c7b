"""The table of engines, and the way from a model to the engine that runs it. A new engine is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tui.engines.adapter.engine import AdapterEngine
from tui.engines.contract import Engine
from tui.engines.endpoint.clients import EndpointClients
from tui.engines.foundry.engine import FoundryEngine
from tui.records import Model
from tui.records.engine_traits import ADAPTER, ENDPOINT, FOUNDRY

ENGINES: Final[Mapping[str, Callable[[Model], Engine]]] = {
    FOUNDRY: FoundryEngine,
    ENDPOINT: EndpointClients,
    ADAPTER: AdapterEngine,
}
"""The class of each engine of ``tui.records.engine_traits``."""


def start(model: Model) -> Engine:
    """An engine for one model; its process starts with ``load``."""
    return ENGINES.get(model.engine, FoundryEngine)(model)
