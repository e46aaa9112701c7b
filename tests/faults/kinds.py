"""A fault, and what is needed to inject it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import paths

LONGEST_S: Final = 30.0
"""A fault whose handling takes longer counts as a hang, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; ``inject`` does it in an empty folder, and raises if the outcome is not right."""

    family: str
    name: str
    inject: Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a fault; ``problem`` is empty if it was handled as it should be."""

    fault: Fault
    problem: str
    took_s: float


@contextmanager
def place(folder: Path) -> Generator[Path]:
    """Make an empty folder the current one, and that of Benchtop's data one inside of it."""
    before, home = Path.cwd(), os.environ.get(paths.HOME_VARIABLE)
    folder.mkdir(parents=True)
    os.chdir(folder)
    os.environ[paths.HOME_VARIABLE] = str(folder / "home")
    try:
        yield folder
    finally:
        os.chdir(before)
        if home is None:
            del os.environ[paths.HOME_VARIABLE]
        else:
            os.environ[paths.HOME_VARIABLE] = home


def outcome_of(fault: Fault, folder: Path) -> Outcome:
    """Inject a fault, and say what came of it."""
    begun_s, problem = time.monotonic(), ""
    try:
        with place(folder):
            fault.inject(folder)
    # Any error that is not a sentence for a person is what the table looks for.
    except Exception as error:  # noqa: BLE001
        problem = f"{type(error).__name__}: {error}"[:200]
    took_s = time.monotonic() - begun_s
    if not problem and took_s > LONGEST_S:
        problem = f"it took {took_s:.0f} s"
    return Outcome(fault, problem, took_s)
