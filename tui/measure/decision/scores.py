"""How well each candidate does in each dimension, from 0 to 1.

Each dimension gives a score from 0 to 1:

- latency (TTFT p50), memory (peak) and footprint (size on the disk): ``smallest of the candidates / value``;
- throughput (decode rate p50): ``value / largest of the candidates``;
- quality: its share of 1 as it is, the mean over the prompts that all candidates have;
- licence: commercial use allowed 1, allowed under conditions 0.5.

So twice the time or the memory is half the score, and a difference of 2 % stays one of 2 %, however close the
candidates are. With other candidates the scores may be others. A value in doubt has no score, and sets no other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.records.comparison import left_out
from tui.records.decision import Candidate, CommercialUse, Dimension, QualitySource

_USE: Final = {CommercialUse.ALLOWED: 1.0, CommercialUse.CONDITIONS: 0.5, CommercialUse.UNKNOWN: None}
_FEWEST_SHARE: Final = 4
LEAST_VOTES: Final = 10
"""Votes on each model from which votes lead over what was checked: one vote says which of some answers a person liked,
and moved the quality of three models that answered alike to 84 % and 33 %."""
LEAST_RATED: Final = 5
"""Prompts with ratings from which ratings lead over what was checked, where more prompts than these were checked."""
SAME: Final = 1e-9
"""Scores that are no further apart are the same."""

Scores = Mapping[Dimension, float | None]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The candidates with their values and scores in each dimension."""

    candidates: Sequence[Candidate]
    values: Mapping[str, Scores]
    scores: Mapping[str, Scores]
    source: QualitySource | None
    prompts: tuple[str, ...]
    """Those that the quality is the mean over."""
    too_few: tuple[QualitySource, ...] = ()
    """Sources of opinions, such as votes, that cover as many models but hold too few opinions to decide."""

    def known_of_all(self, dimension: Dimension) -> bool:
        return all(scores[dimension] is not None for scores in self.scores.values())

    def known_of_some(self, dimension: Dimension) -> bool:
        return any(scores[dimension] is not None for scores in self.scores.values())


def score_table(candidates: Sequence[Candidate]) -> ScoreTable:
    """The scores of these candidates among each other."""
    source, prompts, too_few = _quality_source(candidates)
    values: dict[str, Scores] = {
        candidate.key: {
            Dimension.LATENCY: candidate.ttft_ms.value if candidate.ttft_ms else None,
            Dimension.THROUGHPUT: candidate.decode_tok_s.value if candidate.decode_tok_s else None,
            Dimension.MEMORY: candidate.memory_bytes,
            Dimension.QUALITY: _quality(candidate, source, prompts),
            Dimension.FOOTPRINT: candidate.origin.disk_bytes,
            Dimension.LICENCE: _USE[candidate.use],
        }
        for candidate in candidates
    }
    ranked = _without_doubted(candidates, values)
    best = {dimension: _best(dimension, (value[dimension] for value in ranked.values())) for dimension in Dimension}
    scores: dict[str, Scores] = {
        key: {dimension: _score(dimension, value, best[dimension]) for dimension, value in of_model.items()}
        for key, of_model in ranked.items()
    }
    return ScoreTable(candidates, values, scores, source, prompts, too_few)


def _without_doubted(candidates: Sequence[Candidate], values: Mapping[str, Scores]) -> dict[str, Scores]:
    """Return the values without those in doubt, which also no weight that is tried may rank."""
    unranked = {
        dimension: left_out({candidate.key: candidate.doubts.get(dimension) for candidate in candidates})
        for dimension in Dimension
    }
    return {
        key: {dimension: None if key in unranked[dimension] else value for dimension, value in of_model.items()}
        for key, of_model in values.items()
    }


def _quality_source(
    candidates: Sequence[Candidate],
) -> tuple[QualitySource | None, tuple[str, ...], tuple[QualitySource, ...]]:
    """Return the origin of quality that leads, its prompts, and the opinions that are too few to lead.

    It is the best word that all candidates have on common prompts; else the one that most of them have. Opinions lead
    over what was checked only if they are enough: ``LEAST_VOTES`` votes on each model, or ratings of the answers to
    ``LEAST_RATED`` prompts or to all that were checked. A better word on few prompts also gives way to one on more than
    four times as many: a person who has rated five answers has not judged 25 graded tasks.
    """
    common: dict[QualitySource, tuple[str, ...]] = {}
    models: dict[QualitySource, int] = {}
    for source in QualitySource:
        known = [of_prompts for candidate in candidates if (of_prompts := shares(candidate, source))]
        shared = tuple(prompt for prompt in known[0] if all(prompt in each for each in known)) if known else ()
        if shared:
            common[source], models[source] = shared, len(known)
    most = [source for source in common if models[source] == max(models.values())]
    too_few: tuple[QualitySource, ...] = ()
    if QualitySource.FACETS in most:
        checked = common[QualitySource.FACETS]
        too_few = tuple(source for source in most if _is_too_few(source, common[source], checked, candidates))
    left = [source for source in most if source not in too_few]
    prompts = max((len(common[source]) for source in left), default=0)
    enough = (source for source in left if len(common[source]) * _FEWEST_SHARE >= prompts)
    chosen = next((source for source in enough), None)
    return chosen, () if chosen is None else common[chosen], too_few


def _is_too_few(
    source: QualitySource, prompts: Sequence[str], checked: Sequence[str], candidates: Sequence[Candidate]
) -> bool:
    """Whether opinions are too few to lead over what was checked of the answers to the prompts ``checked``."""
    match source:
        case QualitySource.FACETS:
            return False
        case QualitySource.VOTES:
            return min(candidate.votes for candidate in candidates if shares(candidate, source)) < LEAST_VOTES
        case QualitySource.HUMAN | QualitySource.JUDGE:
            return len(prompts) < min(LEAST_RATED, len(checked))


def shares(candidate: Candidate, source: QualitySource) -> Mapping[str, float]:
    """What it has by this word, prompt by prompt."""
    return {} if candidate.quality is None else candidate.quality.get(source, {})


def _quality(candidate: Candidate, source: QualitySource | None, prompts: Sequence[str]) -> float | None:
    known_shares = shares(candidate, source) if source else None
    return sum(known_shares[prompt] for prompt in prompts) / len(prompts) if known_shares and prompts else None


def _best(dimension: Dimension, values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    match dimension:
        case Dimension.LATENCY | Dimension.MEMORY | Dimension.FOOTPRINT:
            return min(known, default=None)
        case Dimension.THROUGHPUT:
            return max(known, default=None)
        case Dimension.QUALITY | Dimension.LICENCE:
            return None


def _score(dimension: Dimension, value: float | None, best: float | None) -> float | None:
    if value is None or best is None:
        return value
    return value / best if dimension is Dimension.THROUGHPUT else best / value


def known_score(score: float | None) -> float:
    """A score of a dimension that is known of all."""
    assert score is not None
    return score
