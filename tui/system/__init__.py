"""The one place for what differs between Linux, macOS and Windows: no other room asks which system it runs on."""

from __future__ import annotations

import sys
from typing import Final

LINUX: Final = sys.platform == "linux"
MACOS: Final = sys.platform == "darwin"
WINDOWS: Final = sys.platform == "win32"

CPU_TIME_STEP_S: Final = 0.015625 if WINDOWS else 0.01
"""The step in which the system counts the processor time of processes."""
