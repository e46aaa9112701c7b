"""The one place for what differs between Linux, macOS and Windows: no other room asks which system it runs on."""

from __future__ import annotations

import os
import sys
from typing import Final

LINUX: Final = sys.platform == "linux"
MACOS: Final = sys.platform == "darwin"
WINDOWS: Final = sys.platform == "win32"

INTERPRETER_OF_VENV: Final = "Scripts/python.exe" if WINDOWS else "bin/python"
"""The interpreter of a virtual environment, from the folder of that."""
CLOCK_TICKS_S: Final = os.sysconf("SC_CLK_TCK") if sys.platform != "win32" else 100
"""How many of its ticks the kernel of Linux counts in a second of processor time."""
CPU_TIME_STEP_S: Final = 0.015625 if WINDOWS else 0.01
"""The step in which the system counts the processor time of processes."""
