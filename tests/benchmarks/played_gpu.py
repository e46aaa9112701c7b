"""Builds for a GPU on a machine that plays one: three at once, then each damage of the provider's library.

It takes about a minute, which is too long for the tests; ``tests/engines/test_played_gpu.py`` has one build. It needs
root and Mesa's software Vulkan driver. Run as ``python -m tests.benchmarks.played_gpu``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support.played_gpu import PlayedGpu, webgpu_build

BESIDE: Final = "libonnxruntime-genai-cuda.so"
"""The library that the runtime opens besides that of the provider."""
NAMES: Final = ("first", "second", "third")
QUESTION: Final = ("--max-tokens", "2", "--prompt", "What is a token?")


def of_another_processor(library: bytes) -> bytes:
    """Return a library whose header names ARM64."""
    return library[:18] + b"\xb7\0" + library[20:]


def with_damaged_code(library: bytes) -> bytes:
    """Return a library with headers as they were, and turned bits from its code on."""
    start, length = 3_000_000, 200_000
    return library[:start] + bytes(byte ^ 255 for byte in library[start : start + length]) + library[start + length :]


DAMAGES: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "zero bytes": (lambda _: b"", "is empty"),
    "a text file": (lambda _: b"<html>404</html>", "is no library"),
    "truncated": (lambda library: library[: len(library) // 2], "is incomplete ("),
    "another processor": (of_another_processor, "is built for ARM64, and the processor here is x86-64"),
    "a library for Windows": (
        lambda _: b"MZ".ljust(60, b"\0") + b"\x40\0\0\0PE\0\0\x64\x86".ljust(99, b"\0"),
        "Windows",
    ),
    "damaged code": (with_damaged_code, "while it was loaded with WebGpu; its library "),
}
"""What is done to the library, and words of the sentence that a person then reads."""


def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            gpu = PlayedGpu(Path(folder))
        except pytest.skip.Exception as reason:
            print(reason)
            return 2
        for name in NAMES:
            gpu.run("register", name, str(webgpu_build(Path(folder, name))))
        wrong = [*three_at_once(gpu), *damaged(gpu, Path(folder))]
    print(*wrong or ["all as expected"], sep="\n")
    return 1 if wrong else 0


def three_at_once(gpu: PlayedGpu) -> list[str]:
    """Ask three models side by side; return what is not as expected."""
    done = gpu.run(
        "bench", "--models", ",".join(NAMES), "--mode", "side-by-side", "--rounds", "1", "--warmup", "0", *QUESTION
    )
    print(done.stdout)
    rows = [row for row in done.stdout.splitlines() if "@gpu " in row and "| WebGpu " in row and " 1.46 GiB |" in row]
    return [] if done.returncode == 0 and len(rows) == len(NAMES) else [f"three at once: {done.stderr}"]


def damaged(gpu: PlayedGpu, folder: Path) -> list[str]:
    """Ask a model with each damaged library; return what is not as expected."""
    whole, wrong = gpu.provider.read_bytes(), list[str]()
    place = folder / "damaged"
    shutil.copytree(gpu.provider.parent, place, symlinks=True)
    library = place / gpu.provider.name
    for name, (damage, words) in DAMAGES.items():
        library.unlink(missing_ok=True)
        library.write_bytes(damage(whole))
        done = gpu.run("run", NAMES[0], *QUESTION, variables={"FOUNDRY_LOCAL_CUDA_EP_LIBRARY": str(library)})
        print(f"{name}: exit code {done.returncode}, {done.stderr.splitlines()[0]}")
        if words not in done.stderr or done.returncode not in (1, 2):
            wrong.append(f"{name}: {words!r} is missing")
    library.unlink()
    library.symlink_to(gpu.provider)
    (place / BESIDE).unlink()
    done = gpu.run("run", NAMES[0], *QUESTION, variables={"FOUNDRY_LOCAL_CUDA_EP_LIBRARY": str(library)})
    print(f"a missing library: exit code {done.returncode}, {done.stderr.splitlines()[0]}")
    missing = f"does not start here: failed to load '{place / BESIDE}'"
    return wrong if missing in done.stderr else [*wrong, "a missing library: the reason is missing"]


if __name__ == "__main__":
    sys.exit(main())
