"""Disturbances of a measurement: what counts as one, by which limits, and which rounds a summary may leave out.

``probes.disturbance`` reads the counters of the machine before and after each request, ``bench.measuring`` stores the
disturbances with the sample, and all summaries choose their rounds by ``undisturbed``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui.records import Disturbance, Sample
from tui.system import CPU_TIME_STEP_S

DEFINITION: Final = (
    "disturbed",
    "marked !. While the request ran, something slowed the machine or took its time: the load of other processes or a "
    "slower processor made it 2.5 % slower or more, as the times of the run's own requests show (where they cannot, "
    "other processes used more than a quarter of a core, or a small piece of work took a quarter longer than at its "
    "best), memory was swapped, the machine ran on battery, the processor or GPU was slowed down because of heat or "
    "power, the container or group had used up its share of the processor, the process that talks to a server waited "
    "for a free processor for 20 % of the time, or processes or the machine stood still",
)
"""The limits in words, for help and reports."""
OTHER_CORES: Final = 0.25
"""How much of a core all other processes together may use over a sample, as long as the run has not told what that
costs (``measure.slowing``). A runtime keeps its threads on every core and waits for the slowest of them, so a quarter
of one core may cost it several per cent. A desktop at rest uses less.
"""
TICKS_S: Final = 3 * CPU_TIME_STEP_S
"""Seconds of other load that may be nothing, since both counters go in steps, on Linux of 10 ms. So a request that
takes less than 0.1 s may have a whole busy core beside it that does not show.
"""
SWAPPED_BYTES: Final = 1024**2
"""Bytes that may be moved between memory and disk in one sample. Swap that is merely in use disturbs nothing, since old
pages may lie there for long.
"""
LIMITED: Final = 0.02
"""The share of a sample's time that may be waited for the processor, because the group has used up its share of it."""
WAITED: Final = 0.2
"""The share of a sample's time that the client of a server may wait for a free processor. Most of it is the wait of
turns that note nothing: with 5 to 20 % of the time, 1 of 77 samples had a TTFT that was more than 2.5 % late, and none
a rate that was as far off; from 20 % on it was 1 of 8.
"""
COMPUTING: Final = 0.1
"""A server's processes that use at least this share of what all others use are those that compute its answers. Behind a
proxy they use less, and the load of others is that of the real server.
"""
SLOW: Final = 1.25
"""How many times as long as at its best the fixed piece of work may take, both before and after a sample, as long as
the run has not told what that costs.
"""
SLOWED: Final = 0.025
"""From this share on that load or pace add to the time of a request it is disturbed: a load that costs 5 % is flagged
although its effect is only estimated.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCounters:
    """The counters of the machine at one moment."""

    at_s: float
    busy_s: float
    """Seconds of all cores in which anything ran, or the host of a virtual machine took them away."""
    own_s: float | None
    """The part of ``busy_s`` that our own process and the models used; ``None`` if one of them is gone."""
    swapped_bytes: int | None
    """Bytes moved in and out since the start; if the system does not count that, those that are swapped out now.

    It is ``None`` where neither can be told.
    """
    throttled: int
    """How often the processor has been held back."""
    on_battery: bool
    servers_s: float = 0.0
    """The part of ``own_s`` that the processes of the servers used whose models are measured."""
    limited_s: float = 0.0
    """For how long the group of this process has had to wait, because it had used up its share of the processor."""
    waited_s: float = 0.0
    """For how long the main threads of the models' processes were ready to run, and no processor was free."""
    stalls: int = 0
    """How often processes of the measurement, or the machine, were found to stand still."""
    pace_ns: int | None = None
    """How long a fixed piece of work took; ``None`` if it was not done, as it would have disturbed another model."""


def disturbances(
    before: MachineCounters,
    after: MachineCounters,
    *,
    gpu_throttled: bool = False,
    best_pace_ns: int | None = None,
    of_server: bool = False,
) -> tuple[Disturbance, ...]:
    """List what happened between two readings of the counters that may have changed a sample.

    ``best_pace_ns`` is the shortest time that the fixed piece of work has taken on this machine so far. A model that a
    server on this machine runs (``of_server``) may be the other load itself, if the server's processes are not those
    that compute. What counts always then is how long our client of that server waited for a processor.
    """
    happened = {
        Disturbance.OTHER_LOAD: (
            others_s(before, after) > _allowed_s(after.at_s - before.at_s)
            and (not of_server or _servers_compute(before, after))
        ),
        Disturbance.SWAP: _swapped_bytes(before, after) > SWAPPED_BYTES,
        Disturbance.BATTERY: before.on_battery or after.on_battery,
        Disturbance.THROTTLED: gpu_throttled or after.throttled > before.throttled,
        Disturbance.CPU_LIMIT: after.limited_s - before.limited_s > LIMITED * (after.at_s - before.at_s),
        Disturbance.CLIENT_WAITED: of_server and _waited_share(before, after) > WAITED,
        Disturbance.PAUSED: after.stalls > before.stalls,
        Disturbance.SLOW: _is_slow(before, after, best_pace_ns),
    }
    return tuple(disturbance for disturbance, did in happened.items() if did)


def undisturbed(samples: Iterable[Sample]) -> list[Sample]:
    """Keep the samples that were not disturbed; every summary that leaves disturbed rounds out does so by this."""
    return [sample for sample in samples if not sample.disturbances]


def mean_pace_ns(before: MachineCounters, after: MachineCounters) -> int | None:
    """Average the times that the fixed piece of work took before and after a sample, in nanoseconds."""
    if before.pace_ns is None or after.pace_ns is None:
        return None
    return round((before.pace_ns + after.pace_ns) / 2)


def others_s(before: MachineCounters, after: MachineCounters) -> float:
    """Compute the seconds of a core that other processes used, or that the host of a virtual machine took away."""
    if before.own_s is None or after.own_s is None:
        return 0.0
    return (after.busy_s - before.busy_s) - (after.own_s - before.own_s)


def _servers_compute(before: MachineCounters, after: MachineCounters) -> bool:
    return after.servers_s - before.servers_s >= COMPUTING * others_s(before, after)


def other_cores(before: MachineCounters, after: MachineCounters, *, of_server: bool = False) -> float | None:
    """Compute the cores that other processes used on average, or ``None`` if that cannot be told."""
    span_s = after.at_s - before.at_s
    if before.own_s is None or after.own_s is None or span_s <= 0:
        return None
    if of_server and not _servers_compute(before, after):
        return None
    return max(0.0, others_s(before, after) / span_s)


def _is_slow(before: MachineCounters, after: MachineCounters, best_pace_ns: int | None) -> bool:
    if best_pace_ns is None or before.pace_ns is None or after.pace_ns is None:
        return False
    return min(before.pace_ns, after.pace_ns) > SLOW * best_pace_ns


def _waited_share(before: MachineCounters, after: MachineCounters) -> float:
    span_s = after.at_s - before.at_s
    return (after.waited_s - before.waited_s) / span_s if span_s > 0 else 0.0


def _swapped_bytes(before: MachineCounters, after: MachineCounters) -> int:
    if before.swapped_bytes is None or after.swapped_bytes is None:
        return 0
    return abs(after.swapped_bytes - before.swapped_bytes)


def _allowed_s(span_s: float) -> float:
    return OTHER_CORES * span_s + TICKS_S
