"""A machine of a fleet: it enrols, stays connected to the desk, and does one plan at a time.

It only connects to the desk. Dask wants every worker to listen; ours does so on loopback, for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from distributed import Worker

from tui import __version__ as benchtop_version
from tui import paths
from tui.bench.fleet import wire
from tui.bench.fleet.network import certificates, dask_settings, fleet_file, tasks, tls
from tui.bench.fleet.network.fleet_file import FleetError
from tui.bench.fleet.network.scheduler import Enrolment
from tui.bench.fleet.network.tls import Refused, Unreachable
from tui.bench.fleet.wire import PROTOCOL
from tui.engines.process.scratch import scratch_prefix, sweep_scratch
from tui.records.fleet.network import Credentials, JoinFile
from tui.text import escape

RESOURCE: Final = "MACHINE"
"""The resource of which each machine has one, so that it does one task at a time."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_ENROLMENT_S: Final = 30.0
_REGISTRATION_S: Final = 60.0
_VERSION_S: Final = 10.0
_SHOWN_VERSION: Final = 40


class MachineWorker(Worker):
    """A Dask worker that nobody can connect to."""

    def __init__(self, join: JoinFile, name: str, group: str, folder: str) -> None:
        connects = tls.context(join.credentials, join.authority, listens=False)
        listens = tls.context(join.credentials, join.authority, listens=True)
        base: Any = super()
        base.__init__(
            join.address,
            name=name,
            nthreads=1,
            resources={RESOURCE: 1},
            memory_limit=0,
            host="127.0.0.1",
            protocol="tls",
            security=dask_settings.FleetSecurity(connects, listens),
            dashboard=False,
            local_directory=folder,
            startup_information={
                name: partial(_constant, value)
                for name, value in (
                    ("benchtop", benchtop_version),
                    ("protocol", PROTOCOL),
                    ("group", group),
                    ("takes_bytes", tasks.takes_bytes),
                )
            },
        )

    def start_http_server(self, *_others: Any, **_named: Any) -> None:
        """Start no web server."""

    async def _register_with_scheduler(self) -> None:
        # Dask knows a worker by its address. This one is unique, of a range that leads nowhere (RFC 6666).
        number = secrets.token_hex(8)
        self.contact_address = f"tls://[100::{':'.join(number[at : at + 4] for at in range(0, 16, 4))}]:1"
        await super()._register_with_scheduler()

    def handle_comm(self, comm: Any) -> Any:
        """Talk to nobody who connects."""
        comm.abort()
        return dask_settings.nothing()


def _constant(value: str | int, _worker: object) -> str | int:
    return value


async def stay(join: JoinFile, name: str, group: str, say: Callable[[str], None], stop: asyncio.Event) -> None:
    """Belong to the fleet until ``stop`` is set; a connection that was lost is made again.

    Raises:
        Refused: the certificate of this machine is not accepted, or is no longer.
        FleetError: another machine has the name.
    """
    dask_settings.prepare()
    # A machine that was killed has left its folder behind.
    await asyncio.to_thread(sweep_scratch)
    wait_s, told = _FIRST_WAIT_S, False
    while not stop.is_set():
        try:
            await asyncio.to_thread(tls.knock, join)
            await _stay_once(join, name, group, say, stop)
            wait_s, told = _FIRST_WAIT_S, False
            if not stop.is_set():
                say("The connection to the desk was lost; connecting again.")
        except Unreachable as error:
            if not told:
                say(f"{error}; trying again until it can be.")
            told = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


async def _stay_once(join: JoinFile, name: str, group: str, say: Callable[[str], None], stop: asyncio.Event) -> None:
    folder = await asyncio.to_thread(paths.make_scratch_folder, scratch_prefix())
    worker: Any = None
    try:
        async with asyncio.timeout(_REGISTRATION_S):
            worker = await MachineWorker(join, name, group, str(folder))
        say(f"Joined as {name}; Ctrl-C leaves.")
        if words := await _other_version(worker):
            say(words)
        finished, stopped = asyncio.ensure_future(worker.finished()), asyncio.ensure_future(stop.wait())
        await asyncio.wait({finished, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (finished, stopped):
            waiting.cancel()
    except TimeoutError as error:
        raise Unreachable(f"{join.address} does not answer") from error
    except (RuntimeError, ValueError) as error:
        if "has joined already" in str(error) or "has joined already" in str(error.__cause__):
            raise Unreachable(f"the name {name} is in use in the fleet") from error
        raise Unreachable(f"{join.address} broke off the connection") from error
    finally:
        tasks.end_all()
        if worker is not None:
            with contextlib.suppress(Exception):
                await worker.close(timeout=5, executor_wait=False)
        shutil.rmtree(folder, ignore_errors=True)


async def _other_version(worker: Any) -> str:
    """Ask the desk for its version, and say what to do if it is another one; empty if not, or if it does not tell."""
    try:
        async with asyncio.timeout(_VERSION_S):
            told = await worker.scheduler.benchtop_version()
    except (OSError, TimeoutError, ValueError, AttributeError, TypeError, KeyError):
        # A desk of an earlier version does not know the question.
        return ""
    if not isinstance(told, str) or told == benchtop_version:
        return ""
    desk = escape.visible(told)[:_SHOWN_VERSION]
    return (
        f"This machine has Benchtop {benchtop_version}, the desk {desk}: the desk starts no benchmark here without "
        f"--anyway, since numbers of two versions may not compare. Leave with Ctrl-C, install the desk's version "
        f"(pip install 'foundry-benchtop[fleet]=={desk}'), and join again."
    )


async def enrolled(join: JoinFile, name: str) -> JoinFile:
    """Give the fleet with the certificate that this machine has under a name; the first time the desk signs one.

    Raises:
        Unreachable: the desk does not answer.
        FleetError: it refuses.
    """
    own = fleet_file.own_credentials(join).get(name)
    if own is not None:
        return fleet_file.with_credentials(join, own)
    dask_settings.prepare()
    await asyncio.to_thread(tls.knock, join)
    key, request = certificates.new_request()
    security = dask_settings.FleetSecurity(tls.context(join.credentials, join.authority, listens=False))
    try:
        async with asyncio.timeout(_ENROLMENT_S):
            content = await dask_settings.ask(
                join.address, security, {"op": "benchtop_enrol", "name": name, "request": request}
            )
        answer = wire.decoded(cast("bytes", content), Enrolment)
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"{join.address} broke off the connection") from error
    except wire.NotReadable as error:
        raise Refused(f"{join.address} gives an answer that cannot be read") from error
    if answer.problem:
        raise FleetError(answer.problem)
    credentials = Credentials(answer.certificate, key)
    fleet_file.write_own_credentials(join, name, credentials)
    return fleet_file.with_credentials(join, credentials)
