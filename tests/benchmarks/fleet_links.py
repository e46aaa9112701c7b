"""A machine of a fleet behind a bad link: slow, far away, or cut in mid-run and mended.

Run as ``python -m tests.benchmarks.fleet_links``; it takes about three minutes. A proxy on loopback stands for the
link: it holds data back for the delay, stands still as TCP does after a loss, keeps to a rate, or passes nothing for a
time. It passes when every run is complete, and when TTFT over each link is that of the same machine over a good one.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.fleets import Spoken, home, measuring, open_desk, run_of, samples_of, spoken, wait_until
from tui.bench.fleet.network import fleet_file, tls
from tui.measure.timing import metrics
from tui.records import RunStatus, SampleKind

PLAN: Final = ("--models", "practice-small", "--prompt", "Hello", "--max-tokens", "16", "--rounds", "12")
PACKET_BYTES: Final = 1400
CUT_S: Final = 20.0
MOST_SHIFT: Final = 1.5
"""The machine is shared with whatever else runs, so its times differ a little from run to run."""


@dataclass
class Link:
    """What a connection has to pass."""

    delay_s: float = 0.0
    loss: float = 0.0
    rate_bytes_s: float = 1e9
    cut: bool = False

    def due_s(self) -> float:
        """When a packet that is sent now arrives; one that is lost is sent again after about two round trips."""
        lost = random.random() < self.loss
        return time.monotonic() + self.delay_s * (5 if lost else 1)

    async def hold(self, due_s: float, size: int) -> None:
        """Wait until a packet arrives."""
        await asyncio.sleep(max(0.0, due_s - time.monotonic()) + size / self.rate_bytes_s)
        while self.cut:  # noqa: ASYNC110  # another thread sets it
            await asyncio.sleep(0.1)


def links_by_name() -> dict[str, Link]:
    """Return the links that a machine is measured over, the good one first; the last one is cut in mid-run."""
    return {
        "good": Link(),
        "far": Link(delay_s=0.2, loss=0.05),
        "slow": Link(rate_bytes_s=64_000 / 8),
        "cut": Link(),
    }


@contextlib.contextmanager
def proxy(link: Link, target: tuple[str, int]) -> Generator[int]:
    """Pass connections on over the link, in a thread; gives the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def send() -> None:
            while True:
                due_s, packet = await packets.get()
                if not packet:
                    break
                await link.hold(due_s, len(packet))
                writer.write(packet)
                await writer.drain()
            writer.close()

        sending = asyncio.ensure_future(send())
        with contextlib.suppress(OSError):
            while data := await reader.read(PACKET_BYTES):
                packets.put_nowait((link.due_s(), data))
        packets.put_nowait((0.0, b""))
        with contextlib.suppress(OSError):
            await sending

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*target)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(connect, "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        port: int = server.sockets[0].getsockname()[1]
        yield port
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@contextlib.contextmanager
def joined_over(parent: Path, desk: Spoken, name: str, link: Link) -> Generator[Spoken]:
    join = fleet_file.read_join_file(desk.folder.path / "join.json")
    with proxy(link, tls.host_and_port(join.address)) as port:
        folder = home(parent, name)
        text = (desk.folder.path / "join.json").read_text(encoding="utf-8")
        (folder.path / "join.json").write_text(text.replace(join.address, f"tls://127.0.0.1:{port}"), encoding="utf-8")
        words = ("-m", "tui", "fleet", "join", "join.json", "--name", name)
        with spoken(folder, *words) as machine:
            machine.wait_for(f"Joined as {name}")
            yield machine


def ttft_ms(desk: Spoken, name: str) -> float:
    run = run_of(desk, name)
    assert run is not None
    assert run.status is RunStatus.DONE, name
    rounds = [sample for sample in run.samples if sample.kind is SampleKind.ROUND]
    assert len({sample.round for sample in rounds}) == 12, (name, len(rounds))
    return statistics.median((metrics.ttft_ns(sample.timeline) or 0) / 1e6 for sample in rounds)


def main() -> int:
    ttfts: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, open_desk(Path(folder), "--lost-after", "10") as desk:
        for name, link in links_by_name().items():
            with joined_over(Path(folder), desk, name, link):
                began_s = time.monotonic()
                with measuring(desk, f"--fleet={name}", *PLAN, "--cool-down", "0.5") as bench:
                    if name == "cut":
                        wait_until(lambda: samples_of(desk, "cut") >= 3, "samples come")
                        link.cut = True
                        time.sleep(CUT_S)
                        link.cut = False
                    assert bench.process.wait(180) == 0, bench.text
                ttfts[name] = ttft_ms(desk, name)
                took_s = time.monotonic() - began_s
                print(f"{name}: complete after {took_s:.0f} s, TTFT {ttfts[name]:.1f} ms", flush=True)
    return 0 if max(ttfts.values()) < MOST_SHIFT * ttfts["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
