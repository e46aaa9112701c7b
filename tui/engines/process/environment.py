"""The environment that a child process is given."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import tui
from tui.probes.own import MARK_VARIABLE
from tui.system import WINDOWS
from tui.text.secrets import is_secret_variable


def child_environment(mark: str = "", needed: Collection[str] = ()) -> dict[str, str]:
    """The environment for a child: the parent's, with CI set, so that the runtime sends no telemetry.

    Of the variables that hold keys it has only the ``needed`` ones. ``mark`` is what the child is found by.
    """
    package_parent = str(Path(tui.__file__).parent.parent)
    paths = [package_parent, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {
        "CI": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        # The parent reads all that a child writes as UTF-8, and an adapter may print any character.
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }
    listed = {name.upper() for name in needed} if WINDOWS else needed
    passed_on = {
        name: value for name, value in os.environ.items() if name in listed or not is_secret_variable(name, value)
    }
    return {**passed_on, **own, **({MARK_VARIABLE: mark} if mark else {})}
