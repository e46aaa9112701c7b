"""What has happened to each model: the moments that the chart marks, and how a model ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.lazy import lazy_module
from tui.text import units

if TYPE_CHECKING:
    from tui.bench import events as run_events
else:
    run_events = lazy_module("tui.bench.events")

_MOST_MARKS: Final = 256


class Moment(Enum):
    """The moments that are marked on the time axis, each with its sign."""

    LOAD = "▸"
    READY = "●"
    FIRST_TOKEN = "◆"
    ENDED = "✕"


ENDED: Final = "ended"
ENDED_EARLIER: Final = "ended earlier"
"""How a model ended before the run that goes on now."""
LEGEND: Final = "▸ load  ● ready  ◆ first token  ✕ ended"
SHORT_LEGEND: Final = "▸load ●ready ◆token ✕ended"


class MomentMark(NamedTuple):
    """One moment of one model."""

    at_s: float
    key: str
    moment: Moment
    words: str = ""
    """The cause, if the model was not unloaded but died."""


@dataclass(slots=True)
class LoadState:
    """The state of a model since its last load began."""

    forecast_bytes: int | None = None
    loading: bool = True
    has_text: bool = False
    answered: bool = False
    """Whether its first request has ended, so that the forecast can be compared with the peak."""
    exit_kind: str = ""
    """The kind of its exit cause if it was not unloaded but died; empty otherwise."""
    ending: str = ""
    """How it ended, or how much memory came back, in words; empty while it is loaded."""
    warm: bool = False
    """Whether it is sent a short request now and then while it is idle."""


class MemoryMarkers:
    """Follows the events of runs, and keeps the marks of the last few hundred moments."""

    def __init__(self) -> None:
        self.marks: deque[MomentMark] = deque(maxlen=_MOST_MARKS)
        self._states: dict[str, LoadState] = {}
        self._warm: set[str] = set()

    def state_of(self, key: str) -> LoadState:
        """Return the state of a model; one whose load was not seen is taken as loaded."""
        return replace(self._states.get(key) or LoadState(loading=False), warm=key in self._warm)

    @property
    def awaited_forecasts(self) -> dict[str, int]:
        """The forecasts of the models whose first request has not ended yet."""
        return {
            key: state.forecast_bytes
            for key, state in self._states.items()
            if state.forecast_bytes is not None and not state.answered and not state.ending
        }

    def follow(
        self, event: run_events.Event, now_s: float, peak_of: Callable[[str], int | None] = lambda _: None
    ) -> None:
        """Record what an event means for a model; ``now_s`` is from the clock of the memory readings.

        ``peak_of`` gives the most memory that a model has taken.
        """
        match event:
            case run_events.RunStarted():
                for state in self._states.values():
                    state.ending = ENDED_EARLIER if state.ending and not state.exit_kind else state.ending
            case run_events.ModelLoading(key=key, fit_forecast=fit):
                self._states[key] = LoadState(forecast_bytes=fit.forecast.total_bytes if fit else None)
                self._mark(now_s, key, Moment.LOAD)
            case run_events.ModelLoaded(key=key):
                self._state(key).loading = False
                self._mark(now_s, key, Moment.READY)
            case run_events.FirstToken(key=key) if not self._state(key).has_text:
                self._state(key).has_text = True
                self._mark(now_s, key, Moment.FIRST_TOKEN)
            case run_events.SampleFinished(key=key):
                self._state(key).answered = True
            case run_events.ModelUnloaded(key=key, left_bytes=left_bytes):
                self._state(key).ending = _ending_text(left_bytes, peak_of(key))
                self._mark(now_s, key, Moment.ENDED)
            case run_events.ModelDied(key=key, cause=cause):
                state = self._state(key)
                state.exit_kind, state.ending = cause.kind.value, str(cause)
                self._mark(now_s, key, Moment.ENDED, cause.kind.value)
            case run_events.KeptWarm(key=key, every_s=every_s):
                self._warm = self._warm - {key} if every_s is None else self._warm | {key}
            case _:
                # The other events have nothing to do with memory.
                pass

    def _state(self, key: str) -> LoadState:
        return self._states.setdefault(key, LoadState(loading=False, has_text=True))

    def _mark(self, now_s: float, key: str, moment: Moment, words: str = "") -> None:
        self.marks.append(MomentMark(now_s, key, moment, words))


def _ending_text(left_bytes: int | None, peak_bytes: int | None) -> str:
    return ENDED if left_bytes is None else units.given_back(left_bytes, peak_bytes)
