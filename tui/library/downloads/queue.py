"""The queue of downloads: some run at once, the others wait, and what is not finished goes on next time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.library import catalogue_snapshot, disk_space
from tui.library.cache import folder_of_download
from tui.library.downloads import notes as download_notes
from tui.library.downloads.notes import Note, Notes
from tui.library.downloads.transfer import Transfer, TransferFailed, TransferLimits, TransferReading
from tui.library.model_folders import is_unfinished
from tui.library.protocol import LibraryError
from tui.records import Model
from tui.records.library import Download, DownloadState
from tui.system.files import remove_tree
from tui.text import units

_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST_SLEEP_S: Final = 30.0
"""The longest wait for a start time in one go, since a machine may sleep meanwhile and its clock be set."""


@dataclass(slots=True)
class _Job:
    """A download, and the task and the transfer that carry it out while it runs."""

    record: Download
    cache: Path
    due_s: float | None = None
    task: asyncio.Task[None] | None = None
    transfer: Transfer | None = None


class Downloads:
    """Every download of this session and those that an earlier session left."""

    def __init__(
        self, notes: Notes, limits: TransferLimits, on_change: Callable[[], None], on_disk_change: Callable[[], None]
    ) -> None:
        """``on_change`` is called when a download has changed, ``on_disk_change`` when files have come or gone."""
        self._notes = notes
        self._limits = limits
        self._on_change = on_change
        self._on_disk_change = on_disk_change
        self._jobs: dict[str, _Job] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def records(self) -> tuple[Download, ...]:
        """The downloads in the order of the queue."""
        return tuple(job.record for job in self._jobs.values())

    def adopt(self) -> None:
        """Take over what Benchtops that are gone have left; what they were downloading waits for ``start``."""
        for note in self._notes.adopt():
            own_job = self._jobs.get(note.key)
            if own_job is not None and own_job.record.active:
                continue
            folder = folder_of_download(Path(note.cache), note.model_id)
            if folder is not None and not is_unfinished(folder):
                self._notes.drop(note.model_id)
                continue
            states = {download_notes.PAUSED: DownloadState.PAUSED, download_notes.FAILED: DownloadState.FAILED}
            record = Download(
                key=note.key,
                model_id=note.model_id,
                state=states.get(note.state, DownloadState.WAITING),
                total_bytes=note.total_bytes,
                done_bytes=_arrived_bytes(Path(note.cache), note.model_id, note.done_bytes),
                starts_at=note.starts_at,
                note=note.words or "left by an earlier session",
            )
            self._jobs[note.key] = _Job(record, Path(note.cache), note.due_s)

    def start(self) -> None:
        """Begin the downloads that are due, as many as may run at once. On the event loop."""
        if self._closed:
            return
        running = sum(job.task is not None for job in self._jobs.values())
        now_s = datetime.now().timestamp()
        waiting = [job for job in self._jobs.values() if job.task is None and job.record.state is DownloadState.WAITING]
        due = [job for job in waiting if job.due_s is None or job.due_s <= now_s]
        for job in due[: max(0, self._limits.parallel - running)]:
            job.task = asyncio.create_task(self._run(job), name=f"download {job.record.key}")
            # A coroutine that is cancelled before its first step would never get to its own end.
            job.task.add_done_callback(lambda task, job=job: self._finish(job, task))
        self._set_alarm([job.due_s - now_s for job in waiting if job.due_s is not None and job.due_s > now_s])

    def add(self, model: Model, source: Path, cache: Path, at: str | None) -> Download:
        """Put a model into the queue; ``source`` is the cache whose snapshot lists it.

        Raises:
            LibraryError: ``at`` is no time of day, or the disk has no room for the model.
        """
        if model.model_id is None:
            raise LibraryError(f"{model.key} is not in the catalogue; nobody offers it for download.")
        earlier = self._jobs.get(model.key)
        if earlier is not None and earlier.record.active:
            return earlier.record
        due_s = _due_s(at)
        total = model.catalog.download_bytes if model.catalog else model.size_bytes
        done = _done_bytes(cache, model.model_id)
        self._check_room(model.key, cache, total, done)
        _bring_snapshot(source, cache, model.model_id)
        record = Download(
            key=model.key,
            model_id=model.model_id,
            total_bytes=total,
            done_bytes=_arrived_bytes(cache, model.model_id, earlier.record.done_bytes if earlier else 0),
            starts_at=at,
            note=f"begins at {at}" if at else "",
        )
        # A download that is asked for again moves to the end of the queue.
        self._jobs.pop(model.key, None)
        self._jobs[model.key] = _Job(record, cache, due_s)
        self._write_note(self._jobs[model.key])
        self.start()
        self._on_change()
        return self._jobs[model.key].record

    def pause(self, key: str) -> None:
        """End the transfer at once and keep what has arrived."""
        job = self._job(key)
        if job.record.active:
            self._stop(job, DownloadState.PAUSED, "paused; what arrived is kept")
            self._write_note(job)
            self.start()

    def resume(self, key: str) -> None:
        """Go on with a download at once, even before its start time.

        Raises:
            LibraryError: there is no such download, or the disk has no room for the rest.
        """
        job = self._job(key)
        if job.record.state is not DownloadState.WAITING and job.record.active:
            return
        done = _done_bytes(job.cache, job.record.model_id)
        self._check_room(key, job.cache, job.record.total_bytes, done)
        job.due_s = None
        arrived = _arrived_bytes(job.cache, job.record.model_id, job.record.done_bytes)
        job.record = replace(
            job.record, state=DownloadState.WAITING, done_bytes=arrived, starts_at=None, attempt=1, note=""
        )
        self._write_note(job)
        self.start()
        self._on_change()

    async def cancel(self, key: str) -> None:
        """End the transfer at once, and remove what has arrived unless another Benchtop is downloading the same."""
        job = self._job(key)
        if job.record.state is DownloadState.DONE:
            return
        task = job.task
        self._stop(job, DownloadState.CANCELLED, "")
        self._notes.drop(job.record.model_id)
        if task is not None:
            await asyncio.wait([task])
        if self._notes.wanted_elsewhere(job.record.model_id):
            job.record = replace(job.record, note="another Benchtop goes on downloading it; its files stay")
        else:
            await asyncio.to_thread(_remove_partial, job.cache, job.record.model_id)
            job.record = replace(job.record, done_bytes=0)
        self.start()
        self._on_disk_change()

    def has(self, model_id: str | None) -> bool:
        """Whether a model is being downloaded or waits for it."""
        return any(job.record.model_id == model_id and job.record.active for job in self._jobs.values())

    async def close(self) -> None:
        """End every child; the downloads in progress have their notes, and go on next time."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job in self._jobs.values():
            if job.transfer is not None:
                job.transfer.kill()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, job: _Job) -> None:
        transfer = job.transfer = Transfer(
            job.record.model_id,
            job.cache,
            self._limits,
            lambda reading: self._take(job, reading),
            job.record.done_bytes,
        )
        self._set(job, state=DownloadState.RUNNING, note="")
        try:
            await transfer.run()
        except TransferFailed as failure:
            self._set(job, state=DownloadState.FAILED, note=str(failure))
            self._write_note(job)
        else:
            done = await asyncio.to_thread(transfer.done_bytes)
            self._set(job, state=DownloadState.DONE, done_bytes=done, total_bytes=done)
            self._notes.drop(job.record.model_id)

    def _finish(self, job: _Job, task: asyncio.Task[None]) -> None:
        job.task = job.transfer = None
        error = None if task.cancelled() else task.exception()
        if error is not None and job.record.active:
            # Nobody would wait for a download that is at work no more, and whoever follows it would wait for ever.
            logging.getLogger(__name__).error("a download has ended unexpectedly", exc_info=error)
            words = f"something unexpected ended it ({type(error).__name__}); what arrived is kept, resume it to go on"
            self._set(job, state=DownloadState.FAILED, note=words)
            self._write_note(job)
        self._on_disk_change()
        self.start()

    def _take(self, job: _Job, reading: TransferReading) -> None:
        total, rate = job.record.total_bytes, reading.rate_bytes_s
        left = max(0, total - reading.done_bytes) if total else None
        job.record = replace(
            job.record,
            state=DownloadState.STALLED if reading.stalled else DownloadState.RUNNING,
            done_bytes=min(reading.done_bytes, total) if total else reading.done_bytes,
            rate_bytes_s=None if reading.stalled else rate,
            left_s=left / rate if left is not None and rate and not reading.stalled else None,
            attempt=reading.attempt,
            note=reading.stalled or reading.words,
        )
        self._on_change()

    def _set(self, job: _Job, **changes: object) -> None:
        job.record = replace(job.record, rate_bytes_s=None, left_s=None, **changes)
        self._on_change()

    def _stop(self, job: _Job, state: DownloadState, words: str) -> None:
        if job.transfer is not None:
            job.transfer.kill()
        if job.task is not None:
            job.task.cancel()
        self._set(job, state=state, note=words)

    def _write_note(self, job: _Job) -> None:
        record = job.record
        states = {DownloadState.PAUSED: download_notes.PAUSED, DownloadState.FAILED: download_notes.FAILED}
        state = states.get(record.state, download_notes.UNDER_WAY)
        self._notes.write(
            Note(
                key=record.key,
                model_id=record.model_id,
                cache=str(job.cache),
                state=state,
                total_bytes=record.total_bytes,
                done_bytes=record.done_bytes,
                starts_at=record.starts_at,
                due_s=job.due_s,
                words=record.note if state != download_notes.UNDER_WAY else "",
                pid=0,
            )
        )

    def _check_room(self, key: str, cache: Path, total: int | None, done: int) -> None:
        """Raise LibraryError if the disk has no room for a model besides the other downloads of the queue."""
        free = disk_space.free_bytes(cache)
        if total is None or free is None:
            return
        others = sum(
            max(0, (job.record.total_bytes or 0) - job.record.done_bytes)
            for job in self._jobs.values()
            if job.record.active and job.record.key != key
        )
        needed = total - done + others + self._limits.reserve_bytes
        if free < needed:
            raise LibraryError(
                f"{key} needs {units.size(needed)} of room on the disk of {cache}, which has {units.size(free)}; "
                "remove a model, or choose another folder with --model-cache-dir."
            )

    def _set_alarm(self, waits_s: list[float]) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if waits_s:
            wait_s = min(min(waits_s) + 0.05, _LONGEST_SLEEP_S)
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self.start)

    def _job(self, key: str) -> _Job:
        job = self._jobs.get(key)
        if job is None:
            raise LibraryError(f"there is no download of {key}.")
        return job


