"""Compare models within each machine, and say on how many machines they keep to limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.measure.fleet.merging import machines_of, merged_runs, unlike_in
from tui.measure.statistics.intervals import LEVEL, Estimate, ratio
from tui.measure.statistics.tails import t_quantile
from tui.records import Environment
from tui.records.fleet.results import (
    Fleet,
    FleetDifference,
    FleetFailure,
    FleetLimits,
    FleetModel,
    FleetNumber,
    FleetQuantity,
    FleetRatio,
    FleetRun,
    MeasuredMachine,
)
from tui.text import units
from tui.text.tables import counted, listed

OK: Final = "ok"
_SHOWN_HASH: Final = 12
_BOTH: Final = 2
_SHOWN_NAMES: Final = 4
_POWER: Final = {True: "battery", False: "mains", None: units.UNKNOWN}
_SOFTWARE: Final[tuple[tuple[str, Callable[[Environment], str]], ...]] = (
    ("runtime", lambda found: found.runtime or units.UNKNOWN),
    ("GPU driver", lambda found: found.gpu_driver or units.UNKNOWN),
    ("power", lambda found: _POWER[found.on_battery]),
    ("Foundry Local SDK", lambda found: found.sdk or units.UNKNOWN),
    ("Benchtop", lambda found: found.benchtop),
    ("Python", lambda found: found.python),
)
_HARDWARE: Final[tuple[tuple[str, Callable[[Environment], str]], ...]] = (
    ("CPU", lambda found: found.cpu),
    ("cores", lambda found: f"{units.count(found.physical_cores)}, {units.count(found.logical_cores)} logical"),
    ("CPU limit", lambda found: "none" if found.cpu_limit is None else f"{found.cpu_limit:g} cores"),
    ("memory", lambda found: units.size(found.ram_bytes)),
    ("GPU", lambda found: found.gpu or units.UNKNOWN),
    ("system", lambda found: found.os),
)


def fleet_of(
    runs: Iterable[FleetRun],
    *,
    limits: FleetLimits | None = None,
    reference: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Fleet:
    """Merge runs into what a report shows. ``labels`` name machines, by their ids.

    ``reference`` is the model that ratios are relative to, by default the first that has a result on every machine or,
    if there is none, on most of them.
    """
    merged = merged_runs(runs)
    machines = machines_of(merged, labels)
    keys = _keys(merged)
    limits = limits or FleetLimits()
    return Fleet(
        machines=machines,
        keys=keys,
        plan_ids=tuple(sorted({run.plan_id for run in merged if run.plan_id})),
        reference=reference if reference is not None else _reference(machines, keys),
        limits=limits,
        differences=_differences(machines, keys),
        failures=_failures(machines, keys),
        unlike=unlike_in(merged),
        answer=_answer(machines, keys, limits),
    )


def result_of(machine: MeasuredMachine, key: str) -> FleetModel | None:
    """The result of a model on a machine; ``None`` if it has none that counts."""
    model = machine.models.get(key)
    return model if model is not None and model.status == OK else None


def ratio_to(fleet: Fleet, machine: MeasuredMachine, key: str, quantity: FleetQuantity) -> FleetRatio | None:
    """A number of a model over that of the reference model, both measured on this machine, with its interval.

    There is none of a number in doubt. The interval is Welch's t on logarithms, if both numbers have one.
    """
    if fleet.reference is None:
        return None
    model, other = result_of(machine, key), result_of(machine, fleet.reference)
    if model is None or other is None:
        return None
    if quantity.value in (*model.doubted, *other.doubted):
        return None
    number, base = model.number(quantity), other.number(quantity)
    if number is None or base is None or number.value <= 0 or base.value <= 0:
        return None
    value = number.value / base.value
    before, after = _estimate(base), _estimate(number)
    if before is None or after is None or key == fleet.reference:
        return FleetRatio(value=value)
    interval = ratio(before, after).interval()
    return FleetRatio(value=value, low=interval.low, high=interval.high)


def meets(model: FleetModel | None, limits: FleetLimits) -> bool:
    """Whether a result keeps to all limits; an unknown or a doubted number keeps to none."""
    if model is None:
        return False
    checks = (
        (FleetQuantity.TTFT, limits.ttft_ms, False),
        (FleetQuantity.MEMORY, limits.memory_bytes, False),
        (FleetQuantity.DECODE, limits.decode_tok_s, True),
    )
    for quantity, limit, at_least in checks:
        number = model.number(quantity)
        if limit is None:
            continue
        if number is None or quantity.value in model.doubted:
            return False
        if number.value < limit if at_least else number.value > limit:
            return False
    return True


def _estimate(number: FleetNumber) -> Estimate | None:
    """The estimate that an interval was made from; ``None`` if there is no interval."""
    if number.low is None or number.high is None or number.units < 2 or not 0 < number.low <= number.high:
        return None
    freedom = number.units - 1
    reach = (math.log(number.high) - math.log(number.low)) / 2
    return Estimate(
        value=number.value,
        log_error=reach / t_quantile((1 + LEVEL) / 2, freedom),
        freedom=freedom,
        launches=number.launches,
        log_mean=(math.log(number.high) + math.log(number.low)) / 2 if number.launches > 1 else None,
    )


def _keys(runs: Sequence[FleetRun]) -> tuple[str, ...]:
    places: dict[str, int] = {}
    for run in runs:
        for place, model in enumerate(run.models):
            places[model.key] = min(place, places.get(model.key, place))
    return tuple(sorted(places, key=lambda key: (places[key], key)))


def _reference(machines: Sequence[MeasuredMachine], keys: Sequence[str]) -> str | None:
    if len(keys) < 2:
        return None
    counts = {key: sum(result_of(machine, key) is not None for machine in machines) for key in keys}
    best = max(counts.values(), default=0)
    return next(key for key in keys if counts[key] == best) if best else None


def _differences(machines: Sequence[MeasuredMachine], keys: Sequence[str]) -> tuple[FleetDifference, ...]:
    found: list[FleetDifference | None] = []
    for key in keys:
        with_model = [machine for machine in machines if key in machine.models]
        found.append(_grouped(f"files of {key}", with_model, lambda machine, key=key: _bytes(machine.models[key])))
        measured = [machine for machine in with_model if result_of(machine, key) is not None]
        found.append(_grouped(f"build of {key}", measured, lambda machine, key=key: machine.models[key].model_id))
        found.append(
            _grouped(f"provider of {key}", measured, lambda machine, key=key: machine.models[key].execution_provider)
        )
    for what, value in _SOFTWARE:
        found.append(_grouped(what, machines, lambda machine, value=value: value(machine.environment)))
    for what, value in _HARDWARE:
        found.append(
            _grouped(what, machines, lambda machine, value=value: value(machine.environment), of_software=False)
        )
    return tuple(difference for difference in found if difference is not None)


def _bytes(model: FleetModel) -> str:
    """The beginning of the hash of the files, and whether they are not those of the plan; empty if unknown."""
    shown = model.content[:_SHOWN_HASH]
    if not model.content or not model.planned:
        return shown
    return f"{'as planned' if model.content == model.planned else 'other than planned'} ({shown})"


def _grouped(
    what: str,
    machines: Sequence[MeasuredMachine],
    value_of: Callable[[MeasuredMachine], str],
    *,
    of_software: bool = True,
) -> FleetDifference | None:
    """Group machines by a value; ``None`` if it is the same on all that have one."""
    groups: dict[str, list[str]] = {}
    for machine in machines:
        if value := value_of(machine):
            groups.setdefault(value, []).append(machine.label)
    if len(groups) < 2:
        return None
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return FleetDifference(
        what=what, values=tuple((value, tuple(labels)) for value, labels in ordered), of_software=of_software
    )


def _failures(machines: Sequence[MeasuredMachine], keys: Sequence[str]) -> tuple[FleetFailure, ...]:
    return tuple(
        FleetFailure(key=key, label=machine.label, reason=model.error or f"its status is: {model.status}")
        for key in keys
        for machine in machines
        if (model := machine.models.get(key)) is not None and model.status != OK
    )


def _answer(machines: Sequence[MeasuredMachine], keys: Sequence[str], limits: FleetLimits) -> str:
    """Say in one sentence which model keeps to the limits on how many machines, and where none does."""
    if not machines or not keys:
        return "Nothing was measured."
    kept = {
        key: [
            machine
            for machine in machines
            if meets(machine.models.get(key), limits) and result_of(machine, key) is not None
        ]
        for key in keys
    }
    most = max(len(where) for where in kept.values())
    words = _limits_in_words(limits)
    doing = f"meets {words}" if limits.any else "has a result"
    total = counted(len(machines), "machine")
    if not most:
        return f"No model {doing} on any of {total}."
    best = [key for key in keys if len(kept[key]) == most]
    verb = doing if len(best) == 1 else doing.replace("meets", "meet", 1).replace("has a", "have a", 1)
    where = f"on {machines[0].label}" if len(machines) == 1 else f"on {most} of {total}"
    if most == len(machines) > 1:
        where = "on both machines" if most == _BOTH else f"on all {total}"
    without = [machine.label for machine in machines if all(machine not in where for where in kept.values())]
    nothing = f"; nothing {'meets them' if limits.any else 'has one'} on {_some(without)}" if without else ""
    return f"{_some(best)} {verb} {where}{nothing}."


def _limits_in_words(limits: FleetLimits) -> str:
    parts: list[str] = []
    if limits.ttft_ms is not None:
        parts.append(f"TTFT <= {units.milliseconds(limits.ttft_ms)}")
    if limits.decode_tok_s is not None:
        parts.append(f"decode >= {units.rate(limits.decode_tok_s)}")
    if limits.memory_bytes is not None:
        parts.append(f"peak memory <= {units.size(limits.memory_bytes)}")
    return listed(parts)


def _some(names: Sequence[str]) -> str:
    if len(names) <= _SHOWN_NAMES:
        return listed(names)
    return f"{', '.join(names[: _SHOWN_NAMES - 1])} and {len(names) - _SHOWN_NAMES + 1} others"
