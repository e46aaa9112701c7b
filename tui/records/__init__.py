"""The frozen records that every layer of the package exchanges.

Times are nanoseconds of one clock, as offsets from the start of their own request; sizes are bytes. An unknown value is
``None``, never 0: only ``text.units`` decides how it is shown.

A module of records is imported when one of them is first used, since the first frame needs none: a pane writes
``from tui import records`` and ``records.Model`` where it runs, and imports a name that stands in annotations alone for
the type checker. The records of ``library``, ``statistics``, ``comparison`` and others are imported from their modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.records.engine_traits import ExitCause as ExitCause
    from tui.records.engine_traits import ExitKind as ExitKind
    from tui.records.measurement_settings import Method as Method
    from tui.records.measurement_settings import Mode as Mode
    from tui.records.measurement_settings import Order as Order
    from tui.records.memory import Fit as Fit
    from tui.records.memory import FitForecast as FitForecast
    from tui.records.memory import ForecastBasis as ForecastBasis
    from tui.records.memory import GpuReading as GpuReading
    from tui.records.memory import MemoryForecast as MemoryForecast
    from tui.records.memory import MemoryReading as MemoryReading
    from tui.records.memory import ObservedMemory as ObservedMemory
    from tui.records.models import Adapter as Adapter
    from tui.records.models import AdapterOption as AdapterOption
    from tui.records.models import CatalogueFacts as CatalogueFacts
    from tui.records.models import Endpoint as Endpoint
    from tui.records.models import MemoryShape as MemoryShape
    from tui.records.models import Model as Model
    from tui.records.models import ModelPurpose as ModelPurpose
    from tui.records.models import ModelState as ModelState
    from tui.records.models import ServedBuild as ServedBuild
    from tui.records.plan import Pack as Pack
    from tui.records.plan import Plan as Plan
    from tui.records.plan import Power as Power
    from tui.records.plan import Preset as Preset
    from tui.records.plan import Prompt as Prompt
    from tui.records.plan import PromptPack as PromptPack
    from tui.records.plan import Purpose as Purpose
    from tui.records.plan import QuestionSettings as QuestionSettings
    from tui.records.plan import Sweep as Sweep
    from tui.records.plan import SweepOf as SweepOf
    from tui.records.plan import asked_tokens as asked_tokens
    from tui.records.run import Environment as Environment
    from tui.records.run import Load as Load
    from tui.records.run import ModelPace as ModelPace
    from tui.records.run import RunEntry as RunEntry
    from tui.records.run import RunFilter as RunFilter
    from tui.records.run import RunOrder as RunOrder
    from tui.records.run import RunRecord as RunRecord
    from tui.records.run import RunState as RunState
    from tui.records.run import RunStatus as RunStatus
    from tui.records.sample import ANSWER_TOO_LONG as ANSWER_TOO_LONG
    from tui.records.sample import ANSWERED_BY as ANSWERED_BY
    from tui.records.sample import ASKED_TO_WAIT as ASKED_TO_WAIT
    from tui.records.sample import COUNT_DOUBTED as COUNT_DOUBTED
    from tui.records.sample import COUNTS_DIFFER as COUNTS_DIFFER
    from tui.records.sample import END_UNKNOWN as END_UNKNOWN
    from tui.records.sample import IN_LUMPS as IN_LUMPS
    from tui.records.sample import MAYBE_CACHED as MAYBE_CACHED
    from tui.records.sample import NEW_CONNECTION as NEW_CONNECTION
    from tui.records.sample import NOT_LISTED as NOT_LISTED
    from tui.records.sample import OTHER_PROVIDER as OTHER_PROVIDER
    from tui.records.sample import PROMPT_CACHED as PROMPT_CACHED
    from tui.records.sample import PROMPT_CUT as PROMPT_CUT
    from tui.records.sample import RATE_UNSURE as RATE_UNSURE
    from tui.records.sample import SENT_AS as SENT_AS
    from tui.records.sample import SERVER_MEMORY as SERVER_MEMORY
    from tui.records.sample import THROUGH_PROXY as THROUGH_PROXY
    from tui.records.sample import TOKENS_BY_TOKENIZER as TOKENS_BY_TOKENIZER
    from tui.records.sample import TOKENS_ESTIMATED as TOKENS_ESTIMATED
    from tui.records.sample import TOKENS_HIDDEN as TOKENS_HIDDEN
    from tui.records.sample import Disturbance as Disturbance
    from tui.records.sample import EnergySource as EnergySource
    from tui.records.sample import Exchange as Exchange
    from tui.records.sample import FinishReason as FinishReason
    from tui.records.sample import Sample as Sample
    from tui.records.sample import SampleKind as SampleKind
    from tui.records.sample import SampleStatus as SampleStatus
    from tui.records.sample import Timeline as Timeline
    from tui.records.sample import TokensSource as TokensSource
    from tui.records.summary import ModelStatus as ModelStatus
    from tui.records.summary import ModelSummary as ModelSummary
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "engine_traits": ["ExitCause", "ExitKind"],
            "measurement_settings": ["Method", "Mode", "Order"],
            "memory": [
                "Fit",
                "FitForecast",
                "ForecastBasis",
                "GpuReading",
                "MemoryForecast",
                "MemoryReading",
                "ObservedMemory",
            ],
            "models": [
                "Adapter",
                "AdapterOption",
                "CatalogueFacts",
                "Endpoint",
                "MemoryShape",
                "Model",
                "ModelPurpose",
                "ModelState",
                "ServedBuild",
            ],
            "plan": [
                "Pack",
                "Plan",
                "Power",
                "Preset",
                "Prompt",
                "PromptPack",
                "Purpose",
                "QuestionSettings",
                "Sweep",
                "SweepOf",
                "asked_tokens",
            ],
            "run": [
                "Environment",
                "Load",
                "ModelPace",
                "RunEntry",
                "RunFilter",
                "RunOrder",
                "RunRecord",
                "RunState",
                "RunStatus",
            ],
            "sample": [
                "ANSWER_TOO_LONG",
                "ANSWERED_BY",
                "ASKED_TO_WAIT",
                "COUNT_DOUBTED",
                "COUNTS_DIFFER",
                "END_UNKNOWN",
                "IN_LUMPS",
                "MAYBE_CACHED",
                "NEW_CONNECTION",
                "NOT_LISTED",
                "OTHER_PROVIDER",
                "PROMPT_CACHED",
                "PROMPT_CUT",
                "RATE_UNSURE",
                "SENT_AS",
                "SERVER_MEMORY",
                "THROUGH_PROXY",
                "TOKENS_BY_TOKENIZER",
                "TOKENS_ESTIMATED",
                "TOKENS_HIDDEN",
                "Disturbance",
                "EnergySource",
                "Exchange",
                "FinishReason",
                "Sample",
                "SampleKind",
                "SampleStatus",
                "Timeline",
                "TokensSource",
            ],
            "summary": ["ModelStatus", "ModelSummary"],
        },
    )
