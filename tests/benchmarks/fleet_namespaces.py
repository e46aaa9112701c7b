"""A machine of a fleet in its own network namespace, behind a link that is far, slow, or cut in mid-run and mended.

    python -m tests.benchmarks.fleet_namespaces

It needs root and Linux, and takes about two minutes. Desk and machine are joined by two pairs of virtual network cards
(``veth``). Between the pairs this process passes every frame on: late, at a rate, or not at all, so that the TCP of the
kernel meets what it meets on such a link (``tc netem`` would do the same, and many kernels lack it). It passes when
every run is complete, and when TTFT over each link is that of the same machine over a good one.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

from tests.benchmarks.fleet_links import CUT_S, MOST_SHIFT, PLAN, Link, links_by_name, ttft_ms
from tests.support.fleets import joined, measuring, open_desk, samples_of, wait_until

DESK_ADDRESS, MACHINE_ADDRESS, BITS = "10.77.0.1", "10.77.0.2", 24
QUEUED_BYTES: Final = 64 * 1024
"""So much waits before a slow link; what comes on top of it is lost, as in a router."""
_FRAME_BYTES: Final = 65_536
_SET_OFFLOADS: Final = (0x17, 0x1F, 0x24, 0x2C)
"""What turns off checksums, and packets larger than a frame, that a card would see to (``linux/ethtool.h``)."""
_SIOCETHTOOL: Final = 0x8946
_ALL_PROTOCOLS: Final = 3


class Wire:
    """Passes frames between two network cards over a link, in a thread."""

    def __init__(self, cards: tuple[str, str], link: Link) -> None:
        self._link = link
        self._sockets = [_raw_socket(card) for card in cards]
        self._stopping = threading.Event()
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._free_s = [0.0, 0.0]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _run(self) -> None:
        count = 0
        while not self._stopping.is_set():
            wait_s = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else 0.1
            for ready in select.select(self._sockets, [], [], min(wait_s, 0.1))[0]:
                frame, origin = ready.recvfrom(_FRAME_BYTES)
                if origin[2] != socket.PACKET_OUTGOING:
                    count += 1
                    self._take(self._sockets.index(ready), frame, count)
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, _, to, frame = heapq.heappop(self._waiting)
                with contextlib.suppress(OSError):
                    self._sockets[to].send(frame)

    def _take(self, side: int, frame: bytes, count: int) -> None:
        """Lose a frame, or have it wait until it arrives at the other side."""
        now_s, link = time.monotonic(), self._link
        starts_s = max(now_s, self._free_s[side])
        if random.random() < link.loss or (starts_s - now_s) * link.rate_bytes_s > QUEUED_BYTES:
            return
        self._free_s[side] = starts_s + len(frame) / link.rate_bytes_s
        heapq.heappush(self._waiting, (self._free_s[side] + link.delay_s, count, 1 - side, frame))


def _raw_socket(card: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
    made.bind((card, 0))
    return made


def _turn_off_offloads(card: str) -> None:
    """Have the kernel make whole frames with checksums, since this process passes on what it sees."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in _SET_OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            with contextlib.suppress(OSError):
                fcntl.ioctl(control, _SIOCETHTOOL, struct.pack("16sP16x", card.encode(), ctypes.addressof(value)))


def _ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True)


@contextlib.contextmanager
def namespace(link: Link) -> Generator[str]:
    """Make a namespace whose one way to this one is the link; gives its name."""
    name = f"benchtop-{os.getpid()}"
    here, first, second, there = (f"bt{os.getpid() % 100_000}{letter}" for letter in "abcd")
    _ip("netns", "add", name)
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", first)
        _ip("link", "add", there, "type", "veth", "peer", "name", second)
        for card in (here, first, second, there):
            _turn_off_offloads(card)
            Path(f"/proc/sys/net/ipv6/conf/{card}/disable_ipv6").write_text("1", encoding="utf-8")
        _ip("link", "set", there, "netns", name)
        _ip("addr", "add", f"{DESK_ADDRESS}/{BITS}", "dev", here)
        _ip("-n", name, "addr", "add", f"{MACHINE_ADDRESS}/{BITS}", "dev", there)
        for card in (here, first, second):
            _ip("link", "set", card, "up")
        for card in (there, "lo"):
            _ip("-n", name, "link", "set", card, "up")
        wire = Wire((first, second), link)
        try:
            yield name
        finally:
            wire.close()
    finally:
        for card in (here, second):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("link", "del", card)
        _ip("netns", "del", name)


@contextlib.contextmanager
def cut(name: str) -> Generator[None]:
    """Take the network card of a namespace down for the time of a block."""
    card = next(
        line.split(":")[1].strip().partition("@")[0]
        for line in subprocess.run(
            ("ip", "-n", name, "-o", "link"), check=True, capture_output=True, text=True
        ).stdout.splitlines()
        if ": lo" not in line
    )
    _ip("-n", name, "link", "set", card, "down")
    try:
        yield
    finally:
        _ip("-n", name, "link", "set", card, "up")


def main() -> int:
    ttfts: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        namespace(link := Link()) as space,
        open_desk(Path(folder), "--lost-after", "10", address=DESK_ADDRESS) as desk,
    ):
        within = ("ip", "netns", "exec", space)
        for name, wanted in links_by_name().items():
            link.delay_s, link.loss, link.rate_bytes_s = wanted.delay_s, wanted.loss, wanted.rate_bytes_s
            began_s = time.monotonic()
            with joined(Path(folder), name, within=within) as machine:
                machine.wait_for(f"Joined as {name}", 180)
                joined_s = time.monotonic() - began_s
                with measuring(desk, f"--fleet={name}", *PLAN, "--cool-down", "0.5") as bench:
                    if name == "cut":
                        wait_until(lambda: samples_of(desk, "cut") >= 3, "samples come")
                        with cut(space):
                            time.sleep(CUT_S)
                    assert bench.process.wait(300) == 0, bench.text
                took_s = time.monotonic() - began_s
                ttfts[name] = ttft_ms(desk, name)
                words = f"joined after {joined_s:.0f} s, complete after {took_s:.0f} s, TTFT {ttfts[name]:.1f} ms"
                print(f"{name}: {words}", flush=True)
    return 0 if max(ttfts.values()) < MOST_SHIFT * ttfts["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
