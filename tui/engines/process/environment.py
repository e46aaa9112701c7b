"""The environment that a child process is given."""

from __future__ import annotations

import os
from pathlib import Path

import tui
from tui.probes.own import MARK_VARIABLE


def child_environment(mark: str = "") -> dict[str, str]:
    """The environment for a child: the parent's, with CI set, so that the runtime sends no telemetry."""
    package_parent = str(Path(tui.__file__).parent.parent)
    paths = [package_parent, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"CI": "1", "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **own, **({MARK_VARIABLE: mark} if mark else {})}
