"""Looking for models on the disk: folders that the runtime can load, and what they tell about themselves.

The runtime itself lists only what its online catalogue confirms, so the folders are read here as well.
"""

from __future__ import annotations

import json
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec

from tui import paths
from tui.records import MemoryShape

CONFIG_FILE: Final = "genai_config.json"
IDENTITY_FILE: Final = "inference_model.json"
UNFINISHED_FILE: Final = "download.tmp"
"""Stands in the folder of a model from the first moment of its download to the last."""
SNAPSHOT_FILE: Final = "foundry.modelinfo.json"
"""The runtime's snapshot of the last answer of its catalogue."""
_WEIGHTS: Final = (".onnx", ".data", ".bin")
_DEEPEST = 4
_MOST_FOLDERS = 5000
CPU_PROVIDER: Final = "CPUExecutionProvider"

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
"""Name in a model's own configuration -> execution provider, and the device where the provider tells it."""

_DEVICE = re.compile(r"-(?P<device>(?:generic|cuda|trt-?rtx|openvino|vitis(?:ai)?|qnn|webgpu|dml)-(?:cpu|gpu|npu))$")
_REVISION = re.compile(r"-v\d+(?:[-.]\d+)*$")
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
class FoundModel:
    """One folder that is, or should be, a model."""

    folder: Path
    model_id: str | None = None
    name: str = ""
    """The model's name without device and version."""
    catalogue_alias: str | None = None
    device: str | None = None
    """The build in the runtime's words, such as ``cuda-gpu``."""
    variant: str | None = None
    version: int = 0
    size_bytes: int | None = None
    weights_bytes: int | None = None
    shape: MemoryShape | None = None
    context_tokens: int | None = None
    execution_provider: str | None = None
    license: str | None = None
    problem: str | None = None
    """Why it cannot be run."""
    unfinished: bool = False
    """Its download has not come to an end."""


@dataclass(frozen=True, slots=True)
class NamedBuild:
    """What the runtime's name of a build says."""

    name: str
    device: str | None
    version: int


def named_in(model_id: str) -> NamedBuild:
    """``phi-4-cuda-gpu:3`` is version 3 of ``phi-4``, for ``cuda-gpu``."""
    full_name, _, version = model_id.rpartition(":")
    device = _DEVICE.search(full_name.lower())
    return NamedBuild(
        name=full_name[: device.start()] if device else full_name,
        device=device["device"] if device else None,
        version=int(version) if version.isascii() and version.isdigit() else 0,
    )


def runtime_caches() -> tuple[Path, ...]:
    """Where Foundry Local keeps the models it has downloaded, for itself and for applications."""
    try:
        home = Path.home()
    except RuntimeError:
        return ()
    own, others = home.glob(".foundry*/cache/models"), home.glob(".*/cache/models")
    return tuple(dict.fromkeys((*sorted(own), *sorted(others))))


def scan(roots: Iterable[Path]) -> tuple[FoundModel, ...]:
    """Every model up to four folders below the roots, the newest version of a name first; a model found twice once."""
    found: dict[object, FoundModel] = {}
    for root in roots:
        catalogue: Mapping[str, Mapping[str, object]] | None = None
        for folder in _model_folders(root):
            catalogue = _catalogue(root) if catalogue is None else catalogue
            model = look_at(folder, catalogue)
            known = found.get(model.model_id or folder)
            if known is None or (known.problem and not model.problem):
                found[model.model_id or folder] = model
    return tuple(sorted(found.values(), key=lambda model: (model.name.lower(), -model.version, str(model.folder))))


def look_at(folder: Path, catalogue: Mapping[str, Mapping[str, object]] | None = None) -> FoundModel:
    """What the folder tells about itself; a broken one has a ``problem``, and nothing is raised."""
    model_id = _identity(folder)
    named = named_in(model_id or f"{folder.name}:")
    record = (catalogue or {}).get(model_id or "", {})
    settings, problem = _settings(folder)
    problem = problem or _other_task(record)
    provider, provider_device = _provider(settings)
    unfinished = is_unfinished(folder)
    return FoundModel(
        folder=folder,
        model_id=model_id,
        name=named.name,
        catalogue_alias=_text(record.get("alias")),
        device=named.device,
        variant=named.device.rpartition("-")[2] if named.device else provider_device,
        version=named.version,
        size_bytes=_size_bytes(folder),
        weights_bytes=_size_bytes(folder, _WEIGHTS),
        shape=_shape(settings, provider),
        context_tokens=_whole(_inside(settings, "model", "context_length")),
        execution_provider=provider if problem is None else None,
        license=_text(record.get("license")),
        problem=problem,
        unfinished=unfinished,
    )


def is_unfinished(folder: Path) -> bool:
    """Whether its download has not come to an end; the mark may stand one folder up."""
    return paths.is_file(folder / UNFINISHED_FILE) or paths.is_file(folder.parent / UNFINISHED_FILE)


def download_name(model_id: str) -> str:
    """The name that the runtime gives to the folder of a download."""
    return "-".join(model_id.rsplit(":", 1))


def alias_for(found: FoundModel, aliases: Iterable[str]) -> str:
    """The configured alias that the model's name stands for, or else the name itself."""
    return alias_of_name(found.catalogue_alias or found.name, aliases)


