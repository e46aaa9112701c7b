"""How a model's numbers spread over its rounds, as its JSON has it."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.statistics import Distribution, Distributions, Drift
from tui.reports.rounding import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentileRow:
    """A percentile over all rounds with its 95 % interval by order statistics, from ``low`` to ``high``."""

    percent: float
    value: float
    low: float | None
    high: float | None
    needs: int
    """How many rounds the interval needs; with fewer it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierRow:
    """A round that stands out, with its modified z-score."""

    prompt_id: str
    launch: int
    round: int
    value: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """How a number moved from the first round of a launch to its last, in shares of the number."""

    share: float
    low: float
    high: float
    per_round: float
    drifts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionRow:
    """The spread of one number, in ms or tok/s; the 95 % interval of its headline is from ``low`` to ``high``."""

    n: int
    launches: int
    within_one_launch: bool
    headline: float
    low: float | None
    high: float | None
    mean: float
    median: float
    sd: float | None
    cv: float | None
    min: float
    max: float
    percentiles: tuple[PercentileRow, ...]
    outliers: tuple[OutlierRow, ...]
    outliers_judged: bool
    drift: DriftRow | None
    launch_headlines: tuple[float, ...] = ()
    """The headline of each launch alone."""
    sd_between_launches: float | None = None
    sd_within_launches: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionsRow:
    """The spread of each number of a model."""

    ttft_ms: DistributionRow | None
    e2e_ms: DistributionRow | None
    decode_tok_s: DistributionRow | None


def distributions_row(of_model: Distributions) -> DistributionsRow:
    """Make a row of each number of a model; ``None`` stands for a number that was never measured."""
    return DistributionsRow(
        ttft_ms=distribution_row(of_model.ttft_ms),
        e2e_ms=distribution_row(of_model.e2e_ms),
        decode_tok_s=distribution_row(of_model.decode_tok_s),
    )


def distribution_row(distribution: Distribution | None) -> DistributionRow | None:
    """Make the row of one number of one model or step; ``None`` if it was never measured."""
    if distribution is None:
        return None
    return DistributionRow(
        n=distribution.count,
        launches=distribution.launches,
        within_one_launch=distribution.within_one_launch,
        headline=rounded(distribution.headline),
        low=rounded(distribution.interval and distribution.interval.low),
        high=rounded(distribution.interval and distribution.interval.high),
        mean=rounded(distribution.mean),
        median=rounded(distribution.median),
        sd=rounded(distribution.sd),
        cv=rounded(distribution.cv),
        min=rounded(distribution.minimum),
        max=rounded(distribution.maximum),
        percentiles=tuple(
            PercentileRow(
                percent=percentile.percent,
                value=rounded(percentile.value),
                low=rounded(percentile.interval and percentile.interval.low),
                high=rounded(percentile.interval and percentile.interval.high),
                needs=percentile.needs,
            )
            for percentile in distribution.percentiles
        ),
        launch_headlines=tuple(rounded(value) for value in distribution.launch_headlines),
        sd_between_launches=rounded(distribution.sd_between_launches),
        sd_within_launches=rounded(distribution.sd_within_launches),
        outliers=tuple(
            OutlierRow(
                prompt_id=outlier.prompt_id,
                launch=outlier.launch,
                round=outlier.round,
                value=rounded(outlier.value),
                score=rounded(outlier.score),
            )
            for outlier in distribution.outliers
        ),
        outliers_judged=distribution.outliers_judged,
        drift=_drift_row(distribution.drift),
    )


def _drift_row(drift: Drift | None) -> DriftRow | None:
    if drift is None:
        return None
    return DriftRow(
        share=rounded(drift.share),
        low=rounded(drift.interval.low),
        high=rounded(drift.interval.high),
        per_round=rounded(drift.per_round),
        drifts=drift.drifts,
    )
