"""Read models.json, prompts.json and the environment variables into records.

Reading runs nothing: the files only name models, folders, servers, prompts and the code of adapters.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.config.adapter_code import UNCHECKED, fingerprint
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
    foreign_folders: tuple[Path, ...] = ()
    """Folders with models that only a ``./config`` names; their settings may name no libraries."""
    consent_request: ConsentRequest | None = None
    """The requests of a ``./config`` that need the consent of the user; ``None`` if there are none."""

    @property
    def consented(self) -> bool | None:
        """Whether the user agrees to the requests, if there are any; ``None`` if the user has not decided yet."""
        return True if self.consent_request is None else agreed(self.consent_request)

    @property
    def models(self) -> Mapping[str, ConfiguredModel]:
        """The models of models.json; without consent their adapters are marked as untrusted, and are never run."""
        consented = self.consented
        return {alias: entry if consented else _untrusted(entry) for alias, entry in self.named_models.items()}

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
    foreign = models_file.parent == _HERE and models_file.parent != folder
    named = _with_fingerprints(models.models) if foreign else models.models
    return Config(
        named_models=named,
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
        foreign_folders=_model_folders(models) if foreign else (),
        consent_request=_consent_request(named, models.endpoints) if foreign else None,
    )


def _model_folders(models: ModelsFile) -> tuple[Path, ...]:
    """Every folder that the file names for models of the runtime."""
    named = (entry.path for entry in models.models.values() if entry.path is not None and entry.adapter is None)
    return (*named, *models.model_folders)


def _with_fingerprints(models: Mapping[str, ConfiguredModel]) -> dict[str, ConfiguredModel]:
    """Give each adapter the fingerprint of its present code: of its folder, and of the model that it loads."""
    return {
        alias: entry if entry.adapter is None else replace(entry, adapter=_fingerprinted(entry.adapter, entry.path))
        for alias, entry in models.items()
    }


def _fingerprinted(adapter: Adapter, model_folder: Path | None) -> Adapter:
    folders = tuple(folder.absolute() for folder in (adapter.search_folder or _HERE, model_folder) if folder)
    return replace(adapter, code_folders=folders, fingerprint=fingerprint(folders))


def _consent_request(models: Mapping[str, ConfiguredModel], endpoints: Sequence[Endpoint]) -> ConsentRequest | None:
    """Collect the requests of a file in ``./config``, which came with the folder and was not chosen by the user."""
    servers = [
        f"the server {server.name} at {server.url}"
        + (f", with the key in {server.api_key_env}" if server.api_key_env else "")
        for server in endpoints
    ]
    code = [(entry, entry.adapter) for entry in models.values() if entry.adapter is not None]
    if not (servers or code):
        return None
    requests = (*servers, *(_in_words(entry, adapter) for entry, adapter in code))
    return ConsentRequest(_HERE.absolute(), requests, tuple(adapter.fingerprint or "" for _, adapter in code))


def _in_words(entry: ConfiguredModel, adapter: Adapter) -> str:
    """Describe the code of an adapter with all that it is given; consent is given to exactly this."""
    words = f"code for the model {entry.alias}: {adapter.target}"
    module = Path(adapter.search_folder or _HERE, *adapter.target.partition(":")[0].split(".")).with_suffix(".py")
    if paths.is_file(module):
        words += f" in {module.name}"
    if adapter.fingerprint == UNCHECKED:
        words += ", which is not run because its folder has too much code to be checked"
    else:
        words += f", with all the code in its folder ({(adapter.fingerprint or '')[:12]})"
    if adapter.options:
        words += f", with the options {json.dumps({option.name: option.value for option in adapter.options})}"
    return words if entry.path is None else f"{words}, for the model in {entry.path}"


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
