"""Brings models to the machines of a fleet that lack them: each downloads, or they are copied from the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from tui.bench.fleet import wire
from tui.bench.fleet.coordination import Checked
from tui.bench.fleet.network.client import FleetClient, FleetClosed, MachineLeft
from tui.bench.fleet.network.tasks import Request
from tui.bench.fleet.pushing import Cargo, NotBrought, push
from tui.console import Console
from tui.text import units
from tui.text.escape import visible


@dataclass(frozen=True, slots=True)
class Bringing:
    """What one machine gets before it measures."""

    name: str
    copied: tuple[Cargo, ...]
    fetched_bytes: Mapping[str, int | None]
    """The models that it downloads, by their keys, with the sizes of the downloads."""

    @property
    def size_bytes(self) -> int:
        """How much comes to its disk at most."""
        return sum(one.size_bytes for one in self.copied) + sum(size or 0 for size in self.fetched_bytes.values())


def bringings(checks: Sequence[Checked], cargo: Mapping[str, Cargo], *, fetch: bool) -> list[Bringing]:
    """What each machine that lacks models gets: those of ``cargo`` from the desk, and others by a download."""
    found: list[Bringing] = []
    for checked in checks:
        models = checked.check.models if checked.check is not None else ()
        copied = tuple(
            cargo[one.key] for one in models if (one.problem or one.same_bytes is False) and one.key in cargo
        )
        keys = {one.key for one in copied}
        fetched = {one.key: one.fetch_bytes for one in models if fetch and one.problem and one.key not in keys}
        if copied or fetched:
            found.append(Bringing(checked.name, copied, fetched))
    return found


class Bringer:
    """Brings models to several machines at once, each at its own pace; a failure is told, and the others go on."""

    def __init__(self, client: FleetClient, plan_text: str, console: Console, stop: asyncio.Event) -> None:
        self._client, self._plan_text = client, plan_text
        self._console, self._stop = console, stop
        self._lines: dict[str, str] = {}

    async def bring(self, all_of: Sequence[Bringing]) -> None:
        """Bring everything; what is not there in the end stays missing."""
        await asyncio.gather(*(self._bring(one) for one in all_of))
        self._console.status("")

    async def _bring(self, one: Bringing) -> None:
        try:
            for cargo in one.copied:
                await push(self._client, one.name, cargo, self._stop, partial(self._show, one.name, cargo))
                self._console.say(f"{one.name}: {visible(cargo.key)} is there now, {units.size(cargo.size_bytes)}.")
            if one.fetched_bytes:
                await self._fetch(one)
        except (NotBrought, FleetClosed, MachineLeft) as error:
            self._console.warn(f"{one.name} does not get the models that it lacks: {visible(str(error)).rstrip('.')}.")
        except OSError as error:
            self._console.warn(f"a model cannot be read here ({error.strerror or error}); {one.name} does not get it.")
        finally:
            self._lines.pop(one.name, None)

    async def _fetch(self, one: Bringing) -> None:
        request = Request(command="fetch", plan=self._plan_text)
        async with aclosing(self._client.lines(one.name, request, self._stop)) as lines:
            async for line in lines:
                if isinstance(line, wire.StepLine):
                    self._tell(one.name, line.text)
                elif isinstance(line, wire.EndLine) and line.problem:
                    raise NotBrought(line.problem)
        self._console.say(f"{one.name} has downloaded what it lacked.")

    def _show(self, name: str, cargo: Cargo, there_bytes: int) -> None:
        share = units.percent(there_bytes / cargo.size_bytes if cargo.size_bytes else None)
        self._tell(name, f"{cargo.key} {share} of {units.size(cargo.size_bytes)}")

    def _tell(self, name: str, words: str) -> None:
        self._lines[name] = visible(f"{name}: {words}")
        self._console.status("   ".join(self._lines.values()))
