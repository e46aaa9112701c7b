"""Read the protocols of prompts.json into records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tui.json_file import ConfigError, Value
from tui.records import Method, Mode, Order, Preset, Prompt
from tui.records.measurement_settings import SETTINGS, Amount, Percentage, Setting, Switch, WholeNumber, Word

_SETTINGS: Final = tuple(setting for setting in SETTINGS.values() if setting.in_protocols)
_KEYS: Final = ("prompts", *(setting.name for setting in _SETTINGS))
_SHARE: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%")


def read_presets(protocols: Value, sets: Mapping[str, tuple[Prompt, ...]], default_set: str) -> dict[str, Preset]:
    """Read each protocol by its name; one that names no prompts has the default set.

    Raises:
        ConfigError: if a protocol is wrong; the message is one sentence with file, key and remedy.
    """
    return {name: _preset(name, value, sets, default_set) for name, value in protocols.members().items()}


def _preset(name: str, value: Value, sets: Mapping[str, tuple[Prompt, ...]], default_set: str) -> Preset:
    if not name.strip() or not name.isprintable() or "," in name:
        raise ConfigError(f"{value.where} is no name for a protocol; give it one without commas.")
    value.refuse_unknown(_KEYS)
    members = value.members()
    prompt_set = members["prompts"].text() if "prompts" in members else default_set
    if prompt_set not in sets:
        raise members["prompts"].error("the name of one of the sets", f"write one of {', '.join(sets)}")
    given = {setting.name: _read(setting, members[setting.name]) for setting in _SETTINGS if setting.name in members}
    method = replace(Method(prompt_set=prompt_set), **given)
    _check(method, members, value)
    return Preset(name=name, prompts=sets[prompt_set], method=method)


def _read(setting: Setting, value: Value) -> object:
    """Read the value of a setting. Raises ConfigError."""
    match setting.kind:
        case WholeNumber(least):
            return value.whole(least, setting.name.replace("_", " "))
        case Amount():
            return value.positive(setting.kind.unit)
        case Percentage():
            return _share(value)
        case Word():
            return _word(setting.kind, value)
        case Switch():
            return value.truth()
        case _:
            raise value.error("nothing", "remove it")


def _check(method: Method, members: Mapping[str, Value], value: Value) -> None:
    """Refuse settings each of which is right, but which do not go together. Raises ConfigError."""
    if method.rounds < method.launches:
        expected = f"at most {method.rounds}, the number of rounds,"
        raise members["launches"].error(expected, "use fewer launches or more rounds")
    if method.mode is Mode.SIDE_BY_SIDE and method.order is Order.INTERLEAVED:
        raise ConfigError(f"{value.where}: side by side there are no turns, so no order; remove one of the two.")
    if method.max_rounds is not None and method.until_interval is None:
        where = members["max_rounds"].where
        raise ConfigError(f'{where} ends what "until_interval" begins, which is missing; add it or remove this.')
    if method.max_rounds is not None and method.max_rounds < method.rounds:
        raise members["max_rounds"].error(f"at least {method.rounds}, the number of rounds,", "correct one of the two")


def _word(kind: Word, value: Value) -> Mode | Order:
    if not value.is_text() or value.data not in kind.by_word:
        raise value.error(f"one of {', '.join(kind.by_word)}", "correct or remove it")
    return kind.by_word[value.text()]


def _share(value: Value) -> float:
    match = _SHARE.fullmatch(value.text().strip()) if value.is_text() else None
    if match is None or not float(match[1]):
        raise value.error('a share in quotes such as "3%"', "correct or remove it")
    return float(match[1]) / 100
