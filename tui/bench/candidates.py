"""Runs of the history -> what a model is chosen by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure import licences, metrics
from tui.measure.intervals import Measured, estimate, headline
from tui.measure.likeness import unlike
from tui.measure.quality import answers_of, qualities
from tui.measure.summary import measured, rounds_of, summarize, ttft_ms
from tui.records import Model, ModelStatus, ModelSummary, Purpose, RunRecord, RunStatus
from tui.records.choosing import Candidate, Origin, QualitySource, Uncertain
from tui.records.comparison import Difference
from tui.records.quality import ModelQuality
from tui.store.history import History
from tui.store.ratings import ratings_of

_NEWEST: Final = 500
"""Runs that are looked through for the latest of each model."""

Describe = Callable[[Model], Origin]


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates, and the runs that they are from."""

    candidates: tuple[Candidate, ...]
    runs: tuple[RunRecord, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What the runs do not have in common, so that their numbers compare badly."""
        first, *others = self.runs or (None,)
        found = (each for other in others if first is not None for each in unlike(first, other))
        return tuple(dict.fromkeys(found))


def candidates_of(history: History, run: RunRecord, describe: Describe) -> Found:
    """Every model of one run."""
    return Found(_candidates(history, run, [model.key for model in run.plan.models], describe), (run,))


def latest_candidates(history: History, describe: Describe, wanted: Collection[str] = ()) -> Found:
    """Each model as its latest benchmark has it, or only those of these names, in the order of their keys."""
    found: dict[str, Candidate] = {}
    runs: list[RunRecord] = []
    for each in history.latest(_NEWEST):
        keys = [
            model.key
            for model in each.plan.models
            if model.key not in found and (not wanted or {model.key, model.alias, model.model_id} & set(wanted))
        ]
        if not keys or each.plan.purpose is not Purpose.BENCHMARK or each.status is RunStatus.RUNNING:
            continue
        run = history.run(each.run_id)
        reached = _candidates(history, run, keys, describe)
        if reached:
            runs.append(run)
            found |= {candidate.key: candidate for candidate in reached}
    return Found(tuple(found[key] for key in sorted(found)), tuple(runs))


def _candidates(history: History, run: RunRecord, keys: Sequence[str], describe: Describe) -> tuple[Candidate, ...]:
    """These models of the run, without those that it did not come to."""
    ratings = ratings_of(history, [answer.answer_id for answer in answers_of(run)])
    quality = {each.key: each for each in qualities(run, ratings)}
    return tuple(
        _candidate(run, summary, quality[summary.key], describe(summary.model))
        for summary in summarize(run)
        if summary.key in keys and summary.status is not ModelStatus.SKIPPED
    )


def _candidate(run: RunRecord, summary: ModelSummary, quality: ModelQuality, origin: Origin) -> Candidate:
    rounds = rounds_of(run, summary.key)
    failed = summary.status is not ModelStatus.OK
    peaks = [each for each in (summary.peak_rss_bytes, summary.peak_vram_bytes) if each is not None]
    return Candidate(
        key=summary.key,
        run_id=run.run_id,
        ttft_ms=_uncertain(measured(rounds, ttft_ms)),
        decode_tok_s=_uncertain(measured(rounds, metrics.decode_tok_s)),
        memory_bytes=sum(peaks) if peaks else None,
        quality={source: shares for source in QualitySource if (shares := _shares(quality, source))},
        origin=origin,
        use=licences.known_of(origin.licence).use,
        failure=summary.error or "it failed" if failed else "",
        capabilities=summary.model.capabilities,
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


def _uncertain(values: Sequence[Measured]) -> Uncertain | None:
    if not values:
        return None
    launches = len({each.launch for each in values})
    found = estimate(values)
    if found is None:
        return Uncertain(value=headline(values), launches=launches)
    return Uncertain(value=found.value, log_error=found.log_error, freedom=found.freedom, launches=launches)
