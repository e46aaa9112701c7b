"""Whether the user has agreed to what a ``./config`` folder asks for: opening a folder must run and ask nothing.

A folder that came with a download may name servers of its author's. They are used only after a person has agreed once;
the agreement is kept in the user's own data, and is of what the folder asked for at that time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tui import paths


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What a folder asks for, each in words that name all that matters of it."""

    folder: Path
    requests: tuple[str, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.requests).encode()).hexdigest()


def agreed(request: ConsentRequest) -> bool | None:
    """What the user has said to exactly this; ``None`` when it was never asked."""
    entry = _all().get(str(request.folder))
    return entry[1] == "yes" if entry and entry[0] == request.digest else None


def decide(request: ConsentRequest, *, yes: bool) -> None:
    """Keep what the user has said.

    Raises:
        OSError: it cannot be written.
    """
    entries: dict[str, Sequence[str]] = {**_all(), str(request.folder): (request.digest, "yes" if yes else "no")}
    paths.write_atomically(paths.consent_file(), json.dumps(entries, indent=2).encode(), make_folder=True)


def _all() -> dict[str, tuple[str, str]]:
    """Every folder with the digest and the word; a file that cannot be read agrees to nothing."""
    try:
        entries: object = json.loads(paths.consent_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    found: dict[str, tuple[str, str]] = {}
    for folder, entry in cast("dict[str, object]", entries).items():
        match entry:
            case [str(digest), str(word)]:
                found[folder] = (digest, word)
            case _:
                continue
    return found
