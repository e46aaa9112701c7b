"""A machine with a GPU of NVIDIA's, played on one that has none: its driver, its place on the bus, and Vulkan.

What reads memory is ``nvml_stub.c``, the device is one that ONNX Runtime finds on the PCI bus, and what computes is the
real WebGPU provider over the software Vulkan driver of Mesa. The command runs in a name space of its own for mounts and
networks, so that nothing outside of it changes and nothing can be downloaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.command import REPOSITORY, CommandFolder, command_folder
from tui.practice import practice_folder

SUPPORT: Final = Path(__file__).parent
CARD: Final = """
0.name NVIDIA GeForce RTX 4090
0.memory 24G 2G
0.compute ~tui.engines.foundry.child_main:1500M
0.energy watts 80
0.power 80000
"""
_ON_BUS: Final = {
    "class": "0x030000",
    "device": "0x2684",
    "revision": "0x00",
    "subsystem_device": "0x0000",
    "subsystem_vendor": "0x0000",
    "vendor": "0x10de",
}
_IN_NAME_SPACE: Final = 'mount --bind "$0" /sys/bus/pci/devices && exec "$@"'
_LIBRARY_FOLDERS: Final = ("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib")
_LIMIT_S: Final = 600


def compile_library(source: str, library: Path) -> None:
    """Compile a source of this folder into a library for Linux; skip the test if that cannot be done."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip(f"{source} needs Linux and a compiler")
    flags = ("-O1", "-fPIC", "-shared", f"-Wl,-soname,{library.name}")
    command = [compiler, *flags, "-o", str(library), str(SUPPORT / source), "-ldl"]
    subprocess.run(command, check=True, timeout=_LIMIT_S)


class PlayedGpu:
    """The played machine, whose files lie in a folder of a test."""

    def __init__(self, path: Path) -> None:
        vulkan, driver, provider = _parts()
        self._folder: CommandFolder = command_folder(path)
        self._bus = path / "bus"
        self.provider = path / "provider" / provider.name
        device, libraries = self._bus / "0000:01:00.0", path / "libraries"
        for folder in (device, libraries, self.provider.parent):
            folder.mkdir(parents=True)
        for name, value in _ON_BUS.items():
            (device / name).write_text(f"{value}\n")
        self.provider.symlink_to(provider)
        compile_library("nvml_stub.c", libraries / "libnvidia-ml.so.1")
        compile_library("vulkan_shim.c", libraries / "libvulkan.so.1")
        # The runtime insists on this library beside the provider, and calls nothing of it for WebGPU.
        compile_library("nothing.c", self.provider.parent / "libonnxruntime-genai-cuda.so")
        (path / "card").write_text(CARD)
        self._variables = {
            "NVML_STUB": str(path / "card"),
            "LD_LIBRARY_PATH": str(libraries),
            "VULKAN_REAL": str(vulkan),
            "VK_ICD_FILENAMES": str(driver),
            "XDG_RUNTIME_DIR": str(path),
            "FOUNDRY_LOCAL_CUDA_EP_LIBRARY": str(self.provider),
        }

    def run(self, *arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``benchtop`` with these arguments on the played machine."""
        command = [sys.executable, "-m", "tui", *arguments]
        return subprocess.run(
            [*_name_space(), "bash", "-c", _IN_NAME_SPACE, str(self._bus), *command],
            cwd=self._folder.path,
            env=self._folder.environment({**self._variables, **(variables or {}), "PYTHONPATH": str(REPOSITORY)}),
            capture_output=True,
            encoding="utf-8",
            timeout=_LIMIT_S,
            check=False,
        )


def webgpu_build(folder: Path) -> Path:
    """Write a build of a practice model for WebGPU."""
    shutil.copytree(practice_folder("practice-small"), folder)
    settings = json.loads((folder / "genai_config.json").read_text(encoding="utf-8"))
    settings["model"]["decoder"]["session_options"]["provider_options"] = [{"webgpu": {}}]
    (folder / "genai_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def _name_space() -> tuple[str, ...]:
    return ("unshare", "--mount", "--net", "--propagation", "private")


def _parts() -> tuple[Path, Path, Path]:
    """Return the library of Vulkan, the description of Mesa's driver and the provider; skip the test if one lacks."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("the played GPU needs Linux on x86-64")
    spec = importlib.util.find_spec("onnxruntime_ep_webgpu")
    libraries = (Path(folder, "libvulkan.so.1") for folder in _LIBRARY_FOLDERS)
    vulkan = next((library for library in libraries if library.exists()), None)
    driver = next(iter(Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json")), None)
    if spec is None or spec.origin is None or vulkan is None or driver is None:
        pytest.skip("the played GPU needs onnxruntime-ep-webgpu and the software Vulkan driver of Mesa (lavapipe)")
    may = os.geteuid() == 0 and shutil.which("unshare") and Path("/sys/bus/pci/devices").is_dir()
    if not may or subprocess.run([*_name_space(), "true"], capture_output=True, check=False).returncode:
        pytest.skip("the played GPU needs a root user who may make a name space for mounts")
    return vulkan, driver, Path(spec.origin).with_name("libonnxruntime_providers_webgpu.so")
