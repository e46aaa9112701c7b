"""The texts about judging for a person: the models that may judge, the work, each judgement, and the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from tui.bench.judging.runner import Judged, JudgingWork, own_answers
from tui.measure.answers.judges import MIN_KAPPA
from tui.measure.answers.quality import answers_of, latest_ratings
from tui.records import Model, ModelState, RunRecord
from tui.records.judging import BiasKind, Pairing, Preferred, TrackRecord
from tui.records.quality import RaterKind, Rating
from tui.text import units
from tui.text.tables import counted, listed


@dataclass(frozen=True, slots=True)
class JudgeOffer:
    """A model that might judge."""

    model: Model
    why_not: str = ""
    """The reason why the model is not offered; empty if it is."""
    has_answered: bool = False
    """Whether the model answered in these runs itself."""

    @property
    def can_run(self) -> bool:
        """Whether the model can be run here."""
        return self.model.state is ModelState.READY


def judge_offers(models: Sequence[Model], runs: Sequence[RunRecord], *, itself: bool = False) -> tuple[JudgeOffer, ...]:
    """Offer every model as a judge, or give the reason why not.

    A model that answered in these runs is offered only with ``itself``.
    """
    offers: list[JudgeOffer] = []
    for model in models:
        own = any(own_answers(run, model) for run in runs)
        if model.state is not ModelState.READY:
            why_not = "it cannot be run here"
        else:
            why_not = "its own answers are in this run" if own and not itself else ""
        offers.append(JudgeOffer(model, why_not, own))
    return tuple(offers)


def work_text(work: JudgingWork, judge: str) -> tuple[str, ...]:
    """Lines about the work of the judge, and about what it judged before and need not judge again."""
    judged = counted(work.judged_before, "answer or pair", "answers and pairs")
    before = [f"Judged before, and not asked about again: {judged}."] if work.judged_before else []
    if not work.total:
        return (*before, f"There is nothing left for {judge} to judge.")
    answers, pairs = len(work.answers), (len(work.pairs) + 1) // 2
    what = [counted(answers, "answer")] if answers else []
    what += [counted(pairs, "pair")] if pairs else []
    return (*before, f"{judge} judges {listed(what)}, each twice.")


def left_text(done: int, total: int, since_first_s: float) -> str:
    """How long the rest takes at the pace since the first judgement; empty until a second one shows a pace.

    The time of loading, which passes before the first judgement, is in no pace.
    """
    if done < 2 or done >= total:
        return ""
    return f"about {units.clock(since_first_s / (done - 1) * (total - done))} left"


def left_out_text(offers: Sequence[JudgeOffer]) -> str:
    """Name the models that are not offered as judges, with the reason; those that cannot be run are only counted."""
    own = [offer.model.key for offer in offers if offer.why_not and offer.has_answered and offer.can_run]
    absent = sum(not offer.can_run for offer in offers)
    sentences = [f"Not offered, as its own answers are here: {own[0]}."] if len(own) == 1 else []
    sentences += [f"Not offered, as their own answers are here: {listed(own)}."] if len(own) > 1 else []
    if absent:
        sentences.append(f"{counted(absent, 'other model')} cannot be run on this machine.")
    return " ".join(sentences)


def judgement_text(judged: Judged, names: Mapping[str, str]) -> str:
    """The newest judgement in one line; ``names`` maps the id of an answer to the name of the model that gave it."""
    judgement = judged.judgement
    if isinstance(judgement, Rating):
        score = (
            f"{units.mark(judgement.score)} of 5" if judgement.score is not None else f"no score, {judgement.reason}"
        )
        return f"{judgement.prompt_id} · {names[judgement.answer_id]}: {score}"
    first, second = names[judgement.first_id], names[judgement.second_id]
    better = {Preferred.FIRST: first, Preferred.SECOND: second, Preferred.NEITHER: "neither is better"}
    choice = f"no choice, {judgement.reason}" if judgement.preferred is None else better[judgement.preferred]
    return f"{judgement.prompt_id} · {first} or {second}: {choice}"


def is_usable(judgement: Rating | Pairing) -> bool:
    """Whether the judgement has a score or a preference."""
    return judgement.score is not None if isinstance(judgement, Rating) else judgement.preferred is not None


def outcome_text(runs: Sequence[RunRecord], judge: str) -> str:
    """One sentence about the mean scores that a judge gave, its biases, its agreement with people, and its trust.

    ``runs`` must come with their ratings and judges.
    """
    latest = latest_ratings(rating for run in runs for rating in run.ratings)
    own = {rating.answer_id: rating for rating in latest if rating.kind is RaterKind.JUDGE and rating.rater == judge}
    records = [record for run in runs for record in run.judges if record.judge == judge]
    if not own or not records:
        return f"{judge} has judged no answer."
    return f"{judge} {_scores(runs, own)}, and {_trust(records[-1])}."


def _scores(runs: Sequence[RunRecord], own: Mapping[str, Rating]) -> str:
    """The mean score of each model's answers, and the number of answers without a score."""
    scores_of: dict[str, dict[str, float]] = {}
    for run in runs:
        for answer in answers_of(run):
            rating = own.get(answer.answer_id)
            if rating is not None and rating.score is not None:
                for key in answer.keys:
                    scores_of.setdefault(key, {})[answer.answer_id] = rating.score
    failed = [rating.reason for rating in own.values() if rating.score is None]
    if not scores_of:
        return f"gave no score ({_mostly(failed)})"
    means = [f"{key} {units.mark(fmean(scores.values()))}" for key, scores in scores_of.items()]
    without = f", left {counted(len(failed), 'answer')} without a score ({_mostly(failed)})" if failed else ""
    return f"gave {listed(means)} of 5{' on average' if len(own) > 1 else ''}{without}"


def _mostly(reasons: Sequence[str]) -> str:
    counts = Counter(reasons).most_common()
    return f"{'mostly ' if len(counts) > 1 else ''}{counts[0][0]}"


def _trust(record: TrackRecord) -> str:
    agreement = f"kappa {units.mark(record.kappa)} on {counted(record.common, 'answer')}"
    if record.trusted:
        return f"is trusted: it agrees with people ({agreement}), and no bias was found"
    unusable = {bias.words for bias in record.biases if bias.kind is BiasKind.UNUSABLE}
    reasons = [reason for reason in record.reasons if reason not in unusable] or list(record.reasons)
    if record.kappa is not None and record.kappa >= MIN_KAPPA:
        reasons.append(f"with people it agrees ({agreement})")
    return f"is not trusted: {'; '.join(reasons)}"
