"""The frozen records that every layer of the package exchanges.

Times are nanoseconds of one clock, as offsets from the start of their own request; sizes are bytes. An unknown value is
``None``, never 0: only ``text.units`` decides how it is shown.

The first frame does not need all records: those of ``library``, ``statistics``, ``comparison`` and others are imported
from their modules.
"""

from __future__ import annotations

from tui.records.measurement_settings import Method, Mode, Order
from tui.records.memory import (
    Fit,
    FitForecast,
    ForecastBasis,
    GpuReading,
    MemoryForecast,
    MemoryReading,
    ObservedMemory,
)
from tui.records.models import (
    Adapter,
    AdapterOption,
    CatalogueFacts,
    Endpoint,
    MemoryShape,
    Model,
    ModelPurpose,
    ModelState,
)
from tui.records.plan import (
    Plan,
    Power,
    Preset,
    Prompt,
    Purpose,
    QuestionSettings,
    Sweep,
    SweepOf,
    asked_tokens,
)
from tui.records.run import (
    Environment,
    ExitCause,
    ExitKind,
    Load,
    RunEntry,
    RunFilter,
    RunOrder,
    RunRecord,
    RunState,
    RunStatus,
)
from tui.records.sample import (
    ASKED_TO_WAIT,
    MAYBE_CACHED,
    NEW_CONNECTION,
    RATE_UNSURE,
    TOKENS_ESTIMATED,
    TOKENS_HIDDEN,
    Disturbance,
    EnergySource,
    FinishReason,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
    TokensSource,
)
from tui.records.summary import (
    ModelStatus,
    ModelSummary,
)

__all__ = [
    "ASKED_TO_WAIT",
    "MAYBE_CACHED",
    "NEW_CONNECTION",
    "RATE_UNSURE",
    "TOKENS_ESTIMATED",
    "TOKENS_HIDDEN",
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
    "ModelPurpose",
    "ModelState",
    "ModelStatus",
    "ModelSummary",
    "ObservedMemory",
    "Order",
    "Plan",
    "Power",
    "Preset",
    "Prompt",
    "Purpose",
    "QuestionSettings",
    "RunEntry",
    "RunFilter",
    "RunOrder",
    "RunRecord",
    "RunState",
    "RunStatus",
    "Sample",
    "SampleKind",
    "SampleStatus",
    "Sweep",
    "SweepOf",
    "Timeline",
    "TokensSource",
    "asked_tokens",
]
