"""The private folders of this process: the name of each tells when nobody needs it any more, and it is removed then."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui import paths
from tui.probes import host
from tui.system import files

SCRATCH_PREFIX: Final = "benchtop-child-"
"""The names of the private folders of children begin with it."""
_KINDS: Final = ("child", "code", "history", "stdin", "bundle", "tls")
_SCRATCH: Final = re.compile(
    rf"benchtop-(?:{'|'.join(_KINDS)})-(\d{{1,9}})-(?:t(\d{{1,20}})-)?(?:p([0-9a-f]{{6}})-)?(?:selftest-)?\w{{8}}"
)
"""The names that ``mkdtemp`` gives, so that a folder of a person's own, such as ``benchtop-2026-11-22``, is none."""
_UNMARKED: Final = re.compile(rf"benchtop-(?:{'|'.join(_KINDS[1:])})-\w{{8}}")
"""The names of folders of earlier versions, which do not tell who has made them."""
_UNMARKED_OLD_S: Final = 86_400.0
_ELSEWHERE_OLD_S: Final = 7 * 86_400.0
"""A folder whose owner cannot be seen from here is removed once nothing has changed in it for so long."""


def scratch_prefix(kind: str = "child") -> str:
    """The beginning of the name of a private folder: with the number of this process, when it began, and where.

    Windows soon gives the number of a process that has ended to another one, and containers may share a folder.
    """
    return f"benchtop-{kind}-{os.getpid()}-{_start_mark(os.getpid())}p{_place()}-"


def _place() -> str:
    # It is short, since Windows limits the length of paths.
    return host.place()[:6]


def _start_mark(pid: int) -> str:
    began_s = host.process_started_s(pid)
    return "" if began_s is None else f"t{round(began_s * 100)}-"


def sweep_scratch() -> None:
    """Remove the private folders of this user whose process was killed before it could do so."""
    try:
        folders = list(paths.scratch_parent().glob("benchtop-*"))
    except OSError:
        return
    for folder in folders:
        with suppress(OSError):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    """Whether a folder is one of ours that nobody needs any more. Raises OSError if it is gone."""
    match = _SCRATCH.fullmatch(folder.name)
    if match is None and _UNMARKED.fullmatch(folder.name) is None:
        return False
    status = folder.lstat()
    if not files.is_own(status):
        return False
    unchanged_s = time.time() - status.st_mtime
    if match is None:
        return unchanged_s > _UNMARKED_OLD_S
    pid, began, place = match.groups()
    if place is not None and place != _place():
        return unchanged_s > _ELSEWHERE_OLD_S
    return not _owner_lives(int(pid), began)


def _owner_lives(pid: int, began: str | None) -> bool:
    """Whether the process that has made a folder still runs; earlier ones have not written down when they began."""
    return host.process_exists(pid) and (began is None or _start_mark(pid) == f"t{began}-")
