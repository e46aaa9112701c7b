"""A history on a file system without locks or shared memory is kept all the same, and a read-only one is read."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.test_history import begun
from tui import paths, store
from tui.store import access
from tui.store.errors import HistoryError
from tui.store.history import History

SOURCE = Path(__file__).parents[1] / "support" / "no_locks.c"
COMPILER = shutil.which("cc") or shutil.which("gcc")
KEEP_A_RUN = """
import sys
from contextlib import closing
from pathlib import Path
from tests.store.test_history import begun
from tui.store.history import History

with closing(History(Path(sys.argv[1]))) as history:
    history.begin(begun(run_id="second"))
with closing(History(Path(sys.argv[1]))) as history:
    print(*(run.run_id for run in history.latest(9)))
"""


@pytest.mark.skipif(sys.platform != "linux" or COMPILER is None, reason="needs a C compiler of Linux")
@pytest.mark.parametrize("missing", ["locks", "memory"])
def test_a_file_system_that_lacks_something_keeps_a_history(missing: str, tmp_path: Path) -> None:
    library, file = tmp_path / "missing.so", tmp_path / "history.sqlite3"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    with closing(History(file)) as history:
        history.begin(begun(run_id="first"))
    root = str(Path(__file__).parents[2])
    surroundings = {**os.environ, "LD_PRELOAD": str(library), "MISSING": missing, "PYTHONPATH": root}
    (tmp_path / "history.sqlite3.lock").mkdir()
    os.utime(tmp_path / "history.sqlite3.lock", (1, 1))
    done = subprocess.run(
        [sys.executable, "-c", KEEP_A_RUN, file],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert sorted(done.stdout.split()) == ["first", "second"]
    with closing(History(file)) as history:
        assert len(history.latest(9)) == 2, "on a disk of this machine again"


def test_a_history_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, copies = tmp_path / "history.sqlite3", tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    with closing(History(file)) as owner:
        owner.begin(begun())
        before = file.read_bytes()
        assert (tmp_path / "history.sqlite3-wal").stat().st_size, "the run is in the log"
        monkeypatch.setattr(access, "is_read_only", Path.exists)
        with closing(History(file)) as reader:
            assert [run.run_id for run in reader.latest(9)] == [begun().run_id]
            with pytest.raises(HistoryError, match="readonly database; make the file and its folder writable"):
                reader.begin(begun(run_id="other"))
        assert not any(copies.iterdir())
        assert file.read_bytes() == before


def test_without_a_place_for_a_copy_a_history_is_read_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_place(_: str) -> Path:
        raise OSError(errno.EROFS, "no folder for temporary files can be written; set TMPDIR to one")

    file = tmp_path / "history.sqlite3"
    monkeypatch.setattr(paths, "make_scratch_folder", no_place)
    with closing(History(file)) as owner:
        owner.begin(begun())
        monkeypatch.setattr(access, "is_read_only", Path.exists)
        with pytest.raises(HistoryError, match="set TMPDIR"):
            History(file)
    with closing(History(file)) as reader:
        assert [run.run_id for run in reader.latest(9)] == [begun().run_id]
        with pytest.raises(HistoryError, match="readonly database"):
            reader.begin(begun(run_id="other"))
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_file_or_folder_without_the_right_to_write_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "history.sqlite3"
    assert not access.is_read_only(file), "it can be made"
    file.touch()
    assert not access.is_read_only(file)

    def may_write(path: Path, _mode: int) -> bool:
        return path != tmp_path

    monkeypatch.setattr(os, "access", may_write)
    assert access.is_read_only(file)


def test_no_statement_numbers_its_placeholders() -> None:
    """Python 3.12.0 to 3.12.3 warn of numbers in placeholders whose values come in a row."""
    sources = Path(store.__file__).parent.rglob("*.py")
    assert not [file.name for file in sources if re.search(r"\?\d", file.read_text(encoding="utf-8"))]
