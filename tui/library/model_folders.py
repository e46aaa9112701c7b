"""Finds models on the disk: the folders that the runtime can load, with the facts that their files hold.

The runtime itself lists only what its online catalogue confirms, so the folders are read here as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tui import paths
from tui.engines.foundry import model_settings
from tui.engines.foundry.catalogue_file import CatalogueEntry, read_entries
from tui.engines.foundry.model_files import CONFIG_FILE, IDENTITY_FILE, member_of, read_json
from tui.engines.foundry.model_settings import text_in
from tui.engines.model_ids import parse_model_id
from tui.library import purpose
from tui.library.runtime import foundry_cli
from tui.records import MemoryShape, ModelPurpose
from tui.records.models import CPU_PROVIDER

UNFINISHED_FILE: Final = "download.tmp"
"""The runtime keeps this file in the folder of a model from the first moment of its download to the last."""
_WEIGHTS: Final = (".onnx", ".data", ".bin")
_TOKENIZER: Final = ("tokenizer.json", "tokenizer.model")
_DEEPEST: Final = 4
_MOST_FOLDERS: Final = 5000
_PROVIDERS: Final[Mapping[str, tuple[str, str | None]]] = {
    "cpu": (CPU_PROVIDER, "cpu"),
    "cuda": ("CUDAExecutionProvider", "gpu"),
    "dml": ("DmlExecutionProvider", "gpu"),
    "nvtensorrtrtx": ("NvTensorRTRTXExecutionProvider", "gpu"),
    "openvino": ("OpenVINOExecutionProvider", None),
    "qnn": ("QNNExecutionProvider", "npu"),
    "rocm": ("ROCMExecutionProvider", "gpu"),
    "vitisai": ("VitisAIExecutionProvider", "npu"),
    "webgpu": ("WebGpuExecutionProvider", "gpu"),
}
"""The name in a model's own configuration -> its execution provider, and the device if the provider has only one."""

_REVISION: Final = re.compile(r"-v\d+(?:[-.]\d+)*$")
_NEUTRAL_WORDS: Final = frozenset(
    {
        "instruct",
        "chat",
        "it",
        "hf",
        "onnx",
        "int4",
        "int8",
        "fp16",
        "fp32",
        "awq",
        "rtn",
        "distill",
        "qwen",
        "llama",
        "mistralai",
    }
)
"""Words of a full name that an alias leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """One folder that is, or should be, a model, with the facts that its files hold."""

    path: Path
    model_id: str | None = None
    name: str = ""
    """The model's name without device and version."""
    catalogue_alias: str | None = None
    device: str | None = None
    """The device that the build is for in the runtime's words, such as ``cuda-gpu``."""
    variant: str | None = None
    version: int = 0
    size_bytes: int | None = None
    weights_bytes: int | None = None
    shape: MemoryShape | None = None
    context_tokens: int | None = None
    execution_provider: str | None = None
    license: str | None = None
    purpose: ModelPurpose = ModelPurpose.TEXT
    sees_images: bool = False
    task: str | None = None
    """The task that the catalogue has for the model."""
    problem: str | None = None
    """The reason for which it cannot be run; ``None`` if it can, or could if it were made for text."""
    unfinished: bool = False
    """Its download has not come to an end."""


def runtime_caches() -> tuple[Path, ...]:
    """The folders where Foundry Local keeps the models it has downloaded, for itself and for applications."""
    try:
        home = Path.home()
    except RuntimeError:
        return ()
    own, others = home.glob(".foundry*/cache/models"), home.glob(".*/cache/models")
    return tuple(dict.fromkeys((*sorted(own), *sorted(others), *foundry_cli.moved_caches(home))))


def scan(roots: Iterable[Path]) -> tuple[ModelFolder, ...]:
    """Every model up to four folders below the roots, the newest version of a name first.

    A model that is found twice is listed once, and a copy that can be run is preferred.
    """
    by_identity: dict[object, ModelFolder] = {}
    for root in roots:
        catalogue: Mapping[str, CatalogueEntry] | None = None
        for path in _model_folders(root):
            if catalogue is None:
                catalogue = {entry.id: entry for entry in read_entries(root)}
            folder = read_folder(path, catalogue)
            earlier = by_identity.get(folder.model_id or path)
            if earlier is None or (earlier.problem and not folder.problem):
                by_identity[folder.model_id or path] = folder
    return tuple(
        sorted(by_identity.values(), key=lambda folder: (folder.name.lower(), -folder.version, str(folder.path)))
    )


def read_folder(path: Path, catalogue: Mapping[str, CatalogueEntry] | None = None) -> ModelFolder:
    """The facts that the files in a folder hold, with those that the catalogue adds by the model's id.

    Nothing is raised: a folder that is no model or is broken has a ``problem``.
    """
    model_id = _identity(path)
    build = parse_model_id(model_id or f"{path.name}:")
    entry = (catalogue or {}).get(model_id or "")
    settings, problem = _settings(path)
    provider, provider_device = _provider(settings)
    made_for = purpose.purpose_of_entry(entry) if entry else ModelPurpose.TEXT
    return ModelFolder(
        path=path,
        model_id=model_id,
        name=build.name,
        catalogue_alias=text_in(entry.alias) if entry else None,
        device=build.device,
        variant=build.device.rpartition("-")[2] if build.device else provider_device,
        version=build.version,
        size_bytes=_size_bytes(path),
        weights_bytes=_size_bytes(path, _WEIGHTS),
        shape=model_settings.shape_of(
            settings, on_cpu=provider == CPU_PROVIDER, tokenizer_bytes=_size_bytes(path, _TOKENIZER) or 0
        ),
        context_tokens=model_settings.context_of(settings),
        execution_provider=provider if problem is None else None,
        license=text_in(entry.license) if entry else None,
        purpose=purpose.purpose_of_settings(settings) if made_for is ModelPurpose.TEXT else made_for,
        sees_images=purpose.settings_see_images(settings) or (entry is not None and purpose.entry_sees_images(entry)),
        task=text_in(entry.task) if entry else None,
        problem=problem,
        unfinished=is_unfinished(path),
    )