def _due_s(at: str | None) -> float | None:
    """The next time at which the clock shows this time of day, in seconds since the epoch."""
    if at is None:
        return None
    match = _TIME.fullmatch(at.strip())
    if match is None:
        raise LibraryError(f'"{at}" is no time of day; write it as HH:MM, such as 02:00.')
    now = datetime.now()
    due = now.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    return (due if due > now else due + timedelta(days=1)).timestamp()


def _bring_snapshot(source: Path, cache: Path, model_id: str) -> None:
    """Copy a snapshot into the cache if the one there does not list the model, which the runtime would not download."""
    if source == cache or any(model.model_id == model_id for model in catalogue_snapshot.read(cache)):
        return
    try:
        catalogue_snapshot.copy_snapshot(source, cache)
    except OSError as error:
        raise LibraryError(f"{cache / SNAPSHOT_FILE} cannot be written ({error.strerror}).") from error


def _done_bytes(cache: Path, model_id: str) -> int:
    """The room on the disk that a model has taken already."""
    folder = folder_of_download(cache, model_id)
    return disk_space.disk_bytes(folder) if folder else 0


def _arrived_bytes(cache: Path, model_id: str, known_bytes: int) -> int:
    """What has arrived of a model: what the disk tells, or ``known_bytes`` where files are whole from the start."""
    folder = folder_of_download(cache, model_id)
    if folder is None:
        return 0
    use = disk_space.disk_use(folder)
    return known_bytes if is_unfinished(folder) and not use.has_holes else use.taken_bytes


def _remove_partial(cache: Path, model_id: str) -> None:
    folder = folder_of_download(cache, model_id)
    if folder is not None and is_unfinished(folder):
        with contextlib.suppress(OSError):
            remove_tree(folder)
        if folder.parent != cache and not any(folder.parent.iterdir()):
            folder.parent.rmdir()
