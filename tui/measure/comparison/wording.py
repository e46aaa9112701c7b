"""What a comparison says, in the words and figures that every place shows it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final

from tui.measure.comparison.power import DEFAULT_SLOWDOWN, blind_gate_words, gate_words, power_words, untold_words
from tui.records.comparison import (
    LESS_IS_BETTER,
    Change,
    ChangedAnswers,
    Comparison,
    Difference,
    OtherFigures,
    Outcome,
    Quantity,
    RequestCounts,
    StepDimension,
    marked,
)
from tui.records.statistics import Interval
from tui.text import units
from tui.text.tables import counted

LAUNCH_ADVICE: Final = "Numbers differ from start to start: measure each run with at least 2 launches, better 5."
_ALONG: Final = {
    StepDimension.PROMPT: "By prompt length: each is a question of its own, and nothing is averaged over them.",
    StepDimension.OUTPUT: "By output length: each is a question of its own, and nothing is averaged over them.",
    StepDimension.AT_ONCE: (
        "By requests at once: each number of them is a load of its own, and nothing is averaged over them."
    ),
}
_FULL: Final = {
    Outcome.NO_DIFFERENCE: "no measurable difference",
    Outcome.CANNOT_TELL: "too few launches to tell",
}
_BRIEF: Final = {
    Outcome.NO_DIFFERENCE: "no difference",
    Outcome.CANNOT_TELL: "too few launches",
    Outcome.IN_DOUBT: "in doubt",
    Outcome.GONE: "not measured",
}
_NAMES: Final = {
    "max_tokens": "max tokens",
    "concurrency": "requests at once",
    "cache hits": "answers from a cache",
    "the processor's time for the same work": "time of the processor for a fixed piece of work",
}
"""The names on screens of what differs between two runs, if those in their JSON are others."""
_VALUES: Final = {
    ("mode", "one_by_one"): "one by one",
    ("mode", "side_by_side"): "side by side",
    ("order", "interleaved"): "in turns",
    ("order", "blocks"): "one model after the other",
    ("purpose", "ask"): "a question",
    ("purpose", "benchmark"): "a benchmark",
}
_SHOWN_CHARACTERS: Final = 60
_UNEQUAL: Final = 3
"""From this ratio of the launches of two sides on, the promise of 1 in 20 is told to be weaker.

The shares that are told were simulated with ``tests.benchmarks.calibration``: of 2 against 10 launches that are the
same, 9 % were called different if the launches scatter evenly, and 22 % if they fall into two paces; of 2 against 5 it
were 6 %.
"""


class Words(Enum):
    """In how many words a verdict is told."""

    FULL = "full"
    BRIEF = "brief"
    """With the interval."""
    SHORT = "short"
    """Without it, where it is drawn."""


def value(quantity: Quantity, figure: float | None, *, unit: bool = True) -> str:
    """``131 ms``, ``41.2 tok/s``; without the unit where a heading has it."""
    if not unit:
        return units.UNKNOWN if figure is None else units.three_figures(figure)
    if quantity is Quantity.MEMORY:
        return units.size(None if figure is None else round(figure))
    return units.milliseconds(figure) if quantity in LESS_IS_BETTER else units.rate(figure)


def sides(change: Change) -> tuple[str, str]:
    """Both values of a change, with the marks of an estimate and of a doubt that they have in the table of results."""
    before, after = value(change.quantity, change.before), value(change.quantity, change.after)
    return (
        marked(before, change.flags_before, change.quantity),
        after if change.after is None else marked(after, change.flags_after, change.quantity),
    )


def measured_after(change: Change) -> str:
    """Return the later value as it was measured, also if the change is relative to the yardstick."""
    return sides(change if change.measured_after is None else replace(change, after=change.measured_after))[1]


def relative_change(before: float | None, after: float | None) -> str:
    """By how much a value changed, with its sign: ``+2.4 %``."""
    return units.UNKNOWN if before is None or after is None or not before else units.signed_share(after / before - 1)


def outcome_words(change: Change, words: Words = Words.FULL, *, as_slowdown: bool = False) -> str:
    """``slower by 7.8 % [5.2, 10.4]``, ``faster by 7.8 % [5.2, 10.4]``, or the change that may yet be hidden.

    That one is of the number as it stands, where a rate that falls is below 0; ``as_slowdown`` it is above.
    """
    full = words is Words.FULL
    outcome = (_FULL if full else _BRIEF).get(change.outcome, change.outcome.value)
    if change.interval is None or change.slowdown is None:
        return outcome
    turned = _turned(change.interval)
    if change.outcome is Outcome.NO_DIFFERENCE:
        size = ""
        interval = as_it_stands(change.quantity, change.interval)
        if units.tells_nothing(interval):
            return untold_words(change, full=full)
        # The loss of a rate has no meaning as a factor, so beyond a factor of 2 the rate itself is told.
        if as_slowdown and not units.is_factor(interval):
            interval = change.interval
        if units.is_factor(interval):
            outcome = untold_words(change, full=full)
    else:
        size = f" {'by ' if full else ''}{units.share(abs(change.slowdown))}"
        interval = change.interval if change.outcome in (Outcome.SLOWER, Outcome.MORE) else turned
    text = f"{outcome}{size}" if words is Words.SHORT else f"{outcome}{size} {units.share_span(interval)}"
    return f"{text}{', certain but small' if full else ' (small)'}" if change.is_small else text


def as_it_stands(quantity: Quantity, interval: Interval) -> Interval:
    """Return the interval of a slowdown as that of the number's own change: of a rate that falls it is below 0."""
    return interval if quantity in LESS_IS_BETTER else _turned(interval)