def is_unfinished(path: Path) -> bool:
    """Whether the download of a folder has not come to an end; the mark of that may lie one folder up."""
    return paths.is_file(path / UNFINISHED_FILE) or paths.is_file(path.parent / UNFINISHED_FILE)


def alias_of_folder(folder: ModelFolder, aliases: Iterable[str]) -> str:
    """The configured alias that the name of a model stands for, or else the name itself."""
    return alias_of_name(folder.catalogue_alias or folder.name, aliases)


def alias_of_name(name: str, aliases: Iterable[str]) -> str:
    """The longest of these aliases that a name stands for, or else the name itself."""
    lowered = name.lower()
    possible = [alias for alias in aliases if _first_word(alias) in lowered]
    for alias in sorted(possible, key=len, reverse=True):
        if _stands_for(alias, name):
            return alias
    return name


@cache
def _first_word(alias: str) -> str:
    """The first word of an alias, by which most aliases are told from a name at once: there may be 2,000 names."""
    return alias.lower().partition("-")[0]


def _stands_for(alias: str, name: str) -> bool:
    """Whether a name holds all words of the alias in order, and besides them only words that add nothing."""
    if alias.lower() == name.lower():
        return True
    wanted = alias.lower().split("-")
    if wanted[0] not in name.lower():
        return False
    for word in _REVISION.sub("", name.lower()).replace("_", "-").split("-"):
        if wanted and word == wanted[0]:
            wanted = wanted[1:]
        elif word not in _NEUTRAL_WORDS:
            return False
    return not wanted


def _model_folders(root: Path) -> Iterator[Path]:
    """Folders with a model, and those with an unfinished download, without following what lies below one."""
    waiting: list[tuple[Path, int]] = [(root, 0)]
    for _ in range(_MOST_FOLDERS):
        if not waiting:
            return
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        below = [folder / entry.name for entry in entries if _may_hold_models(entry)]
        # A download that has lost its settings is still a download, unless the model lies one folder further down.
        if not names.isdisjoint((CONFIG_FILE, UNFINISHED_FILE)) or (IDENTITY_FILE in names and not below):
            yield folder
        elif depth < _DEEPEST:
            waiting.extend((path, depth + 1) for path in below)


def _may_hold_models(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder to look into; a hidden folder is somebody's unfinished or private work."""
    try:
        return entry.is_dir() and not entry.name.startswith(".")
    except OSError:
        return False


def _identity(path: Path) -> str | None:
    """``name:version`` from the runtime's own file, or from the name that it gives to the folder of a download."""
    for folder in (path, path.parent):
        name = text_in(member_of(read_json(folder / IDENTITY_FILE), "Name"))
        if name is not None:
            return name if ":" in name else f"{name}:0"
    if paths.is_file(path / UNFINISHED_FILE):
        name, _, version = path.name.rpartition("-")
        return f"{name}:{version}" if name and version.isdigit() else None
    return None


def _settings(path: Path) -> tuple[object, str | None]:
    """The content of the model's own configuration, and why the model cannot be used."""
    if _is_closed(path):
        return None, "its folder may not be read: change its rights, or those of the folders above it"
    if is_unfinished(path):
        return None, "half downloaded: download it again to finish, or remove its folder"
    if not path.is_dir():
        return None, "there is no such folder"
    if not paths.is_file(path / CONFIG_FILE):
        return None, f"there is no {CONFIG_FILE} in its folder, so it is no model of this runtime"
    settings = read_json(path / CONFIG_FILE)
    if not isinstance(member_of(settings, "model"), dict):
        return None, f"broken: {CONFIG_FILE} cannot be read as a model's settings; download it again"
    if wrong := model_settings.wrong_value(settings):
        return None, f"broken: {CONFIG_FILE}: {wrong}; correct it"
    return settings, _missing_weights(path, settings)


def _is_closed(path: Path) -> bool:
    try:
        with os.scandir(path):
            return False
    except PermissionError:
        return True
    except OSError:
        return False


def _missing_weights(path: Path, settings: object) -> str | None:
    missing = next((name for name in model_settings.files_of(settings) if not paths.is_file(path / name)), None)
    return None if missing is None else f"broken: its file {missing} is missing; download it again"


def _provider(settings: object) -> tuple[str | None, str | None]:
    """The execution provider and its device; no options at all mean the CPU, which then is no build of its own."""
    for name, details in model_settings.providers_of(settings):
        provider, device = _PROVIDERS.get(name.lower(), (name, None))
        written = (text_in(member_of(details, "device_type")) or "").lower()
        return provider, device or (written if written in {"cpu", "gpu", "npu"} else None)
    return CPU_PROVIDER, None


def _size_bytes(path: Path, suffixes: tuple[str, ...] = ("",)) -> int | None:
    total = 0
    try:
        with os.scandir(path) as listing:
            total = sum(entry.stat().st_size for entry in listing if entry.is_file() and entry.name.endswith(suffixes))
    except OSError:
        return None
    return total or None
