"""models.json, prompts.json and the environment -> records.

Nothing in these files runs anything: they name models, folders of models and prompts.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import json_file, paths
from tui.json_file import ConfigError, Value
from tui.records import Prompt

__all__ = [
    "Config",
    "ConfigError",
    "ConfiguredModel",
    "EnvironmentChoices",
    "choose_prompts",
    "load_config",
    "load_prompts",
    "read_environment",
]

MODELS_FILE: Final = "models.json"
PROMPTS_FILE: Final = "prompts.json"

MODEL_KEYS: Final = ("capabilities", "size_mb", "license", "path", "variant", "context", "keep_warm_s")
"""Every key that an entry of models.json may hold."""
MODELS_FILE_KEYS: Final = ("models", "default", "model_cache_dirs")
PROMPT_KEYS: Final = ("id", "text", "system", "max_tokens")
PROMPTS_FILE_KEYS: Final = ("default", "sets")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the files say, and which files said it."""

    models: Mapping[str, ConfiguredModel]
    default_models: tuple[str, ...]
    model_folders: tuple[Path, ...]
    """Folders to look for models in, besides the runtime's own caches."""
    prompt_sets: Mapping[str, tuple[Prompt, ...]]
    default_prompt_set: str
    folder: Path | None
    """The folder that was asked for by name."""
    models_file: Path
    prompts_file: Path

    @property
    def default_prompts(self) -> tuple[Prompt, ...]:
        return self.prompt_sets[self.default_prompt_set]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChoices:
    """What the environment variables ask for; ``None`` where one is unset. A flag beats them, they beat a file."""

    models: tuple[str, ...] | None = None
    rounds: int | None = None
    prompt: str | None = None
    streaming_off: bool = False
    """Streaming was asked to be off, which it never is here."""


@dataclass(frozen=True, slots=True)
class _ModelsFile:
    models: Mapping[str, ConfiguredModel]
    default: tuple[str, ...]
    model_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _PromptsFile:
    sets: Mapping[str, tuple[Prompt, ...]]
    default: str


def load_config(folder: Path | None = None) -> Config:
    """Read both files, each from the first place that has it.

    The places are ``folder``, ``./config``, the user's own configuration folder, and what ships with the package.

    Raises:
        ConfigError: one sentence with the file, the place in it, what was expected and what to do.
    """
    if folder is not None:
        _check_folder(folder)
    models_file, prompts_file = _find(MODELS_FILE, folder), _find(PROMPTS_FILE, folder)
    models, prompts = _read_models(models_file), _read_prompts(prompts_file)
    return Config(
        models=models.models,
        default_models=models.default,
        model_folders=(*models.model_folders, paths.app_data_dir() / "models"),
        prompt_sets=prompts.sets,
        default_prompt_set=prompts.default,
        folder=folder,
        models_file=models_file,
        prompts_file=prompts_file,
    )


def load_prompts(path: Path) -> tuple[Prompt, ...]:
    """The prompts of a file in any form that prompts.json may have; of several sets, its default one.

    Raises:
        ConfigError: one sentence with the file, the place in it, what was expected and what to do.
    """
    prompts = _read_prompts(path)
    return prompts.sets[prompts.default]


def choose_prompts(config: Config, name: str) -> tuple[Prompt, ...]:
    """The prompts of a set or, where no set has this name, of a file.

    Raises:
        ConfigError: there is neither, or the file cannot be used.
    """
    if name in config.prompt_sets:
        return config.prompt_sets[name]
    path = Path(name).expanduser()
    if path.exists():
        return load_prompts(path)
    sets = ", ".join(config.prompt_sets)
    if path.suffix or len(path.parts) > 1:
        raise ConfigError(f"{name}: there is no such prompt file; correct the path, or name one of the sets: {sets}.")
    raise ConfigError(
        f'there is no prompt set or file "{name}"{_closest(name, tuple(config.prompt_sets))}; the sets are {sets}.'
    )


