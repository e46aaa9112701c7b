"""The start of the child process of Foundry Local: ``python -m tui.engines.foundry.child_main``.

Fd 1 is put aside for frames before the SDK is imported, since native code prints on it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdout
from tui.probes import own
from tui.system import processes


def serve(inbox: Inbox, outbox: Outbox) -> None:
    """Carry out one command after the other; a failure of the runtime is reported, and the next command taken."""
    carry_out: Callable[[wire.Task], None] | None = None
    while True:
        command = inbox.commands.get()
        request_id = command.request_id if isinstance(command, wire.Generate) else 0
        try:
            if carry_out is None:
                # It imports the SDK, which must come after fd 1 is put aside, and whose failure the parent is to get.
                from tui.engines.foundry.child import FoundryChild

                gc.enable()
                carry_out = FoundryChild(inbox, outbox).carry_out
            carry_out(command)
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            outbox.put(wire.Failed(request_id, str(error) or type(error).__name__))


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    # Nothing of what is imported is garbage.
    gc.disable()
    own.volunteer_for_oom()
    processes.adopt_orphans()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    serve(Inbox(), Outbox(fd))


if __name__ == "__main__":
    main()
