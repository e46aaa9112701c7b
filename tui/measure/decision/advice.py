"""A choice in words: what to take, on what evidence, how sure that is, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.measure.decision.scores import LEAST_RATED, LEAST_VOTES
from tui.records.decision import Choice, Dimension, Gap, MissingDimension, QualitySource, Ranked
from tui.records.grading.rates import Better, RateDifference
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
_CLEAR: Final = 0.25
"""A lead is clear if the low end of its interval is at least this share of it."""
_FACTS: Final = "expected facts found"
"""How people read the value of ``QualitySource.FACETS``, which files keep."""


def recommendation(choice: Choice) -> str:
    """Tell the model to take and what speaks for it, then what is doubtful; or why there is none to take."""
    return " ".join((verdict(choice), *doubts(choice)))


def verdict(choice: Choice) -> str:
    """Name the model to take in the first words, then what speaks for it; or tell why there is none."""
    if not choice.ranking:
        why = "none is left that ran without a failure and keeps the limits"
        if choice.missing:
            why = "nothing that has a weight was measured for every model"
        return f"No model can be recommended: {why}."
    if len(choice.ranking) == 1:
        return f"{choice.ranking[0].key} is the only model left, so there was nothing to choose from."
    winner, runner_up = choice.ranking[:2]
    without = ", leaving quality out: it was not rated for every model" if _leaves_quality_out(choice) else ""
    if runner_up.rank == 1:
        names = _listed([model.key for model in choice.first], "or")
        return f"Choose {names}{without}. They have the same score, {units.points(winner.score)} of 100."
    ahead = _ahead(winner, runner_up)
    reasons = f", ahead most in {_listed(ahead)}" if ahead else ""
    for_now = " for now" if without or any(doubts(choice)) else ""
    return (
        f"Choose {winner.key}{for_now}{without}. It scores {units.points(winner.score)} of 100 against "
        f"{units.points(runner_up.score)} for {runner_up.key}{reasons}{_quality_of_both(choice)}"
        f"{_quality_origin(choice)}."
    )


def doubts(choice: Choice) -> tuple[str, ...]:
    """Tell what makes the verdict doubtful, a sentence each; nothing where there was nothing to choose from."""
    if len(choice.ranking) < 2:
        return ()
    is_weighed = bool(choice.weights.get(Dimension.QUALITY)) and not _leaves_quality_out(choice)
    found: list[str] = []
    if is_weighed and _is_of_facets(choice):
        found.append("Quality is only the share of the expected words that the answers have.")
    if is_weighed and choice.few_votes is not None:
        found.append(f"Quality rests on few votes: {units.count(choice.few_votes)} on the model with the fewest.")
    if choice.disturbed:
        some = f"{units.count(choice.disturbed)} of {counted(choice.requests, 'request')}"
        share = all_of(choice.requests, "request") if choice.disturbed == choice.requests else some
        found.append(f"Other programs were busy during {share}.")
    if choice.ranking[1].rank != 1:
        found += _uncertain_lead(choice)
    return tuple(found)


def _leaves_quality_out(choice: Choice) -> bool:
    """Whether quality has a weight but is in no score, because it is not known for every model."""
    is_weighed = bool(choice.weights.get(Dimension.QUALITY))
    return is_weighed and any(missing.dimension is Dimension.QUALITY for missing in choice.missing)


def _quality_of_both(choice: Choice) -> str:
    """Tell the quality of the first two, and whether the data tells it apart."""
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
    if found.before == found.after:
        return f"; both have the same quality so far ({units.percent(found.before)}{of_facts})"
    is_lower = " lower," if found.before < found.after else ""
    shares = f"{units.percent(found.before)} against {units.percent(found.after)}{of_facts}"
    return f"; its quality is{is_lower} {shares} ({words[found.outcome]})"


def _quality_origin(choice: Choice) -> str:
    """Name the origin of the quality, where quality is in the score and the doubts do not name it."""
    counts = any(part.dimension is Dimension.QUALITY and part.contribution for part in choice.ranking[0].parts)
    is_named = not counts or _is_of_facets(choice)
    return f"; quality is from {choice.quality_from}" if choice.quality_from and not is_named else ""


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
        yield f"The lead over {_listed(level)} may be chance."
    elif unknown:
        yield f"Too little was repeated to say whether the lead over {_listed(unknown)} is chance."


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
    of_scores = choice.quality_source in (QualitySource.HUMAN, QualitySource.JUDGE)
    scale = " (1 counts 0 %, 5 100 %)" if of_scores else ""
    yield f"Quality: {origin}, over {counted(count, 'prompt')}{scale}."
    yield from _other_sources(choice)
    yield from _quality_differences(choice)
    if _is_of_facets(choice):
        yield "Expected words do not make a good answer: rate the answers before you decide."


def _plain(origin: str) -> str:
    """Name an origin of quality as people read it."""
    return origin.replace(QualitySource.FACETS.value, _FACTS)


def _quality_differences(choice: Choice) -> Iterable[str]:
    """Compare the quality of the first model with that of each other; models of the same outcome share a sentence."""
    others: dict[str, list[str]] = {}
    for found in choice.quality_differences:
        others.setdefault(_difference_words(found), []).append(found.after_key)
    yield from (f"{_listed(keys)}: {words}." for words, keys in others.items())


def _difference_words(found: RateDifference) -> str:
    if found.before == found.after:
        words = f"quality {units.percent(found.after)}, the same as {found.before_key}"
    else:
        words = f"quality {units.percent(found.after)} against {units.percent(found.before)} of {found.before_key}"
    low, high = found.interval.low * 100, found.interval.high * 100
    match found.outcome:
        case Better.TOO_FEW:
            return f"{words}; {found.outcome.value}"
        case Better.TOO_CLOSE:
            prompts = counted(found.prompts, "prompt")
            return f"{words}; {prompts} cannot tell them apart (the difference may be {low:+.0f} to {high:+.0f} points)"
        case Better.WORSE:
            return f"{words}; surely worse, by {-high:.0f} to {-low:.0f} points"
        case Better.BETTER:
            return f"{words}; surely better, by {low:.0f} to {high:.0f} points"


def _other_sources(choice: Choice) -> Iterable[str]:
    """Tell what the sources that are not in the quality say, so that a disagreement is seen."""
    for one in choice.other_quality:
        is_tie = len(one.best) > 1 and len(one.best) == len(choice.ranking)
        told = "rank all models alike" if is_tie else f"put {_listed(one.best)} first"
        yield f"Not in the score: {_plain(one.words)}, which {told} ({units.percent(one.share)})."
    if QualitySource.VOTES in choice.too_few:
        yield f"Votes become the quality, in place of what was checked, once each model has {LEAST_VOTES}."
    if not {QualitySource.HUMAN, QualitySource.JUDGE}.isdisjoint(choice.too_few):
        yield (
            "Ratings become the quality, in place of what was checked, once the answers to "
            f"{LEAST_RATED} prompts are rated, or to all if there are fewer."
        )


def _uncertainty(choice: Choice) -> Iterable[str]:
    for gap in choice.gaps:
        yield _of_gap(gap)
    if choice.gaps and choice.launches == 1:
        yield (
            "Numbers differ from start to start, and at least one model was started only once: measure with 5 launches."
        )


def _of_gap(gap: Gap) -> str:
    lead = f"The lead over {gap.key} is {units.points(gap.gap)} points"
    if gap.interval is None:
        return f"{lead}; too little was repeated to say how certain it is."
    low, high = units.points(gap.interval.low), units.points(gap.interval.high)
    small = gap.interval.low < _CLEAR * gap.gap
    surely = "more than chance, but it may be small" if small else "a clear lead"
    conclusion = surely if gap.told_apart else "it may be chance"
    return f"{lead}, or anything from {low} to {high}: {conclusion}."


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
            f"If {turn.dimension.value} had {'more' if turn.at_share > turn.share else 'less'} than "
            f"{units.percent(turn.at_share)} of the weight (now {units.percent(turn.share)}), "
            f"{turn.winner} would be first."
        )
    if len(choice.ranking) > 1 and len(choice.first) == 1 and not choice.turns:
        yield f"Whichever single weight you change, {choice.ranking[0].key} stays first."


def _excluded(choice: Choice) -> Iterable[str]:
    yield from (f"Not ranked: {each.key}, {each.reason}." for each in choice.excluded)


def _listed(names: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
