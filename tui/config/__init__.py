"""Read models.json, prompts.json and the environment variables into records.

Reading runs nothing: the files only name models, folders, servers, prompts and the code of adapters.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.config.consent import ConsentRequest, agreed, decide
from tui.config.endpoints import endpoint_at
from tui.config.models_file import ConfiguredModel, ModelsFile, is_name, read_models
from tui.config.prompts_file import PromptsFile, read_prompts
from tui.config.protocols import read_presets
from tui.config.variables import EnvironmentChoices, read_environment
from tui.json_file import ConfigError
from tui.records import Adapter, Endpoint, Power, Preset, Prompt

__all__ = [
    "Config",
    "ConfigError",
    "ConfiguredModel",
    "ConsentRequest",
    "EnvironmentChoices",
    "choose_preset",
    "choose_prompts",
    "decide",
    "endpoint_at",
    "is_name",
    "load_config",
    "load_prompts",
    "read_environment",
]

MODELS_FILE: Final = "models.json"
PROMPTS_FILE: Final = "prompts.json"
_HERE: Final = Path("config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The contents of both files, and the paths that they were read from."""

    named_models: Mapping[str, ConfiguredModel]
    """The models of models.json; their adapters have not been checked for consent."""
    default_models: tuple[str, ...]
    model_folders: tuple[Path, ...]
    """Folders that are searched for models, besides the caches of the runtime."""
    prompt_sets: Mapping[str, tuple[Prompt, ...]]
    default_prompt_set: str
    presets: Mapping[str, Preset]
    """The protocols by name: the packaged ones, and those that prompts.json adds or replaces."""
    power: Power
    folder: Path | None
    """The folder that was named with ``--config``."""
    models_file: Path
    prompts_file: Path
    named_endpoints: tuple[Endpoint, ...] = ()
    """The servers of models.json, whether or not the user has agreed to them."""
    consent_request: ConsentRequest | None = None
    """The requests of a ``./config`` that need the consent of the user; ``None`` if there are none."""

    @property
    def consented(self) -> bool | None:
        """Whether the user agrees to the requests, if there are any; ``None`` if the user has not decided yet."""
        return True if self.consent_request is None else agreed(self.consent_request)

    @property
    def models(self) -> Mapping[str, ConfiguredModel]:
        """The models of models.json; without consent their adapters are marked as untrusted, and are never run."""
        if self.consented:
            return self.named_models
        return {alias: _untrusted(entry) for alias, entry in self.named_models.items()}

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The servers that may be used: without consent there are none."""
        return self.named_endpoints if self.consented else ()

    @property
    def default_prompts(self) -> tuple[Prompt, ...]:
        return self.prompt_sets[self.default_prompt_set]


def load_config(folder: Path | None = None) -> Config:
    """Read both files, each from the first folder that has it.

    The folders are ``folder``, ``./config``, the user's own configuration folder, and the defaults of the package.

    Raises:
        ConfigError: if a file is missing or wrong; the message is one sentence with file, key and remedy.
    """
    if folder is not None:
        _check_folder(folder)
    chosen = () if folder is None else (folder,)
    folders = (*chosen, _HERE, paths.user_config_dir(), *_packaged())
    models_file, prompts_file = _find(MODELS_FILE, *folders), _find(PROMPTS_FILE, *folders)
    models, prompts = read_models(models_file), read_prompts(prompts_file)
    return Config(
        named_models=models.models,
        default_models=models.default,
        model_folders=(*models.model_folders, paths.app_data_dir() / "models"),
        prompt_sets=prompts.sets,
        default_prompt_set=prompts.default,
        presets=_presets(prompts, prompts_file),
        power=models.power,
        folder=folder,
        models_file=models_file,
        prompts_file=prompts_file,
        named_endpoints=models.endpoints,
        consent_request=None if models_file.parent == folder else _consent_request(models_file, models),
    )


def _consent_request(models_file: Path, models: ModelsFile) -> ConsentRequest | None:
    """Collect the requests of a file in ``./config``, which came with the folder and was not chosen by the user."""
    servers = [
        f"the server {server.name} at {server.url}"
        + (f", with the key in {server.api_key_env}" if server.api_key_env else "")
        for server in models.endpoints
    ]
    code = [
        f"code for the model {entry.alias}: {entry.adapter.target}{_fingerprint(entry.adapter)}"
        for entry in models.models.values()
        if entry.adapter is not None
    ]
    if models_file.parent != _HERE or not (servers or code):
        return None
    return ConsentRequest(_HERE.absolute(), (*servers, *code))


def _fingerprint(adapter: Adapter) -> str:
    """Identify the present code of an adapter, if it lies beside the file: consent is given to this code only."""
    module = Path(adapter.search_folder or _HERE, *adapter.target.partition(":")[0].split(".")).with_suffix(".py")
    try:
        return f" in {module.name} ({hashlib.sha256(module.read_bytes()).hexdigest()[:12]})"
    except OSError:
        return ""


def _untrusted(entry: ConfiguredModel) -> ConfiguredModel:
    return entry if entry.adapter is None else replace(entry, adapter=replace(entry.adapter, trusted=False))


def load_prompts(path: Path) -> tuple[Prompt, ...]:
    """Read the prompts of a file in any form that prompts.json may have; of several sets, the default one.

    Raises:
        ConfigError: if the file is missing or wrong; the message is one sentence with file, key and remedy.
    """
    prompts = read_prompts(path)
    return prompts.sets[prompts.default]


def choose_prompts(config: Config, name: str) -> tuple[Prompt, ...]:
    """Find the prompts of a set or, if no set has this name, of a file.

    Raises:
        ConfigError: if there is neither a set nor a file of this name, or the file cannot be used.
    """
    if name in config.prompt_sets:
        return config.prompt_sets[name]
    path = paths.expanded(Path(name))
    if paths.exists(path):
        return load_prompts(path)
    sets = ", ".join(config.prompt_sets)
    if " " in name and not path.suffix:
        raise ConfigError(
            f"--prompts takes the name of a set or a file; --prompt asks one prompt. The sets are {sets}."
        )
    if path.suffix or len(path.parts) > 1:
        raise ConfigError(f"{name}: there is no such prompt file; correct the path, or name one of the sets: {sets}.")
    raise ConfigError(
        f'there is no prompt set or file "{name}"{_closest(name, tuple(config.prompt_sets))}; the sets are {sets}.'
    )


def choose_preset(config: Config, name: str) -> Preset:
    """Find the protocol of this name.

    Raises:
        ConfigError: if there is no such protocol.
    """
    if name not in config.presets:
        names = ", ".join(config.presets)
        raise ConfigError(
            f'there is no protocol "{name}"{_closest(name, tuple(config.presets))}; the protocols are {names}.'
        )
    return config.presets[name]


def _presets(prompts: PromptsFile, file: Path) -> dict[str, Preset]:
    """Merge the packaged protocols with those of the file; a prompt set that the file lacks is the packaged one."""
    packaged_file = _find(PROMPTS_FILE, *_packaged())
    packaged = prompts if file == packaged_file else read_prompts(packaged_file)
    sets = {**packaged.sets, **prompts.sets}
    presets: dict[str, Preset] = {}
    for source in (packaged, prompts):
        if source.protocols is not None:
            presets |= read_presets(source.protocols, sets, prompts.default)
    return presets


def _check_folder(folder: Path) -> None:
    if not (paths.exists(folder) and folder.is_dir()):
        raise ConfigError(f"{folder}: there is no such configuration folder; correct --config, or leave it out.")
    if not any(paths.exists(folder / name) for name in (MODELS_FILE, PROMPTS_FILE)):
        raise ConfigError(f"{folder}: there is neither {MODELS_FILE} nor {PROMPTS_FILE} in it; put one there.")


def _packaged() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parent.parent
    return package / "defaults", package.parent / "config"


def _find(name: str, *folders: Path) -> Path:
    for folder in folders:
        file = folder / name
        # A file that cannot be read is reported when it is read.
        if paths.exists(file):
            return file
    raise ConfigError(f"{name} is in none of the configuration folders; install Benchtop again, or use --config.")


def _closest(name: str, names: Sequence[str]) -> str:
    match = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f'; the closest is "{match[0]}"' if match else ""