def alias_of_name(own: str, aliases: Iterable[str]) -> str:
    """The alias among these that a name stands for, or else the name."""
    for alias in sorted(aliases, key=len, reverse=True):
        if _stands_for(alias, own):
            return alias
    return own


def _stands_for(alias: str, name: str) -> bool:
    """Whether a name holds all words of the alias in order, and besides them only words that say nothing new."""
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
            waiting.extend((each, depth + 1) for each in below)


def _may_hold_models(entry: os.DirEntry[str]) -> bool:
    """A hidden folder is somebody's unfinished or private work."""
    try:
        return entry.is_dir() and not entry.name.startswith(".")
    except OSError:
        return False


def _identity(folder: Path) -> str | None:
    """``name:version`` from the runtime's own file, or from the name that it gives to the folder of a download."""
    for place in (folder, folder.parent):
        name = _text(_inside(_json(place / IDENTITY_FILE), "Name"))
        if name is not None:
            return name if ":" in name else f"{name}:0"
    if paths.is_file(folder / UNFINISHED_FILE):
        name, _, version = folder.name.rpartition("-")
        return f"{name}:{version}" if name and version.isdigit() else None
    return None


def _settings(folder: Path) -> tuple[object, str | None]:
    """The model's own configuration, and why it cannot be used."""
    if _is_closed(folder):
        return None, "its folder may not be read: change its rights, or those of the folders above it"
    if is_unfinished(folder):
        return None, "half downloaded: download it again to finish, or remove its folder"
    if not folder.is_dir():
        return None, "there is no such folder"
    if not paths.is_file(folder / CONFIG_FILE):
        return None, f"there is no {CONFIG_FILE} in its folder, so it is no model of this runtime"
    settings = _json(folder / CONFIG_FILE)
    if not isinstance(_inside(settings, "model"), dict):
        return None, f"broken: {CONFIG_FILE} cannot be read as a model's settings; download it again"
    return settings, _missing_weights(folder, settings)


def _is_closed(folder: Path) -> bool:
    try:
        with os.scandir(folder):
            return False
    except PermissionError:
        return True
    except OSError:
        return False


def _missing_weights(folder: Path, settings: object) -> str | None:
    weights = _text(_inside(settings, "model", "decoder", "filename"))
    if weights is None or paths.is_file(folder / weights):
        return None
    return f"broken: its file {weights} is missing; download it again"


def _other_task(record: Mapping[str, object]) -> str | None:
    task = _text(record.get("task"))
    return None if task is None or task.startswith("chat") else f"made for {task}, not for chat"


def _provider(settings: object) -> tuple[str | None, str | None]:
    """The execution provider and its device; no options at all mean the CPU, which then is no build of its own."""
    options = _inside(settings, "model", "decoder", "session_options", "provider_options")
    choices: Sequence[object] = cast("list[object]", options) if isinstance(options, list) else ()
    for choice in choices:
        if isinstance(choice, dict) and choice:
            name, details = next(iter(cast("dict[str, object]", choice).items()))
            provider, device = _PROVIDERS.get(name.lower(), (name, None))
            told = (_text(_inside(details, "device_type")) or "").lower()
            return provider, device or (told if told in {"cpu", "gpu", "npu"} else None)
    return CPU_PROVIDER, None


def _catalogue(root: Path) -> Mapping[str, Mapping[str, object]]:
    """The runtime's last snapshot of its catalogue: ids -> records; empty where there is none."""
    try:
        content: object = msgspec.json.decode((root / SNAPSHOT_FILE).read_bytes().removeprefix(BOM_UTF8))
    except (OSError, msgspec.DecodeError, RecursionError):
        return {}
    records = _inside(content, "models")
    found: dict[str, Mapping[str, object]] = {}
    for record in cast("list[object]", records) if isinstance(records, list) else ():
        model_id = _text(_inside(record, "id"))
        if model_id is not None:
            found[model_id] = cast("dict[str, object]", record)
    return found


def _shape(settings: object, provider: str | None) -> MemoryShape | None:
    """What decides the size of the KV cache; its numbers are of 4 bytes on the CPU and of 2 elsewhere."""
    layers, kv_heads, head_size = (
        _whole(_inside(settings, "model", "decoder", name))
        for name in ("num_hidden_layers", "num_key_value_heads", "head_size")
    )
    if layers is None or kv_heads is None or head_size is None:
        return None
    family = _text(_inside(settings, "model", "type")) or ""
    element_bytes = 4 if provider == CPU_PROVIDER else 2
    return MemoryShape(
        family=family, layers=layers, kv_heads=kv_heads, head_size=head_size, element_bytes=element_bytes
    )


def _size_bytes(folder: Path, suffixes: tuple[str, ...] = ("",)) -> int | None:
    total = 0
    try:
        with os.scandir(folder) as listing:
            total = sum(entry.stat().st_size for entry in listing if entry.is_file() and entry.name.endswith(suffixes))
    except OSError:
        return None
    return total or None


def _json(path: Path) -> object:
    """The content of a file that a program wrote; ``None`` when it is missing or broken."""
    try:
        return cast("object", json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        return None


def _inside(data: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(data, dict):
            return None
        data = cast("dict[str, object]", data).get(key)
    return data


def _text(data: object) -> str | None:
    return data if isinstance(data, str) and data.strip() else None


def _whole(data: object) -> int | None:
    return data if isinstance(data, int) and not isinstance(data, bool) and data > 0 else None
