"""Read models.json into records."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tui import json_file
from tui.config.endpoints import read_endpoints
from tui.json_file import ConfigError, Value
from tui.records import Adapter, AdapterOption, Endpoint, Power

MODEL_KEYS: Final = (
    "capabilities", "size_mb", "license", "path", "variant", "context", "keep_warm_s", "watts", "adapter", "options",
    "in_catalogue"
)  # fmt: skip
"""Every key that an entry of models.json may hold."""
MODELS_FILE_KEYS: Final = ("models", "default", "model_cache_dirs", "power", "endpoints")
POWER_KEYS: Final = ("watts", "idle_watts", "price_per_kwh", "currency")

_NAME_BREAKERS = "@,"
_BYTES_PER_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredModel:
    """The entry of a model in models.json. Where a model on the disk differs from it, the disk is right."""

    alias: str
    capabilities: tuple[str, ...] = ()
    size_bytes: int | None = None
    sizes_bytes: Mapping[str, int] = field(default_factory=dict[str, int])
    """The size of the build for each device, if the entry names them; ``size_bytes`` is then that of the first."""
    in_catalogue: bool | None = None
    """Whether the public catalogue has a model of this name; ``None`` if the entry does not tell."""
    license: str | None = None
    path: Path | None = None
    """The folder of the model, if it is in no model cache."""
    variant: str | None = None
    context_tokens: int | None = None
    """The context that the model is loaded with, if its own is larger."""
    keep_warm_s: float | None = None
    """The time between two light requests that keep a loaded model warm while it rests."""
    watts: float | None = None
    """The power that the machine draws while the model works, for machines without an energy counter."""
    adapter: Adapter | None = None
    """The user's own code that runs the model; its target may be the name of an entry point."""


@dataclass(frozen=True, slots=True)
class ModelsFile:
    """The contents of a models.json."""

    models: Mapping[str, ConfiguredModel]
    default: tuple[str, ...]
    model_folders: tuple[Path, ...]
    power: Power
    endpoints: tuple[Endpoint, ...]


def read_models(path: Path) -> ModelsFile:
    """Read the file. Raises ConfigError."""
    top = json_file.read(path)
    members = top.members()
    if "models" in members:
        top.refuse_unknown(MODELS_FILE_KEYS)
        entries = members["models"].members()
    else:
        entries = {name: value for name, value in members.items() if name not in MODELS_FILE_KEYS}
        for name in entries:
            if difflib.get_close_matches(name, ["models"], cutoff=0.8):
                raise ConfigError(f'{top.where}: "{name}" is not a known key; write "models".')
    default, folders, endpoints = (members.get(key) for key in ("default", "model_cache_dirs", "endpoints"))
    models = {alias: _model(alias, entry) for alias, entry in entries.items()}
    return ModelsFile(
        models=models,
        default=() if default is None else default.texts(),
        model_folders=() if folders is None else tuple(item.path() for item in folders.items()),
        power=_power(members.get("power"), models, entries),
        endpoints=() if endpoints is None else read_endpoints(endpoints),
    )


def _model(alias: str, entry: Value) -> ConfiguredModel:
    if not is_name(alias):
        raise ConfigError(f"{entry.where} is no alias; an alias has no spaces, commas or @: rename it.")
    entry.refuse_unknown(MODEL_KEYS)
    members = entry.members()
    sizes_bytes, context = _sizes(members.get("size_mb")), members.get("context")
    path, variant, license_name = members.get("path"), members.get("variant"), members.get("license")
    capabilities, keep_warm_s = members.get("capabilities"), members.get("keep_warm_s")
    if variant is not None and not is_name(variant.text()):
        raise variant.error("a word such as cpu, gpu or npu", "correct or remove it")
    return ConfiguredModel(
        alias=alias,
        capabilities=() if capabilities is None else capabilities.texts(),
        size_bytes=next(iter(sizes_bytes.values()), None),
        sizes_bytes=sizes_bytes if "" not in sizes_bytes else {},
        in_catalogue=members["in_catalogue"].truth() if "in_catalogue" in members else None,
        license=None if license_name is None else license_name.text(),
        path=None if path is None else path.path(),
        variant=None if variant is None else variant.text(),
        context_tokens=None if context is None else context.whole(1, "tokens"),
        keep_warm_s=None if keep_warm_s is None else keep_warm_s.positive("seconds"),
        watts=members["watts"].positive("watts") if "watts" in members else None,
        adapter=_adapter(members),
    )


def _sizes(value: Value | None) -> dict[str, int]:
    """Read the size of a model: one number for every build, under an empty name, or one for each device."""
    if value is None:
        return {}
    members = {"": value} if not isinstance(value.data, dict) else value.members()
    return {device: round(size.positive("MB") * _BYTES_PER_MB) for device, size in members.items()}


def _power(value: Value | None, models: Mapping[str, ConfiguredModel], entries: Mapping[str, Value]) -> Power:
    """Read power and price; the power of a working machine must be above its power at rest."""
    by_alias = {alias: model.watts for alias, model in models.items() if model.watts is not None}
    if value is None:
        return Power(watts_by_alias=by_alias)
    value.refuse_unknown(POWER_KEYS)
    members = value.members()
    watts, idle_watts, price = (
        members[key].positive(unit) if key in members else None
        for key, unit in (("watts", "watts"), ("idle_watts", "watts"), ("price_per_kwh", "money"))
    )
    drawing = [entries[alias].members()["watts"] for alias in by_alias]
    for working in [*drawing, *([members["watts"]] if watts else [])]:
        if idle_watts is not None and working.positive("watts") <= idle_watts:
            raise working.error(f"more than the {idle_watts:g} watts at rest", "correct one of the two")
    if price is not None and "currency" not in members:
        raise ConfigError(f'{value.where} has a price without a "currency"; add it, such as "EUR".')
    currency = members["currency"].text() if "currency" in members else ""
    return Power(watts=watts, watts_by_alias=by_alias, idle_watts=idle_watts, price_per_kwh=price, currency=currency)


def _adapter(members: Mapping[str, Value]) -> Adapter | None:
    """Read an adapter; its module is searched beside the file first."""
    target, options = members.get("adapter"), members.get("options")
    if target is None:
        if options is not None:
            raise ConfigError(f'{options.where} is for an adapter, and there is none; add "adapter" or remove it.')
        return None
    return Adapter(
        target=target.text(),
        search_folder=target.file.parent.absolute(),
        options=() if options is None else tuple(_option(name, value) for name, value in options.members().items()),
    )


def _option(name: str, value: Value) -> AdapterOption:
    if not isinstance(value.data, str | int | float | bool):
        raise value.error("a text, a number, true or false", "correct or remove it")
    return AdapterOption(name=name, value=value.data)


def is_name(text: str) -> bool:
    """Whether a text can be an alias: no spaces, commas or @."""
    return bool(text) and text.isprintable() and not any(sign.isspace() or sign in _NAME_BREAKERS for sign in text)
