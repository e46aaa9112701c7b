"""The desk of a fleet: open it, list its machines, end one."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import os
import time
from pathlib import Path
from typing import Final, NoReturn

from tui import paths
from tui.bench.fleet.network import desk as network
from tui.bench.fleet.network import fleet_file
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.bench.fleet.network.scheduler import FleetScheduler
from tui.bench.fleet.network.tls import Unreachable
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_alone
from tui.cli.shared.session import stopped_by_signals
from tui.cli.shared.tables import fitted
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.records.fleet.network import MachineHere
from tui.text import units
from tui.text.escape import json_document, visible

_HERE, _AWAY, _ENDED = "here", "away", "ended"
_LARGEST_PORT: Final = 65535


def create(
    bind: str, port: int, join_file: Path, days: float, lost_after_s: float, console: Console, *, new: bool
) -> int:
    """Make or open the fleet, write the file to join with, and keep the fleet open until Ctrl-C."""
    log_to_file()
    address = _address(bind, port)
    join_file = paths.expanded(join_file).absolute()
    try:
        before = None if new else fleet_file.read_fleet()
        if paths.exists(join_file):
            fleet_file.read_join_file(join_file)
        fleet = (
            fleet_file.new_fleet(address, days) if before is None else fleet_file.opened_again(before, address, days)
        )
    except FleetError as error:
        raise Refused(f"{error}.") from error
    return asyncio.run(_keep_open(fleet_file.written_to(fleet, join_file), join_file, lost_after_s, console))


def status(console: Console, json_file: Path | None) -> int:
    """List the machines of the fleet; the exit code is 1 if the fleet is not open."""
    fleet = own_fleet()
    here: dict[str, MachineHere] = {}
    problem = ""
    try:
        here = {machine.name: machine for machine in asyncio.run(network.machines(fleet))}
    except Unreachable:
        problem = f"The fleet is not open at {fleet.address}; benchtop fleet create opens it."
    except FleetError as error:
        problem = f"{error}."
    code = ExitCode.MODEL_FAILED if problem else ExitCode.DONE
    names = sorted({*fleet.machines, *here})
    if json_file is not None:
        rows = [_as_dict(fleet, name, here.get(name)) for name in names]
        code = write_alone(json_file, json_document(json.dumps(rows, indent=2)) + "\n", console) or code
    elif names:
        headings = ("MACHINE", "STATE", "BENCHTOP", "GROUP", "JOINED")
        console.data(fitted(headings, [_row(fleet, name, here.get(name)) for name in names], console.out_width))
    else:
        console.say("No machine has joined yet; copy the file to join with, and run benchtop fleet join there.")
    if problem:
        console.say(problem)
    return code


def revoke(name: str, console: Console) -> int:
    """End the certificate of a machine."""
    fleet = own_fleet()
    try:
        ended = asyncio.run(network.revoke(fleet, name))
        file = Path(ended.join_file) if ended.join_file else None
        if file is not None:
            fleet_file.write_join_file(ended, file)
    except FleetError as error:
        raise Refused(f"{error}.") from error
    except OSError as error:
        raise Refused(f"{name} was ended, but the new file to join with cannot be written ({error}).") from error
    console.say(f"{name} was ended: its certificate is refused from now on.")
    if file is not None:
        console.say(f"{file} is new as well; copy it to machines that are yet to join. Those that have joined go on.")
    return ExitCode.DONE


async def _keep_open(fleet: Fleet, join_file: Path, lost_after_s: float, console: Console) -> int:
    stop = asyncio.Event()
    with stopped_by_signals(stop, _leave):
        try:
            # Dask opens its port only later, and the list of ended certificates has to be there before.
            fleet_file.write_fleet(fleet)
            scheduler = await FleetScheduler(fleet, console.warn, lost_after_s)
            fleet_file.write_join_file(fleet, join_file)
        except OSError as error:
            raise Refused(_why_not(error, fleet.address)) from error
        except RuntimeError as error:
            cause = error.__cause__
            if not isinstance(cause, OSError):
                raise
            raise Refused(_why_not(cause, fleet.address)) from error
        try:
            console.say(
                f"{join_file} is written: copy it to each machine, and run there: benchtop fleet join join.json"
            )
            console.say("Whoever has that file can run code on the machines of the fleet; send it in a way you trust.")
            console.warn(f"The fleet is open at {fleet.address}; Ctrl-C closes it.")
            await stop.wait()
        finally:
            await scheduler.close()
    console.say("The fleet is closed; its machines come back when it is opened again.")
    return ExitCode.DONE


def own_fleet() -> Fleet:
    """Read the fleet of this desk; refuse the command if there is none."""
    try:
        fleet = fleet_file.read_fleet()
    except FleetError as error:
        raise Refused(f"{error}.") from error
    if fleet is None:
        raise Refused("this machine is not the desk of a fleet; benchtop fleet create makes it one.")
    return fleet


def _address(bind: str, port: int) -> str:
    try:
        ip = ipaddress.ip_address(bind.strip("[]"))
    except ValueError:
        raise Refused(f"--bind {bind} is not an IP address of this machine such as 192.168.1.5.") from None
    if ip.is_unspecified:
        raise Refused(f"--bind {bind} would listen on every network; name the one address that machines connect to.")
    if port > _LARGEST_PORT:
        raise Refused(f"--port {port} is no port; there are those from 1 to {_LARGEST_PORT}.")
    return f"tls://[{ip}]:{port}" if ip.version == 6 else f"tls://{ip}:{port}"


def _why_not(error: OSError, address: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"{address} is in use; the fleet may be open already, else choose another --port."
        case errno.EADDRNOTAVAIL:
            return f"{address} is not an address of this machine; name one of its own with --bind."
        case errno.EACCES:
            return f"{address} may not be opened by you; choose a --port above 1023."
        case _:
            return f"the fleet cannot be opened at {address} ({error.strerror or error})."


def _state(fleet: Fleet, name: str, machine: MachineHere | None) -> str:
    own = fleet.machines.get(name)
    if own is not None and own.revoked:
        return _ENDED
    if machine is None:
        return _AWAY
    return f"{_HERE}, at work" if machine.busy else _HERE


def _row(fleet: Fleet, name: str, machine: MachineHere | None) -> tuple[str, ...]:
    state = _state(fleet, name, machine)
    if machine is None:
        return visible(name), state, units.UNKNOWN, units.UNKNOWN, units.UNKNOWN
    since = units.ago(time.time() - machine.joined_at)
    return visible(name), state, visible(machine.benchtop), visible(machine.group) or units.UNKNOWN, since


def _as_dict(fleet: Fleet, name: str, machine: MachineHere | None) -> dict[str, object]:
    own = fleet.machines.get(name)
    return {
        "name": name,
        "state": _state(fleet, name, machine).partition(",")[0],
        "busy": machine.busy if machine is not None else None,
        "benchtop": machine.benchtop if machine is not None else None,
        "group": machine.group if machine is not None else None,
        "certificate_expires_at": own.expires_at.isoformat() if own is not None else None,
    }


def _leave() -> NoReturn:
    os._exit(ExitCode.INTERRUPTED)
