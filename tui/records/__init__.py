"""The frozen records that cross any border of the house.

Times are nanoseconds of one clock as offsets from their own request's start; sizes are bytes. Unknown is ``None``,
never 0: only ``measure.units`` decides how that looks.

Those that the first frame has no use for (``library``, ``statistics``, ``comparison``) are imported from their modules.
"""

from __future__ import annotations

from tui.records.memory import (
    Fit,
    ForecastBasis,
    GpuReading,
    MemoryForecast,
    MemoryReading,
    ObservedMemory,
    Outlook,
)
from tui.records.models import (
    Adapter,
    AdapterOption,
    CatalogFacts,
    Endpoint,
    MemoryShape,
    Model,
    ModelState,
)
from tui.records.runs import (
    Disturbance,
    EnergySource,
    Environment,
    FinishReason,
    Load,
    Mode,
    ModelStatus,
    ModelSummary,
    Order,
    Plan,
    Prompt,
    Purpose,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
    TokensSource,
    Verdict,
    VerdictKind,
)

__all__ = [
    "Adapter",
    "AdapterOption",
    "CatalogFacts",
    "Disturbance",
    "Endpoint",
    "EnergySource",
    "Environment",
    "FinishReason",
    "Fit",
    "ForecastBasis",
    "GpuReading",
    "Load",
    "MemoryForecast",
    "MemoryReading",
    "MemoryShape",
    "Mode",
    "Model",
    "ModelState",
    "ModelStatus",
    "ModelSummary",
    "ObservedMemory",
    "Order",
    "Outlook",
    "Plan",
    "Prompt",
    "Purpose",
    "RunRecord",
    "RunStatus",
    "Sample",
    "SampleKind",
    "SampleStatus",
    "Timeline",
    "TokensSource",
    "Verdict",
    "VerdictKind",
]
