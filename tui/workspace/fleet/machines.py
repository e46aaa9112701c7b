"""The machines of the fleet for the workbench: who is here, and one question on several of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.bench.events import Event
from tui.bench.fleet.extra import lacking
from tui.config.fleet.plan_text import id_of, plan_members, plan_text
from tui.lazy import lazy_module
from tui.records import Model, QuestionSettings
from tui.records.fleet.view import MachineRow
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.workspace.questions import question_plan
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.bench.fleet import asking, coordination, planning
    from tui.bench.fleet.network import client as network
    from tui.bench.fleet.network import fleet_file
else:
    # All bring Dask, which an installation without the extra lacks.
    asking = lazy_module("tui.bench.fleet.asking")
    coordination = lazy_module("tui.bench.fleet.coordination")
    planning = lazy_module("tui.bench.fleet.planning")
    network = lazy_module("tui.bench.fleet.network.client")
    fleet_file = lazy_module("tui.bench.fleet.network.fleet_file")

MOST_ASKED = 4
"""So many machines are asked at once, as so many answers fit side by side."""
_NOT_A_DESK = "This machine has no fleet yet; benchtop fleet create makes one."


def column_of(machine: str, model: Model) -> Model:
    """The model under the name of a machine, as the heading of its answer."""
    return Model(alias=machine, practice=model.practice)


class NoFleet(Exception):
    """There is no fleet to ask now; the message is a sentence on why, and on what to do."""


class MachineDesk:
    """The connection of the workbench to its fleet."""

    def __init__(
        self, workspace: Workspace, fleet: fleet_file.Fleet, client: network.FleetClient, history: History
    ) -> None:
        self._workspace, self._fleet, self._client, self._history = workspace, fleet, client, history
        self._question: asking.FleetQuestion | None = None
        self._is_preparing = self._is_stopped = False
        """Whether a question is being prepared, and whether it is to be stopped."""

    @property
    def is_open(self) -> bool:
        """Whether the fleet is open."""
        return self._client.is_open

    @property
    def is_asking(self) -> bool:
        """Whether a question is being answered."""
        return self._is_preparing or self._question is not None

    @property
    def machines(self) -> tuple[MachineRow, ...]:
        """All machines that belong to the fleet, by name."""
        joined = (name for name, machine in self._fleet.machines.items() if not machine.revoked)
        return tuple(self._row(name) for name in sorted({*joined, *self._client.machines}))

    def stop(self) -> None:
        """Have all machines end their answers."""
        self._is_stopped = True
        if self._question is not None:
            self._question.stop()

    async def ask(
        self, model: Model, text: str, settings: QuestionSettings, names: Sequence[str]
    ) -> AsyncGenerator[Event]:
        """Ask a question of one model on these machines, and yield the events of ``bench.events``.

        The key of each event is the name of the machine.
        """
        self._is_preparing, self._is_stopped = True, False
        try:
            question = await asyncio.to_thread(self._question_of, model, text, settings)
            here = self._client.machines
            groups = {name: here[name].group if name in here else "" for name in names[:MOST_ASKED]}
            self._question = asked = asking.FleetQuestion(self._client, self._history, question, groups)
            if self._is_stopped:
                asked.stop()
            async with aclosing(asked.events()) as events:
                async for event in events:
                    yield event
            await self._client.until_free(groups)
        finally:
            self._is_preparing, self._question = False, None

    def _question_of(self, model: Model, text: str, settings: QuestionSettings) -> asking.Question:
        plan = planning.portable_plan(question_plan(self._workspace, (model,), text, settings))
        return asking.Question(replace(plan, id=id_of(plan_members(plan))), plan_text(plan))

    def _row(self, name: str) -> MachineRow:
        machine = self._client.machines.get(name)
        if machine is None:
            return MachineRow(name=name, state="away", why_not=coordination.why_not(None))
        return MachineRow(
            name=name,
            state="at work" if machine.busy else "here",
            group=machine.group,
            benchtop=machine.benchtop,
            why_not=coordination.why_not(machine),
        )


@asynccontextmanager
async def machine_desk(workspace: Workspace) -> AsyncGenerator[MachineDesk]:
    """Connect to the fleet of this machine for the time of a block.

    Raises:
        NoFleet: there is none, it is not open, or it cannot be used.
    """
    if (problem := lacking()) != "":
        raise NoFleet(f"{problem[:1].upper()}{problem[1:]}.")
    if workspace.history_file is None:
        raise NoFleet("Runs are not kept here, and the answers of machines are kept in the history.")
    fleet = await asyncio.to_thread(_own_fleet)
    async with AsyncExitStack() as stack:
        try:
            history = History(workspace.history_file)
            stack.callback(history.close)
            client = await stack.enter_async_context(network.connected(fleet))
        except HistoryError as error:
            raise NoFleet(f"{error}.") from error
        except fleet_file.FleetError as error:
            raise NoFleet(f"The fleet is not open ({error}); benchtop fleet create opens it.") from error
        yield MachineDesk(workspace, fleet, client, history)


def _own_fleet() -> fleet_file.Fleet:
    """Read the fleet; the first call imports Dask, so this is called in a thread."""
    try:
        fleet = fleet_file.read_fleet()
    except fleet_file.FleetError as error:
        raise NoFleet(f"{error}.") from error
    if fleet is None:
        raise NoFleet(_NOT_A_DESK)
    # The modules that the loop needs next are imported here as well.
    _ = (network.FleetClient, asking.FleetQuestion)
    return fleet
