"""Whether successive launches resemble each other, as they do where the pace of a machine wanders.

An interval over launches takes them as independent. Where a launch resembles the next one, the mean of a few launches
in a row is further from the truth than they show, and the same thing twice is called different far more often than once
in twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.measure.statistics.intervals import Measured, launch_logs
from tui.records.comparison import LaunchCorrelation

FEWEST_LAUNCHES: Final = 4
"""A run with fewer launches says nothing on their order."""
_MOST_ORDERS: Final = 1_000
_SEED: Final = 20261128


def launch_correlation(runs: Sequence[Sequence[Sequence[Measured]]]) -> LaunchCorrelation | None:
    """Return how alike successive launches of these runs are, each run with the values of several numbers.

    The pace of a launch is the mean over the numbers of its logarithm's deviation, in standard deviations of the number
    and turned so that all numbers point one way. The correlation is the sum over the runs of the products of successive
    paces over the sum of squares, plus ``1 / n`` for the bias of short series (Kendall 1954, "Note on bias in the
    estimation of autocorrelation", Biometrika 41). The probability is that of a permutation test over the orders of the
    launches of each run (Wald & Wolfowitz 1943, "An exact test for randomness in the non-parametric case based on
    serial correlation"). The result is ``None`` if no run has ``FEWEST_LAUNCHES`` launches.
    """
    series = [paces for numbers in runs if (paces := _paces(numbers)) is not None]
    if not series:
        return None
    total = float(sum(np.sum(paces**2) for paces in series))
    if not total:
        return None
    random = np.random.default_rng(_SEED)
    orders = [_products(paces, random) for paces in series]
    observed = sum(float(products[0]) for products in orders)
    drawn = sum(random.choice(products, _MOST_ORDERS) for products in orders) if len(orders) > 1 else orders[0]
    launches = sum(len(paces) for paces in series)
    return LaunchCorrelation(
        correlation=max(-1.0, min(1.0, observed / total + len(series) / launches)),
        probability=float(np.mean(drawn >= observed - 1e-12)),
        launches=launches,
    )


def _paces(numbers: Sequence[Sequence[Measured]]) -> NDArray[np.float64] | None:
    """Return the pace of each launch of a run, in their order; ``None`` if there are too few launches."""
    rows = [logs for values in numbers if len(logs := launch_logs(values)) >= FEWEST_LAUNCHES]
    launches = sorted(set[int]().union(*rows).intersection(*rows)) if rows else []
    if len(launches) < FEWEST_LAUNCHES:
        return None
    table = np.array([[logs[launch] for launch in launches] for logs in rows])
    table -= table.mean(axis=1, keepdims=True)
    spread = table.std(axis=1, keepdims=True)
    table = table[spread[:, 0] > 0] / spread[spread[:, 0] > 0]
    if not len(table):
        return None
    # A rate falls where a time grows: each number is turned to agree with the first.
    table *= np.where(table @ table[0] < 0, -1.0, 1.0)[:, np.newaxis]
    return table.mean(axis=0)


def _products(paces: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Return the sum of products of successive paces, first in their own order, then in others."""
    count = len(paces)
    if factorial(count) <= _MOST_ORDERS:
        orders = np.array(list(permutations(range(count))))
    else:
        orders = np.array([np.arange(count), *(random.permutation(count) for _ in range(_MOST_ORDERS - 1))])
    ordered = paces[orders]
    return np.sum(ordered[:, 1:] * ordered[:, :-1], axis=1)
