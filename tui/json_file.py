"""Read JSON files that people write: every mistake in them becomes one sentence that names the place of the mistake.

A validation library would find the same mistakes, but its messages do not name in one sentence the key, the expected
value and the remedy.
"""

from __future__ import annotations

import difflib
import errno
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeGuard, cast

from tui import paths

_SHOWN_CHARACTERS = 40
_TOO_LARGE = 1e15
_MOST = 10**9
_MOST_BYTES = 256 * 1024**2
_MOST_DIGITS, _WHOLE_END = 20, 2**63


class ConfigError(Exception):
    """A file or a variable is wrong; the message is one sentence with the place, the expected value and the remedy."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a file, with the path of keys that leads to it.

    The methods that read a value raise ``ConfigError`` if it is of another kind.
    """

    file: Path
    key: str
    data: object
    lines: Mapping[str, int] | None = None
    """The line of each value of the file by its key, if they are known."""

    @property
    def where(self) -> str:
        """The place of the value, as ``config/models.json: models.mistral-7b.size_mb``, or the file alone.

        With its line, if that is known, it is as ``notes.yaml, line 7: tasks[2].expect``.
        """
        line = self.line
        file = str(self.file) if line is None else f"{self.file}, line {line}"
        return f"{file}: {self.key}" if self.key else file

    @property
    def line(self) -> int | None:
        """The line on which the value begins, or what it is part of; ``None`` if that is not known."""
        if not self.lines or not self.key:
            return None
        key = self.key
        while key and key not in self.lines:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.lines.get(key)

    def error(self, expected: str, advice: str) -> ConfigError:
        """Make the error for a value that is not the expected one; ``advice`` is the remedy."""
        return ConfigError(f"{self.where} is {self._shown()}, but {expected} is expected; {advice}.")

    def is_text(self) -> bool:
        return isinstance(self.data, str)

    def is_list(self) -> bool:
        return isinstance(self.data, list)

    def is_object(self) -> bool:
        return isinstance(self.data, dict)

    def members(self) -> dict[str, Value]:
        """Read an object; give its members by their keys."""
        data = self.data
        if not isinstance(data, dict):
            raise self.error("an object", "put it in braces: {...}")
        members = cast("dict[str, object]", data)
        return {name: self._part(f"{self.key}.{name}".lstrip("."), member) for name, member in members.items()}

    def items(self) -> list[Value]:
        """Read a list; messages number its items from 1."""
        return [self.item(number) for number in range(1, len(self.raw_items()) + 1)]

    def item(self, number: int) -> Value:
        """Read one item of a list by its number, from 1."""
        return Value(self.file, f"{self.key}[{number}]", self.raw_items()[number - 1], self.lines)

    def raw_items(self) -> list[object]:
        """Read a list as it stands in the file, without the places of its items."""
        data = self.data
        if not isinstance(data, list):
            raise self.error("a list", "put it in brackets: [...]")
        return cast("list[object]", data)

    def text(self) -> str:
        """Read a string that is not blank."""
        if not isinstance(self.data, str) or not self.data.strip():
            raise self.error("a text", "write some text in quotes, or remove the key")
        if not is_valid_text(self.data):
            raise ConfigError(f"{self.where} holds half a character or a null character; write it anew.")
        return self.data

    def texts(self) -> tuple[str, ...]:
        """Read a list of strings that are not blank."""
        return tuple(item.text() for item in self.items())

    def path(self) -> Path:
        """Read a path: a relative one starts at the folder of the file, and ``~`` is the home folder."""
        try:
            written = Path(self.text()).expanduser()
        except RuntimeError:
            raise self.error("a path that can be found", "write it out, without ~") from None
        path = self.file.parent / written
        try:
            path.stat()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise self.error("a path", "shorten it") from None
        return path

    def positive(self, unit: str) -> float:
        """Read a number above 0."""
        if isinstance(self.data, bool) or not isinstance(self.data, int | float):
            raise self.error(f"a number of {unit}", "write it without quotes and unit")
        if not 0 < self.data < _TOO_LARGE:
            raise self.error(f"a number of {unit} above 0", "correct or remove it")
        return float(self.data)

    def truth(self) -> bool:
        """Return the value as true or false. Raises ConfigError if it is neither."""
        if not isinstance(self.data, bool):
            raise self.error("true or false", "correct it")
        return self.data

    def whole(self, lowest: int, unit: str) -> int:
        """Read a whole number from ``lowest`` up."""
        if isinstance(self.data, bool) or not isinstance(self.data, int) or self.data < lowest:
            raise self.error(f"a whole number of {unit} from {lowest} up", "correct or remove it")
        if self.data > _MOST:
            raise self.error(f"at most a thousand million {unit}", "correct or remove it")
        return self.data

    def refuse_unknown(self, keys: Sequence[str]) -> None:
        """Refuse an object with an unknown key, which is a mistake; the error names the closest known key."""
        for name, member in self.members().items():
            if name not in keys:
                close = difflib.get_close_matches(name, keys, n=1, cutoff=0.5)
                advice = f'write "{close[0]}"' if close else "remove it"
                raise ConfigError(f"{member.where} is not a known key; {advice} (known are {', '.join(keys)}).")

    def _part(self, key: str, data: object) -> Value:
        return Value(self.file, key, data, self.lines)

    def _shown(self) -> str:
        text = json.dumps(self.data, ensure_ascii=False)
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def is_usable_text(value: object) -> TypeGuard[str]:
    """Whether a value is a text that is not blank and that other programs accept."""
    return isinstance(value, str) and bool(value.strip()) and is_valid_text(value)


