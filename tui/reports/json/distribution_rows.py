"""What repetitions tell of a model's numbers, as its JSON has it."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.statistics import Distribution, Distributions, Drift

_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentileRow:
    percent: float
    value: float
    low: float | None
    """This and ``high``: the 95 % interval by order statistics, once there are ``needs`` rounds."""
    high: float | None
    needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierRow:
    prompt_id: str
    launch: int
    round: int
    value: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """Shares of the number, from the first round of a launch to its last."""

    share: float
    low: float
    high: float
    per_round: float
    drifts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionRow:
    """In the unit of its name: ms or tok/s; ``low`` and ``high`` are the 95 % interval of the headline."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionsRow:
    ttft_ms: DistributionRow | None
    e2e_ms: DistributionRow | None
    decode_tok_s: DistributionRow | None


def distributions_row(of_model: Distributions) -> DistributionsRow:
    """One row a number; one that was never measured is ``None``."""
    return DistributionsRow(
        ttft_ms=distribution_row(of_model.ttft_ms),
        e2e_ms=distribution_row(of_model.e2e_ms),
        decode_tok_s=distribution_row(of_model.decode_tok_s),
    )


def distribution_row(found: Distribution | None) -> DistributionRow | None:
    """One number of one model or step; ``None`` of nothing."""
    if found is None:
        return None
    return DistributionRow(
        n=found.count,
        launches=found.launches,
        within_one_launch=found.within_one_launch,
        headline=_round(found.headline),
        low=rounded(found.interval and found.interval.low),
        high=rounded(found.interval and found.interval.high),
        mean=_round(found.mean),
        median=_round(found.median),
        sd=rounded(found.sd),
        cv=rounded(found.cv),
        min=_round(found.minimum),
        max=_round(found.maximum),
        percentiles=tuple(
            PercentileRow(
                percent=each.percent,
                value=_round(each.value),
                low=rounded(each.interval and each.interval.low),
                high=rounded(each.interval and each.interval.high),
                needs=each.needs,
            )
            for each in found.percentiles
        ),
        outliers=tuple(
            OutlierRow(
                prompt_id=each.prompt_id,
                launch=each.launch,
                round=each.round,
                value=_round(each.value),
                score=_round(each.score),
            )
            for each in found.outliers
        ),
        outliers_judged=found.outliers_judged,
        drift=_drift_row(found.drift),
    )


def _drift_row(found: Drift | None) -> DriftRow | None:
    if found is None:
        return None
    return DriftRow(
        share=_round(found.share),
        low=_round(found.interval.low),
        high=_round(found.interval.high),
        per_round=_round(found.per_round),
        drifts=found.drifts,
    )


def rounded(value: float | None) -> float | None:
    """To a millionth of its unit."""
    return None if value is None else _round(value)


def _round(value: float) -> float:
    return round(value, _DECIMALS)
