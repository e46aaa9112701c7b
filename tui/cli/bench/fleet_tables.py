"""What ``benchtop bench --fleet`` shows: the check of all machines, a line for each as it measures, and the outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tui.bench.fleet.coordination import Checked, MachineProgress, MachineState
from tui.cli.fleet.bringing import Bringing
from tui.cli.shared.tables import fitted
from tui.console import Console
from tui.measure.timing.summary import summarize
from tui.records import ModelStatus, RunRecord
from tui.records.fleet.network import MachineCheck, MachineHere
from tui.text import units
from tui.text.cells import padded
from tui.text.escape import visible

_REPAINT_S: Final = 0.5
_LOG_S: Final = 10.0
_BAR_CELLS: Final = 20
_AFTER_TIME: Final = 8
_LEAST_DISK_BYTES: Final = 16 << 20
"""With less room than this a history may not take a run."""
_POWER: Final = {True: "battery", False: "mains", None: units.UNKNOWN}


def checks_table(
    checks: Sequence[Checked],
    machines: Mapping[str, MachineHere],
    width: int | None,
    brought_bytes: Mapping[str, int] | None = None,
) -> str:
    """Set the answers of all machines in a table; ``remarks`` tell why some will not start.

    ``brought_bytes`` is how much of models comes to machines first; it adds a column.
    """
    headings = ["MACHINE", "VERSION", "SYSTEM", "FREE RAM", "DISK", "POWER", "MODELS", "TIME", "START"]
    rows = [list(_check_row(checked, machines.get(checked.name))) for checked in checks]
    right = (3, 4, 7)
    if brought_bytes:
        right = (3, 4, 7, 8)
        headings.insert(_AFTER_TIME, "TO BRING")
        for checked, row in zip(checks, rows, strict=True):
            size = brought_bytes.get(checked.name)
            row.insert(_AFTER_TIME, units.size(size))
            row[-1] = "then" if size is not None and row[-1] == "no" else row[-1]
    return fitted(tuple(headings), [tuple(row) for row in rows], width, right=right, flexible=2)


def to_bring(brought: Sequence[Bringing]) -> Iterator[str]:
    """Tell what comes to each machine before it measures, and how large it is."""
    for one in brought:
        for cargo in one.copied:
            yield f"{one.name}: {visible(cargo.key)} is copied there first, {units.size(cargo.size_bytes)}."
        for key, size_bytes in one.fetched_bytes.items():
            if size_bytes is None:
                yield f"{one.name}: {visible(key)} is looked for in its catalogue, and downloaded if it is there."
            else:
                yield f"{one.name}: {visible(key)} is downloaded there first, {units.size(size_bytes)}."


def _check_row(checked: Checked, machine: MachineHere | None) -> tuple[str, ...]:
    version = visible(machine.benchtop) if machine is not None else units.UNKNOWN
    check = checked.check
    if check is None:
        unknown = [units.UNKNOWN] * 6
        return visible(checked.name), version, *unknown, "no"
    here = sum(not model.problem for model in check.models)
    return (
        visible(checked.name),
        version,
        visible(check.environment.os),
        units.size(check.free_ram_bytes),
        units.size(check.free_disk_bytes),
        _POWER[check.environment.on_battery],
        f"{here} of {len(check.models)}",
        units.clock(check.expected_s),
        "yes" if here else "no",
    )


def remarks(checks: Sequence[Checked], brought: Sequence[Bringing] = ()) -> Iterator[str]:
    """Tell why machines do not start, and of each model that is missing, has other bytes, or will not fit.

    Nothing is told of models that are brought first.
    """
    coming = {one.name: {*(cargo.key for cargo in one.copied), *one.fetched_bytes} for one in brought}
    for checked in checks:
        keys = coming.get(checked.name, set[str]())
        if checked.problem:
            yield f"{checked.name} does not start: {checked.problem}."
        elif checked.check is not None and not keys and all(model.problem for model in checked.check.models):
            yield f"{checked.name} does not start: none of the models can be run there."
        elif checked.check is not None and _is_full(checked.check):
            yield (
                f"{checked.name}: its disk has {units.size(checked.check.free_disk_bytes)} left; it measures, but only "
                "the desk's history may keep the run."
            )
        for model in checked.check.models if checked.check is not None else ():
            where = f"{checked.name}: {model.key}"
            if model.key in keys:
                continue
            if model.problem:
                yield f"{where} fails: {model.problem}."
            elif model.same_bytes is False:
                yield f"{where} has other bytes than the plan means; it is measured, and the result says so."
            if model.will_not_fit:
                yield f"{where} will not fit: {model.will_not_fit.rstrip('.')}."


def _is_full(check: MachineCheck) -> bool:
    return check.free_disk_bytes is not None and check.free_disk_bytes < _LEAST_DISK_BYTES


class ProgressLines:
    """A line for each machine: repainted on a terminal, and now and then in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._painted_s = 0.0
        self._told: dict[str, tuple[MachineState, int]] = {}
        self._told_s: dict[str, float] = {}
        self._notices: dict[str, int] = {}

    def show(self, machines: Mapping[str, MachineProgress]) -> None:
        """Show how far all machines are."""
        for one in machines.values():
            for text in one.notices[self._notices.get(one.name, 0) :]:
                self._console.warn(f"{one.name}: {text}")
            self._notices[one.name] = len(one.notices)
            self._log(one)
        now_s = time.monotonic()
        if now_s - self._painted_s >= _REPAINT_S:
            self._painted_s = now_s
            width = max(len(name) for name in machines)
            self._console.block([_line(one, width) for one in machines.values()])

    def _log(self, one: MachineProgress) -> None:
        """Write a line when the state of a machine changes and, where no block is shown, when it has come further."""
        state, done = self._told.get(one.name, (None, -1))
        now_s = time.monotonic()
        further = one.done != done and now_s - self._told_s.get(one.name, -_LOG_S) >= _LOG_S
        if one.state is state and (self._console.repaints or not further):
            return
        self._told[one.name], self._told_s[one.name] = (one.state, one.done), now_s
        if one.state is not state and one.state in (MachineState.LOST, MachineState.FAILED):
            self._console.warn(_line(one, 0))
        elif not self._console.repaints:
            self._console.say(_line(one, 0))


