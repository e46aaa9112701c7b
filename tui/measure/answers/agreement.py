"""How far a panel of judges agrees: Cohen's weighted kappa of two, Krippendorff's ordinal alpha of more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import permutations

from tui.measure.answers.judges import MIN_COMMON_ANSWERS, MIN_KAPPA, weighted_kappa
from tui.measure.answers.quality import latest_ratings
from tui.records.judging import PanelAgreement
from tui.records.quality import RaterKind, Rating
from tui.text import units
from tui.text.tables import counted, listed


def krippendorff_alpha(scores: Iterable[Sequence[float]]) -> float | None:
    """Compute Krippendorff's alpha for ordinal scores (Krippendorff 2011, "Computing Krippendorff's alpha").

    ``scores`` has the scores of one answer each, of those who gave one. ``1 - observed / expected disagreement``, where
    two scores c and k disagree by ``(sum of n_g for g from c to k - (n_c + n_k) / 2)^2``, with ``n_g`` pairable scores
    of the value g. ``None`` if no answer has two scores, or all scores are the same.
    """
    pairable = [of_answer for of_answer in scores if len(of_answer) > 1]
    counts = Counter(score for of_answer in pairable for score in of_answer)
    values, total = sorted(counts), counts.total()
    if len(values) < 2:
        return None
    below = {value: sum(counts[other] for other in values if other < value) for value in values}
    middle = {value: below[value] + counts[value] / 2 for value in values}

    def distance(one: float, other: float) -> float:
        return (middle[one] - middle[other]) ** 2

    observed = sum(
        sum(distance(one, other) for one, other in permutations(of_answer, 2)) / (len(of_answer) - 1)
        for of_answer in pairable
    )
    expected = sum(counts[one] * counts[other] * distance(one, other) for one in values for other in values)
    return 1 - (total - 1) * observed / expected


def panel_agreement(ratings: Iterable[Rating]) -> PanelAgreement | None:
    """Compare the scores of the judges among these ratings; ``None`` with fewer than two judges."""
    scored = [
        rating for rating in latest_ratings(ratings) if rating.kind is RaterKind.JUDGE and rating.score is not None
    ]
    judges = tuple(sorted({rating.rater for rating in scored}))
    if len(judges) < 2:
        return None
    by_answer: dict[str, dict[str, float]] = {}
    for rating in scored:
        by_answer.setdefault(rating.answer_id, {})[rating.rater] = float(rating.score or 0)
    common = [scores for scores in by_answer.values() if len(scores) > 1]
    value = None
    if len(common) >= MIN_COMMON_ANSWERS:
        value = (
            weighted_kappa([(scores[judges[0]], scores[judges[1]]) for scores in common])
            if len(judges) == 2
            else krippendorff_alpha([tuple(scores.values()) for scores in common])
        )
    measure = "weighted kappa" if len(judges) == 2 else "alpha"
    return PanelAgreement(judges=judges, measure=measure, answers=len(common), value=value)


def agreement_sentence(agreement: PanelAgreement) -> str:
    """Tell whether the judges of a panel agree."""
    names, answers = listed(agreement.judges), counted(agreement.answers, "answer")
    if agreement.answers < MIN_COMMON_ANSWERS:
        return f"{names} have {answers} in common, and {MIN_COMMON_ANSWERS} are needed to tell whether they agree."
    if agreement.value is None:
        return f"{names} give every one of {answers} the same score, so that no agreement can be told."
    verb = "agree" if agreement.value >= MIN_KAPPA else "do not agree"
    return f"{names} {verb}: {agreement.measure} {units.mark(agreement.value)} on {answers}."
