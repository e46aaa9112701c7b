"""Fleets for tests: a desk and machines in processes of their own, each with a home of its own, on loopback."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support import processes, warm
from tests.support.command import CommandFolder, command_folder
from tests.support.warm import Running
from tui.bench.fleet.network.fleet_file import Fleet
from tui.records import RunRecord
from tui.records.fleet.network import JoinFile
from tui.store.history import History

_ENDS_S = 60.0
_PORTS = range(12_000, 32_000)
_PORTS_EACH = 40
Changing = Callable[[JoinFile, Fleet], JoinFile]
"""What makes of a file to join with another one."""


@dataclass
class Spoken:
    """A process whose words can be waited for; it has a home of its own."""

    process: Running
    folder: CommandFolder
    lines: list[str] = field(default_factory=list[str])

    def follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, words: str, timeout_s: float = 300.0) -> str:
        """Wait until a line has these words, and return it."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            if line := next((line for line in self.lines if words in line), None):
                return line
            time.sleep(0.02)
        raise AssertionError(f"no {words!r} in {self.text!r}")

    def end(self) -> int:
        """End the process as Ctrl-C does, and return its exit code."""
        if self.process.poll() is None:
            processes.interrupt(self.process)
        return self.process.wait(_ENDS_S)


@contextlib.contextmanager
def spoken(folder: CommandFolder, *command: str, within: Sequence[str] = ()) -> Generator[Spoken]:
    """Run ``python`` with ``-m``, a module and its arguments in a process of its own for the time of a block.

    ``within`` is a command that runs the one that follows it.
    """
    process = warm.start(command, folder.path, folder.environment({}), within)
    running = Spoken(process, folder)
    reader = threading.Thread(target=running.follow, daemon=True)
    reader.start()
    try:
        yield running
    finally:
        if process.poll() is None and hasattr(signal, "SIGCONT"):
            process.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.end()
        process.kill()
        process.wait()
        reader.join(60)


def home(parent: Path, name: str) -> CommandFolder:
    """Make a home for one machine below a folder."""
    path = parent / name
    if path.exists():
        return CommandFolder(path)
    path.mkdir()
    return command_folder(path)


def free_port(address: str = "127.0.0.1") -> int:
    """Find a port that is free and stays so: no system gives it to a connection, and no other tests look there.

    Systems number the ends of connections from 32768 on, and each process looks from a place of its own on.
    """
    first = _PORTS.start + os.getpid() * _PORTS_EACH % len(_PORTS)
    for port in (*range(first, _PORTS.stop), *range(_PORTS.start, first)):
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind((address, port))
            return port
    raise AssertionError("no port is free")


@contextlib.contextmanager
def closed_port(address: str = "127.0.0.1") -> Generator[int]:
    """Hold a port that refuses connections, since nobody listens at it, and that no other process can get."""
    with socket.socket() as held:
        held.bind((address, 0))
        yield held.getsockname()[1]


@contextlib.contextmanager
def open_desk(parent: Path, *options: str, address: str = "127.0.0.1", port: int | None = None) -> Generator[Spoken]:
    """Open a fleet on loopback; its file to join with is ``join.json`` in the folder of the desk."""
    port = port or free_port(address)
    words = ("fleet", "create", "--bind", address, "--port", str(port), *options)
    with spoken(home(parent, "desk"), "-m", "tui", *words) as desk:
        desk.wait_for("The fleet is open")
        yield desk


@contextlib.contextmanager
def joined(
    parent: Path, name: str, *options: str, program: Sequence[str] = ("-m", "tui"), within: Sequence[str] = ()
) -> Generator[Spoken]:
    """Let a machine join the fleet of ``open_desk``."""
    file = os.fspath(parent / "desk" / "join.json")
    words = ("fleet", "join", file, "--name", name, *options)
    with spoken(home(parent, name), *program, *words, within=within) as machine:
        yield machine


@contextlib.contextmanager
def measuring(desk: Spoken, *options: str) -> Generator[Spoken]:
    fleet = () if any(option.startswith("--fleet") for option in options) else ("--fleet",)
    with spoken(desk.folder, "-m", "tui", "bench", *options, *fleet) as bench:
        yield bench


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 300.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, what
        time.sleep(0.05)


def run_of(desk: Spoken, machine: str) -> RunRecord | None:
    """Read the latest run of a machine from the history of the desk."""
    with contextlib.closing(History(desk.folder.history)) as history:
        runs = [run for run in history.latest() if f"machine:{machine}" in run.tags]
        return history.run(runs[0].run_id) if runs else None


def samples_of(desk: Spoken, machine: str) -> int:
    run = run_of(desk, machine) if desk.folder.history.exists() else None
    return len(run.samples) if run is not None else 0


def below(machine: Spoken) -> list[psutil.Process]:
    return processes.descendants(machine.process.pid)
