"""The protocols of prompts.json -> records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.json_file import ConfigError, Value
from tui.records import Method, Mode, Order, Preset, Prompt

PROTOCOL_KEYS: Final = (
    "prompts",
    "rounds",
    "warmup",
    "launches",
    "max_tokens",
    "mode",
    "order",
    "cool_down_s",
    "until_interval",
    "max_rounds",
)
_DEFAULT: Final = Method()
_MODES: Final = {mode.value.replace("_", "-"): mode for mode in Mode}
_ORDERS: Final = {order.value: order for order in Order}
_SHARE: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%")


def read_presets(protocols: Value, sets: Mapping[str, tuple[Prompt, ...]], default_set: str) -> dict[str, Preset]:
    """Each protocol by its name; one without prompts of its own has the default set.

    Raises:
        ConfigError: one sentence with the file, the key and what was expected.
    """
    return {name: _preset(name, value, sets, default_set) for name, value in protocols.members().items()}


def _preset(name: str, value: Value, sets: Mapping[str, tuple[Prompt, ...]], default_set: str) -> Preset:
    if not name.strip() or not name.isprintable() or "," in name:
        raise ConfigError(f"{value.where} is no name for a protocol; give it one without commas.")
    value.refuse_unknown(PROTOCOL_KEYS)
    members = value.members()
    prompt_set = members["prompts"].text() if "prompts" in members else default_set
    if prompt_set not in sets:
        raise members["prompts"].wrong("the name of one of the sets", f"write one of {', '.join(sets)}")
    preset = Preset(
        name=name,
        method=Method(
            prompt_set=prompt_set,
            rounds=_whole(members, "rounds", 1, _DEFAULT.rounds),
            warmup=_whole(members, "warmup", 0, _DEFAULT.warmup),
            launches=_whole(members, "launches", 1, _DEFAULT.launches),
            max_tokens=_whole(members, "max_tokens", 1, _DEFAULT.max_tokens),
            mode=_MODES[_one_of(members, "mode", _MODES)] if "mode" in members else _DEFAULT.mode,
            order=_ORDERS[_one_of(members, "order", _ORDERS)] if "order" in members else _DEFAULT.order,
            cool_down_s=members["cool_down_s"].positive("seconds") if "cool_down_s" in members else 0.0,
            until_interval=_share(members["until_interval"]) if "until_interval" in members else None,
            max_rounds=_whole(members, "max_rounds", 1, 0) or None,
        ),
        prompts=sets[prompt_set],
    )
    _check(preset, members, value)
    return preset


def _check(preset: Preset, members: Mapping[str, Value], value: Value) -> None:
    """What is right in each key, and wrong together."""
    if preset.method.rounds < preset.method.launches:
        expected = f"at most {preset.method.rounds}, the number of rounds,"
        raise members["launches"].wrong(expected, "use fewer launches or more rounds")
    if preset.method.mode is Mode.SIDE_BY_SIDE and preset.method.order is Order.INTERLEAVED:
        raise ConfigError(f"{value.where}: side by side there are no turns, so no order; remove one of the two.")
    if preset.method.max_rounds is not None and preset.method.until_interval is None:
        where = members["max_rounds"].where
        raise ConfigError(f'{where} ends what "until_interval" begins, which is missing; add it or remove this.')
    if preset.method.max_rounds is not None and preset.method.max_rounds < preset.method.rounds:
        raise members["max_rounds"].wrong(
            f"at least {preset.method.rounds}, the number of rounds,", "correct one of the two"
        )


def _whole(members: Mapping[str, Value], key: str, lowest: int, default: int) -> int:
    return members[key].whole(lowest, key.replace("_", " ")) if key in members else default


def _one_of(members: Mapping[str, Value], key: str, known: Mapping[str, object]) -> str:
    value = members[key]
    if not value.is_text() or value.data not in known:
        raise value.wrong(f"one of {', '.join(known)}", "correct or remove it")
    return value.text()


def _share(value: Value) -> float:
    match = _SHARE.fullmatch(value.text().strip()) if value.is_text() else None
    if match is None or not float(match[1]):
        raise value.wrong('a share in quotes such as "3%"', "correct or remove it")
    return float(match[1]) / 100
