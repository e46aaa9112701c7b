"""A trend in words, the same in every place that shows it."""

from __future__ import annotations

from tui.measure.comparison import wording
from tui.records.comparison import ChangePoint, ModelTrends, Outcome, Quantity, Trend, TrendPoint
from tui.text import units
from tui.text.result_columns import DISTURBED
from tui.text.tables import counted
from tui.text.times import local_start_time

_DISTURBED_RUN = f"{DISTURBED} other activity disturbed some requests of that run."
ONE_RUN = "One run is no trend yet: measure the model again later, with the same prompts and settings."
TOO_FEW = "From about eight runs on a change can be told from chance."


def change_sentence(trend: Trend, change: ChangePoint) -> str:
    """Write what changed from which run on, by how much, between which runs surely, and what changed around it."""
    first = trend.points[change.index]
    values = " -> ".join(wording.value(trend.quantity, value) for value in (change.before, change.after))
    low, high = change.interval.low, change.interval.high
    if change.outcome is not Outcome.SLOWER:
        low, high = -high, -low
    word = "slower" if change.slowdown > 0 else "faster"
    size = f"{word} by {units.share(abs(change.slowdown))} [{low * 100:.1f}, {high * 100:.1f}]"
    where = f"{trend.quantity.value} {values}, {size}, from {local_start_time(first.started_at)} ({first.run_id}) on"
    if change.earliest != change.latest:
        ends = [local_start_time(trend.points[place].started_at) for place in (change.earliest, change.latest)]
        where += f"; the change is between the runs of {ends[0]} and {ends[1]}"
    changed = wording.differences_text(change.changed) or "nothing that is recorded"
    return f"{where}. Changed around it: {changed}."


def notes_below_chart(found: ModelTrends) -> list[str]:
    """Return the sentences below a chart of a trend, whose legend has what its marks mean."""
    return [sentence for sentence in notes(found) if sentence != _DISTURBED_RUN]


def notes(found: ModelTrends) -> list[str]:
    """Return the sentences below a trend: its changes, and what it rests on."""
    sentences = [change_sentence(trend, change) for trend in found.trends for change in trend.changes]
    if not found.trends:
        return [f"The history has no benchmark of {found.key} that was measured to its end."]
    runs = max(len(trend.points) for trend in found.trends)
    if runs == 1:
        sentences.append(ONE_RUN)
    elif not sentences:
        sentences.append(f"No change over {counted(runs, 'run')} that is more than chance.")
        if runs < 8:
            sentences.append(TOO_FEW)
    sentences += [sentence for trend in found.trends if (sentence := _doubtful(trend))]
    single = max(sum(point.interval is None for point in trend.points) for trend in found.trends)
    if single:
        has = "has no interval, because it" if single == 1 else "have no interval, because each"
        which = "It" if runs == 1 else f"{single} of {counted(runs, 'run')}"
        sentences.append(f"{which} {has} started the model once; a benchmark of 5 launches gives one.")
    if any(point.disturbed for trend in found.trends for point in trend.points):
        sentences.append(_DISTURBED_RUN)
    if any(trend.by_yardstick for trend in found.trends):
        sentences.append("The values are relative to the yardstick, at its pace in the first of these runs.")
    if found.left_out:
        left_out = f"{counted(found.left_out, 'other run')} of this model {'is' if found.left_out == 1 else 'are'}"
        sentences.append(f"{left_out} left out: the newest run was asked other prompts, or with other settings.")
    return sentences


def value_text(quantity: Quantity, point: TrendPoint) -> str:
    """Write the value of a run with its marks."""
    doubt, disturbed = "?" if point.doubt else "", DISTURBED if point.disturbed else ""
    return f"{wording.value(quantity, point.value)}{doubt}{disturbed}"


def _doubtful(trend: Trend) -> str:
    """Name the reasons for which values of a trend are in doubt; empty if none is."""
    reasons = dict.fromkeys(point.doubt for point in trend.points if point.doubt)
    if not reasons:
        return ""
    doubted = counted(sum(bool(point.doubt) for point in trend.points), "value")
    return f"{quantity_title(trend.quantity)}: {doubted} in doubt (?), left out of changes: {'; '.join(reasons)}."


def quantity_title(quantity: Quantity) -> str:
    """Return the heading of a number."""
    return {Quantity.TTFT: "Time to first token", Quantity.DECODE: "Decode rate"}.get(quantity, quantity.value)
