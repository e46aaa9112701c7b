"""Bring a model from the desk to a machine, piece by piece; what has arrived before is not sent again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tui.bench.fleet import wire
from tui.bench.fleet.network.client import FleetClient, FleetClosed, MachineLeft
from tui.bench.fleet.network.receiving import PIECE_BYTES, Manifest
from tui.bench.fleet.network.tasks import Request
from tui.bench.fleet.planning import find
from tui.library.fleet.content import FileEntry, files_of, hash_of
from tui.records import Model
from tui.records.fleet.plan import FleetPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """A model of the desk that machines may lack."""

    key: str
    alias: str
    folder: Path
    content: str
    files: tuple[FileEntry, ...]

    @property
    def size_bytes(self) -> int:
        """The size of all its files."""
        return sum(entry.size_bytes for entry in self.files)


def cargo_of(plan: FleetPlan, models: Sequence[Model]) -> dict[str, Cargo]:
    """The models of a plan that this machine has with the bytes that the plan means, by their keys."""
    cargo: dict[str, Cargo] = {}
    for planned in plan.models:
        model = find(planned, models)
        if model is None or model.folder is None or planned.content is None:
            continue
        with contextlib.suppress(OSError, ValueError):
            entries = files_of(model.folder)
            if hash_of(entries) == planned.content:
                cargo[planned.key] = Cargo(
                    key=planned.key,
                    alias=planned.alias,
                    folder=model.folder,
                    content=planned.content,
                    files=entries,
                )
    return cargo


class NotBrought(Exception):
    """A model could not be brought to a machine; the message says why, without a full stop."""


async def push(
    client: FleetClient, machine: str, cargo: Cargo, stop: asyncio.Event, progress: Callable[[int], None]
) -> None:
    """Bring a model to a machine, which checks and registers it; ``progress`` is told how much is there.

    Raises:
        NotBrought: the machine does not take it, or is gone.
    """
    manifest = msgspec.json.encode(Manifest(cargo.content, cargo.alias, cargo.files)).decode()
    arrived = await _arrived(client, machine, Request(command="receive", plan=manifest), stop)
    for entry in cargo.files:
        while (offset := arrived.get(entry.name, 0)) < entry.size_bytes:
            progress(sum(arrived.values()))
            data = await asyncio.to_thread(_piece, cargo.folder / entry.name, offset)
            if not data:
                raise NotBrought(f"{entry.name} has become shorter on this machine")
            request = Request(command="receive", plan=manifest, file=entry.name, offset=offset, data=data)
            after = await _arrived(client, machine, request, stop)
            if after.get(entry.name, 0) <= offset:
                raise NotBrought("it has not kept what was sent")
            arrived = after
    progress(cargo.size_bytes)


async def _arrived(client: FleetClient, machine: str, request: Request, stop: asyncio.Event) -> Mapping[str, int]:
    """Send a request, and give how much of each file is there then."""
    sizes: dict[str, int] | None = None
    problem = "it gave no answer"
    try:
        async with contextlib.aclosing(client.lines(machine, request, stop)) as lines:
            async for line in lines:
                if isinstance(line, wire.ArrivedLine):
                    sizes = line.sizes_bytes
                elif isinstance(line, wire.EndLine) and line.problem:
                    problem, sizes = line.problem, None
    except (FleetClosed, MachineLeft) as error:
        raise NotBrought(str(error)) from error
    if stop.is_set():
        raise NotBrought("it was stopped")
    if sizes is None:
        raise NotBrought(problem)
    return sizes


def _piece(file: Path, offset: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(PIECE_BYTES)
