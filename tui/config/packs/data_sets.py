"""Read the rows of a data set, whatever its form: JSON, JSON lines, YAML or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tui import json_file, paths
from tui.config.packs.positions import lines_of_json
from tui.config.packs.yaml_file import read_yaml
from tui.json_file import ConfigError, Value

MOST_BYTES: Final = 32 * 1024**2
MOST_ROWS: Final = 10_000
SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv")
_LIST_KEYS: Final = ("tasks", "data", "rows", "prompts", "examples")
"""Where the list of rows may stand in a file that is an object."""


def is_data_set(file: Path) -> bool:
    """Whether the ending of a file is one of those that can be read."""
    return file.suffix.lower() in SUFFIXES


def read_value(file: Path) -> Value:
    """Read a whole file as one value; the rows of CSV and JSON lines are a list. Raises ConfigError."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{file}: a pack or a data set ends in {', '.join(SUFFIXES)}; rename or convert it.")
    content = _content(file)
    match suffix:
        case ".yaml" | ".yml":
            data, lines = read_yaml(file, content)
            return Value(file, "", data, lines)
        case ".jsonl" | ".ndjson":
            return _json_lines(file, content)
        case ".csv" | ".tsv":
            return _table(file, content, "\t" if suffix == ".tsv" else ",")
        case _:
            return Value(file, "", json_file.parse(file, content), lines_of_json(content))


def rows_of(value: Value) -> list[Value]:
    """Read the rows of a data set: the list that it is, or the one under a usual key. Raises ConfigError."""
    if value.is_object():
        members = value.members()
        name = next((name for name in _LIST_KEYS if name in members), None)
        if name is None:
            raise ConfigError(f'{value.where}: there is no list of tasks in it; put them under "tasks".')
        value = members[name]
    rows = value.items()
    if not rows:
        raise value.error("a list with at least one task", "add one")
    if len(rows) > MOST_ROWS:
        raise ConfigError(f"{value.where} has {len(rows)} tasks, and at most {MOST_ROWS} can be run; take a part.")
    return rows


def _content(file: Path) -> str:
    try:
        return paths.read_text(file, MOST_BYTES)
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file; correct the path.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: byte {error.start} is not UTF-8 text; save the file as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{file}: it cannot be read ({error.strerror}); make it a readable file.") from None
    except ValueError:
        raise ConfigError(f"{file}: it is no file, or has more than {MOST_BYTES >> 20} MiB; correct it.") from None


def _json_lines(file: Path, content: str) -> Value:
    """Read a JSON value a line; blank lines are passed over."""
    rows: list[object] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            rows.append(json_file.parse(file, line, number))
            lines[f"[{len(rows)}]"] = number
    return Value(file, "", rows, lines)


def _table(file: Path, content: str, delimiter: str) -> Value:
    """Read a table whose first row names the columns; empty cells are left out."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    rows: list[object] = []
    lines: dict[str, int] = {}
    names: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            if names is None:
                names = _column_names(file, cells)
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(names):
                    raise ConfigError(
                        f"{file}, line {start}: it has {len(cells)} cells for {len(names)} columns; put texts with a "
                        f"{'tab' if delimiter != ',' else 'comma'} in quotes."
                    )
                rows.append({name: cell for name, cell in zip(names, cells, strict=False) if cell.strip()})
                lines[f"[{len(rows)}]"] = start
            start = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(f"{file}, line {start}: this is no table ({error}); correct it there.") from None
    return Value(file, "", rows, lines)


def _column_names(file: Path, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not all(names):
        problem = f'two columns are called "{twice}"' if twice else "a column has no name"
        raise ConfigError(f"{file}, line 1: {problem}; name each column in the first line.")
    return names


class _Lines(Mapping[str, int]):
    """The lines of a file with those of a row whose members have other names; nothing is copied for each row."""

    def __init__(self, own: Mapping[str, int], others: Mapping[str, int]) -> None:
        self._own, self._others = own, others

    def __getitem__(self, key: str) -> int:
        return self._own[key] if key in self._own else self._others[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._others, **self._own})

    def __len__(self) -> int:
        return len(self._others)


def renamed(row: Value, fields: Mapping[str, str]) -> Value:
    """Rename the members of a row as a mapping from our names to those of the file asks."""
    if not row.is_object() or not fields:
        return row
    members = row.members()
    others = {theirs: ours for ours, theirs in fields.items()}
    if "prompt" in fields and fields["prompt"] not in members:
        raise ConfigError(
            f'{row.where} has no "{fields["prompt"]}", which is named for the prompt; it has {", ".join(members)}.'
        )
    data = {
        others.get(name, name): member.data for name, member in members.items() if name in others or name not in fields
    }
    if row.lines is None:
        return Value(row.file, row.key, data)
    moved = {
        f"{row.key}.{ours}": row.lines[f"{row.key}.{theirs}"]
        for ours, theirs in fields.items()
        if f"{row.key}.{theirs}" in row.lines
    }
    return Value(row.file, row.key, data, _Lines(moved, row.lines) if moved else row.lines)
