"""Dask as a fleet uses it: TLS of our own, bounded messages, no web server, and nothing that takes a machine's time."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any, Final, cast

import dask.config
from distributed.comm import core, tcp
from distributed.comm.registry import backends
from distributed.security import Security

from tui.bench.fleet.network import tls
from tui.records.fleet.network import Role

MOST_MESSAGE_BYTES: Final = 64 * 1024**2
"""A connection over which a larger message begins to come is closed."""

_NO_LIMIT_S: Final = 3600.0

_SETTINGS: Final[dict[str, object]] = {
    "distributed.comm.require-encryption": True,
    "distributed.comm.timeouts.connect": "30s",
    "distributed.comm.timeouts.tcp": "60s",
    "distributed.comm.retry.count": 2,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.preload": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": [],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.admin.low-level-log-length": 100,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.limit": "60s",
}


class MessageTooLarge(OSError):
    """Somebody began to send more in one message than anybody in a fleet has to say."""


def prepare(refused: Callable[[str, str], None] | None = None) -> None:
    """Set Dask up in this process, whatever the user's own files for it say.

    ``refused`` is told the address of each connection that TLS refuses, and why.
    """
    dask.config.set(_SETTINGS)
    backends["tls"] = _Backend(refused)
    for name in ("distributed", "distributed.client", "tornado", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
        logging.getLogger(name).propagate = False


class FleetSecurity(Security):
    """TLS settings with a list of ended certificates, which Dask's own do not know."""

    __slots__ = ("connects", "listens")

    def __init__(self, connects: ssl.SSLContext, listens: ssl.SSLContext | None = None) -> None:
        base: Any = super()
        base.__init__(require_encryption=True)
        self.connects, self.listens = connects, listens

    def get_connection_args(self, role: str) -> dict[str, Any]:  # noqa: ARG002
        return {"ssl_context": self.connects, "require_encryption": True, "extra_conn_args": {}}

    def get_listen_args(self, role: str) -> dict[str, Any]:  # noqa: ARG002
        return {"ssl_context": self.listens or self.connects, "require_encryption": True}


async def ask(address: str, security: FleetSecurity, request: dict[str, str | bool]) -> object:
    """Connect once, send one request, and give its answer.

    The caller limits the time: a busy scheduler needs long for a connection, and trying again would only add to it.

    Raises:
        OSError: the other side does not answer, or is not the scheduler of the fleet.
    """
    arguments = security.get_connection_args("client")
    comm = await cast("Any", core).connect(address, timeout=_NO_LIMIT_S, once=True, **arguments)
    try:
        peer = tls.peer_in(comm.extra_info.get("peercert"))
        if peer is None or peer.role is not Role.SCHEDULER:
            raise core.CommClosedError("the certificate is not that of a scheduler")
        await comm.write(request)
        return await comm.read()
    finally:
        comm.abort()


async def nothing() -> None:
    """What a connection that is not let in gives to Dask to wait for."""


class _Comm(tcp.TLS):
    """A connection whose messages have a bound."""

    def __init__(self, stream: Any, *others: Any, **named: Any) -> None:
        read_into = stream.read_into

        def bounded(buffer: Any, partial: bool = False) -> Any:
            if len(buffer) > MOST_MESSAGE_BYTES:
                raise MessageTooLarge(f"a message of {len(buffer)} bytes")
            return read_into(buffer, partial)

        stream.read_into = bounded
        super().__init__(stream, *others, **named)


class _Connector(tcp.TLSConnector):
    comm_class = _Comm

    async def connect(self, address: str, deserialize: bool = True, once: bool = False, **connection_args: Any) -> Any:
        """Connect as Dask does; with ``once`` the first failure is the last, where Dask would try again and again."""
        base: Any = super()
        try:
            return await base.connect(address, deserialize, **connection_args)
        except OSError as error:
            if once and not isinstance(error, core.FatalCommClosedError):
                raise core.FatalCommClosedError(str(error)) from error
            raise


class _Listener(tcp.TLSListener):
    comm_class = _Comm
    refused: Callable[[str, str], None] | None = None

    async def _prepare_stream(self, stream: Any, address: str) -> Any:
        try:
            await stream.wait_for_handshake()
        except OSError as error:
            if self.refused is not None:
                self.refused(address, tls.why_refused(getattr(error, "real_error", None) or error))
            return None
        return stream


class _Backend(tcp.TLSBackend):
    _connector_class = _Connector

    def __init__(self, refused: Callable[[str, str], None] | None) -> None:
        self._refused = refused

    def get_listener(self, loc: Any, handle_comm: Any, deserialize: Any, **connection_args: Any) -> Any:
        listener = _Listener(loc, handle_comm, deserialize, **connection_args)
        listener.refused = self._refused
        return listener
