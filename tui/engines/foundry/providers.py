"""The execution providers that were added to this machine: their files, the note of them, and which model needs one.

The runtime registers providers for one process only, so that every child whose model needs one registers it anew. Their
libraries lie in one folder that outlives the children; a run registers what is there and never downloads anything.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.probes import host
from tui.records import Model
from tui.system import LINUX, WINDOWS
from tui.system.files import remove_tree
from tui.system.libraries import damage_of
from tui.system.machine import library_opens

CPU_PROVIDER: Final = "CPUExecutionProvider"
CUDA_PROVIDER: Final = "CUDAExecutionProvider"
WEBGPU_PROVIDER: Final = "WebGpuExecutionProvider"
_SUFFIX: Final = "ExecutionProvider"
LIBRARY_VARIABLES: Final[Mapping[str, str]] = {
    CUDA_PROVIDER: "FOUNDRY_LOCAL_CUDA_EP_LIBRARY",
    WEBGPU_PROVIDER: "FOUNDRY_LOCAL_WEBGPU_EP_LIBRARY",
}
"""The variables with which a person names the library of a provider; the runtime then downloads nothing."""
_OF_DEVICE: Final[Mapping[str, str]] = {
    "cuda-gpu": CUDA_PROVIDER,
    "openvino-gpu": "OpenVINOExecutionProvider",
    "openvino-npu": "OpenVINOExecutionProvider",
    "qnn-npu": "QNNExecutionProvider",
    "vitis-npu": "VitisAIExecutionProvider",
    "trtrtx-gpu": "NvTensorRTRTXExecutionProvider",
}
"""The runtime goes by the id of a build as well: one with such a device in it is refused without the provider."""
_WINDOWS_ONLY: Final = frozenset({*_OF_DEVICE.values(), "DmlExecutionProvider"} - {CUDA_PROVIDER})
_KNOWN: Final = frozenset({CUDA_PROVIDER, WEBGPU_PROVIDER}) | _WINDOWS_ONLY
_GENERIC_GPU: Final = "-generic-gpu"
_GPU_PROVIDERS: Final = (CUDA_PROVIDER, WEBGPU_PROVIDER)
"""The providers that a build with ``generic-gpu`` in its id runs with, if one of them is registered."""
_NPU_PROVIDERS: Final = ("QNNExecutionProvider", "VitisAIExecutionProvider", "OpenVINOExecutionProvider")
_NVIDIA_DRIVER: Final = "libnvidia-ml.so.1"
CUDA_LIBRARIES: Final = ("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcufft.so.12")
"""Libraries of CUDA itself that the provider opens on Linux and that its download does not hold."""


class AddedProvider(msgspec.Struct, frozen=True):
    """The note of one provider that was added."""

    runtime: str
    """The versions of the runtime that it was added for."""
    at: str = ""


_decoder: Final = msgspec.json.Decoder(dict[str, AddedProvider])
_MOST_BYTES: Final = 1024 * 1024


def short_name(name: str) -> str:
    """A name such as ``CUDAExecutionProvider`` without the word with which every provider's name ends."""
    return name.removesuffix(_SUFFIX)


def runtime_versions() -> str:
    """The versions of the runtime's libraries, which the libraries of a provider must fit."""
    versions = (host.package_version(package) or "unknown" for package in ("onnxruntime", "onnxruntime-genai-core"))
    return "onnxruntime {}, onnxruntime-genai {}".format(*versions)


