"""A choice in words: what to take, on what evidence, how sure that is, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.measure.answers.quality_words import outcome_words
from tui.measure.decision.scores import LEAST_RATED, LEAST_VOTES
from tui.records.decision import Choice, Dimension, Gap, MissingDimension, QualitySource, Ranked
from tui.records.grading.rates import Better
from tui.text import units
from tui.text.tables import all_of, counted

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
_FACTS: Final = "expected facts found"
"""How people read the value of ``QualitySource.FACETS``, which files keep."""


def recommendation(choice: Choice) -> str:
    """First what is doubtful, then the model and what speaks for it, or why there is none."""
    if not choice.ranking:
        why = "none is left that ran without a failure and keeps the limits"
        if choice.missing:
            why = "nothing that has a weight was measured for every model"
        return f"No model can be recommended: {why}."
    if len(choice.ranking) == 1:
        return f"{choice.ranking[0].key} is the only model left, so there was nothing to choose from."
    winner, runner_up = choice.ranking[:2]
    doubt = _doubt(choice, is_tie=runner_up.rank == 1)
    if runner_up.rank == 1:
        names = _listed([model.key for model in choice.first])
        return f"{doubt}{names} have the same score, {units.points(winner.score)} of 100: choose by what has no weight."
    ahead = _ahead(winner, runner_up)
    reasons = f", ahead most in {_listed(ahead)}" if ahead else ""
    choose = "choose" if doubt.endswith("by the rest: ") else "For now choose" if doubt else "Choose"
    return (
        f"{doubt}{choose} {winner.key}: {_quality_first(choice)}{units.points(winner.score)} of 100 against "
        f"{units.points(runner_up.score)} for {runner_up.key}{_quality_origin(choice)}{reasons}."
    )


def _quality_first(choice: Choice) -> str:
    """Tell the quality of the first two before their scores, and whether the data tells it apart."""
    if not choice.quality_differences:
        return ""
    found = choice.quality_differences[0]
    words = {
        Better.WORSE: "surely better",
        Better.BETTER: "surely worse",
        Better.TOO_CLOSE: "too close to call",
        Better.TOO_FEW: "too few prompts to tell",
    }
    of_facts = " of the expected facts found" if choice.quality_source is QualitySource.FACETS else ""
    shares = f"{units.percent(found.before)} against {units.percent(found.after)}{of_facts} ({words[found.outcome]})"
    if found.before == found.after:
        return f"the same quality so far ({units.percent(found.before)}{of_facts}), score "
    if found.before < found.after:
        return f"its quality is lower, {shares}, but its score is "
    return f"quality {shares}, score "


def _quality_origin(choice: Choice) -> str:
    """Name the origin of the quality, where quality is in the score and the doubts have not named it."""
    counts = any(part.dimension is Dimension.QUALITY and part.contribution for part in choice.ranking[0].parts)
    is_named = not counts or _is_of_facets(choice)
    return f", with the quality from {choice.quality_from}" if choice.quality_from and not is_named else ""


def _doubt(choice: Choice, *, is_tie: bool) -> str:
    """Tell before anything else what the scores leave out, and what makes the first place doubtful."""
    is_weighed = bool(choice.weights.get(Dimension.QUALITY))
    ignored = is_weighed and any(each.dimension is Dimension.QUALITY for each in choice.missing)
    doubts = ["quality was not rated for every model, so the score ignores it"] if ignored else []
    if is_weighed and not ignored and _is_of_facets(choice):
        doubts.append("quality only counts the expected words that an answer has")
    if is_weighed and choice.few_votes is not None:
        doubts.append(f"quality rests on {counted(choice.few_votes, 'vote')} on a model")
    if choice.disturbed:
        some = f"{units.count(choice.disturbed)} of {counted(choice.requests, 'request')}"
        share = all_of(choice.requests, "request") if choice.disturbed == choice.requests else some
        doubts.append(f"other programs were busy during {share}")
    doubts += () if is_tie else _uncertain_lead(choice)
    if not doubts:
        return ""
    told = "; ".join(doubts)
    return f"{told[:1].upper()}{told[1:]}{'; by the rest: ' if ignored else '. '}"


def _is_of_facets(choice: Choice) -> bool:
    """Whether the quality rests on the words that a prompt expects, in part or wholly."""
    origin = choice.quality_from or (choice.quality_source.value if choice.quality_source else "")
    return choice.quality_source is QualitySource.FACETS and QualitySource.FACETS.value in origin


def remarks(choice: Choice) -> tuple[str, ...]:
    """What to know about it, a sentence each."""
    otherwise = (f"{each.key} was not measured quite as asked: {each.reason}." for each in choice.otherwise)
    parts = (_evidence(choice), _uncertainty(choice), _missing(choice), otherwise, _turns(choice), _excluded(choice))
    return tuple(sentence for part in parts for sentence in part)


def _ahead(winner: Ranked, other: Ranked) -> list[str]:
    """The dimensions in which the winner gains most over the other, at most two."""
    gains = [
        ((ours.contribution or 0) - (theirs.contribution or 0), ours.dimension.value)
        for ours, theirs in zip(winner.parts, other.parts, strict=True)
    ]
    return [name for gain, name in sorted(gains, reverse=True)[:2] if gain > _WORTH_NAMING]


def _uncertain_lead(choice: Choice) -> Iterable[str]:
    level = [gap.key for gap in choice.gaps if gap.interval is not None and not gap.told_apart]
    unknown = [gap.key for gap in choice.gaps if gap.interval is None]
    if level:
        yield f"too close to call against {_listed(level)}"
    elif unknown:
        yield f"the lead over {_listed(unknown)} is not certain"


def _evidence(choice: Choice) -> Iterable[str]:
    if choice.quality_source is None or not choice.ranking:
        return
    if choice.quality_source is QualitySource.VOTES:
        yield (
            f"Quality: {choice.quality_from or choice.quality_source.value}, as the chance that an answer is preferred "
            'to one of another model; "benchtop arena" shows the ranking.'
        )
        yield from _other_sources(choice)
        return
    count = len(choice.quality_prompts)
    origin = _plain(choice.quality_from or choice.quality_source.value)
    yield f"Quality: {origin}, over {count} prompt{'' if count == 1 else 's'}."
    yield from _other_sources(choice)
    for found in choice.quality_differences:
        yield (
            f"{found.after_key} against {found.before_key}: quality {units.percent(found.after)} against "
            f"{units.percent(found.before)}, {outcome_words(found)}."
        )
    if _is_of_facets(choice):
        yield "Expected words do not make a good answer: rate the answers before you decide."


def _plain(origin: str) -> str:
    """Name an origin of quality as people read it."""
    return origin.replace(QualitySource.FACETS.value, _FACTS)


def _other_sources(choice: Choice) -> Iterable[str]:
    """Tell what the sources that are not in the quality say, so that a disagreement is seen."""
    found = [
        f"{_plain(one.words)} put {_listed(one.best)} first ({units.percent(one.share)})"
        for one in choice.other_quality
    ]
    if found:
        yield f"Other sources are not mixed in: {'; '.join(found)}."
    if QualitySource.VOTES in choice.too_few:
        yield f"Votes lead over what was checked from {LEAST_VOTES} on each model on."
    if not {QualitySource.HUMAN, QualitySource.JUDGE}.isdisjoint(choice.too_few):
        yield f"Ratings lead over what was checked from {LEAST_RATED} prompts on, or all of them if they are fewer."


def _uncertainty(choice: Choice) -> Iterable[str]:
    for gap in choice.gaps:
        yield _of_gap(gap)
    if choice.gaps and choice.launches == 1:
        yield ("Numbers differ from start to start, and at least one model was started only once: use --launches 5.")


def _of_gap(gap: Gap) -> str:
    if gap.interval is None:
        return f"Leads {gap.key} by {units.points(gap.gap)} points; too few repeats to say how certain."
    low, high = units.points(gap.interval.low), units.points(gap.interval.high)
    verdict = "a clear lead" if gap.told_apart else "too close to call"
    return f"Leads {gap.key} by {units.points(gap.gap)} points [{low}, {high}]: {verdict}."


def _missing(choice: Choice) -> Iterable[str]:
    weighed = [each for each in choice.missing if choice.weights.get(each.dimension)]
    nowhere = [each.dimension.value for each in weighed if each.everywhere]
    if nowhere:
        verb = "was" if len(nowhere) == 1 else "were"
        yield f"{_listed(nowhere).capitalize()} {verb} not measured for any model, so the score ignores {_it(nowhere)}."
    partly = [each for each in weighed if not each.everywhere]
    yield from (_of_missing(each) for each in partly)
    if partly and choice.ranking:
        first = choice.ranking[0]
        rivals = [model.key for model in choice.ranking[1:] if model.high > first.low]
        if rivals:
            yield f"If it were known, {_listed(rivals, 'or')} could come before {first.key}."
        else:
            yield f"Whatever its values are, {first.key} stays first."


def _of_missing(missing: MissingDimension) -> str:
    name = missing.dimension.value
    return f"{name.capitalize()} is not known for {_listed(missing.keys)}, so the score ignores it."


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


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
