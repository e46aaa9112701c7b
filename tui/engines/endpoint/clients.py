"""Several clients of one model on a server, each in a process of its own, so that many answers can be read at once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Final

from tui.engines.contract import Completed, Loaded, Pieces, Request, ServerWait
from tui.engines.endpoint.engine import EndpointEngine
from tui.probes import host
from tui.records import ExitCause, Model

CLIENT_START_S: Final = 60.0
"""How long a further client may take to start."""
CONNECTIONS_A_CLIENT: Final = 16
"""From twice as many connections on, a further client is worth its start."""
MOST_CLIENTS: Final = 8


class EndpointClients:
    """One client and, from many connections on, further ones: a single thread reads a few thousand tokens in a second,
    and would be what is measured.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._first = EndpointEngine(model)
        self._clients = [self._first]
        self._load_limit_s = math.inf
        self._used = self._clients
        """The clients that have connections of the present level."""
        self.cores = host.usable_cores() or 1
        """The cores over which clients may be spread."""

    @property
    def pid(self) -> int | None:
        """The server's process, if it runs on this machine."""
        return self._first.pid

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of all clients, and that of the server if it runs on this machine."""
        return tuple(dict.fromkeys(pid for client in self._clients for pid in client.pids))

    @property
    def alive(self) -> bool:
        """Whether all clients live."""
        return all(client.alive for client in self._clients)

    async def load(self, timeout_s: float) -> Loaded:
        """Start the first client; see ``Engine.load``."""
        self._load_limit_s = timeout_s
        loaded = await self._first.load(timeout_s)
        self._load_limit_s = math.inf
        return loaded

    def follow_waits(self, told: Callable[[ServerWait], None]) -> None:
        """See ``TellsWaits``. Further clients start only once the server has answered the first one."""

        def tell(wait: ServerWait) -> None:
            told(replace(wait, limit_s=min(wait.limit_s, self._load_limit_s)))

        self._first.told_waits = tell

    def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        """Stream the answer; a request that waits for its turn goes to the client with the most room."""
        client = min(self._used, key=lambda client: client.requests_a_connection) if request.queued else self._first
        return client.generate(request, silence_timeout_s)

    async def open_connections(self, count: int) -> None:
        """Open connections, spread over as many clients as the machine has cores for; see ``Engine``."""
        here = self._model.endpoint is not None and self._model.endpoint.is_here
        number = clients_for(count, self.cores, server_here=here)
        while len(self._clients) < number:
            client = EndpointEngine(self._model, is_further=True)
            await client.load(CLIENT_START_S)
            self._clients.append(client)
        self._used = self._clients[:number]
        shares = (count // number + (place < count % number) for place in range(number))
        await asyncio.gather(
            *(client.open_connections(share) for client, share in zip(self._used, shares, strict=True))
        )

    async def count_tokens(self, text: str) -> int | None:
        """Have the server's own tokenizer count; see ``CountsTokens``."""
        return await self._first.count_tokens(text)

    async def close(self) -> None:
        """End all clients, the first one last, since it leaves the server as it was before."""
        for client in reversed(self._clients):
            await client.close()

    def kill(self, cause: ExitCause | None = None) -> None:
        """End all clients at once; see ``Engine.kill``."""
        for client in self._clients:
            client.kill(cause)


def clients_for(connections: int, cores: int, *, server_here: bool) -> int:
    """How many processes share so many connections: to a server on this machine half of its cores are left."""
    most = cores // 2 if server_here else cores - 1
    return max(1, min(connections // CONNECTIONS_A_CLIENT, most, MOST_CLIENTS))