def added_providers() -> Mapping[str, AddedProvider]:
    """The notes of the providers that were added; a file that cannot be read counts as one without any."""
    try:
        return _decoder.decode(paths.read_limited(_notes_file(), _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}


def note_added(name: str) -> None:
    """Write down that a provider was added for the runtime of today. Raises OSError."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    _write_notes({**added_providers(), name: AddedProvider(runtime=runtime_versions(), at=at)})


def remove_added(name: str) -> bool:
    """Remove the files and the note of a provider; false if there were none. Raises OSError."""
    notes, folder = dict(added_providers()), _files_of(name)
    present = name in notes or folder.is_dir()
    if folder.is_dir():
        remove_tree(folder)
    if notes.pop(name, None) is not None:
        _write_notes(notes)
    return present


def named_by_variable(name: str) -> str | None:
    """The library that a person has named for this provider by an environment variable.

    The library decides what is registered, not the variable: that of WebGPU may be named in the variable of CUDA where
    the runtime offers CUDA alone.
    """
    own = library_in_variable(name)
    if own and _library_of(own) in (None, name):
        return own
    others = (library_in_variable(other) for other in LIBRARY_VARIABLES)
    return next((library for library in others if library and _library_of(library) == name), None)


def library_in_variable(name: str) -> str:
    """The library that the variable of this provider names, whatever it holds; empty if there is none."""
    return os.environ.get(LIBRARY_VARIABLES.get(name, ""), "").strip()


def named_in_variables(offered: Collection[str]) -> tuple[str, ...]:
    """The providers whose libraries are named in the variables of these, which are the only ones that are read."""
    libraries = [library for name in offered if (library := library_in_variable(name))]
    return tuple(name for name in LIBRARY_VARIABLES if named_by_variable(name) in libraries)


def problem_of(name: str) -> str | None:
    """The reason why a provider cannot be registered here without a download; ``None`` if it can be tried."""
    if name == CPU_PROVIDER:
        return None
    if library := named_by_variable(name):
        damage = damage_of(Path(library))
        return damage and f"whose library {library}, which an environment variable names, {damage}"
    note = added_providers().get(name)
    if note is None:
        if name in _WINDOWS_ONLY and not WINDOWS:
            return "which Foundry Local offers on Windows only"
        if name == WEBGPU_PROVIDER and LINUX:
            return "which Foundry Local does not offer on Linux"
        if name not in _KNOWN and not WINDOWS:
            return "which Foundry Local does not have on this system; correct provider_options in its genai_config.json"
        return f'which has not been added: "benchtop providers add {short_name(name).lower()}"'
    if note.runtime != runtime_versions():
        return (
            f"which was added for another version of the runtime ({note.runtime}): "
            f'add it again, "benchtop providers add {short_name(name).lower()}"'
        )
    return None


def remedy_for_crash(name: str | None) -> str:
    """What may be wrong where the native code of a provider has ended its process, and what to do about it."""
    library = named_by_variable(name) if name else None
    if library:
        return f"its library {library} may be damaged or made for another version of the runtime"
    again = f'"benchtop providers remove {short_name(name).lower()}", then "add"' if name else "add it again"
    return f"its files or the driver of the device may be damaged: {again}"


def needed_provider(model: Model) -> str | None:
    """The provider without which the runtime refuses to load a model, by its settings or its id; ``None`` for the CPU.

    A provider that is not one of the runtime's own names is left to the runtime.
    """
    if model.execution_provider not in (None, CPU_PROVIDER):
        return model.execution_provider
    name = (model.model_id or "").rpartition(":")[0]
    return next((provider for device, provider in _OF_DEVICE.items() if name.endswith(f"-{device}")), None)


def takes_any_gpu(model: Model) -> bool:
    """Whether a build runs with any provider of a GPU that is registered, and without a word on the CPU if none is."""
    return f"{(model.model_id or '').rpartition(':')[0]}-".find(f"{_GENERIC_GPU}-") >= 0


def lacking_provider(model: Model) -> str | None:
    """What a person must know if a model cannot run for lack of a provider: which one, and the remedy."""
    needed = provider_of_device(model) or _wanted_provider(model)
    problem = problem_of(needed) if needed else None
    return f"it needs {short_name(needed)}, {problem}" if needed and problem else None


def can_never_run(model: Model) -> bool:
    """Whether a build needs a provider that is not here and that cannot be added to this machine either.

    Adding CUDA needs the driver of NVIDIA, which the runtime looks for as well. On Windows the system knows what it
    can add.
    """
    needed = _wanted_provider(model)
    if needed is None or WINDOWS or problem_of(needed) is None:
        return False
    return needed != CUDA_PROVIDER or not library_opens(_NVIDIA_DRIVER)


def _wanted_provider(model: Model) -> str | None:
    """The provider that a model needs here: a build for any GPU runs with that of another GPU than its record names."""
    needed = needed_provider(model)
    if needed is None or not takes_any_gpu(model):
        return needed
    here = next((name for name in _GPU_PROVIDERS if problem_of(name) is None), None)
    return here or (CUDA_PROVIDER if library_opens(_NVIDIA_DRIVER) else needed)


def note_on_device(model: Model) -> str:
    """What a person must know of a build for any GPU on a machine where none has a provider; else empty."""
    if not takes_any_gpu(model) or needed_provider(model) or model.run_on is not None:
        return ""
    if any(problem_of(name) is None for name in _GPU_PROVIDERS):
        return ""
    return "a build for any GPU, but no GPU has a provider here, so that it runs on the CPU"


def runs_as_made(model: Model, ran_with: str) -> bool:
    """Whether the provider that ran a model is the one that its build is made for, or that a person has chosen."""
    chosen = provider_of_device(model)
    if chosen is None and takes_any_gpu(model):
        return ran_with != CPU_PROVIDER
    wanted = chosen or needed_provider(model) or CPU_PROVIDER
    return ran_with.casefold() == wanted.casefold()


def provider_of_device(model: Model) -> str | None:
    """The provider to run a model with where a person has chosen another device; ``None`` for its own."""
    if model.run_on is None:
        return None
    if model.run_on == "cpu":
        return CPU_PROVIDER
    own = needed_provider(model)
    if own is not None and (own in _NPU_PROVIDERS) == (model.run_on == "npu"):
        return own
    candidates = _NPU_PROVIDERS if model.run_on == "npu" else _GPU_PROVIDERS
    return next((name for name in candidates if problem_of(name) is None), candidates[0])


def name_in_metadata(name: str) -> str:
    """The name by which the metadata of a model demands a provider; the runtime spells one of them in two ways."""
    return "WebGPUExecutionProvider" if name == WEBGPU_PROVIDER else name


def can_be_tried(name: str) -> bool:
    """Whether a provider that the runtime offers under this name can be registered without a download.

    The libraries of CUDA and WebGPU lie in the folder of the runtime; Windows itself keeps those of others. A damaged
    library is not tried, since opening it can end the process.
    """
    if library := library_in_variable(name):
        return damage_of(Path(library)) is None
    return name in added_providers() and (name not in _GPU_PROVIDERS or (_files_of(name) / "active").is_file())


def _files_of(name: str) -> Path:
    """The folder of a provider's libraries, by the name that the runtime gives it: ``ep/cuda-ep``."""
    return paths.runtime_dir() / "ep" / f"{short_name(name).lower()}-ep"


def _notes_file() -> Path:
    return paths.runtime_dir() / "providers.json"


def _write_notes(notes: Mapping[str, AddedProvider]) -> None:
    content = msgspec.json.format(msgspec.json.encode(notes), indent=2)
    paths.write_atomically(_notes_file(), content, make_folder=True)


def _library_of(library: str) -> str | None:
    """The provider in a library, by its file's name; ``None`` if that does not show it."""
    name = Path(library).name.lower()
    return next((provider for provider in LIBRARY_VARIABLES if short_name(provider).lower() in name), None)