def read_environment(variables: Mapping[str, str]) -> EnvironmentChoices:
    """BENCH_MODELS, BENCH_ROUNDS, BENCH_PROMPT and BENCH_STREAM; an empty one counts as unset.

    Raises:
        ConfigError: one sentence that names the variable.
    """
    models, rounds = variables.get("BENCH_MODELS", "").strip(), variables.get("BENCH_ROUNDS", "").strip()
    stream = variables.get("BENCH_STREAM", "").strip().lower()
    names = tuple(name for part in models.split(",") if (name := part.strip()))
    if models and not names:
        raise ConfigError(
            f'BENCH_MODELS is "{models}", but model names with commas between them are expected; correct or unset it.'
        )
    if rounds and not (rounds.isascii() and rounds.isdigit() and int(rounds) >= 1):
        raise ConfigError(
            f'BENCH_ROUNDS is "{rounds}", but a whole number from 1 up is expected; set it to 3, or unset it.'
        )
    if stream not in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ConfigError(f'BENCH_STREAM is "{stream}", but 0 or 1 is expected; unset it, streaming is always on.')
    return EnvironmentChoices(
        models=names or None,
        rounds=int(rounds) if rounds else None,
        prompt=variables.get("BENCH_PROMPT", "").strip() or None,
        streaming_off=stream in {"0", "false", "no", "off"},
    )


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such configuration folder; correct --config, or leave it out.")
    if not any((folder / name).is_file() for name in (MODELS_FILE, PROMPTS_FILE)):
        raise ConfigError(f"{folder}: there is neither {MODELS_FILE} nor {PROMPTS_FILE} in it; put one there.")


def _find(name: str, folder: Path | None) -> Path:
    package = Path(__file__).resolve().parent
    asked = () if folder is None else (folder,)
    places = (*asked, Path("config"), paths.user_config_dir(), package / "defaults", package.parent / "config")
    for place in places:
        if (place / name).is_file():
            return place / name
    raise ConfigError(f"{name} is in none of the configuration folders; install Benchtop again, or use --config.")


def _read_models(path: Path) -> _ModelsFile:
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
    return _ModelsFile(
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


def _read_prompts(path: Path) -> _PromptsFile:
    top = json_file.read(path)
    if top.is_list():
        return _PromptsFile({path.stem: _prompts(top)}, path.stem)
    members = top.members()
    if "sets" in members:
        top.refuse_unknown(PROMPTS_FILE_KEYS)
        named = members["sets"].members()
    else:
        named = {name: value for name, value in members.items() if not (name == "default" and value.is_text())}
    sets = {name: _prompts(value) for name, value in named.items()}
    if not sets:
        raise ConfigError(f"{top.where}: there is no prompt set in it; add one, a name with a list of prompts.")
    default = members.get("default")
    if default is None or not default.is_text():
        return _PromptsFile(sets, next(iter(sets)))
    if default.text() not in sets:
        raise default.wrong("the name of one of the sets", f"write one of {', '.join(sets)}")
    return _PromptsFile(sets, default.text())


def _prompts(value: Value) -> tuple[Prompt, ...]:
    prompts = tuple(_prompt(item, place) for place, item in enumerate(value.items(), start=1))
    if not prompts:
        raise value.wrong("a list with at least one prompt", "add a prompt or remove the set")
    seen: set[str] = set()
    for prompt, item in zip(prompts, value.items(), strict=True):
        if prompt.id in seen:
            raise ConfigError(f'{item.where}: the id "{prompt.id}" stands twice in this set; give each prompt its own.')
        seen.add(prompt.id)
    return prompts


def _prompt(item: Value, place: int) -> Prompt:
    default_id = f"p{place}"
    if item.is_text():
        return Prompt(id=default_id, text=item.text())
    if not item.is_object():
        raise item.wrong('a prompt, or an object with a "text"', "write the prompt in quotes")
    item.refuse_unknown(PROMPT_KEYS)
    members = item.members()
    if "text" not in members:
        raise ConfigError(f'{item.where} has no "text"; add it, it is what the model is asked.')
    prompt_id, system, max_tokens = members.get("id"), members.get("system"), members.get("max_tokens")
    return Prompt(
        id=default_id if prompt_id is None else prompt_id.text(),
        text=members["text"].text(),
        system=None if system is None else system.text(),
        max_tokens=None if max_tokens is None else max_tokens.whole(1, "tokens"),
    )


def _closest(name: str, known: Sequence[str]) -> str:
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f'; the closest is "{match[0]}"' if match else ""
