"""Damaged libraries are told from whole ones before the loader opens them."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from tests.support.processes import extension_library
from tui.system import libraries
from tui.system.libraries import damage_of

LIBRARY = extension_library().read_bytes()


def elf(*, machine: int = 62, size: int = 200, width: int = 2) -> bytes:
    """Return the headers of a library for Linux with one part, which ends at byte 200, and zeros up to a size."""
    head = b"\x7fELF" + bytes([width, 1]) + bytes(10)
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    return (head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 200, 200, 1)).ljust(size, b"\0")[:size]


def pe(*, machine: int = 0x8664, size: int = 600) -> bytes:
    """Return the headers of a library for Windows with one section, which ends at byte 600."""
    head = (
        b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 64) + struct.pack("<4sHHIIIHH", b"PE", machine, 1, 0, 0, 0, 0, 0)
    )
    return (head + struct.pack("<8sIIII16x", b".text", 0, 0, 88, 512)).ljust(size, b"\0")


def mach(processor: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + struct.pack("<I", processor) + bytes(100)


@pytest.mark.parametrize(
    ("system", "content", "words"),
    [
        ("Linux", b"", "is empty"),
        ("Linux", b"<html>404</html>", "is no library"),
        ("Linux", b"version https://git-lfs.github.com/spec/v1", "is no library"),
        ("Linux", elf(), None),
        ("Linux", elf(size=150), "is incomplete (150 of at least 200 bytes); download it again"),
        ("Linux", elf(size=40), "is incomplete; download it again"),
        ("Linux", elf(machine=183), "is built for ARM64, and the processor here is x86-64"),
        ("Linux", elf(machine=243), "is built for another kind of processor, and the processor here is x86-64"),
        ("Linux", elf(width=1), "is built for another kind of processor, and the processor here is x86-64"),
        ("Linux", pe(), "is a library for Windows, and this is Linux"),
        ("Windows", pe(), None),
        ("Windows", pe(size=500), "is incomplete (500 of at least 600 bytes); download it again"),
        ("Windows", pe(machine=0xAA64), "is built for ARM64, and the processor here is x86-64"),
        ("Windows", elf(), "is a library for Linux, and this is Windows"),
        ("Windows", b"MZ" + bytes(100), "is no library"),
        ("macOS", mach(0x01000007), None),
        ("macOS", mach(0x0100000C), "is built for ARM64, and the processor here is x86-64"),
        ("macOS", b"\xca\xfe\xba\xbe" + bytes(100), None),
    ],
)
def test_each_kind_of_damage_has_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, content: bytes, words: str | None
) -> None:
    monkeypatch.setattr(libraries, "_own_system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: "AMD64")
    library = tmp_path / "library"
    library.write_bytes(content)
    assert damage_of(library) == words


def test_a_real_library_is_whole_and_half_of_it_is_not(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.write_bytes(LIBRARY)
    assert damage_of(library) is None
    library.write_bytes(LIBRARY[: len(LIBRARY) // 2])
    assert sys.platform == "darwin" or (damage_of(library) or "").startswith("is incomplete (")


def test_what_is_no_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert damage_of(tmp_path / "nowhere") == "is not there"
    assert damage_of(tmp_path) == "is no file"
    library = tmp_path / "library"
    library.write_bytes(LIBRARY)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert damage_of(library) == "cannot be read (Permission denied)"
