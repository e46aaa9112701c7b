"""The desk asks its scheduler, in short requests that need no client of Dask."""

from __future__ import annotations

import asyncio
from typing import Final

from tui.bench.fleet import wire
from tui.bench.fleet.network import dask_settings, fleet_file, tls
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.bench.fleet.network.tls import Unreachable
from tui.records.fleet.network import JoinFile, MachineHere

_ANSWER_S: Final = 20.0


def desk_file(fleet: Fleet) -> JoinFile:
    """Give what the desk connects to its own scheduler with."""
    return JoinFile(
        fleet_id=fleet.fleet_id,
        address=fleet.address,
        authority=fleet.authority.certificate,
        credentials=fleet.desk,
    )


def desk_security(fleet: Fleet) -> dask_settings.FleetSecurity:
    """The TLS settings of the desk."""
    return dask_settings.FleetSecurity(tls.context(fleet.desk, fleet.authority.certificate, listens=False))


async def machines(fleet: Fleet) -> list[MachineHere]:
    """List the machines that are in the fleet now.

    Raises:
        Unreachable: the fleet is not open.
    """
    return wire.decoded(await _ask(fleet, "benchtop_machines"), list[MachineHere])


async def revoke(fleet: Fleet, name: str) -> Fleet:
    """End the certificate of a machine, and its connection if the fleet is open; gives the fleet as it is then.

    Raises:
        FleetError: no machine has this name.
    """
    try:
        problem = (await _ask(fleet, "benchtop_revoke", name=name)).decode(errors="replace")
        if problem:
            raise FleetError(problem)
        return fleet_file.read_fleet() or fleet
    except Unreachable:
        ended = fleet_file.revoked(fleet, name)
        fleet_file.write_fleet(ended)
        return ended


async def _ask(fleet: Fleet, operation: str, **arguments: str) -> bytes:
    dask_settings.prepare()
    try:
        async with asyncio.timeout(_ANSWER_S):
            request = {"op": operation, "reply": True, **arguments}
            answer = await dask_settings.ask(fleet.address, desk_security(fleet), request)
    except (OSError, TimeoutError) as error:
        # Only a second connection tells the reason in words; a busy scheduler is spared it as long as it answers.
        await asyncio.to_thread(tls.knock, desk_file(fleet))
        raise Unreachable(f"{fleet.address} does not answer") from error
    if not isinstance(answer, bytes):
        raise Unreachable(f"{fleet.address} gives an answer that cannot be read")
    return answer
