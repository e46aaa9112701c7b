"""What became of each model: the moments that a chart marks, and the words for how a model ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, NamedTuple

from tui.bench.events import (
    Event,
    FirstToken,
    KeptWarm,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    ModelUnloaded,
    SampleFinished,
)
from tui.text import units

_KEPT_MARKS: Final = 256


class Moment(Enum):
    """What a mark on the time axis stands for."""

    LOAD = "▸"
    READY = "●"
    FIRST_TOKEN = "◆"
    ENDED = "✕"


ENDED: Final = "ended"
MEANING: Final = "▸ load  ● ready  ◆ first token  ✕ ended"
SHORT_MEANING: Final = "▸load ●ready ◆token ✕ended"


class MomentMark(NamedTuple):
    """One moment in the life of a model."""

    at_s: float
    key: str
    moment: Moment
    words: str = ""
    """Why a model ended against its will."""


@dataclass(slots=True)
class Life:
    """What is known of a model since its load was asked for."""

    forecast_bytes: int | None = None
    loading: bool = True
    spoke: bool = False
    answered: bool = False
    """Its first request is done, and so the forecast can be judged."""
    died_of: str = ""
    """Kind of its end where it was no wish of the user; empty otherwise."""
    fate: str = ""
    """How it ended, or what came back, in words; empty while it lives."""
    warm: bool = False
    """It is asked something light now and then while it rests."""


class MemoryMarkers:
    """Follows the events of runs; what is older than the last few hundred marks is forgotten."""

    def __init__(self) -> None:
        self.marks: deque[MomentMark] = deque(maxlen=_KEPT_MARKS)
        self._lives: dict[str, Life] = {}
        self._warm: set[str] = set()

    def life(self, key: str) -> Life:
        """What is known of a model; one that was never seen to load is taken as loaded."""
        return replace(self._lives.get(key) or Life(loading=False), warm=key in self._warm)

    @property
    def awaited(self) -> dict[str, int]:
        """Forecasts of the models that have not done their first request yet."""
        return {
            key: life.forecast_bytes
            for key, life in self._lives.items()
            if life.forecast_bytes is not None and not life.answered and not life.fate
        }

    def follow(self, event: Event, now_s: float) -> None:
        """Take note of what an event says about a model; ``now_s`` is the clock of the readings."""
        match event:
            case ModelLoading(key=key, fit_forecast=outlook):
                self._lives[key] = Life(forecast_bytes=outlook.forecast.total_bytes if outlook else None)
                self._mark(now_s, key, Moment.LOAD)
            case ModelLoaded(key=key):
                self._kept(key).loading = False
                self._mark(now_s, key, Moment.READY)
            case FirstToken(key=key) if not self._kept(key).spoke:
                self._kept(key).spoke = True
                self._mark(now_s, key, Moment.FIRST_TOKEN)
            case SampleFinished(key=key):
                self._kept(key).answered = True
            case ModelUnloaded(key=key, left_bytes=left_bytes):
                self._kept(key).fate = _returned(left_bytes)
                self._mark(now_s, key, Moment.ENDED)
            case ModelDied(key=key, cause=verdict):
                life = self._kept(key)
                life.died_of, life.fate = verdict.kind.value, str(verdict)
                self._mark(now_s, key, Moment.ENDED, verdict.kind.value)
            case KeptWarm(key=key, every_s=every_s):
                self._warm = self._warm - {key} if every_s is None else self._warm | {key}
            case _:
                # The rest says nothing about memory.
                pass

    def _kept(self, key: str) -> Life:
        return self._lives.setdefault(key, Life(loading=False, spoke=True))

    def _mark(self, now_s: float, key: str, moment: Moment, words: str = "") -> None:
        self.marks.append(MomentMark(now_s, key, moment, words))


def _returned(left_bytes: int | None) -> str:
    return ENDED if left_bytes is None else units.given_back(left_bytes, None)
