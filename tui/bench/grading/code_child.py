"""The child that runs the code of an answer and its tests. It is started as a file, and imports nothing of Benchtop.

It takes a job as JSON on stdin, and writes a line of JSON for each test: ``[token, true, ""]``, or false and a reason.
Before the code runs, it limits its own memory, processor time and files where the system can, leaves the network where
the system lets it (Linux), and refuses by an audit hook to open sockets, to start processes, to load libraries and to
write outside of its folder. That keeps mistakes of a model in their place; it is no wall against code that wants out,
so the user is asked before any of it runs.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

REFUSED = (
    *("socket.", "subprocess.", "ctypes.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill"),
    *("os.startfile", "winreg.", "os.putenv", "webbrowser.", "urllib.", "http.", "ftplib.", "smtplib.", "pty."),
)
"""Events of the audit hook that are refused; they are those of Python's table of audit events."""
REMOVING = ("os.remove", "os.rename", "os.rmdir", "os.chmod", "os.chown", "os.link", "os.symlink", "shutil.")
MOST_FILE_BYTES = 1 << 20
MOST_FILES = 64
MOST_REASON = 300


def main() -> None:
    """Run the job that stands on stdin."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    limit(int(job["memory_mb"]) << 20, int(job["seconds"]) + 1)
    leave_network()
    guard(Path.cwd().resolve())
    token = job["token"]
    names: dict[str, Any] = {"__name__": "__answer__", "__builtins__": builtins}
    problem = failure_of(job["code"], names, "answer")
    for number, test in enumerate(job["tests"], start=1):
        reason = problem or failure_of(test, names, f"test {number}")
        results.write(json.dumps([token, not reason, reason]) + "\n")
        results.flush()
    # Nothing that the code has left behind runs at the end.
    os._exit(0)


def failure_of(source: str, names: dict[str, Any], name: str) -> str:
    """Run a piece of code; returns why it failed, or an empty text."""
    try:
        exec(compile(source, name, "exec"), names)
    except AssertionError as error:
        return f"{name} fails: {source.strip()[:MOST_REASON]}{f' ({error})' if str(error) else ''}"
    except BaseException as error:  # noqa: BLE001
        return f"{name}: {type(error).__name__}: {error}"[:MOST_REASON]
    return ""


def limit(memory_bytes: int, seconds: int) -> None:
    """Limit memory, processor time, the size of files and their number, where the system can."""
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # on Windows, where the parent watches the memory
        return
    limits = (
        ("RLIMIT_AS", memory_bytes),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", MOST_FILE_BYTES),
        ("RLIMIT_NOFILE", MOST_FILES),
        ("RLIMIT_CORE", 0),
    )
    for name, most in limits:
        # The signal of the processor time tells why the child ends; one second later it is killed without a reason.
        hard = most + 1 if name == "RLIMIT_CPU" else most
        try:
            resource.setrlimit(getattr(resource, name), (most, hard))
        except (AttributeError, ValueError, OSError):
            continue


def leave_network() -> None:
    """Move into a network of its own, which has no way out, where the system has that (Linux, Python 3.12)."""
    unshare = getattr(os, "unshare", None)
    if unshare is None:
        return
    try:
        unshare(getattr(os, "CLONE_NEWUSER", 0) | getattr(os, "CLONE_NEWNET", 0))
    except OSError:
        return


def guard(folder: Path) -> None:
    """Refuse what code of an answer has no reason to do. A hook cannot be taken away again."""

    def inside(path: Any) -> bool:
        if isinstance(path, int):
            return True
        try:
            return Path(os.path.realpath(os.fsdecode(path))).is_relative_to(folder)
        except (TypeError, ValueError):
            return False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError(f"{event} is not allowed here")
        if event.startswith(REMOVING) and not all(inside(part) for part in arguments if isinstance(part, str | bytes)):
            raise PermissionError(f"{event} is not allowed outside of its folder")
        if event == "open" and len(arguments) > 1:
            mode, flags = arguments[1], arguments[2] if len(arguments) > 2 else 0
            writes = any(sign in str(mode or "") for sign in "wax+") or bool(
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            if writes and not inside(arguments[0]):
                raise PermissionError("writing is not allowed outside of its folder")

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
