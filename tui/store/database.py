"""This module opens the SQLite file of the history, upgrades it and turns its errors into sentences for people."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tui import paths
from tui.store import access
from tui.store.errors import HistoryError
from tui.store.schema import APPLICATION_ID, STEPS, VERSION
from tui.system import files
from tui.system.files import remove_tree

BUSY_TIMEOUT_MS: Final = 2000
"""A write waits at most this long for another Benchtop that is writing at the same moment."""

LISTED: Final = ("models", "prompt_set", "rounds", "launches")
"""These columns of a run repeat values of its plan, so that queries can use them."""

_QUESTION_LENGTH: Final = 200
"""The most characters of a prompt that the list of runs shows."""

Value = str | bytes | int | float | None

_LARGEST: Final = 2**63 - 1
_ELSEWHERE: Final = "name another file with --history"
_START_ANEW: Final = "move the file away, and a new history begins"
_REMEDIES: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_FULL: "free some disk space",
    sqlite3.SQLITE_READONLY: f"make the file and its folder writable, or {_ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"check its folder, or {_ELSEWHERE}",
    sqlite3.SQLITE_BUSY: "another program holds it; close that one",
    sqlite3.SQLITE_NOTADB: _START_ANEW,
    sqlite3.SQLITE_CORRUPT: _START_ANEW,
}

_OF_LOCKS: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_IOERR)
"""The errors that a file system without locks leads to."""


class Database:
    """This class holds the open file. It must be used from the thread that opened it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it and its folder; an older file is upgraded.

        Raises ``HistoryError`` if that is impossible. A file that is damaged, of a newer version or of another program
        stays unchanged.
        """
        self.path = path
        self._functions: dict[str, Callable[..., Value]] = {"of_plan": of_plan}
        self._opened = 0
        self._copy: Path | None = None
        """What is read in place of the file, if that cannot be written."""
        self._connect()

    def _connect(self) -> None:
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if paths.is_private(path):
                paths.keep_private(path)
        except OSError as error:
            raise HistoryError(
                f"cannot open the history {path}: its folder cannot be made ({error.strerror}); {_ELSEWHERE}"
            ) from error
        with suppress(OSError):
            # SQLite gives the files beside it the same rights; whatever is wrong here, it tells better. A file that is
            # there is not opened: to close it would end the locks of every connection that this process has to it.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            with self._translated_errors("open"):
                self._open()
        except OSError as error:
            raise HistoryError(f"cannot open the history {path}: {error.strerror}; {_ELSEWHERE}") from error
        self._files = _files_of(path)
        self._opened += 1

    def _open(self) -> None:
        """Open the file in the first way that its file system allows, or a copy of it if it cannot be written."""
        way = access.USUAL
        if access.is_read_only(self.path):
            try:
                self._copy = access.copied(self.path)
            except OSError:
                # There is no place for a copy, as in a container in which nothing can be written.
                if not access.can_be_read_in_place(self.path):
                    raise
                way = access.UNCHANGED
        file = self._copy or self.path
        while True:
            connection: sqlite3.Connection | None = None
            try:
                connection = self._connection = way.connect(file, BUSY_TIMEOUT_MS / 1000)
                self._prepare(way)
            except (sqlite3.Error, HistoryError, UnicodeDecodeError) as error:
                if connection is not None:
                    connection.close()
                further = access.next_access(way, error, has_locks=_has_locks(file))
                if further is None:
                    self._remove_copy()
                    raise
                way = further
            else:
                return

    def _remove_copy(self) -> None:
        if self._copy is not None:
            remove_tree(self._copy.parent)
        self._copy = None

    @property
    def changes_of_others(self) -> tuple[int, int]:
        """Return a stamp that changes when another connection writes to the file or another file replaces it."""
        with self.explained("read"):
            return self._opened, self._pragma("data_version")

    def execute(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Execute one statement. The caller must be inside ``explained``, ``transaction`` or ``reading``."""
        return self._connection.execute(statement, [storable(value) for value in values])

    def insert(self, table: str, row: Mapping[str, Value], *, replacing: bool = False) -> None:
        """Add a row; with ``replacing`` it replaces the row of the same launch."""
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        conflict = ""
        if replacing:
            changes = ", ".join(f'"{column}" = excluded."{column}"' for column in row)
            conflict = f" ON CONFLICT (run_id, key, launch) DO UPDATE SET {changes}"
        self.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}){conflict}", list(row.values()))

    def define(self, name: str, function: Callable[..., Value]) -> None:
        """Let statements call a Python function, which must return the same result for the same values."""
        self._functions[name] = function
        self._connection.create_function(name, -1, function, deterministic=True)

    def wait_at_most(self, milliseconds: int) -> None:
        """Change how long a statement waits for another program; a file that is opened anew waits as any other."""
        with self._translated_errors("read"):
            self._connection.execute(f"PRAGMA busy_timeout = {milliseconds}")

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Store all writes of the block, or none of them if it raises."""
        with self.explained("write to"), self._transaction():
            yield

    @contextmanager
    def explained(self, doing: str) -> Generator[None]:
        """Turn an exception of SQLite into a ``HistoryError`` whose message is one sentence with a remedy."""
        with self._translated_errors(doing):
            self._reopen_if_replaced(doing)
            yield

    @contextmanager
    def _translated_errors(self, doing: str) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            if isinstance(error, UnicodeDecodeError):
                # The message of SQLite quotes the file, and is no text if the file is damaged there.
                raise HistoryError(f"cannot {doing} the history {self.path}: it is damaged; {_START_ANEW}") from error
            # The lowest byte of an extended code is the general one; a misuse or a number beyond 64 bits has no code.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            remedy = f"; {_REMEDIES[code]}" if code in _REMEDIES else ""
            if code in _OF_LOCKS and not _has_locks(self.path):
                remedy = f"; its file system has no locks: {_ELSEWHERE}, on a disk of this machine"
            raise HistoryError(
                f"cannot {doing} the history {self.path}: {error}{remedy}", is_locked=code == sqlite3.SQLITE_BUSY
            ) from error

    @contextmanager
    def reading(self) -> Generator[None]:
        """Turn errors of reading into a ``HistoryError``, including those of records that are damaged."""
        try:
            with self.explained("read"):
                yield
        except (msgspec.MsgspecError, ValueError, LookupError, struct.error) as error:
            raise HistoryError(
                f"cannot read the history {self.path}: a record in it is damaged ({error}); {_START_ANEW}"
            ) from error

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._files = {}
        self._connection.close()
        self._remove_copy()

    def _reopen_if_replaced(self, doing: str) -> None:
        """Open the path again if one of its files was deleted, replaced or cut: writes to the old one would be lost.

        SQLite keeps the latest writes in a file beside the main one, and both are there as long as the connection is;
        none of them becomes shorter meanwhile. A write raises ``HistoryError`` then, because the new file may lack the
        runs of the old one.
        """
        if not self._files:
            return
        before, self._files = self._files, _files_of(self.path)
        if not any(file.is_gone_or_cut(self._files.get(suffix)) for suffix, file in before.items()):
            return
        if "" in self._files and not self._files[""].size:
            access.empty_log(self.path)
        if access.INDEX in before:
            access.forget_index(self.path, before[access.INDEX].size)
        self._connection.close()
        self._remove_copy()
        self._connect()
        if doing != "read":
            raise HistoryError(
                f"the history {self.path} was deleted, moved away or cut while it was in use; it is opened anew"
            )

    def _prepare(self, way: access.Access) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        self._refuse_foreign_file()
        way.begin(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        for name, function in self._functions.items():
            self.define(name, function)
        if self._pragma("user_version") < VERSION:
            self._upgrade()
        if self._copy is not None or not way.changes:
            connection.execute("PRAGMA query_only = ON")

    def _upgrade(self) -> None:
        connection = self._connection
        with self._transaction():
            # The version is read again inside, because another Benchtop may have upgraded the file in the meantime.
            for step in STEPS[self._pragma("user_version") :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        # The tables are in the main file from now on, whatever happens to the one beside it.
        connection.execute("PRAGMA wal_checkpoint")

    def _refuse_foreign_file(self) -> None:
        version = self._pragma("user_version")
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and self._pragma("application_id") != APPLICATION_ID:
            raise HistoryError(
                f"{self.path} is a database, but not a history of Benchtop; move it away, or {_ELSEWHERE}"
            )
        if version > VERSION:
            raise HistoryError(
                f"the history {self.path} was written by a newer Benchtop (version {version} of the file, this one "
                f"knows {VERSION}); update Benchtop, or {_ELSEWHERE}"
            )

    def _pragma(self, name: str) -> int:
        value: int = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            # The transaction is still open only if something failed; a full disk may have ended it already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


@dataclass(frozen=True, slots=True)
class _File:
    """One of the files of a database as it lies on the disk."""

    identity: tuple[int, int]
    """Device and inode, which identify a file whatever its name."""
    size: int

    def is_gone_or_cut(self, now: _File | None) -> bool:
        """Return whether another file, or none, has the name now, or whether this one has become shorter."""
        return now is None or now.identity != self.identity or now.size < self.size


def _files_of(path: Path) -> dict[str, _File]:
    """Return each of the files of a database that there is, by its suffix."""
    found: dict[str, _File] = {}
    for suffix in ("", access.LOG, access.INDEX):
        with suppress(OSError):
            status = path.with_name(path.name + suffix).stat()
            found[suffix] = _File((status.st_dev, status.st_ino), status.st_size)
    return found


def _has_locks(path: Path) -> bool:
    """Return whether the file system can lock a file, which some network file systems cannot.

    A new file is tried: to close the one that is in use would end the locks that this process holds on it.
    """
    if path.is_dir():
        return True
    trial = paths.temporary_beside(path)
    try:
        trial.touch()
        return files.has_locks(trial)
    except OSError:
        return True
    finally:
        with suppress(OSError):
            trial.unlink(missing_ok=True)


def question_of(text: str) -> str:
    """Return the beginning of a prompt in one line, as the list of runs shows it."""
    return plain(" ".join(text[: 2 * _QUESTION_LENGTH].split())[:_QUESTION_LENGTH])


def of_plan(plan: str, what: str) -> str | int | None:
    """Return a value of a stored plan for the list of runs.

    This is ``models`` (a JSON list of keys), ``prompts`` (how many), ``question`` (the beginning of the first prompt),
    or a field of the plan.

    The result is ``None`` if the plan is damaged, so that its run stays in the list.
    """
    return values_of_plan(plan, [what])[what]


def values_of_plan(plan: str, names: Iterable[str]) -> dict[str, str | int | None]:
    """Return several values of a stored plan as ``of_plan`` does, for which a plan of 100,000 prompts is read once."""
    try:
        members = json.loads(plan)
    except ValueError:
        members = None
    return {name: _value_in(members, name) for name in names}


def _value_in(members: Any, name: str) -> str | int | None:
    try:
        match name:
            case "models":
                return plain([_key(model) for model in members["models"]])
            case "prompts":
                return len(members["prompts"])
            case "question":
                return question_of(members["prompts"][0]["text"])
            case _:
                value = members[name]
                return value if isinstance(value, int) else plain(value)
    except (ValueError, LookupError, TypeError):
        return None


def plain(value: str | Sequence[str]) -> str:
    """Return text, or a list as JSON, in valid Unicode for SQL functions: half of a surrogate pair is written out."""
    text = value if isinstance(value, str) else json.dumps(list(value), ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()


def storable(value: Value) -> Value:
    """Return the value as SQLite accepts it: a whole number of at most 64 bits, half of a surrogate pair as bytes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode(errors="surrogatepass")
    if isinstance(value, int):
        return max(-_LARGEST, min(_LARGEST, value)) if abs(value) > _LARGEST else value
    return value


def packed(numbers: Sequence[int]) -> bytes:
    """Return whole numbers as bytes, 64 bits for each; one that has more is the largest that fits, as in a column."""
    try:
        return struct.pack(f"<{len(numbers)}q", *numbers)
    except struct.error:
        return struct.pack(f"<{len(numbers)}q", *(max(-_LARGEST, min(_LARGEST, number)) for number in numbers))


def text_of(value: Any) -> Any:
    """Return the text that ``storable`` may have turned into bytes; bytes that are no text are written out."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return value.decode(errors="backslashreplace")


def _key(model: Mapping[str, Any]) -> str:
    """Return the key of a model in a stored plan, in the form of ``Model.key``."""
    limit = f"+{model['context_limit_tokens']}" if model.get("context_limit_tokens") else ""
    limit += f"+chunk{model['chunk_tokens']}" if model.get("chunk_tokens") else ""
    return f"{model['alias']}@{model['variant']}{limit}" if model.get("variant") else f"{model['alias']}{limit}"
