"""Notes on downloads that are not finished, a small file for each, so that they can go on next time."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.engines.model_ids import can_be_a_folder, download_name
from tui.probes import host

PAUSED: Final = "paused"
FAILED: Final = "failed"
UNDER_WAY: Final = "under way"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The note on one download of one Benchtop."""

    key: str
    model_id: str
    cache: str
    state: str = UNDER_WAY
    total_bytes: int | None = None
    done_bytes: int = 0
    """What had arrived when the note was written, since not every disk tells."""
    starts_at: str | None = None
    due_s: float | None = None
    """The seconds since the epoch before which it does not begin."""
    words: str = ""
    pid: int
    pid_started_s: float | None = None
    """When the process began, so that it is not taken for a later one with the same number."""

    @property
    def owner_lives(self) -> bool:
        """Whether the Benchtop that wrote this note still runs, and so looks after the download."""
        started_s = host.process_started_s(self.pid)
        return started_s is not None and self.pid_started_s in (None, started_s)


_MOST_BYTES: Final = 1024**2
_decoder = msgspec.json.Decoder(Note)


class Notes:
    """The folder of the notes. Each process writes files of its own, so that no two write the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started_s = host.process_started_s(os.getpid())

    def write(self, note: Note) -> None:
        """Write a note in place of an earlier one on the same model. If the disk is full, none is written."""
        if not can_be_a_folder(note.model_id):
            return
        own = msgspec.structs.replace(note, pid=os.getpid(), pid_started_s=self._started_s)
        with contextlib.suppress(OSError):
            # With sync the event loop would wait for a disk that is busy with the download; a lost note costs little.
            paths.write_atomically(self._file(note.model_id), msgspec.json.encode(own), make_folder=True, sync=False)

    def drop(self, model_id: str) -> None:
        """Remove the notes on a model: our own, and those that Benchtops have left that are gone."""
        for file in self._files():
            note = self._read(file)
            if note is not None and note.model_id == model_id and (note.pid == os.getpid() or not note.owner_lives):
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)

    def adopt(self) -> tuple[Note, ...]:
        """Take over the notes of Benchtops that are gone, and give one for each model, the oldest first."""
        by_model: dict[str, Note] = {}
        for file in self._files():
            note = self._read(file)
            if note is None or note.pid == os.getpid() or note.owner_lives:
                continue
            by_model.setdefault(note.model_id, note)
            self.write(note)
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        return tuple(by_model.values())

    def wanted_elsewhere(self, model_id: str) -> bool:
        """Whether another Benchtop that runs now is downloading this model."""
        notes = (self._read(file) for file in self._files())
        return any(
            note.model_id == model_id and note.state == UNDER_WAY and note.pid != os.getpid() and note.owner_lives
            for note in notes
            if note is not None
        )

    def _files(self) -> list[Path]:
        dated: list[tuple[float, Path]] = []
        with contextlib.suppress(OSError):
            for file in self._folder.glob("*.json"):
                with contextlib.suppress(OSError):
                    dated.append((file.stat().st_mtime, file))
        return [file for _, file in sorted(dated)]

    def _read(self, file: Path) -> Note | None:
        try:
            note = _decoder.decode(paths.read_limited(file, _MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        return note if can_be_a_folder(note.model_id) else None

    def _file(self, model_id: str) -> Path:
        return self._folder / f"{download_name(model_id)}.{os.getpid()}.json"