def _line(one: MachineProgress, width: int) -> str:
    name = padded(visible(one.name), width)
    if one.state is MachineState.WAITING and one.group:
        return f"{name}  waits for its turn in the group {visible(one.group)}"
    share = f"{one.done}/{one.total}" if one.total else units.UNKNOWN
    if one.state is not MachineState.AT_WORK:
        reason = f": {visible(one.reason)}" if one.reason else ""
        return f"{name}  {share}  {one.state.value}{reason}"
    full = _BAR_CELLS * one.done // one.total if one.total else 0
    left = f"  about {units.clock(max(1.0, left_s))} left" if (left_s := one.left_s) is not None else ""
    return f"{name}  [{'#' * full}{'-' * (_BAR_CELLS - full)}] {share}{left}  {visible(one.doing)}".rstrip()


def outcome_table(machines: Mapping[str, MachineProgress], checks: Sequence[Checked], width: int | None) -> str:
    """Set how each machine ended in a table; those that never began have their reason from the check."""
    rows: list[tuple[str, ...]] = []
    for checked in checks:
        one = machines.get(checked.name)
        if one is None:
            reason = checked.problem or "none of the models can be run there"
            rows.append((visible(checked.name), "not started", units.UNKNOWN, units.UNKNOWN, visible(reason)))
            continue
        run_id = one.run.run_id if one.run is not None else units.UNKNOWN
        rows.append(
            (visible(one.name), one.state.value, f"{one.done} of {one.total}", visible(run_id), visible(one.reason))
        )
    return "\n" + fitted(("MACHINE", "STATE", "SAMPLES", "RUN", "REASON"), rows, width, flexible=4)


def failed_models(run: RunRecord) -> list[str]:
    """The models of a run that failed."""
    return [summary.key for summary in summarize(run) if summary.status is ModelStatus.FAILED]
