"""A machine of a fleet that behaves badly, or has another version: ``python -m tests.support.fleet_machine MODE ...``.

The arguments after the mode are those of ``benchtop``.
"""

from __future__ import annotations

import sys
from typing import Any

import tui

GARBAGE = "print('not a line of ours'); import time; time.sleep(60)"
GIGABYTE = "import sys\nfor _ in range(1024): sys.stdout.buffer.write(b'x' * 2**20)"
MUTE = "import time; time.sleep(600)"
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

    usual = tasks.child_command

    def child_command(request: tasks.Request, *others: Any) -> list[str]:
        if mode in CHILDREN and request.command == "measure":
            return [sys.executable, "-c", CHILDREN[mode]]
        return usual(request, *others)

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
    return benchtop()


if __name__ == "__main__":
    sys.exit(main())
