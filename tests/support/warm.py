"""Starts commands of the fleet as forks of one process that has imported Dask, which takes most of their time.

A fork is a process like any other: it has its own home, files, signals and children. It runs ``python -m MODULE`` from
the first line on, so everything of ``tui`` that knows its own process is imported in the fork. Only Linux is served;
elsewhere ``start`` makes a new process.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final, Protocol

LINUX: Final = sys.platform == "linux"
_REPOSITORY: Final = Path(__file__).parents[2]
_IMPORTED: Final = (
    *("distributed", "cryptography.x509", "numpy", "psutil", "click", "asyncio", "ssl"),
    *("tui.reports.fleet.view", "tui.reports.fleet.html", "tui.bench.fleet.wire", "tui.store.history"),
)
_KNOWS_ITS_PROCESS: Final = "tui.engines.process.watchdog"
"""A module that makes a mark of its process when it is imported, so no fork may find it imported already."""
_MOST_BYTES: Final = 1 << 20
_STARTS_S: Final = 300.0


class Running(Protocol):
    """What a test needs of a process that it has started; ``subprocess.Popen`` has all of it."""

    pid: int
    stdout: IO[bytes] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


def start(words: Sequence[str], folder: Path, environment: Mapping[str, str], within: Sequence[str] = ()) -> Running:
    """Run ``python`` with ``-m``, a module and its arguments in a process of its own; its output is in one pipe.

    ``within`` is a command that runs the one that follows it, such as ``taskset``; the process is no fork then.
    """
    if LINUX and not within:
        return _server().start(words[1:], folder, environment)
    return subprocess.Popen(
        (*within, sys.executable, *words),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
    )


class _Fork:
    """A process that the server has made, and whose end the server tells."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.stdout: IO[bytes] | None = None
        self._code: int | None = None
        self._over = threading.Event()

    def ended(self, code: int) -> None:
        self._code = code
        self._over.set()

    def poll(self) -> int | None:
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        assert self._code is not None
        return self._code

    def send_signal(self, sig: int) -> None:
        if self._code is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Server:
    """The process that forks, seen from the tests; it ends with them."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
        with theirs:
            subprocess.Popen(
                (sys.executable, "-m", "tests.support.warm", str(theirs.fileno())),
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self._socket = ours
        self._asking = threading.Lock()
        self._made: queue.SimpleQueue[_Fork] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> _Fork:
        reader, writer = os.pipe()
        request = json.dumps({"words": words, "folder": os.fspath(folder), "environment": dict(environment)})
        with self._asking:
            socket.send_fds(self._socket, [request.encode()], [writer])
            os.close(writer)
            fork = self._made.get(timeout=_STARTS_S)
        fork.stdout = os.fdopen(reader, "rb")
        return fork

    def _listen(self) -> None:
        forks: dict[int, _Fork] = {}
        while message := self._socket.recv(_MOST_BYTES):
            pid, code = json.loads(message)
            if code is None:
                forks[pid] = fork = _Fork(pid)
                self._made.put(fork)
            else:
                forks.pop(pid).ended(code)


@cache
def _server() -> _Server:
    return _Server()


def _serve(tests: socket.socket) -> None:
    """Fork for each request until the tests are over; returns in each fork, which then is the command."""
    living: dict[int, int] = {}
    while True:
        ready: list[int] = select.select([tests.fileno(), *living], [], [])[0]
        for pidfd in living.keys() & set(ready):
            pid = living.pop(pidfd)
            os.close(pidfd)
            tests.send(json.dumps([pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]).encode())
        if tests.fileno() not in ready:
            continue
        message, files, _, _ = socket.recv_fds(tests, _MOST_BYTES, 1)
        if not message:
            sys.exit()
        pid = os.fork()
        if not pid:
            tests.close()
            for pidfd in living:
                os.close(pidfd)
            _become(**json.loads(message), output=files[0])
            return
        os.close(files[0])
        living[os.pidfd_open(pid)] = pid
        tests.send(json.dumps([pid, None]).encode())


def _become(folder: str, words: list[str], environment: dict[str, str], output: int) -> None:
    """Have this process be as if it had just been started with these words, folder and variables."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding=encoding, errors=errors, closefd=False, buffering=1)
        for number, mode, errors in ((0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"))
    )
    sys.argv = ["", *words]
    sys.path[0] = folder


def main() -> None:
    for module in _IMPORTED:
        importlib.import_module(module)
    assert _KNOWS_ITS_PROCESS not in sys.modules
    assert threading.active_count() == 1
    _serve(socket.socket(fileno=int(sys.argv[1])))
    module, *sys.argv[1:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
