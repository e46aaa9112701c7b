"""How far two raters agree beyond what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, pvariance


def weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Cohen's weighted kappa with quadratic weights (Cohen 1968) of ``(score, other score)`` on the same answers.

    ``1 - sum_i (x_i - y_i)^2 / (1/n sum_i sum_j (x_i - y_j)^2)``: 1 is full agreement, 0 what chance gives with these
    scores. The lower sum is ``n (var x + var y + (mean x - mean y)^2)`` with variances over n, so that means of several
    raters need no categories of their own. ``None`` where every score of both is the same, or there is none.
    """
    if not pairs:
        return None
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    by_chance = pvariance(ours) + pvariance(theirs) + (fmean(ours) - fmean(theirs)) ** 2
    if by_chance == 0:
        return None
    return 1 - fmean((one - other) ** 2 for one, other in pairs) / by_chance
