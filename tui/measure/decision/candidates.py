"""A run that is over -> what its models are chosen by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from typing import Final

from tui.measure.answers.quality import qualities
from tui.measure.decision import licences
from tui.measure.decision.arena import latest_votes, longer_error
from tui.measure.decision.joint_ranking import joint_ranking
from tui.measure.decision.preferences import distinct
from tui.measure.statistics.intervals import Measured, estimate, headline
from tui.measure.timing import metrics
from tui.measure.timing.summary import measured, rounds_of, summarize, ttft_ms
from tui.records import ANSWERED_BY, NOT_LISTED, SENT_AS, Model, ModelStatus, ModelSummary, RunRecord
from tui.records.comparison import Quantity
from tui.records.decision import Candidate, Dimension, Estimate, JointRanking, Origin, QualitySource
from tui.records.judging import TrackRecord
from tui.records.quality import ModelQuality, Preference, PreferenceSource, RaterKind, Vote
from tui.text.tables import counted, listed

_OF_ANSWERS: Final = (QualitySource.HUMAN, QualitySource.JUDGE, QualitySource.FACETS)
"""The origins of quality that tell about the answers of one run, prompt by prompt."""
_ALL_VOTES: Final = "votes"
_DIMENSIONS: Final = {Quantity.TTFT: Dimension.LATENCY, Quantity.DECODE: Dimension.THROUGHPUT}
Describe = Callable[[Model], Origin]


def candidates(run: RunRecord, keys: Collection[str], describe: Describe) -> tuple[Candidate, ...]:
    """These models of the run, without those that it did not come to; of judges those count that are trusted."""
    trusted = {standing.judge for standing in run.judges if standing.trusted}
    ratings = [rating for rating in run.ratings if rating.kind is RaterKind.HUMAN or rating.rater in trusted]
    quality = {quality.key: quality for quality in qualities(run, ratings)}
    details = _details(run, sorted({rating.rater for rating in ratings if rating.kind is RaterKind.JUDGE}))
    return tuple(
        replace(_candidate(run, summary, quality[summary.key], describe(summary.model)), quality_details=details)
        for summary in summarize(run)
        if summary.key in keys and summary.status is not ModelStatus.SKIPPED
    )


def _details(run: RunRecord, judges: Sequence[str]) -> dict[QualitySource, str]:
    """Name the judges that count, and tell whether answers are checked by facets, by graders or by both."""
    checks = [QualitySource.FACETS.value] if any(prompt.facets for prompt in run.plan.prompts) else []
    if any(prompt.graders for prompt in run.plan.prompts):
        checks.append("graders")
    details = {QualitySource.FACETS: " and ".join(checks)} if checks else {}
    if judges:
        details[QualitySource.JUDGE] = f"{QualitySource.JUDGE.value} ({', '.join(judges)})"
    return details


def with_votes(
    candidates: Sequence[Candidate],
    votes: Sequence[Vote],
    preferences: Iterable[Preference] = (),
    judges: Iterable[TrackRecord] = (),
) -> tuple[Candidate, ...]:
    """Add the quality that the arena gives; it is one figure for each model, over all prompts.

    Where anybody has voted, the pairs of ratings by people and by trusted judges count in the same ranking.
    """
    trusted = {judge.judge for judge in judges if judge.trusted}
    pairs = [one for one in preferences if one.source is not PreferenceSource.JUDGES or one.rater in trusted]
    ranking = joint_ranking(votes, pairs) if votes else JointRanking()
    places = {place.key: place for place in ranking.places}
    words = _votes_words({candidate.key for candidate in candidates}, votes, pairs)
    return tuple(
        replace(
            candidate,
            quality={**(candidate.quality or {}), QualitySource.VOTES: {_ALL_VOTES: place.share}},
            quality_details={**candidate.quality_details, QualitySource.VOTES: words},
            vote_error=longer_error(place),
            votes=sum(source.pairs for source in place.sources.values()),
        )
        if (place := places.get(candidate.key)) is not None
        else candidate
        for candidate in candidates
    )


def _votes_words(keys: Set[str], votes: Sequence[Vote], pairs: Sequence[Preference]) -> str:
    """Name the sources of the ranking, with how much of each tells of these models."""
    cast = sum(not keys.isdisjoint(vote.keys) for vote in latest_votes(votes))
    words = f"{QualitySource.VOTES.value} ({counted(cast, 'vote')})"
    told = [one.source for one in distinct(pairs) if not keys.isdisjoint(one.keys)]
    others = [
        f"{source.value} ({counted(told.count(source), 'pair')})" for source in PreferenceSource if source in told
    ]
    return f"{listed([words, *others])} in one ranking" if others else words


def _candidate(run: RunRecord, summary: ModelSummary, quality: ModelQuality, origin: Origin) -> Candidate:
    rounds = rounds_of(run, summary.key)
    failed = summary.status is not ModelStatus.OK
    peaks = [each for each in (summary.peak_rss_bytes, summary.peak_vram_bytes) if each is not None]
    # The memory of a server with several models cannot be divided among them.
    is_own = summary.doubt_about(Quantity.MEMORY) is None
    return Candidate(
        key=summary.key,
        run_id=run.run_id,
        ttft_ms=_uncertain(measured(rounds, ttft_ms)),
        decode_tok_s=_uncertain(measured(rounds, metrics.decode_tok_s)),
        memory_bytes=sum(peaks) if peaks and is_own else None,
        quality={source: shares for source in _OF_ANSWERS if (shares := _shares(quality, source))},
        origin=origin,
        use=licences.licence_terms(origin.licence).use,
        doubts={_DIMENSIONS[doubt.quantity]: doubt for doubt in summary.doubts if doubt.quantity in _DIMENSIONS},
        flags=summary.flags,
        failure=summary.error or "it failed" if failed else "",
        unavailable=origin.unavailable,
        capabilities=summary.model.capabilities,
        requests=max(summary.rounds, summary.disturbed),
        disturbed=summary.disturbed,
        otherwise=tuple(flag for flag in summary.flags if flag.startswith((ANSWERED_BY, NOT_LISTED, SENT_AS))),
    )


def _shares(quality: ModelQuality, source: QualitySource) -> dict[str, float]:
    shares = {
        prompt.prompt_id: {
            QualitySource.HUMAN: prompt.human,
            QualitySource.JUDGE: prompt.judge,
            QualitySource.FACETS: prompt.facets,
        }[source]
        for prompt in quality.prompts
    }
    return {prompt_id: share for prompt_id, share in shares.items() if share is not None}


def _uncertain(values: Sequence[Measured]) -> Estimate | None:
    if not values:
        return None
    launches = len({value.launch for value in values})
    found = estimate(values)
    if found is None:
        return Estimate(value=headline(values), launches=launches)
    return Estimate(value=found.value, log_error=found.log_error, freedom=found.freedom, launches=launches)
