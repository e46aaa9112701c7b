"""Whether Foundry Local's SDK can be loaded on this machine, tried once in a child, and the way out if it cannot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from tui.engines.process.environment import child_environment
from tui.system.processes import NO_WINDOW

_TRY: Final = (sys.executable, "-P", "-c", "import foundry_local_sdk")
_LIMIT_S: Final = 60.0
_ADVICE: Final = (
    (
        ("dll load failed", "could not find module", "winerror 126", "winerror 1114"),
        "install the Microsoft Visual C++ Redistributable: winget install Microsoft.VCRedist.2015+.x64 (.arm64 on ARM)",
    ),
    (("glibc", "manylinux"), "it needs glibc 2.28 or later, on ARM 2.34; use a newer Linux"),
    (("musl",), "it does not run on musl, as Alpine has it; use a Linux with glibc"),
    (("incompatible architecture", "x86_64"), "on a Mac it needs Apple silicon, and Python for arm64"),
    (("macos", "minos", "dyld", "symbol not found"), "it needs macOS 14 or later"),
)
"""What the words of a failed load are known to mean, the first that fits."""
_OTHERWISE: Final = "install Benchtop again"


def sdk_problem(command: Sequence[str] = _TRY) -> str | None:
    """Why the SDK cannot be loaded, with what to do; ``None`` if it can. This starts a process: about a second."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=child_environment(),
            creationflags=NO_WINDOW,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"it cannot be loaded ({error}); {_OTHERWISE}"
    if done.returncode == 0:
        return None
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    words = lines[-1].strip() if lines else f"its process ended with {done.returncode}"
    return f"it cannot be loaded ({words.rstrip('.')}); {advice_on(words)}"


def advice_on(words: str) -> str:
    """What to do about the words with which a load failed."""
    lowered = words.lower()
    return next((advice for marks, advice in _ADVICE if any(mark in lowered for mark in marks)), _OTHERWISE)