def is_valid_text(text: str) -> bool:
    """Whether other programs accept the text: it has no half of a surrogate pair and no null character."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def read(path: Path) -> Value:
    """Read a whole file as one value.

    Raises:
        ConfigError: if the file cannot be read, or is not JSON; the message then has line and column.
    """
    try:
        content = paths.read_text(path, _MOST_BYTES)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; correct the path.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8 text; save the file as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read ({error.strerror}); make it a readable file.") from None
    except ValueError:
        raise ConfigError(f"{path}: it is no file, or has more than {_MOST_BYTES >> 20} MiB; correct it.") from None
    return Value(path, "", parse(path, content))


def loads(
    content: str,
    of_pairs: Callable[[list[tuple[str, object]]], object] | None = None,
    of_constant: Callable[[str], object] | None = None,
) -> object:
    """The value in a text that anybody may have written; the functions are those of ``json.loads``.

    Raises:
        ValueError: it is no JSON, or has a number that is too large for 64 bits.
        RecursionError: it is nested too deeply.
    """
    return cast(
        "object",
        json.loads(
            content, object_pairs_hook=of_pairs, parse_constant=of_constant, parse_int=_whole, parse_float=_number
        ),
    )


def load(path: Path, most_bytes: int) -> object:
    """The value in a JSON file that another program wrote; a byte order mark is accepted.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JSON in UTF-8, no file, nested too deeply, too long, or has a number of over 64 bits.
    """
    try:
        return loads(paths.read_text(path, most_bytes))
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or not -_WHOLE_END <= int(digits) < _WHOLE_END:
        raise ValueError(f"the number {digits[:_MOST_DIGITS]}... is too large")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:_MOST_DIGITS]} is too large")
    return number


def parse(path: Path, content: str, first_line: int = 1) -> object:
    """Read a JSON text of a file, which begins on ``first_line``.

    Raises:
        ConfigError: it is not JSON, or has a key twice, or what cannot be used; the message then has line and column.
    """
    place = str(path) if first_line == 1 else f"{path}, line {first_line}"

    def refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ConfigError(f'{place}: the key "{twice}" stands twice in one object; keep one of them.')
        return members

    def refuse_constant(name: str) -> NoReturn:
        raise ConfigError(f"{place}: {name} is not a number of JSON; write a number.")

    try:
        return loads(content, refuse_twice, refuse_constant)
    except json.JSONDecodeError as error:
        problem = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise ConfigError(
            f"{path}, line {first_line + error.lineno - 1}, column {error.colno}: this is not JSON ({problem}); "
            "correct it there."
        ) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place}: this is not JSON that can be used ({error}); simplify it.") from None
