"""Writes a practice model of any size on this machine, to watch memory without downloading gigabytes.

It answers exactly like the shipped ones; `layers` explains why its extra weights change nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.practice import HEAVY_MODEL, practice_folder
from tui.system import files

SMALLEST_BYTES: Final = 60_000_000
LARGEST_BYTES: Final = 8 * 1024**3
_SPARE_BYTES: Final = 64 * 1024**2
"""How much of the disk stays free besides the model."""

Progress = Callable[[int, int], None]
"""Called with the bytes that are written and the bytes in all."""


class HeavyError(Exception):
    """A heavy model could not be written; the message gives the reason and advice."""


def write_heavy(destination: Path, size_bytes: int, on_progress: Progress = lambda _done, _total: None) -> Path:
    """Write the folder `practice-heavy` into `destination` and return it; an earlier one is replaced.

    The weights on disk come to `size_bytes` within 3 %. The folder appears only when it is complete: after an error or
    an interrupt nothing is left.

    Raises:
        HeavyError: the size is out of range, the optional packages are missing, or the disk lacks space or cannot be
            written.
    """
    if not SMALLEST_BYTES <= size_bytes <= LARGEST_BYTES:
        raise HeavyError(f"The size must be from 60 MB to 8 GB, and {size_bytes:,} bytes is not.")
    target = destination / HEAVY_MODEL
    if target.exists() and not (target / "genai_config.json").is_file():
        raise HeavyError(f"{target} exists and is not a model folder: move it away, or choose another place.")
    try:
        destination.mkdir(parents=True, exist_ok=True)
        _check_space(destination, size_bytes)
        _write_and_swap(target, size_bytes, on_progress)
    except OSError as error:
        raise HeavyError(f"Could not write {target}: {error.strerror or error}.") from error
    return target


def _check_space(folder: Path, size_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < size_bytes + _SPARE_BYTES:
        raise HeavyError(
            f"{folder} has {free_bytes / 1e9:.1f} GB free, and the model needs {size_bytes / 1e9:.1f} GB: "
            "free some space, choose a smaller size or another place."
        )


def _write_and_swap(target: Path, size_bytes: int, on_progress: Progress) -> None:
    """Write the model into a folder beside the target, and swap the two once it is complete."""
    try:
        # It needs packages that are optional, and only a command that writes a model should ask for them.
        from tui.practice.layers import heavy_extension, write_extended
    except ImportError as error:
        raise HeavyError(
            f'Writing a heavy model needs the package {error.name}: pip install "foundry-benchtop[heavy]"'
        ) from error
    part, old = (target.with_name(f".{target.name}.{word}") for word in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    try:
        part.mkdir()
        source = practice_folder("practice-small")
        write_extended(
            source,
            part,
            heavy_extension(source, size_bytes),
            lambda done_bytes: on_progress(min(done_bytes, size_bytes), size_bytes),
        )
        if target.exists():
            files.rename(target, old)
        files.rename(part, target)
    finally:
        if old.exists() and not target.exists():
            files.rename(old, target)
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)
