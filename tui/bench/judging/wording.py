"""What a person is told of judging: who may judge, what there is to do, what was said, and what came of it."""

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
    """Why it is not offered; empty where it is."""
    has_answered: bool = False
    """It has answered here itself."""


def judge_offers(models: Sequence[Model], runs: Sequence[RunRecord], *, itself: bool = False) -> tuple[JudgeOffer, ...]:
    """Every model of the list; one that has answered in these runs is offered only where it may judge ``itself``."""
    found: list[JudgeOffer] = []
    for model in models:
        own = any(own_answers(run, model) for run in runs)
        if model.state is not ModelState.READY:
            why_not = "it cannot be run here"
        else:
            why_not = "it would judge itself" if own and not itself else ""
        found.append(JudgeOffer(model, why_not, own))
    return tuple(found)


def work_text(work: JudgingWork, judge: str) -> tuple[str, ...]:
    """What the judge is about to do, and what it need not do again."""
    known = counted(work.judged_before, "answer or pair", "answers and pairs")
    before = [f"Judged before, and not asked about again: {known}."] if work.judged_before else []
    if not work.total:
        return (*before, f"There is nothing left for {judge} to judge.")
    answers, pairs = len(work.answers), (len(work.pairs) + 1) // 2
    what = [counted(answers, "answer")] if answers else []
    what += [counted(pairs, "pair")] if pairs else []
    return (*before, f"{judge} judges {listed(what)}, each twice.")


def judgement_text(judged: Judged, names: Mapping[str, str]) -> str:
    """What the judge has just said, in a line; ``names`` are those of whose answers they are, by the answer's id."""
    said = judged.judgement
    if isinstance(said, Rating):
        found = units.mark(said.score) if said.score is not None else f"no score, {said.reason}"
        return f"{said.prompt_id} · {names[said.answer_id]}: {found}"
    first, second = names[said.first_id], names[said.second_id]
    better = {Preferred.FIRST: first, Preferred.SECOND: second, Preferred.NEITHER: "neither is better"}
    found = f"no choice, {said.reason}" if said.preferred is None else better[said.preferred]
    return f"{said.prompt_id} · {first} or {second}: {found}"


def is_usable(said: Rating | Pairing) -> bool:
    """Whether it says anything that counts."""
    return said.score is not None if isinstance(said, Rating) else said.preferred is not None


def outcome_text(runs: Sequence[RunRecord], judge: str) -> str:
    """In one sentence: its mean scores, what it goes by besides the answers, its agreement with people, its trust.

    ``runs`` come with their ratings and judges.
    """
    kept = latest_ratings(rating for run in runs for rating in run.ratings)
    own = {each.answer_id: each for each in kept if each.kind is RaterKind.JUDGE and each.rater == judge}
    standings = [each for run in runs for each in run.judges if each.judge == judge]
    if not own or not standings:
        return f"{judge} has judged no answer."
    return f"{judge} {_scores(runs, own)}, and {_trust(standings[-1])}."


def _scores(runs: Sequence[RunRecord], own: Mapping[str, Rating]) -> str:
    """The mean score of each model's answers, and how many have none."""
    gave: dict[str, dict[str, float]] = {}
    for run in runs:
        for answer in answers_of(run):
            rating = own.get(answer.answer_id)
            if rating is not None and rating.score is not None:
                for key in answer.keys:
                    gave.setdefault(key, {})[answer.answer_id] = rating.score
    failed = [each.reason for each in own.values() if each.score is None]
    if not gave:
        return f"gave no score ({_mostly(failed)})"
    means = [f"{key} {units.mark(fmean(scores.values()))}" for key, scores in gave.items()]
    without = f", left {counted(len(failed), 'answer')} without a score ({_mostly(failed)})" if failed else ""
    return f"gave {listed(means)} of 5{' on average' if len(own) > 1 else ''}{without}"


def _mostly(reasons: Sequence[str]) -> str:
    found = Counter(reasons).most_common()
    return f"{'mostly ' if len(found) > 1 else ''}{found[0][0]}"


def _trust(standing: TrackRecord) -> str:
    agreement = f"kappa {units.mark(standing.kappa)} on {counted(standing.common, 'answer')}"
    if standing.trusted:
        return f"is trusted: it agrees with people ({agreement}), and no bias was found"
    told = {lean.words for lean in standing.biases if lean.kind is BiasKind.UNUSABLE}
    reasons = [reason for reason in standing.reasons if reason not in told] or list(standing.reasons)
    if standing.kappa is not None and standing.kappa >= MIN_KAPPA:
        reasons.append(f"with people it agrees ({agreement})")
    return f"is not trusted: {'; '.join(reasons)}"
