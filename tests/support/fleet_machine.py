"""A machine of a fleet that behaves badly, or has another version: ``python -m tests.support.fleet_machine MODE ...``.

The arguments after the mode are those of ``benchtop``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import tui

GARBAGE = "print('not a line of ours'); import time; time.sleep(60)"
GIGABYTE = "import sys\nfor _ in range(1024): sys.stdout.buffer.write(b'x' * 2**20)"
MUTE = "import time; time.sleep(600)"
HELD = "held"
"""The mode in which the first run waits after some samples until it is asked to end; those that follow do not."""
HELD_AFTER_SAMPLES = 2
_HELD_S = 120.0
CHILDREN = {"garbage": GARBAGE, "gigabyte": GIGABYTE, "mute": MUTE}
OTHER_VERSION = "0.0.9"


def main() -> int:
    mode, *arguments = sys.argv[1:]
    sys.argv = ["benchtop", *arguments]
    if mode == "version":
        tui.__version__ = OTHER_VERSION
    # The version is read when the module is imported.
    from tui.bench.fleet.network import tasks
    from tui.cli import main as benchtop

    usual, has_held = tasks.child_command, threading.Event()

    def child_command(request: tasks.Request, *others: Any) -> list[str]:
        if mode in CHILDREN and request.command == "measure":
            return [sys.executable, "-c", CHILDREN[mode]]
        command = usual(request, *others)
        if mode == HELD and request.command == "measure" and not has_held.is_set():
            has_held.set()
            return [sys.executable, "-m", "tests.support.fleet_machine", HELD, *command[command.index("fleet") :]]
        return command

    def flood(content: bytes) -> None:
        request = tasks.decoded(content)
        assert request is not None
        if request.command == "measure":
            tasks.send_to_desk(request.topic, b"x" * 100_000_000)
        else:
            perform(content)

    perform = tasks.perform
    tasks.child_command = child_command
    if mode == "flood":
        tasks.perform = flood
    if mode == "mute":
        tasks.SILENCE_S = 2.0
    if mode == HELD and arguments[:2] == ["fleet", "measure"]:
        hold()
    return benchtop()


def hold() -> None:
    """Have this process, which measures, wait after some samples until the desk wants it to end."""
    from tui.bench import events
    from tui.bench.fleet import wire
    from tui.cli.fleet import measuring

    asked_to_end = threading.Event()
    usual_wait, usual_lines = measuring.wait_for_end_of_stdin, wire.lines_of
    done = 0

    def wait(end: Callable[[], object]) -> None:
        usual_wait(end)
        asked_to_end.set()

    def lines_of(event: events.Event) -> list[wire.Line]:
        nonlocal done
        done += isinstance(event, events.SampleFinished)
        if isinstance(event, events.SampleStarted) and done == HELD_AFTER_SAMPLES:
            asked_to_end.wait(_HELD_S)
        return usual_lines(event)

    measuring.wait_for_end_of_stdin, wire.lines_of = wait, lines_of


if __name__ == "__main__":
    sys.exit(main())
