"""This module learns from the peaks of earlier requests how a model's memory depends on its context and its prompt.

The memory of a model is ``fixed + cache_scale x KV cache + prompt_scale x prompt``. One observation says little about
three unknowns, so each is estimated from what the formulas say and how sure they are, by the update of a Kalman filter
(R. E. Kalman, "A New Approach to Linear Filtering and Prediction Problems", 1960): observations that differ in context
or prompt correct the scales, and others correct the fixed part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.records import ObservedMemory

_FIXED_DOUBT: Final = 0.30
"""The standard deviation of the fixed part before any observation, as a share of the first peak."""
_CACHE_DOUBT: Final = 0.05
"""The standard deviation of the scale of the KV cache, whose formula is exact for most architectures."""
_PROMPT_DOUBT: Final = 0.15
"""The standard deviation of the scale of the prompt, whose activations depend on what no settings tell."""
_NOISE: Final = 0.01
"""The standard deviation of a peak, as a share of it."""
_SURPRISE: Final = 5.0
"""An observation that lies so many standard deviations off replaces what was known of the fixed part: it is another
version of the runtime, or of the model.
"""
_LEAST_SCALE, _MOST_SCALE = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What the observations of one model tell about its memory."""

    fixed_bytes: float
    cache_scale: float
    prompt_scale: float


def learn(observations: Sequence[ObservedMemory], fixed_bytes: float) -> Learned:
    """Return what the observations of one build, the newest last, make of the fixed part that formulas forecast."""
    first_peak = observations[0].peak_bytes
    state = [fixed_bytes, 1.0, 1.0]
    doubts = (_FIXED_DOUBT * first_peak, _CACHE_DOUBT, _PROMPT_DOUBT)
    covariance = [[doubts[row] ** 2 if row == column else 0.0 for column in range(3)] for row in range(3)]
    for number, observed in enumerate(observations):
        inputs = (1.0, float(observed.cache_bytes), float(observed.prompt_bytes))
        noise = (_NOISE * observed.peak_bytes) ** 2
        error = observed.peak_bytes - sum(value * scale for value, scale in zip(state, inputs, strict=True))
        gains = _product(covariance, inputs)
        variance = noise + sum(value * gain for value, gain in zip(inputs, gains, strict=True))
        if number and error**2 > _SURPRISE**2 * variance:
            covariance[0][0] += error**2
            gains = _product(covariance, inputs)
            variance = noise + sum(value * gain for value, gain in zip(inputs, gains, strict=True))
        state = [value + gain * error / variance for value, gain in zip(state, gains, strict=True)]
        covariance = [
            [covariance[row][column] - gains[row] * gains[column] / variance for column in range(3)] for row in range(3)
        ]
    return Learned(state[0], *(min(_MOST_SCALE, max(_LEAST_SCALE, scale)) for scale in state[1:]))


def _product(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(cell * value for cell, value in zip(row, vector, strict=True)) for row in matrix]
