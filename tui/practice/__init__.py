"""The small models that ship with Benchtop, so that everything can be tried before anything is downloaded.

All three give the same answers, and only their pace differs: extra layers that add nothing make the larger ones slow.
They know a few subjects about local inference, and their answer to anything else is that they do not know it.
"""

from __future__ import annotations

from pathlib import Path

PRACTICE_MODELS: tuple[str, ...] = ("practice-small", "practice-medium", "practice-large")
HEAVY_MODEL = "practice-heavy"
YARDSTICK_MODEL = "practice-small"
"""The model that takes turns with those of a benchmark: it is loaded in half a second and takes little memory."""


def practice_folder(name: str) -> Path:
    """The folder of a shipped practice model, which can be loaded by its path. Raises KeyError for any other name."""
    if name not in PRACTICE_MODELS:
        raise KeyError(name)
    return Path(__file__).parent / "models" / name
