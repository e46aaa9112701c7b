"""The frozen records that cross any border of the house.

Times are nanoseconds of one clock as offsets from their own request's start; sizes are bytes. Unknown is ``None``,
never 0: only ``measure.units`` decides how that looks.

Those that the first frame has no use for (``library``, ``statistics``, ``comparison``) are imported from their modules.
"""

from __future__ import annotations

from tui.records.memory import (
    Fit,
    FitForecast,
    ForecastBasis,
    GpuReading,
    MemoryForecast,
    MemoryReading,
    ObservedMemory,
)
from tui.records.method import Method, Mode, Order
from tui.records.models import (
    Adapter,
    AdapterOption,
    CatalogueFacts,
    Endpoint,
    MemoryShape,
    Model,
    ModelState,
)
from tui.records.runs import (
    Disturbance,
    EnergySource,
    Environment,
    ExitCause,
    ExitKind,
    FinishReason,
    Load,
    ModelStatus,
    ModelSummary,
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
)

__all__ = [
    "Adapter",
    "AdapterOption",
    "CatalogueFacts",
    "Disturbance",
    "Endpoint",
    "EnergySource",
    "Environment",
    "ExitCause",
    "ExitKind",
    "FinishReason",
    "Fit",
    "FitForecast",
    "ForecastBasis",
    "GpuReading",
    "Load",
    "MemoryForecast",
    "MemoryReading",
    "MemoryShape",
    "Method",
    "Mode",
    "Model",
    "ModelState",
    "ModelStatus",
    "ModelSummary",
    "ObservedMemory",
    "Order",
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
]
