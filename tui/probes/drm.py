"""AMD GPUs, and the names of Intel's, as the Linux kernel shows them in files; no package of theirs is needed.

The driver of AMD gives used and total VRAM, load, power and temperature, and what each process holds. That of Intel
gives no used memory, so that such a GPU is named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.records import GpuReading

DRM_FOLDER: Final = Path("/sys/class/drm")
PROC_FOLDER: Final = Path("/proc")
_CARD: Final = re.compile(r"card\d+")
_AMD, _INTEL = "0x1002", "0x8086"
_MAKERS: Final = {_AMD: "AMD", _INTEL: "Intel"}
_UNITS: Final = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
"""The units of the sizes in ``fdinfo``; a size without one is in bytes."""
_HELD: Final = ("drm-memory-vram", "drm-resident-vram", "drm-resident-vram0", "drm-memory-vram0")
"""The names of the VRAM that a client holds, which drivers and versions of the kernel spell differently."""
_MOST_BYTES: Final = 1 << 50
_MOST_DIGITS: Final = 20
_MOST_MICROWATTS: Final = 10_000 * 1_000_000
_MOST_MILLIDEGREES: Final = 150_000
"""What lies beyond is no reading, but the number by which a driver says that it does not know."""
_MICROWATTS: Final = 1_000_000
_MILLIDEGREES: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Card:
    device: Path
    address: str
    """The address on the PCI bus, by which processes name the GPU that they use."""
    name: str
    total_bytes: int | None


class DrmGpus:
    """The GPUs of AMD and Intel on this machine, found once; each reading opens a few small files."""

    def __init__(self, drm: Path = DRM_FOLDER, proc: Path = PROC_FOLDER) -> None:
        self._proc = proc
        cards = [card for path in _cards(drm) if (card := _card(path)) is not None]
        self._readable = [card for card in cards if card.total_bytes]
        self.unread = tuple(card.name for card in cards if not card.total_bytes)
        """The names of GPUs that are here but whose memory cannot be read."""

    def __len__(self) -> int:
        return len(self._readable)

    def read(self, pids: Mapping[str, Sequence[int]], first_index: int = 0) -> tuple[GpuReading, ...]:
        """Each GPU of AMD with what every model's processes hold on it; one that cannot be read now is left out."""
        readings = (self._read(card, first_index + number, pids) for number, card in enumerate(self._readable))
        return tuple(reading for reading in readings if reading is not None)

    def _read(self, card: _Card, index: int, pids: Mapping[str, Sequence[int]]) -> GpuReading | None:
        used_bytes = _number(card.device / "mem_info_vram_used", _MOST_BYTES)
        if used_bytes is None or card.total_bytes is None:
            return None
        busy = _number(card.device / "gpu_busy_percent")
        powers = ("hwmon/hwmon*/power1_average", "hwmon/hwmon*/power1_input")
        microwatts = _first(card.device, powers, _MOST_MICROWATTS)
        millidegrees = _first(card.device, ("hwmon/hwmon*/temp1_input",), _MOST_MILLIDEGREES)
        return GpuReading(
            index=index,
            name=card.name,
            used_bytes=min(used_bytes, card.total_bytes),
            total_bytes=card.total_bytes,
            process_bytes={key: self._held(card, of_model) for key, of_model in pids.items()},
            utilisation=None if busy is None else min(busy, 100) / 100,
            power_watts=None if microwatts is None else microwatts / _MICROWATTS,
            temperature_c=None if millidegrees is None else round(millidegrees / _MILLIDEGREES),
        )

    def _held(self, card: _Card, pids: Sequence[int]) -> int | None:
        """The VRAM that these processes hold; ``None`` if the kernel or the driver does not show it of one of them.

        A process has several files of one client, which would count its memory more than once.
        """
        clients: dict[str, int] = {}
        for pid in pids:
            try:
                files = list((self._proc / str(pid) / "fdinfo").iterdir())
            except OSError:
                return None
            for file in files:
                facts = _facts(file)
                if facts.get("drm-pdev") == card.address and "drm-client-id" in facts:
                    held = next((size for name in _HELD if (size := _size(facts.get(name, ""))) is not None), None)
                    if held is None:
                        return None
                    clients[facts["drm-client-id"]] = held
        return sum(clients.values())


def _cards(drm: Path) -> list[Path]:
    try:
        return sorted(path for path in drm.iterdir() if _CARD.fullmatch(path.name))
    except OSError:
        return []


def _card(path: Path) -> _Card | None:
    device = path / "device"
    maker = _MAKERS.get(_text(device / "vendor"))
    if maker is None:
        return None
    product = _text(device / "product_name")
    name = f"{maker} {product}" if product else f"{maker} GPU {_text(device / 'device').removeprefix('0x')}".strip()
    return _Card(device, device.resolve().name, name, _number(device / "mem_info_vram_total", _MOST_BYTES))


def _facts(file: Path) -> dict[str, str]:
    lines = (line.partition(":") for line in _text(file).splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _first(device: Path, patterns: Sequence[str], most: int) -> int | None:
    """The number in the first file that one of the patterns finds, if it is not above ``most``."""
    for pattern in patterns:
        for path in sorted(device.glob(pattern)):
            number = _number(path, most)
            if number is not None:
                return number
    return None


def _number(path: Path, most: int | None = None) -> int | None:
    number = _whole(_text(path))
    return None if number is None or (most is not None and number > most) else number


def _size(text: str) -> int | None:
    """The bytes that a size of ``fdinfo`` such as ``1024 KiB`` stands for; ``None`` if it is none."""
    number, _, unit = text.partition(" ")
    whole = _whole(number)
    return None if whole is None or unit.strip() not in _UNITS else whole * _UNITS[unit.strip()]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
