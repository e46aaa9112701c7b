"""No report is written over what Benchtop keeps; pipes and devices are written to as by any tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command import benchtop
from tests.support.reports import whole_run
from tui import paths
from tui.reports import export
from tui.reports.export import ExportError
from tui.reports.formats import FORMATS
from tui.screens.dialogs.export import MarkdownExport, write_run
from tui.store.history import History

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of a POSIX system")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a history that has a run, and with every other file that is kept."""
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    (work / "config").mkdir(parents=True)
    monkeypatch.chdir(work)
    paths.user_config_dir().mkdir(parents=True)
    paths.downloads_dir().mkdir(parents=True)
    with closing(History(paths.history_file())) as history:
        run = whole_run()
        history.begin(run)
    for file in KEPT.values():
        if not file().exists():
            file().write_text("kept")


KEPT: dict[str, Callable[[], Path]] = {
    "history": paths.history_file,
    "wal": lambda: Path(f"{paths.history_file()}-wal"),
    "shm": lambda: Path(f"{paths.history_file()}-shm"),
    "settings": paths.settings_file,
    "registrations": paths.registrations_file,
    "consent": paths.consent_file,
    "servers": paths.endpoints_file,
    "note of a download": lambda: paths.downloads_dir() / "one.json",
    "models": lambda: paths.user_config_dir() / "models.json",
    "prompts": lambda: paths.user_config_dir() / "prompts.json",
    "models of this folder": lambda: Path("config", "models.json").absolute(),
    "log": paths.log_file,
}
WAYS: dict[str, Callable[[Path, Path], Path]] = {
    "itself": lambda file, _: file,
    "through ..": lambda file, _: file.parent / "x" / ".." / file.name,
    "link": lambda file, new: (new.symlink_to(file), new)[1],
    "link to a link": lambda file, new: (
        new.symlink_to(file), new.with_suffix(".2").symlink_to(new), new.with_suffix(".2")
    )[2],
    "hard link": lambda file, new: (os.link(file, new), new)[1],
    "another case": lambda file, _: file.with_name(file.name.upper()),
}  # fmt: skip


@posix
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", KEPT)
def test_what_is_kept_is_never_written_over(tmp_path: Path, kept: str, way: str) -> None:
    file = KEPT[kept]()
    (file.parent / "x").mkdir(exist_ok=True)
    before = file.read_bytes()
    path = WAYS[way](file, tmp_path / "other.md")
    for attempt in (lambda: export.check_writable(path), lambda: export.write(path, "text")):
        with pytest.raises(ExportError, match=r"Benchtop keeps .* in this place; choose another path"):
            attempt()
    assert file.read_bytes() == before


@pytest.mark.parametrize("option", [each.option for each in FORMATS])
def test_a_report_over_the_history_is_refused_by_every_option(option: str) -> None:
    done = benchtop("report", "last", option, str(paths.history_file()))
    assert (done.returncode, "Benchtop keeps the history in this place" in done.stderr) == (2, True)
    with closing(History(paths.history_file())) as history:
        assert history.latest()


def test_a_history_of_another_place_is_kept_too(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    shutil.copy(paths.history_file(), other)
    for path in (other, Path(f"{other}-wal")):
        with pytest.raises(ExportError, match="Benchtop keeps a history"):
            export.write(path, "text")
    new = str(tmp_path / "new.db")
    done = benchtop("--history", new, "report", "last", "--md", new)
    assert (done.returncode, "Benchtop keeps the history" in done.stderr, Path(new).exists()) == (2, True, False)


@posix
def test_models_programs_and_what_was_read_are_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("genai_config.json", "model.onnx", "given.json", "python")
    for name in names:
        (tmp_path / name).write_text("kept")
    given, program = tmp_path / "given.json", tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(program))
    (tmp_path / "link.md").symlink_to(given)
    (tmp_path / "config.md").symlink_to(program)
    paths.read_limited(given, 100)
    (tmp_path / "genai_config.json").rename(tmp_path / "elsewhere.json")
    for name, reason in {"link.md": "this command reads it", "config.md": "keeps its own program"}.items():
        with pytest.raises(ExportError, match=reason):
            export.write(tmp_path / name, "text")
    (tmp_path / "elsewhere.json").rename(tmp_path / "genai_config.json")
    with pytest.raises(ExportError, match="keeps a model"):
        export.write(tmp_path / "model.onnx", "text")
    assert {(tmp_path / name).read_text() for name in names} == {"kept"}
    export.write(tmp_path / "new.md", "text")


@pytest.mark.skipif(sys.platform != "linux", reason="the views of processes that Linux shows")
@pytest.mark.parametrize("view", ["exe", "cwd/x.md", "comm", "map_files"])
def test_nothing_is_written_through_the_view_of_a_process(view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, _: bytes) -> None:
        pytest.fail(f"{file} is written over")

    # If this test fails, the interpreter must stay as it is.
    monkeypatch.setattr(export, "write_atomically", refuse)
    with pytest.raises(ExportError, match="cannot write"):
        export.write(Path("/proc/self") / view, "text")


@posix
def test_the_summary_of_a_step_is_no_file_of_ours(tmp_path: Path) -> None:
    before = paths.history_file().read_bytes()
    with pytest.raises(ExportError, match="keeps the history"):
        export.append(paths.history_file(), "text")
    assert paths.history_file().read_bytes() == before
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExportError, match="nothing reads from it"):
        export.append(tmp_path / "pipe", "text")
    for _ in range(2):
        export.append(tmp_path / "summary.md", "text\n")
    assert (tmp_path / "summary.md").read_text() == "text\n" * 2


def test_the_dialogs_write_through_the_same_guard() -> None:
    with pytest.raises(ExportError, match="Benchtop keeps the history"):
        write_run(whole_run(), paths.history_file(), FORMATS[0])
    with pytest.raises(ExportError, match="Benchtop keeps a configuration"):
        MarkdownExport("choice", lambda: "text").write(paths.user_config_dir() / "models.json")


@posix
def test_two_reports_never_go_to_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("")
    os.link(tmp_path / "a.md", tmp_path / "hard.md")
    (tmp_path / "soft.md").symlink_to("a.md")
    for second in ("a.md", "A.MD", "hard.md", "soft.md", "../" + tmp_path.name + "/a.md"):
        done = benchtop("report", "last", "--md", str(tmp_path / "a.md"), "--csv", str(tmp_path / second))
        assert (done.returncode, "two reports would go to the same file" in done.stderr) == (2, True), second


@posix
def test_a_pipe_without_a_reader_is_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = benchtop("report", "last", "--md", str(tmp_path / "pipe"))
    assert (done.returncode, "nothing reads from it; start its reader first" in done.stderr) == (2, True)


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/stdout and /dev/fd as on Linux")
def test_open_files_are_written_to_as_they_are() -> None:
    command = f"{sys.executable} -m tui report last"
    script = (
        f"{command} --md /dev/stdout >direct.md; {command} --md /dev/stdout | cat >piped.md;"
        f"{command} --md >(cat >substituted.md) --csv /dev/null; wait $!; {command} >printed.md"
    )
    subprocess.run(["bash", "-c", script], check=True, timeout=300, capture_output=True)
    texts = [
        Path(name).read_text(encoding="utf-8") for name in ("direct.md", "piped.md", "substituted.md", "printed.md")
    ]
    assert len(set(texts)) == 1
    assert texts[0].startswith("#")