def basis(
    found: Sequence[Comparison],
    shown: str = "In brackets",
    sought: float = DEFAULT_SLOWDOWN,
    *,
    gate: float | None = None,
) -> list[str]:
    """What the intervals rest on, and how small a slowdown they can show; nothing where there are none.

    ``sought`` is the slowdown for which the launches that it takes are told. With a ``gate``, which needs the near end
    of an interval beyond its limit, the slowdown is told at which it fails.
    """
    told = _with_intervals(found)
    if not told:
        return []
    before, after = min(change.launches_before for change in told), min(change.launches_after for change in told)
    if gate is None:
        power = [power_words(told, sought)]
    else:
        power = [] if blind_gate(found, gate) else [power_words(told, gate), gate_words(told, gate)]
    return [
        f"{shown}: where the true change lies with 95 % certainty, for all of these together, judged by {before} and "
        f"{after} fresh starts of a model (launches).{_factor_words(told)}",
        *power,
        *_unequal_launches(told),
    ]


def blind_gate(found: Sequence[Comparison], gate: float) -> str | None:
    """Tell of a gate that lets even a slowdown by half pass, and what to do; ``None`` of others."""
    return blind_gate_words(_with_intervals(found), gate)


def _with_intervals(found: Sequence[Comparison]) -> list[Change]:
    return [change for comparison in found for change in comparison.changes if change.interval is not None]


def _factor_words(told: Sequence[Change]) -> str:
    """Tell how to read a range that is written as factors, if there is one."""
    shown = [as_it_stands(change.quantity, change.interval) for change in told if change.interval is not None]
    wide = any(units.is_factor(interval) and not units.tells_nothing(interval) for interval in shown)
    return " ×2 is twice the value before, ×0.5 half of it." if wide else ""


def _unequal_launches(told: Sequence[Change]) -> list[str]:
    """Tell where the numbers of launches differ so much that intervals promise more than they hold."""
    pairs = dict.fromkeys((each.launches_before, each.launches_after) for each in told)
    unequal = [pair for pair in pairs if min(pair) > 1 and max(pair) >= _UNEQUAL * min(pair)]
    if not unequal:
        return []
    before, after = max(unequal, key=lambda pair: max(pair) / min(pair))
    return [
        f"{before} launches against {after} are less sure than these intervals promise: a difference that is only "
        "chance is called one about twice as often as otherwise, and more often where launches fall into two paces. "
        "Measure both with the same number of launches."
    ]


def step_note(found: Sequence[Comparison]) -> str | None:
    """That these are compared step by step; ``None`` where none is."""
    return next((_ALONG[each.along] for each in found if each.along is not None), None)


def remarks(found: Comparison, first: str = "in A", second: str = "in B") -> list[tuple[str, str]]:
    """What to know of a comparison whose sides are called that, title by title."""
    said = (
        ("Not alike", differences_text(found.unlike)),
        *(
            (f"{change.key}, {change.quantity.value}: not compared", change.doubt)
            for change in found.changes
            if change.doubt
        ),
        (f"Failed {first}", _requests(found, lambda model: model.before, lambda counts: counts.failed)),
        (f"Failed {second}", _requests(found, lambda model: model.after, lambda counts: counts.failed)),
        (f"Disturbed {first}", _requests(found, lambda model: model.before, lambda counts: counts.disturbed)),
        (f"Disturbed {second}", _requests(found, lambda model: model.after, lambda counts: counts.disturbed)),
        (f"Other answers {second}", _other_answers(found)),
        ("Machine or software differs", differences_text(found.environment)),
        (f"Only {first}", ", ".join((*found.only_before, *found.steps_only_before))),
        (f"Only {second}", ", ".join((*found.only_after, *found.steps_only_after))),
        ("Round by round relative to", found.relative_to or ""),
        ("Adjusted for the pace of the machine", _by_yardstick(found)),
        ("Compared as measured, without the yardstick", found.without_yardstick),
        ("Launches in a row are alike", _alike(found)),
    )
    return [(title, words) for title, words in said if words]


