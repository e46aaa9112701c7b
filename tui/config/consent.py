"""The consent of the user to the servers and the code that a ``./config`` folder names.

A folder that came with a download may name servers and code of its author. They are used only after the user has agreed
once. The decision is stored in the user's own data and holds for the requests of the folder at that time, and for the
content of all its code: if any of it changes, a new decision is needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tui import json_file, paths

_MOST_BYTES: Final = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """The requests of a folder, each in words that name all its details."""

    folder: Path
    requests: tuple[str, ...]
    contents: tuple[str, ...] = ()
    """The fingerprints of the code that the requests are about, in full."""

    @property
    def digest(self) -> str:
        """A hash of the requests and of the code that they are about, which changes with each of them."""
        return hashlib.sha256(json.dumps([self.requests, self.contents]).encode()).hexdigest()


def agreed(request: ConsentRequest) -> bool | None:
    """Whether the user has agreed to exactly these requests; ``None`` if the user has not decided."""
    entry = _all().get(str(request.folder))
    return entry[1] == "yes" if entry and entry[0] == request.digest else None


def decide(request: ConsentRequest, *, yes: bool) -> None:
    """Store the decision of the user.

    Raises:
        OSError: if it cannot be written.
    """
    entries: dict[str, Sequence[str]] = {**_all(), str(request.folder): (request.digest, "yes" if yes else "no")}
    paths.write_atomically(paths.consent_file(), json.dumps(entries, indent=2).encode(), make_folder=True)


def _all() -> dict[str, tuple[str, str]]:
    """Read every decision by its folder: digest and answer. If the file cannot be read, there is no decision."""
    try:
        entries = json_file.load(paths.consent_file(), _MOST_BYTES)
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    decisions: dict[str, tuple[str, str]] = {}
    for folder, entry in cast("dict[str, object]", entries).items():
        match entry:
            case [str(digest), str(answer)]:
                decisions[folder] = (digest, answer)
            case _:
                continue
    return decisions
