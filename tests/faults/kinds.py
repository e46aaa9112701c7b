"""A fault, and what is needed to inject it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import paths

LONGEST_S: Final = 60.0
"""A fault whose handling takes longer counts as a hang, also on a busy machine."""


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


@contextmanager
def _interrupted_after(limit_s: float) -> Generator[None]:
    """Raise an error in the block if it does not end in time, so that a hang has a name and the next fault its turn."""

    def interrupt(*_: object) -> None:
        raise TimeoutError(f"it does not end within {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome_of(fault: Fault, folder: Path, longest_s: float = LONGEST_S) -> Outcome:
    """Inject a fault, and say what came of it; one that takes longer than ``longest_s`` hangs."""
    begun_s, problem = time.monotonic(), ""
    try:
        with place(folder), _interrupted_after(longest_s):
            fault.inject(folder)
    # Any error that is not a sentence for a person is what the table looks for.
    except Exception as error:  # noqa: BLE001
        problem = f"{type(error).__name__}: {error}"[:200]
    return Outcome(fault, problem, time.monotonic() - begun_s)
