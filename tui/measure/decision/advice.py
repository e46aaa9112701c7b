"""A choice in words: what to take, on what evidence, how sure that is, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.records.decision import Choice, Dimension, Gap, MissingDimension, QualitySource, Ranked
from tui.text import units

SHOWN: Final[Mapping[Dimension, Callable[[float | None], str]]] = {
    Dimension.LATENCY: units.milliseconds,
    Dimension.THROUGHPUT: units.rate,
    Dimension.MEMORY: units.size,
    Dimension.QUALITY: units.percent,
    Dimension.FOOTPRINT: units.size,
    Dimension.LICENCE: units.percent,
}
"""How the value of a dimension is shown."""

_WORTH_NAMING: Final = 0.005


def recommendation(choice: Choice) -> str:
    """One sentence: the model and what speaks for it, or why there is none."""
    if not choice.ranking:
        why = "none is left that ran without a failure and keeps the limits"
        if choice.missing:
            why = "nothing that has a weight is known of all of them"
        return f"No model can be recommended: {why}."
    if len(choice.ranking) == 1:
        return f"{choice.ranking[0].key} is the only model left, so there was nothing to choose from."
    winner, runner_up = choice.ranking[:2]
    if runner_up.rank == 1:
        names = _listed([model.key for model in choice.first])
        return f"{names} come out level at {units.points(winner.score)} of 100: choose by what is not weighed here."
    ahead = _ahead(winner, runner_up)
    reasons = f", ahead most in {_listed(ahead)}" if ahead else ""
    return (
        f"Choose {winner.key}: {units.points(winner.score)} of 100 against {units.points(runner_up.score)} "
        f"for {runner_up.key}{reasons}{_certainty(choice)}."
    )


def remarks(choice: Choice) -> tuple[str, ...]:
    """What to know about it, a sentence each."""
    return (*_evidence(choice), *_uncertainty(choice), *_missing(choice), *_turns(choice), *_excluded(choice))


def _ahead(winner: Ranked, other: Ranked) -> list[str]:
    """The dimensions in which the winner gains most over the other, at most two."""
    gains = [
        ((ours.contribution or 0) - (theirs.contribution or 0), ours.dimension.value)
        for ours, theirs in zip(winner.parts, other.parts, strict=True)
    ]
    return [name for gain, name in sorted(gains, reverse=True)[:2] if gain > _WORTH_NAMING]


def _certainty(choice: Choice) -> str:
    level = [gap.key for gap in choice.gaps if gap.interval is not None and not gap.told_apart]
    unknown = [gap.key for gap in choice.gaps if gap.interval is None]
    if level:
        return f"; not separable from {_listed(level)} with this data"
    return f"; whether it is really ahead of {_listed(unknown)} this data cannot tell" if unknown else ""


def _evidence(choice: Choice) -> Iterable[str]:
    if choice.quality_source is None or not choice.ranking:
        return
    if choice.quality_source is QualitySource.VOTES:
        yield (
            "Quality: votes in the arena, as the chance that an answer is preferred to one of another model; "
            '"benchtop arena" shows the ranking.'
        )
        return
    count = len(choice.quality_prompts)
    yield f"Quality: {choice.quality_source.value}, over {count} prompt{'' if count == 1 else 's'}."
    if choice.quality_source is QualitySource.FACETS:
        yield "Facets only tell that expected words are there: rate the answers before it matters."


def _uncertainty(choice: Choice) -> Iterable[str]:
    for gap in choice.gaps:
        yield _of_gap(gap)
    if choice.gaps and choice.launches == 1:
        yield "All of it rests on one launch of a model, and a fresh start alone moves its numbers: use --launches 5."


def _of_gap(gap: Gap) -> str:
    if gap.interval is None:
        return f"Ahead of {gap.key} by {units.points(gap.gap)}; what counts was not repeated enough to tell how surely."
    low, high = units.points(gap.interval.low), units.points(gap.interval.high)
    verdict = "told apart" if gap.told_apart else "not separable with this data"
    return f"Ahead of {gap.key} by {units.points(gap.gap)} [{low}, {high}]: {verdict}."


def _missing(choice: Choice) -> Iterable[str]:
    weighed = [each for each in choice.missing if choice.weights.get(each.dimension)]
    nowhere = [each.dimension.value for each in weighed if each.everywhere]
    if nowhere:
        yield f"Missing altogether, and in no score: {_listed(nowhere)}."
    partly = [each for each in weighed if not each.everywhere]
    yield from (_of_missing(each) for each in partly)
    if partly and choice.ranking:
        first = choice.ranking[0]
        rivals = [model.key for model in choice.ranking[1:] if model.high > first.low]
        if rivals:
            yield f"Were that known, {_listed(rivals, 'or')} could come before {first.key}."
        else:
            yield f"Whatever that is, {first.key} stays first."


def _of_missing(missing: MissingDimension) -> str:
    name = missing.dimension.value
    return f"{name.capitalize()} is not known of {_listed(missing.keys)}, so that it is in no score."


def _turns(choice: Choice) -> Iterable[str]:
    for turn in sorted(choice.turns, key=lambda turn: abs(turn.at_share - turn.share)):
        yield (
            f"With {turn.dimension.value} at {'more' if turn.at_share > turn.share else 'less'} than "
            f"{units.percent(turn.at_share)} of the weight instead of {units.percent(turn.share)}, "
            f"{turn.winner} would be first."
        )
    if len(choice.ranking) > 1 and len(choice.first) == 1 and not choice.turns:
        yield "No other weight of a single dimension would change the first place."


def _excluded(choice: Choice) -> Iterable[str]:
    yield from (f"Not ranked: {each.key}, {each.reason}." for each in choice.excluded)


def _listed(names: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
