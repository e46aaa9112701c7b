"""The SQLite file of the history: opened with care, brought up to date, and its errors told in sentences."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tui.store.errors import HistoryError
from tui.store.schema import APPLICATION_ID, STEPS, VERSION

BUSY_TIMEOUT_MS: Final = 2000
"""How long a write waits for another Benchtop that is writing at the same moment."""

LISTED: Final = ("models", "prompt_set", "rounds", "launches")
"""Columns of a run that stand in its plan as well, for queries."""

Value = str | bytes | int | float | None

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


class Database:
    """The file while it is open. Used from the thread that opened it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it and its folder; bring an older one up to date.

        Raises ``HistoryError`` when that cannot be done. A file that is damaged, of a newer version or another
        program's is left as it is.
        """
        self.path = path
        self._functions: dict[str, Callable[..., Value]] = {"of_plan": of_plan}
        self._opened = 0
        self._connect()

    def _connect(self) -> None:
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(
                f"cannot open the history {path}: its folder cannot be made ({error.strerror}); {_ELSEWHERE}"
            ) from error
        with self._in_words("open"):
            self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        try:
            with self._in_words("open"):
                self._prepare()
        except HistoryError:
            self._connection.close()
            raise
        self._identity = _identity(path)
        self._opened += 1

    @property
    def changes_of_others(self) -> tuple[int, int]:
        """What is not the same any more once somebody else has written to the file, or another has taken its place."""
        with self.explained("read"):
            return self._opened, self._pragma("data_version")

    def execute(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """One statement; to be framed by ``explained``, ``transaction`` or ``reading``."""
        return self._connection.execute(statement, [storable(value) for value in values])

    def insert(self, table: str, row: Mapping[str, Value], *, replacing: bool = False) -> None:
        """Add a row; ``replacing`` one of the same launch."""
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        conflict = ""
        if replacing:
            changes = ", ".join(f'"{column}" = excluded."{column}"' for column in row)
            conflict = f" ON CONFLICT (run_id, key, launch) DO UPDATE SET {changes}"
        self.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}){conflict}", list(row.values()))

    def define(self, name: str, function: Callable[..., Value]) -> None:
        """Let statements call a function of ours, which gives the same for the same values."""
        self._functions[name] = function
        self._connection.create_function(name, -1, function, deterministic=True)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All that is written in it is there, or nothing of it."""
        with self.explained("write to"), self._transaction():
            yield

    @contextmanager
    def explained(self, doing: str) -> Generator[None]:
        """Turn what SQLite raises into one sentence that says what to do."""
        with self._in_words(doing):
            self._find_again(doing)
            yield

    @contextmanager
    def _in_words(self, doing: str) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            # An extended code keeps its general one in the lowest byte; a misuse or a number beyond 64 bits has none.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            remedy = f"; {_REMEDIES[code]}" if code in _REMEDIES else ""
            raise HistoryError(f"cannot {doing} the history {self.path}: {error}{remedy}") from error

    @contextmanager
    def reading(self) -> Generator[None]:
        """What is read may be damaged as well."""
        try:
            with self.explained("read"):
                yield
        except (msgspec.MsgspecError, ValueError, LookupError, struct.error) as error:
            raise HistoryError(
                f"cannot read the history {self.path}: a record in it is damaged ({error}); {_START_ANEW}"
            ) from error

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._identity = None
        self._connection.close()

    def _find_again(self, doing: str) -> None:
        """Open the file in this one's place: what is written to one that was deleted or moved away is lost to all.

        Whoever wanted to write is told, since what was there before is not in it.
        """
        if self._identity is None or self._identity == _identity(self.path):
            return
        self._connection.close()
        self._connect()
        if doing != "read":
            raise HistoryError(f"the history {self.path} was deleted or moved away while it was in use; it begins anew")

    def _prepare(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        self._refuse_what_is_not_ours()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        for name, function in self._functions.items():
            self.define(name, function)
        if self._pragma("user_version") == VERSION:
            return
        with self._transaction():
            # Asked again inside: another Benchtop may have brought the file up to date in the meantime.
            for step in STEPS[self._pragma("user_version") :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _refuse_what_is_not_ours(self) -> None:
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
            # Still open only when something failed; a full disk may have ended it already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, whatever its name; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def of_plan(plan: str, what: str) -> str | int | None:
    """From a stored plan what the list of runs is asked by: ``models`` (a JSON list of keys), or a field of its own.

    A plan that is damaged gives ``None``, and its run stays in the list.
    """
    try:
        members = json.loads(plan)
        found = [_key(model) for model in members["models"]] if what == "models" else members[what]
        return found if isinstance(found, int) else plain(found)
    except (ValueError, LookupError, TypeError):
        return None


def plain(value: str | Sequence[str]) -> str:
    """Text, or a list as JSON, that every function of SQLite can work on: half of a surrogate pair is written out."""
    text = value if isinstance(value, str) else json.dumps(list(value), ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()


def storable(value: Value) -> Value:
    """Text as SQLite takes it: what is no valid Unicode, such as half of a surrogate pair, goes in as bytes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode(errors="surrogatepass")
    return value


def text_of(value: Any) -> Any:
    """What ``storable`` has made of a text, as the text again."""
    return value.decode(errors="surrogatepass") if isinstance(value, bytes) else value


def _key(model: Mapping[str, Any]) -> str:
    """As ``Model.key``."""
    limit = f"+{model['context_limit_tokens']}" if model.get("context_limit_tokens") else ""
    return f"{model['alias']}@{model['variant']}{limit}" if model.get("variant") else f"{model['alias']}{limit}"
