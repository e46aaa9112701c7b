"""Downloads by the real runtime from a stand-in for the cloud, and everything that can go wrong with them."""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from tests.support import stand_in
from tests.support.conditions import at_rest, least, own_clock_s, until
from tests.support.libraries import (
    CALM,
    LARGE,
    MIB,
    TINY,
    download_of,
    named,
    opened,
    places,
    take_for_stall,
    until_state,
)
from tests.support.processes import children_that_run
from tests.support.stand_in import Cloud
from tui import paths
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.library import disk_space
from tui.library.cache import folder_of_download
from tui.library.downloads.transfer import Transfer, TransferLimits
from tui.library.foundry_library import FoundryLibrary
from tui.library.protocol import LibraryError
from tui.records import ModelState
from tui.records.library import Download, DownloadState
from tui.system import files

pytestmark = pytest.mark.usefixtures("own_home")
DONE, FAILED, RUNNING = DownloadState.DONE, DownloadState.FAILED, DownloadState.RUNNING
LARGE_KEY = "large-chat@cpu"
_SNAPSHOT: list[bytes] = []
"""The catalogue of these models as the runtime leaves it in a cache, once a test has asked for it."""


@pytest.fixture
async def library(cloud: Cloud) -> AsyncGenerator[FoundryLibrary, None]:
    """Open a library that has just read a catalogue of two models."""
    async with with_catalogue(cloud, CALM) as opened_library:
        yield opened_library


@pytest.fixture
def limits() -> TransferLimits:
    """Return the limits of ``hasty``, which a test changes."""
    return replace(CALM)


@pytest.fixture
async def hasty(cloud: Cloud, limits: TransferLimits) -> AsyncGenerator[FoundryLibrary, None]:
    """Open a library whose limits a test changes while it downloads."""
    async with with_catalogue(cloud, limits) as opened_library:
        yield opened_library


@asynccontextmanager
async def with_catalogue(cloud: Cloud, limits: TransferLimits) -> AsyncGenerator[FoundryLibrary, None]:
    """Open a library with the catalogue of two models, which the first test reads and the others find in the cache."""
    cloud.offers = (TINY, LARGE)
    snapshot = paths.model_cache_dir() / SNAPSHOT_FILE
    if _SNAPSHOT:
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write_bytes(_SNAPSHOT[0])
    async with opened(limits=limits) as opened_library:
        if not _SNAPSHOT:
            assert (await opened_library.refresh()).problem == ""
            _SNAPSHOT.append(snapshot.read_bytes())
        yield opened_library


def children() -> list[psutil.Process]:
    return children_that_run("foundry.child_main")


def large_folder() -> Path:
    folder = folder_of_download(paths.model_cache_dir(), LARGE.model_id)
    assert folder is not None
    return folder


