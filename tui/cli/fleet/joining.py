"""A machine joins a fleet, and stays until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import NoReturn

from tui import paths
from tui.bench.fleet.network import fleet_file, machine, tasks
from tui.bench.fleet.network.fleet_file import FleetError
from tui.cli.shared.options import Refused
from tui.cli.shared.session import stopped_by_signals
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.records.fleet.network import JoinFile


def join(file: Path, name: str | None, group: str, console: Console, take_bytes: int = 0) -> int:
    """Join the fleet of a file under a name, and return the exit code once it is left.

    ``take_bytes`` is how much of models the desk may bring here.
    """
    tasks.takes_bytes = take_bytes
    log_to_file()
    try:
        fleet = fleet_file.read_join_file(paths.expanded(file))
        name = fleet_file.check_name(_own_name(fleet) if name is None else name)
        asyncio.run(_stay(fleet, name, group, console))
    except FleetError as error:
        raise Refused(f"{error}.") from error
    except OSError as error:
        raise Refused(f"the certificate of this machine cannot be kept ({error}); make room.") from error
    console.say("Left the fleet.")
    return ExitCode.DONE


async def _stay(fleet: JoinFile, name: str, group: str, console: Console) -> None:
    stop = asyncio.Event()
    with stopped_by_signals(stop, _leave):
        own = await machine.enrolled(fleet, name)
        await machine.stay(own, name, group, console.warn, stop)


def _own_name(fleet: JoinFile) -> str:
    """Give the name that this machine has in the fleet already; the first time it is made up.

    It tells nothing about the machine, since names stand in reports that are shared.
    """
    names = sorted(fleet_file.own_credentials(fleet))
    return names[0] if len(names) == 1 else f"machine-{secrets.token_hex(2)}"


def _leave() -> NoReturn:
    tasks.end_all(at_once=True)
    os._exit(ExitCode.INTERRUPTED)
