"""Looks at the file of a native library before the loader opens it, which crashes on some that are damaged.

The forms are those of ELF (https://refspecs.linuxfoundation.org/elf/elf.pdf), of PE
(https://learn.microsoft.com/windows/win32/debug/pe-format) and of Mach-O (``mach-o/loader.h``).
"""

from __future__ import annotations

import os
import platform
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.system import LINUX, MACOS, WINDOWS
from tui.system.files import BINARY, NOT_WAITING

_HEADERS_BYTES: Final = 64 * 1024
"""The headers of a library lie in its first part by far; of ELF only a table at the end does not, and is not read."""
_X86_64, _ARM64 = "x86-64", "ARM64"
_PROCESSORS: Final = {"x86_64": _X86_64, "amd64": _X86_64, "aarch64": _ARM64, "arm64": _ARM64}
"""The names of processors by what Python calls them in lower case."""
_OF_ELF: Final = {62: _X86_64, 183: _ARM64}
_OF_PE: Final = {0x8664: _X86_64, 0xAA64: _ARM64}
_OF_MACH: Final = {0x01000007: _X86_64, 0x0100000C: _ARM64}


@dataclass(frozen=True, slots=True)
class _Library:
    """What the headers of a library tell."""

    system: str
    processor: str | None
    """The processor that it is built for; ``None`` for several or for one that is not in the table."""
    needed_bytes: int
    """The size that the file has at least by its own headers."""


def damage_of(library: Path) -> str | None:
    """Why this machine cannot open a library, in words that go on from its name; ``None`` if nothing shows it."""
    try:
        about = library.stat()
        if not stat.S_ISREG(about.st_mode):
            return "is no file"
        with os.fdopen(os.open(library, os.O_RDONLY | BINARY | NOT_WAITING), "rb") as opened:
            content = opened.read(_HEADERS_BYTES)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if not content:
        return "is empty"
    try:
        found = next((described for form in _FORMS if (described := form(content))), None)
    except struct.error:
        return "is incomplete; download it again"
    if found is None:
        return "is no library"
    own_system, own_processor = _own_system(), _PROCESSORS.get(platform.machine().lower())
    if found.system != own_system:
        return f"is a library for {found.system}, and this is {own_system}"
    if found.processor and own_processor and found.processor != own_processor:
        return f"is built for {found.processor}, and the processor here is {own_processor}"
    if about.st_size < found.needed_bytes:
        return f"is incomplete ({about.st_size:,} of at least {found.needed_bytes:,} bytes); download it again"
    return None


def _own_system() -> str:
    return "Linux" if LINUX else "Windows" if WINDOWS else "macOS" if MACOS else platform.system()


def _elf(content: bytes) -> _Library | None:
    if not content.startswith(b"\x7fELF"):
        return None
    # The fifth byte tells the width of addresses, the sixth the order of bytes; libraries of other kinds have no name.
    if content[4:6] != b"\x02\x01":
        return _Library("Linux", "another kind of processor", 0)
    (machine,) = struct.unpack_from("<H", content, 18)
    programs_at, sections_at = struct.unpack_from("<QQ", content, 32)
    program_size, programs, section_size, sections = struct.unpack_from("<4H", content, 54)
    needed = sections_at + section_size * sections
    for number in range(programs):
        offset, in_file = struct.unpack_from("<Q16xQ", content, programs_at + number * program_size + 8)
        needed = max(needed, offset + in_file)
    return _Library("Linux", _OF_ELF.get(machine, "another kind of processor"), needed)


def _pe(content: bytes) -> _Library | None:
    if not content.startswith(b"MZ"):
        return None
    (header_at,) = struct.unpack_from("<I", content, 0x3C)
    signature, machine, sections, options_size = struct.unpack_from("<4sHH12xH", content, header_at)
    if signature != b"PE\0\0":
        return None
    needed = 0
    for number in range(sections):
        in_file, offset = struct.unpack_from("<II", content, header_at + 24 + options_size + number * 40 + 16)
        needed = max(needed, offset + in_file)
    return _Library("Windows", _OF_PE.get(machine, "another kind of processor"), needed)


def _mach(content: bytes) -> _Library | None:
    if content.startswith(b"\xca\xfe\xba\xbe"):
        return _Library("macOS", None, 0)
    if not content.startswith(b"\xcf\xfa\xed\xfe"):
        return None
    (processor,) = struct.unpack_from("<I", content, 4)
    return _Library("macOS", _OF_MACH.get(processor, "another kind of processor"), 0)


_FORMS: Final[tuple[Callable[[bytes], _Library | None], ...]] = (_elf, _pe, _mach)