def assert_whole(folder: Path) -> None:
    """Check every byte; a difference is shown as sizes and positions, since megabytes cannot be printed."""
    for name, content in LARGE.files.items():
        there = (folder / name).read_bytes()
        wanted = bytes(range(256)) * (content // 256) if isinstance(content, int) else content
        wrong = [at for at in range(0, len(wanted), 4096) if there[at : at + 4096] != wanted[at : at + 4096]]
        assert (name, len(there), wrong[:3], len(wrong)) == (name, len(wanted), [], 0)


async def until_some(library: FoundryLibrary, share: float = 0.1) -> None:
    await until(lambda: download_of(library, LARGE_KEY).done_bytes > LARGE.filler_bytes * share)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a download, and when by the clock of the machine and by that of this thread."""

    at_s: float
    own_s: float
    download: Download


def share_of_limits(seen: Sequence[Told]) -> float:
    """Return the largest share of the limits on what is told of a download: how often, at which rate, what is left.

    The truth is what this process saw arrive, since a busy machine downloads more slowly.
    """
    running = [told for told in seen if told.download.state is RUNNING and told.download.done_bytes > 0]
    moves = [told.own_s for told, before in zip(running[1:], running, strict=False) if told.download != before.download]
    rated = [told.download for told in running if told.download.rate_bytes_s]
    if len(moves) < 4 or not rated:
        return math.inf
    gap_s = statistics.median(after - before for before, after in itertools.pairwise(moves))
    first, last = running[0], running[-1]
    true_bytes_s = (last.download.done_bytes - first.download.done_bytes) / (last.at_s - first.at_s)
    off = abs((rated[-1].rate_bytes_s or 0) / true_bytes_s - 1)
    left_s = ((last.download.total_bytes or 0) - rated[-1].done_bytes) / true_bytes_s
    return max(gap_s / 0.5, off / 0.5, abs((rated[-1].left_s or 0) - left_s))


async def test_progress_is_told_all_along_and_the_files_are_whole(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    seen: list[Told] = []
    library.on_change(lambda: seen.append(Told(time.monotonic(), own_clock_s(), download_of(library, LARGE_KEY))))

    async def share() -> float:
        """Download, and return how good what is told of it is, which a busy machine spoils at some tries."""
        if named(library, "large-chat").state is ModelState.READY:
            await library.remove(named(library, "large-chat"))
        seen.clear()
        library.download(named(library, "large-chat"))
        await until_state(library, LARGE_KEY, DONE)
        await until(lambda: any(told.download.state is DONE for told in seen))
        assert all(download.done_bytes <= (download.total_bytes or 0) for download in [told.download for told in seen])
        assert_whole(large_folder())
        await until(lambda: named(library, "large-chat").state is ModelState.READY)
        assert children() == []
        assert list(paths.downloads_dir().iterdir()) == []
        return share_of_limits(seen)

    assert await least(share, 1) < 1


@pytest.mark.parametrize("key_press", ["pause", "cancel", "close"])
async def test_a_stalled_download_is_ended_at_once(cloud: Cloud, key_press: str) -> None:
    async def seconds() -> float:
        """Begin a download, end it, and return how long the end takes."""
        cloud.sent_bytes, cloud.behaviour.stall_after = 0, 4 * MIB
        async with with_catalogue(cloud, CALM) as library:
            library.download(named(library, "large-chat"))
            await until(lambda: download_of(library, LARGE_KEY).done_bytes > 2 * MIB)
            begun_s = time.monotonic()
            if key_press == "pause":
                library.pause(LARGE_KEY)
            elif key_press == "cancel":
                await library.cancel(LARGE_KEY)
            else:
                await library.close()
            await until(lambda: children() == [])
            took_s = time.monotonic() - begun_s
            if key_press == "cancel":
                assert download_of(library, LARGE_KEY).state is DownloadState.CANCELLED
                assert folder_of_download(paths.model_cache_dir(), LARGE.model_id) is None
                assert list(paths.downloads_dir().iterdir()) == []
            else:
                assert disk_space.disk_bytes(large_folder()) > 2 * MIB
        if key_press != "cancel":
            for folder in (large_folder(), paths.downloads_dir()):
                shutil.rmtree(folder)
        return took_s

    assert await least(at_rest(seconds), 0.3) < 0.3


async def test_a_paused_download_goes_on_where_it_was(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    library.download(named(library, "large-chat"))
    await until_some(library, 0.5)
    library.pause(LARGE_KEY)
    assert download_of(library, LARGE_KEY).state is DownloadState.PAUSED
    await until(lambda: named(library, "large-chat").state is ModelState.PARTIAL)
    assert download_of(library, LARGE_KEY).done_bytes > LARGE.filler_bytes * 0.5
    library.resume(LARGE_KEY)
    await until_state(library, LARGE_KEY, DONE)
    assert_whole(large_folder())


async def test_a_pause_and_a_resume_in_one_breath_go_on(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    library.download(named(library, "large-chat"))
    library.pause(LARGE_KEY)
    library.resume(LARGE_KEY)
    await until_some(library)
    library.pause(LARGE_KEY)
    library.resume(LARGE_KEY)
    await until_state(library, LARGE_KEY, DONE)


async def until_stalled(cloud: Cloud, library: FoundryLibrary, limits: TransferLimits) -> None:
    """Begin a download that comes to a stall, and have a second of silence be one from then on."""
    cloud.behaviour.stall_after = 4 * MIB
    library.download(named(library, "large-chat"))
    await until(lambda: download_of(library, LARGE_KEY).done_bytes > 2 * MIB and cloud.sent_bytes >= 4 * MIB)
    take_for_stall(limits, 1.0)


async def test_a_stall_is_said_and_the_download_started_again(
    cloud: Cloud, hasty: FoundryLibrary, limits: TransferLimits
) -> None:
    await until_stalled(cloud, hasty, limits)
    stalled = await until_state(hasty, LARGE_KEY, DownloadState.STALLED)
    assert "no byte" in stalled.note
    await until(lambda: download_of(hasty, LARGE_KEY).attempt >= 2)
    take_for_stall(limits, CALM.stall_s)
    cloud.behaviour.stall_after = None
    await until_state(hasty, LARGE_KEY, DONE)
    assert_whole(large_folder())


async def test_a_stall_without_end_is_given_up_and_keeps_what_arrived(
    cloud: Cloud, hasty: FoundryLibrary, limits: TransferLimits
) -> None:
    await until_stalled(cloud, hasty, limits)
    failed = await until_state(hasty, LARGE_KEY, FAILED)
    # A busy machine looks a little late.
    assert re.search(r"given up after 3 attempts: no byte has come for \d+ s; what arrived is kept", failed.note)
    assert disk_space.disk_bytes(large_folder()) > 2 * MIB
    assert children() == []
    take_for_stall(limits, CALM.stall_s)
    cloud.behaviour.stall_after = None
    hasty.resume(LARGE_KEY)
    await until_state(hasty, LARGE_KEY, DONE)
    assert_whole(large_folder())


def length_of(status: os.stat_result) -> int:
    return status.st_size


async def test_without_holes_the_runtime_tells_what_arrived(
    cloud: Cloud, library: FoundryLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As under Windows and on exFAT: a file in download has its whole length, and takes all of it, from the start.
    monkeypatch.setattr(files, "taken_bytes", length_of)
    # The runtime tells of progress at intervals, and would tell nothing more after a burst and a halt.
    cloud.behaviour.held_from, cloud.behaviour.trickle_s = LARGE.filler_bytes * 2 // 3, 1.0
    seen: list[int] = []
    library.on_change(lambda: seen.append(download_of(library, LARGE_KEY).done_bytes))
    library.download(named(library, "large-chat"))
    await until_some(library, 0.5)
    library.pause(LARGE_KEY)
    await until(lambda: named(library, "large-chat").state is ModelState.PARTIAL)
    paused = download_of(library, LARGE_KEY).done_bytes
    assert LARGE.filler_bytes * 0.5 < paused < LARGE.filler_bytes * 0.9, "not 100 % at once"
    cloud.behaviour.held_from = None
    library.resume(LARGE_KEY)
    assert download_of(library, LARGE_KEY).done_bytes == paused
    await until_state(library, LARGE_KEY, DONE)
    assert seen == sorted(seen)
    assert_whole(large_folder())


async def test_bytes_that_no_file_shows_are_a_sign_of_life(
    cloud: Cloud, limits: TransferLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def attempts() -> float:
        """Download at a rate that takes some seconds, of which two in silence would be a stall."""
        cloud.behaviour.rate_bytes_s, cloud.sent_bytes = 3 * MIB, 0
        take_for_stall(limits, CALM.stall_s)
        async with with_catalogue(cloud, limits) as library:
            with monkeypatch.context() as patch:
                # NTFS need not note the time of a write while the writer holds the file open.
                nothing_new = disk_space.DiskUse(LARGE.filler_bytes, LARGE.filler_bytes, 1)
                patch.setattr(disk_space, "disk_use", Mock(return_value=nothing_new))
                library.download(named(library, "large-chat"))
                await until(lambda: cloud.sent_bytes > MIB)
                take_for_stall(limits, 2.0)
                await until(lambda: cloud.sent_bytes > 11 * MIB)
                take_for_stall(limits, CALM.stall_s)
                cloud.behaviour.rate_bytes_s = 0
                download = await until_state(library, LARGE_KEY, DONE)
            await until(lambda: named(library, "large-chat").state is ModelState.READY)
            await library.remove(named(library, "large-chat"))
        return download.attempt

    assert await least(attempts, 1.5) == 1, "a healthy download was taken for a stall each time"


async def test_reset_connections_cost_nothing_but_time(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.cut_after, cloud.behaviour.cuts = 4 * MIB, 5
    library.download(named(library, "large-chat"))
    await until_state(library, LARGE_KEY, DONE)
    assert cloud.behaviour.cuts == 0
    assert_whole(large_folder())


@pytest.mark.parametrize("kind", ["registry", "list", "get"])
async def test_a_busy_server_is_asked_again(cloud: Cloud, library: FoundryLibrary, kind: str) -> None:
    cloud.behaviour.status, cloud.behaviour.times = {kind: 503}, 9 if kind == "registry" else 1
    library.download(named(library, "large-chat"))
    await until_state(library, LARGE_KEY, DONE)
    assert cloud.requests[kind] >= 2
    assert_whole(large_folder())


@pytest.mark.parametrize("kind", ["registry", "get"])
async def test_a_refusal_is_asked_once_more_and_then_said(cloud: Cloud, library: FoundryLibrary, kind: str) -> None:
    cloud.behaviour.status = {kind: 403}
    library.download(named(library, "large-chat"))
    failed = await until_state(library, LARGE_KEY, FAILED)
    assert "given up after 2 attempts" in failed.note
    assert "403" in failed.note
    assert "\n" not in failed.note


@pytest.mark.usefixtures("cloud")
async def test_a_download_that_ends_unexpectedly_has_failed(
    library: FoundryLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(_transfer: Transfer) -> None:
        raise LookupError("nobody expects this")

    monkeypatch.setattr(Transfer, "run", crash)
    library.download(named(library, "large-chat"))
    failed = await until_state(library, LARGE_KEY, FAILED)
    assert failed.note == "something unexpected ended it (LookupError); what arrived is kept, resume it to go on"


async def test_a_server_that_never_answers_is_given_up(
    cloud: Cloud, hasty: FoundryLibrary, limits: TransferLimits
) -> None:
    take_for_stall(limits, 1.0)
    cloud.behaviour.silent = frozenset({"registry"})
    hasty.download(named(hasty, "large-chat"))
    failed = await until_state(hasty, LARGE_KEY, FAILED)
    assert "no byte has come" in failed.note


async def test_a_server_that_goes_away_is_found_again(
    cloud: Cloud,
    hasty: FoundryLibrary,
    limits: TransferLimits,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    hasty.download(named(hasty, "large-chat"))
    await until_some(hasty, 0.3)
    cloud.close()
    take_for_stall(limits, 1.0)
    await until_state(hasty, LARGE_KEY, FAILED)
    take_for_stall(limits, CALM.stall_s)
    with stand_in.running(*certificate) as other:
        other.offers = cloud.offers
        for name, value in stand_in.environment(other, certificate[0]).items():
            monkeypatch.setenv(name, value)
        hasty.resume(LARGE_KEY)
        await until_state(hasty, LARGE_KEY, DONE)
    assert_whole(large_folder())


async def test_a_child_that_is_killed_is_replaced(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    library.download(named(library, "large-chat"))
    await until_some(library)
    (child,) = children()
    child.kill()
    await until_state(library, LARGE_KEY, DONE)
    assert download_of(library, LARGE_KEY).attempt == 2
    assert_whole(large_folder())


def command_line(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_what_a_killed_benchtop_left_goes_on_next_time(cloud: Cloud) -> None:
    cloud.offers = (LARGE,)
    cloud.behaviour.rate_bytes_s = 8 * MIB
    process = command_line("download", "large-chat")
    try:
        await until(lambda: cloud.sent_bytes > 4 * MIB)
        orphans = psutil.Process(process.pid).children()
    finally:
        process.kill()
        process.communicate()
    await until(lambda: not any(orphan.is_running() for orphan in orphans))
    async with opened() as library:
        assert named(library, "large-chat").state is ModelState.PARTIAL
        assert library.downloads == ()
        library.start()
        assert [download.key for download in library.downloads] == [LARGE_KEY]
        await until_state(library, LARGE_KEY, DONE)
    assert_whole(large_folder())


async def test_a_cache_that_is_removed_in_mid_download_is_told(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    library.download(named(library, "large-chat"))
    await until_some(library, 0.2)
    shutil.rmtree(paths.model_cache_dir())
    await until_state(library, LARGE_KEY, FAILED)
    note = download_of(library, LARGE_KEY).note
    assert "was removed meanwhile" in note
    assert "kept" not in note


async def test_two_benchtops_that_want_the_same_model_do_not_harm_each_other(
    cloud: Cloud, library: FoundryLibrary
) -> None:
    cloud.behaviour.held_from = LARGE.filler_bytes * 2 // 3
    library.download(named(library, "large-chat"))
    process = command_line("download", "large-chat")
    try:
        await until_some(library, 0.3)
        await until(lambda: len(list(paths.downloads_dir().glob("*.json"))) == 2)
        cloud.behaviour.held_from = None
        await until_state(library, LARGE_KEY, DONE)
        _, errors = await asyncio.to_thread(process.communicate, None, 60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, errors
    assert_whole(large_folder())


async def test_a_cancel_leaves_what_another_benchtop_downloads(cloud: Cloud, library: FoundryLibrary) -> None:
    cloud.behaviour.held_from = LARGE.filler_bytes * 2 // 3
    process = command_line("download", "large-chat")
    try:
        await until(lambda: cloud.sent_bytes > 4 * MIB)
        library.download(named(library, "large-chat"))
        await until_state(library, LARGE_KEY, RUNNING)
        await library.cancel(LARGE_KEY)
        assert "another Benchtop goes on" in download_of(library, LARGE_KEY).note
        cloud.behaviour.held_from = None
        _, errors = await asyncio.to_thread(process.communicate, None, 60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, errors
    assert_whole(large_folder())


async def test_a_full_disk_is_told_before_it_begins(library: FoundryLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    free: Callable[[Path], int] = lambda _folder: 10 * MIB  # noqa: E731
    monkeypatch.setattr(disk_space, "free_bytes", free)
    with pytest.raises(LibraryError, match=r"large-chat@cpu needs 13.0 MiB of room .* has 10.0 MiB"):
        library.download(named(library, "large-chat"))
    assert library.downloads == ()


async def test_the_disk_is_watched_while_it_fills(
    cloud: Cloud, library: FoundryLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.behaviour.rate_bytes_s = 8 * MIB
    library.download(named(library, "large-chat"))
    await until_some(library)
    free: Callable[[Path], int] = lambda _folder: -1  # noqa: E731
    monkeypatch.setattr(disk_space, "free_bytes", free)
    failed = await until_state(library, LARGE_KEY, FAILED)
    assert "the disk is full" in failed.note
    monkeypatch.undo()


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path, None, None]:
    """Mount a disk of 24 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root on Linux")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder))
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts no small disk")
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


async def test_a_disk_that_is_really_full_is_told_in_words(cloud: Cloud, small_disk: Path) -> None:
    cloud.offers = (LARGE,)
    cloud.behaviour.held_from = 2 * MIB
    async with opened(places(cache=small_disk / "models"), replace(CALM, reserve_bytes=-1)) as library:
        await library.refresh()
        library.download(named(library, "large-chat"))
        (small_disk / "other").write_bytes(b"0" * 18 * MIB)
        cloud.behaviour.held_from = None
        failed = await until_state(library, LARGE_KEY, FAILED)
        assert "the disk is full" in failed.note
        (small_disk / "other").unlink()
        library.resume(LARGE_KEY)
        await until_state(library, LARGE_KEY, DONE)


async def test_two_run_at_once_and_the_others_wait(cloud: Cloud, library: FoundryLibrary) -> None:
    offers = tuple(replace(LARGE, alias=f"large-{index}", name=f"large-{index}-generic-cpu") for index in range(3))
    cloud.offers = offers
    cloud.behaviour.stall_after = 6 * MIB
    await library.refresh()
    for offer in offers:
        library.download(named(library, offer.alias))
    await until(lambda: len(children()) == 2)
    waiting = [download.key for download in library.downloads if download.state is DownloadState.WAITING]
    assert waiting == ["large-2@cpu"]
    library.pause("large-0@cpu")
    await until(lambda: download_of(library, "large-2@cpu").state is not DownloadState.WAITING)
    await until(lambda: len(children()) == 2)


async def test_a_download_waits_for_its_time(
    cloud: Cloud, library: FoundryLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    due: Callable[[str | None], float] = lambda _at: time.time() + 0.6  # noqa: E731
    monkeypatch.setattr("tui.library.downloads.queue._due_s", due)
    waiting = library.download(named(library, "tiny-chat"), at="02:00")
    assert (waiting.state, waiting.starts_at, waiting.note) == (DownloadState.WAITING, "02:00", "begins at 02:00")
    assert children() == []
    assert cloud.requests["registry"] == 0
    await until_state(library, "tiny-chat@cpu", DONE)


async def test_a_time_that_is_none_is_refused(library: FoundryLibrary) -> None:
    with pytest.raises(LibraryError, match='"25:00" is no time of day; write it as HH:MM'):
        library.download(named(library, "tiny-chat"), at="25:00")


async def test_what_is_here_or_not_offered_is_not_downloaded(library: FoundryLibrary) -> None:
    with pytest.raises(LibraryError, match="practice-small is here already"):
        library.download(named(library, "practice-small"))
    with pytest.raises(LibraryError, match="does not list it"):
        library.download(replace(named(library, "tiny-chat"), catalog=None))
    with pytest.raises(LibraryError, match="there is no download of nothing"):
        library.pause("nothing")


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no Ctrl-C to one process alone")
async def test_a_download_can_be_stopped_from_the_keyboard(cloud: Cloud) -> None:
    async def seconds() -> float:
        """Begin a download that stalls, stop it, and return how long the end takes."""
        cloud.sent_bytes, cloud.behaviour.stall_after = 0, 4 * MIB
        process = command_line("download", "large-chat")
        try:
            await until(lambda: cloud.sent_bytes >= 4 * MIB)
            begun_s = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = await asyncio.to_thread(process.communicate, None, 60)
            took_s = time.monotonic() - begun_s
        finally:
            process.kill()
            process.communicate()
        assert (process.returncode, errors.splitlines()[-1]) == (
            130,
            "Stopped. What arrived is kept; the same command goes on from there.",
        )
        assert disk_space.disk_bytes(large_folder()) > 2 * MIB
        shutil.rmtree(large_folder())
        return took_s

    cloud.offers = (LARGE,)
    assert await least(at_rest(seconds), 1) < 1
