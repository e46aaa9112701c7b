"""The scheduler of a fleet, on the desk: it lets machines in, passes plans to them and their lines back."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from distributed import Scheduler
from distributed.comm.core import CommClosedError

from tui import __version__
from tui.bench.fleet.network import dask_settings, fleet_file, tls
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.records.fleet.network import MachineHere, Peer, Role
from tui.text import escape

_TAKEN: Final = "has joined already; a machine that was cut off can join again after {} s"
_SHOWN_NAME_CHARACTERS: Final = 60


class Enrolment(msgspec.Struct, frozen=True):
    """The answer to a machine that asks for a certificate of its own."""

    certificate: str = ""
    problem: str = ""


class FleetScheduler(Scheduler):
    """A Dask scheduler that knows its peers by their certificates, and listens on one address only."""

    def __init__(self, fleet: Fleet, say: Callable[[str], None], lost_after_s: float) -> None:
        """``say`` is told in one sentence who joins, leaves and is refused.

        A machine that gives no sign of life for ``lost_after_s`` has left.
        """
        self._fleet = fleet
        self._say = say
        self._lost_after_s = lost_after_s
        self._comms_by_serial: dict[str, weakref.WeakSet[Any]] = {}
        self._joined_at: dict[str, float] = {}
        host, port = tls.host_and_port(fleet.address)
        dask_settings.prepare(lambda address, why: say(f"Refused a connection from {_host_of(address)}: {why}."))
        self._listens = tls.context(
            fleet.scheduler, fleet.authority.certificate, listens=True, revoked=fleet_file.revocation_file()
        )
        connects = tls.context(fleet.scheduler, fleet.authority.certificate, listens=False)
        base: Any = super()
        base.__init__(
            host=host,
            port=port,
            protocol="tls",
            security=dask_settings.FleetSecurity(connects, self._listens),
            worker_ttl=lost_after_s,
            dashboard=False,
            dashboard_address="127.0.0.1:0",
        )
        handlers = cast("dict[str, Any]", cast("Any", self).handlers)
        handlers |= {"benchtop_machines": self.benchtop_machines, "benchtop_revoke": self.benchtop_revoke}
        handlers["benchtop_version"] = self.benchtop_version

    def start_http_server(self, *_others: Any, **_named: Any) -> None:
        """Start no web server."""

    def handle_comm(self, comm: Any) -> Any:
        """Let a connection in if its certificate is of this fleet; one with the certificate to join may only enrol."""
        peer = _peer_of(comm)
        if peer is None or peer.fleet_id != self._fleet.fleet_id:
            comm.abort()
            return dask_settings.nothing()
        self._comms_by_serial.setdefault(peer.serial, weakref.WeakSet()).add(comm)
        return self._let_enrol(comm) if peer.role is Role.JOIN else super().handle_comm(comm)

    async def add_worker(self, comm: Any, *, name: str, **others: Any) -> None:
        """Let a machine in under the name that its certificate has."""
        peer = _peer_of(comm)
        if peer is None or peer.role is not Role.MACHINE or peer.name != name:
            comm.abort()
            return
        if name in self.aliases:
            why = f"{name} {_TAKEN.format(f'{self._lost_after_s:g}')}"
            # Dask reads the time before it reads the status.
            await comm.write({"status": "error", "message": why, "time": time.time()})
            return
        self._joined_at[name] = time.time()
        self._say(f"{_shown(name)} has joined.{_other_version(others.get('extra'))}")
        base: Any = super()
        await base.add_worker(comm, name=name, **others)

    async def remove_worker(self, address: str, **others: Any) -> Any:
        """Note that a machine has left."""
        state = self.workers.get(address)
        base: Any = super()
        result = await base.remove_worker(address, **others)
        if state is not None:
            self._joined_at.pop(str(state.name), None)
            self._say(f"{_shown(state.name)} has left.")
        return result

    async def add_client(self, comm: Any, *others: Any, **named: Any) -> None:
        """Let only the desk hand out work."""
        peer = _peer_of(comm)
        if peer is None or peer.role is not Role.DESK:
            comm.abort()
            return
        base: Any = super()
        await base.add_client(comm, *others, **named)

    async def benchtop_version(self, comm: Any) -> str:
        """Tell a machine which Benchtop the desk has."""
        self._allow(comm, Role.MACHINE)
        return __version__

    async def benchtop_machines(self, comm: Any) -> bytes:
        """List the machines that have joined, as JSON."""
        self._allow(comm, Role.DESK)
        now_s = time.time()
        states: Any = self.workers.values()
        return msgspec.json.encode([self._machine(state, now_s) for state in states])

    def _machine(self, state: Any, now_s: float) -> MachineHere:
        protocol = state.extra.get("protocol")
        return MachineHere(
            name=str(state.name),
            benchtop=str(state.extra.get("benchtop", ""))[:_SHOWN_NAME_CHARACTERS],
            protocol=protocol if isinstance(protocol, int) else 0,
            group=str(state.extra.get("group", ""))[:_SHOWN_NAME_CHARACTERS],
            takes_bytes=takes if isinstance(takes := state.extra.get("takes_bytes"), int) else 0,
            busy=bool(state.processing),
            joined_at=self._joined_at.get(str(state.name), now_s),
            seen_s=max(0.0, now_s - state.last_seen),
        )

    async def benchtop_revoke(self, comm: Any, name: str) -> bytes:
        """End the certificate of a machine, and its connections; the answer is a sentence on why not, or empty."""
        self._allow(comm, Role.DESK)
        try:
            self._take(fleet_file.revoked(self._fleet, name))
        except FleetError as error:
            return str(error).encode()
        tls.reload_revoked(self._listens, fleet_file.revocation_file())
        for serial in self._fleet.revoked_serials:
            for open_comm in self._comms_by_serial.pop(serial.lstrip("0"), ()):
                open_comm.abort()
        address = self.aliases.get(name)
        if address is not None:
            await self.remove_worker(address, stimulus_id=f"revoked-{time.time()}", close=False)
        self._say(f"{_shown(name)} was ended: its certificate is refused from now on.")
        return b""

    def _enrol(self, name: str, request: str) -> Enrolment:
        """Sign the key of a machine that joins for the first time."""
        try:
            fleet, certificate = fleet_file.enrolled(self._fleet, name, request)
        except FleetError as error:
            return Enrolment(problem=str(error))
        self._take(fleet)
        return Enrolment(certificate=certificate)

    async def _let_enrol(self, comm: Any) -> None:
        """Answer one request for a certificate, and close."""
        try:
            message: Any = await comm.read()
            if isinstance(message, dict):
                asked = cast("dict[str, object]", message)
                enrolment = self._enrol(str(asked.get("name", "")), str(asked.get("request", "")))
                await comm.write(msgspec.json.encode(enrolment))
            await comm.close()
        except (CommClosedError, OSError):
            comm.abort()

    def _take(self, fleet: Fleet) -> None:
        fleet_file.write_fleet(fleet)
        self._fleet = fleet

    @property
    def fleet(self) -> Fleet:
        """The fleet as it stands."""
        return self._fleet

    def _allow(self, comm: Any, role: Role) -> None:
        peer = _peer_of(comm)
        if peer is None or peer.role is not role:
            comm.abort()
            raise CommClosedError(f"only the {role.value} may ask for this")


def _other_version(extra: object) -> str:
    """Say what another version of Benchtop than the desk's means for a machine; empty if it has the same."""
    told = cast("dict[str, object]", extra).get("benchtop") if isinstance(extra, dict) else None
    if not isinstance(told, str) or told == __version__:
        return ""
    return (
        f" It has Benchtop {_shown(told)}, and this desk {__version__}: no benchmark starts there without --anyway. "
        "Install the same version on both."
    )


def _peer_of(comm: Any) -> Peer | None:
    return tls.peer_in(comm.extra_info.get("peercert"))


def _host_of(address: str) -> str:
    return address.removeprefix(tls.PREFIX).rpartition(":")[0]


def _shown(name: object) -> str:
    return escape.visible(str(name))[:_SHOWN_NAME_CHARACTERS]
