"""Machines with little of something: it is named in one sentence, and what can be done without it is done."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

import psutil
import pytest

from tests.support.builders import model, run_record
from tui import log, paths
from tui.bench.eta import Eta
from tui.bench.planning.steps import agendas, position_in, remaining_steps, steps, total_samples
from tui.probes import host
from tui.records import Prompt

pytestmark = pytest.mark.usefixtures("own_home")


def no_folder() -> str:
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")


def refuse_to_write(_path: Path, _mode: int) -> bool:
    return False


def test_without_a_folder_for_temporary_files_that_of_our_data_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr(tempfile, "gettempdir", no_folder)
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = paths.make_scratch_folder("benchtop-child-")
    assert folder.parent == paths.app_data_dir() / "temporary"
    assert os.environ["TMPDIR"] == str(folder.parent), "for what children write"
    paths.app_data_dir().rename(paths.app_data_dir().with_name("elsewhere"))
    paths.app_data_dir().write_text("in the way")
    monkeypatch.setattr(paths, "_SHARED_MEMORY", paths.app_data_dir().parent)
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert paths.make_scratch_folder("benchtop-child-").parent == paths.app_data_dir().parent, "memory, as of Docker"
    monkeypatch.setattr(paths, "_SHARED_MEMORY", paths.app_data_dir())
    monkeypatch.setattr(os, "access", refuse_to_write)
    with pytest.raises(OSError, match="set TMPDIR"):
        paths.make_scratch_folder("benchtop-child-")


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system", path)

    before = logging.getLogger().handlers[:]
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(paths, "open_privately", refuse)
    try:
        log.log_to_file()
        logging.getLogger("tui").warning("this is lost")
    finally:
        logging.basicConfig(handlers=before, force=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "not enough memory"),
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "no more processes"),
        (RuntimeError("can't start new thread"), "no more processes or threads"),
        (OSError(errno.EFBIG, "File too large"), "ulimit -f"),
        (ValueError("x"), ""),
    ],
)
def test_a_shortage_is_named_also_behind_another_error(error: Exception, words: str) -> None:
    outer = RuntimeError("closing")
    outer.__context__ = error
    for told in (log.shortage_in(error), log.shortage_in(outer)):
        assert words in told
        assert bool(told) is bool(words)


def test_a_container_without_sys_has_no_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", no_folder, raising=False)
    assert host.on_battery() is None
    assert host.environment().on_battery is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such table of pages")
def test_a_sandbox_without_proc_has_memory_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = host.memory({})
    monkeypatch.setattr(psutil, "virtual_memory", no_folder)
    reading = host.memory({})
    assert abs(reading.total_bytes - told.total_bytes) < told.total_bytes / 10
    assert 0 < reading.available_bytes <= reading.total_bytes
    assert host.unowned_bytes() is None


def test_a_long_plan_is_listed_once_and_in_one_pass(tmp_path: Path) -> None:
    del tmp_path
    run = run_record(model("a"), model("b"), model("c"))
    prompts = tuple(Prompt(id=f"p{number}", text=f"word {number}") for number in range(20_000))
    plan = replace(run.plan, prompts=prompts, method=replace(run.plan.method, rounds=1, warmup=1, launches=1))
    assert len(repr(plan)) < 10_000, "asyncio writes the result of a task out at its end"
    assert "text=" not in repr(run)
    listed = agendas(plan)
    assert len({id(agenda) for agenda in listed.values()}) == 1, "the models share what is the same"
    assert sum(map(len, listed.values())) == total_samples(plan) == 3 * 40_001
    position = position_in(plan)
    # With a search for each prompt this would be 400 million comparisons.
    assert sorted(listed["a"], key=position) == list(steps(plan))
    assert Eta(plan).left_s(0.0) is None


def test_the_first_request_of_a_long_plan_does_not_wait_for_the_list_of_the_others() -> None:
    run = run_record(model("a"), model("b"))
    # Listed, these steps would take more memory than any machine has.
    plan = replace(run.plan, method=replace(run.plan.method, rounds=10**12, warmup=0, launches=2))
    remaining = remaining_steps(plan)
    assert remaining.samples == {"a": 2 * 10**12 + 2, "b": 2 * 10**12 + 2}
    first, second = (list(islice(launch, 2)) for launch in remaining.launches)
    assert [turn["a"].kind.value for turn in first] == ["cold", "round"]
    assert second[1]["b"].round == 10**12 // 2 + 1
