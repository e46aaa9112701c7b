"""models.json -> records."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import json_file
from tui.json_file import ConfigError, Value

MODEL_KEYS: Final = ("capabilities", "size_mb", "license", "path", "variant", "context", "keep_warm_s")
"""Every key that an entry of models.json may hold."""
MODELS_FILE_KEYS: Final = ("models", "default", "model_cache_dirs")

_NAME_BREAKERS = "@,"
_BYTES_PER_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredModel:
    """What models.json says about one model; what is found on disk knows better."""

    alias: str
    capabilities: tuple[str, ...] = ()
    size_bytes: int | None = None
    license: str | None = None
    path: Path | None = None
    """The folder that holds it, where that is not in a model cache."""
    variant: str | None = None
    context_tokens: int | None = None
    """The context to load it with, where its own is larger."""
    keep_warm_s: float | None = None
    """How often to ask it something light while it is loaded and rests."""


@dataclass(frozen=True, slots=True)
class ModelsFile:
    models: Mapping[str, ConfiguredModel]
    default: tuple[str, ...]
    model_folders: tuple[Path, ...]


def read_models(path: Path) -> ModelsFile:
    """What the file says. Raises ConfigError."""
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
    default, folders = members.get("default"), members.get("model_cache_dirs")
    return ModelsFile(
        models={alias: _model(alias, entry) for alias, entry in entries.items()},
        default=() if default is None else default.texts(),
        model_folders=() if folders is None else tuple(item.path() for item in folders.items()),
    )


def _model(alias: str, entry: Value) -> ConfiguredModel:
    if not is_name(alias):
        raise ConfigError(f"{entry.where} is no alias; an alias has no spaces, commas or @: rename it.")
    entry.refuse_unknown(MODEL_KEYS)
    members = entry.members()
    size_mb, context = members.get("size_mb"), members.get("context")
    path, variant, license_name = members.get("path"), members.get("variant"), members.get("license")
    capabilities, keep_warm_s = members.get("capabilities"), members.get("keep_warm_s")
    if variant is not None and not is_name(variant.text()):
        raise variant.wrong("a word such as cpu, gpu or npu", "correct or remove it")
    return ConfiguredModel(
        alias=alias,
        capabilities=() if capabilities is None else capabilities.texts(),
        size_bytes=None if size_mb is None else round(size_mb.positive("MB") * _BYTES_PER_MB),
        license=None if license_name is None else license_name.text(),
        path=None if path is None else path.path(),
        variant=None if variant is None else variant.text(),
        context_tokens=None if context is None else context.whole(1, "tokens"),
        keep_warm_s=None if keep_warm_s is None else keep_warm_s.positive("seconds"),
    )


def is_name(text: str) -> bool:
    """Whether a text can be an alias: no spaces, commas or @."""
    return bool(text) and text.isprintable() and not any(sign.isspace() or sign in _NAME_BREAKERS for sign in text)
