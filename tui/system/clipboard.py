"""The clipboard of a system whose terminals do not pass it on."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Final

_PASTEBOARD: Final = "/usr/bin/pbcopy"
_LIMIT_S: Final = 2.0


def copy(text: str, program: str = _PASTEBOARD if sys.platform == "darwin" else "") -> bool:
    """Put a text on the clipboard by the system's own program; whether there is one and it worked.

    The Terminal of macOS ignores the escape sequence by which an app hands a text to the clipboard of its terminal.
    """
    if not program:
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        environment = {"LANG": "en_US.UTF-8", "LC_CTYPE": "UTF-8"}
        done = subprocess.run([program], input=text.encode(), env=environment, timeout=_LIMIT_S, check=False)
        return done.returncode == 0
    return False
