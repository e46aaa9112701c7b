"""Read the settings of a measurement from a plan, in which a program has written each under its own name."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

from tui.json_file import ConfigError, Value
from tui.records import Method, Mode, Order
from tui.records.measurement_settings import (
    DEFAULT_METHOD,
    SETTINGS,
    Amount,
    NumberList,
    Percentage,
    RateList,
    Setting,
    Switch,
    Targets,
    WholeNumber,
    Word,
)
from tui.text.limits import slo_in, slo_text

_NAMES: Final = tuple(field.name for field in fields(Method))
_MOST_CHARACTERS: Final = 1000
_LARGEST_NUMBER: Final = 10**6
"""The upper limit of seconds and temperatures, as on the command line."""


def read_method(value: Value) -> Method:
    """Read all settings; one that is left out has its default.

    Raises:
        ConfigError: if a setting is unknown or wrong.
    """
    value.refuse_unknown(_NAMES)
    return replace(DEFAULT_METHOD, **{name: _read(name, member) for name, member in value.members().items()})


def _read(name: str, value: Value) -> Any:
    setting = SETTINGS.get(name)
    if setting is None:
        return _text(value)
    if value.data is None and setting.default is None:
        return None
    return _setting(setting, value)


def _setting(setting: Setting, value: Value) -> object:
    match setting.kind:
        case WholeNumber(least):
            return value.whole(least, setting.name.replace("_", " "))
        case Amount():
            return _amount(value, above_zero=setting.kind.above_zero)
        case Percentage():
            return _amount(value, above_zero=True)
        case Word():
            return _word(setting.kind.values, value)
        case Switch():
            return value.truth()
        case NumberList(most):
            return _numbers(most, value)
        case RateList():
            return tuple(_amount(item, above_zero=True) for item in value.items())
        case Targets():
            return _targets(value)


def _amount(value: Value, *, above_zero: bool) -> float:
    number = value.data
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise value.error("a number", "write it without quotes and unit")
    if number < 0 or (above_zero and not number) or number > _LARGEST_NUMBER:
        raise value.error(f"a number {'above' if above_zero else 'from'} 0, at most a million", "correct or remove it")
    return float(number)


def _targets(value: Value) -> str:
    text = _text(value)
    limits = slo_in(text) if text else None
    if text and limits is None:
        raise value.error("limits such as ttft=500ms,tpot=50ms", "correct or remove it")
    return "" if limits is None else slo_text(limits)


def _word(words: type[Mode] | type[Order], value: Value) -> Mode | Order:
    by_value = {str(word.value): word for word in words}
    if not isinstance(value.data, str) or value.data not in by_value:
        raise value.error(f"one of {', '.join(by_value)}", "correct or remove it")
    return by_value[value.data]


def _numbers(most: int, value: Value) -> tuple[int, ...]:
    numbers = tuple(item.whole(1, value.key) for item in value.items())
    if not numbers or max(numbers) > most or list(numbers) != sorted(set(numbers)):
        raise value.error(f"a list of ascending numbers from 1 to {most}", "correct or remove it")
    return numbers


def _text(value: Value) -> str:
    """Read a text that may be empty."""
    if value.data == "":
        return ""
    text = value.text()
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(f"{value.where} has more than {_MOST_CHARACTERS} characters; shorten it.")
    return text
