"""The settings of a measurement as options of a command, made from the table of settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, Final

import click

from tui.cli.shared.values import above_zero, not_negative, numbers_up_to, percentage, rates, targets, whole_from
from tui.config.variables import SETTING_VARIABLES
from tui.records import Method
from tui.records.measurement_settings import (
    SETTINGS,
    Amount,
    NumberList,
    Percentage,
    RateList,
    Setting,
    Switch,
    Targets,
    ValueKind,
    WholeNumber,
    Word,
)

_NAMES: Final = tuple(field.name for field in fields(Method) if field.name in SETTINGS)
SERVER_SETTINGS: Final = tuple(name for name in _NAMES if SETTINGS[name].for_servers)
OTHER_SETTINGS: Final = tuple(name for name in _NAMES if not SETTINGS[name].for_servers)
ANSWER_SETTINGS: Final = ("max_tokens", "temperature", "seed")
"""Settings that also apply to a single question."""
_GIVEN: Final = "benchtop.settings"


def setting_options(names: Iterable[str]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the options of these settings to a command; ``given_settings`` returns their values."""

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        for name in reversed(tuple(names)):
            command = _option(SETTINGS[name])(command)
        return command

    return with_options


def given_settings(ctx: click.Context) -> dict[str, Any]:
    """Return the settings that the user has written, by the names of the fields of ``Method``, without defaults."""
    given: dict[str, Any] = ctx.meta.get(_GIVEN, {})
    return given


def _option(setting: Setting) -> Callable[[Callable[..., int]], Callable[..., int]]:
    if isinstance(setting.kind, Switch):
        text = setting.help_text()
        return click.option(
            setting.option, setting.name, is_flag=True, default=None, help=text, expose_value=False, callback=_store
        )
    return click.option(
        setting.option,
        setting.name,
        metavar=setting.metavar,
        type=_type_of(setting.kind),
        help=setting.help_text(SETTING_VARIABLES.get(setting.name, "")),
        expose_value=False,
        callback=_store,
    )


def _store(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        kind = SETTINGS[str(option.name)].kind
        ctx.meta.setdefault(_GIVEN, {})[option.name] = kind.by_word[value] if isinstance(kind, Word) else value


def _type_of(kind: ValueKind) -> click.Choice[str] | Callable[[str], Any]:
    match kind:
        case WholeNumber(least):
            return whole_from(least)
        case Amount():
            return above_zero if kind.above_zero else not_negative
        case Percentage():
            return percentage
        case NumberList(most):
            return numbers_up_to(most)
        case RateList():
            return rates
        case Targets():
            return targets
        case Word():
            return click.Choice(list(kind.by_word))
        case Switch():
            raise AssertionError("a switch has no value")