def has_measured(found: Sequence[Comparison]) -> bool:
    """Return whether some changes are relative to the yardstick, so that those as measured stand beside them."""
    return any(comparison.by_yardstick for comparison in found)


def measured_change(change: Change) -> str:
    """Return by how much a value changed as it was measured, if the change is relative to the yardstick."""
    return relative_change(change.measured_before, change.measured_after)


def _by_yardstick(found: Comparison) -> str:
    """Write ``tiny (as measured: TTFT +12.0 %, decode rate -9.0 %)``, for each model that it stood beside."""
    changes = [change for change in found.changes if change.measured_after is not None and not change.step.name]
    texts = {key: [change for change in changes if change.key == key] for key in found.by_yardstick}
    models = ", ".join(
        f"{key} (as measured: {', '.join(f'{change.quantity.value} {measured_change(change)}' for change in own)})"
        if own
        else key
        for key, own in texts.items()
    )
    return f"{models}; the pace is that of the yardstick, a small model that took turns with them" if models else ""


def _other_answers(found: Comparison) -> str:
    """Write ``tiny to 3 of 5 prompts``, for each model that answers otherwise, and what can be the reason."""
    texts = [
        f"{each.key} to {units.count(each.changed)} of {counted(each.prompts, 'prompt')}{_other_weights(each)}"
        for each in found.answers
    ]
    reason = "; the same questions at temperature 0, so its weights, its build or its runtime are others"
    return f"{', '.join(texts)}{reason}" if texts else ""


def _other_weights(each: ChangedAnswers) -> str:
    before, after = each.weights_before_bytes, each.weights_after_bytes
    if before is None or after is None or before == after:
        return ""
    return f" (weights {units.count(before)} -> {units.count(after)} bytes)"


def _alike(found: Comparison) -> str:
    """Say where the promise of the intervals does not hold, since the launches are not independent."""
    alike = found.launch_correlation
    if alike is None or not alike.is_clear:
        return ""
    return (
        f"their correlation is {alike.correlation:.1f}, as on a machine whose pace wanders. The same thing twice is "
        "then called different more often than once in twenty: measure both runs with --yardstick"
    )


def _requests(
    found: Comparison, side: Callable[[OtherFigures], RequestCounts], number: Callable[[RequestCounts], int]
) -> str:
    """``4 of 12 requests of tiny``, for each model that has any."""
    counts = [(model.key, side(model)) for model in found.beside]
    return ", ".join(
        f"{units.count(number(count))} of {counted(count.requests, 'request')} of {key}"
        for key, count in counts
        if number(count)
    )


def failures(found: Comparison) -> list[str]:
    """``tiny (0 of 12 before, 4 of 12 after)``, for each model of which a larger share of the requests fails."""
    return [
        f"{model.key} ({model.before.failed} of {model.before.requests} before, "
        f"{model.after.failed} of {model.after.requests} after)"
        for model in found.beside
        if model.fails_more
    ]


def difference_text(difference: Difference) -> str:
    """Write ``mode one by one -> side by side``, in the words of the screens, with long texts cut short."""
    return f"{difference_name(difference)} {' -> '.join(_values_of(difference))}"


def difference_name(difference: Difference) -> str:
    """Return the name that screens have for what differs."""
    first, separator, rest = difference.what.partition(" of prompt ")
    return f"{_NAMES.get(first, first)}{separator}{rest}"


def difference_sides(difference: Difference, first: str, second: str) -> str:
    """Write ``max tokens: 1,024 in A, 150 in B``."""
    before, after = _values_of(difference)
    return f"{difference_name(difference)}: {before} in {first}, {after} in {second}"


def _values_of(difference: Difference) -> list[str]:
    """Return what the screens show of the first side and of the second."""
    sides = (difference.before, difference.after)
    return [_short(_VALUES.get((difference.what, text), text) or "none") for text in sides]


def differences_text(differences: Sequence[Difference]) -> str:
    """All of them, parted by semicolons."""
    return "; ".join(difference_text(difference) for difference in differences)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _turned(interval: Interval) -> Interval:
    return replace(interval, low=-interval.high, high=-interval.low)
