"""A person votes for one of the answers that several models gave to the same question."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tui.measure.answers.quality import answer_id
from tui.records import Prompt, RunRecord, Sample, SampleStatus
from tui.records.quality import Vote
from tui.store.history import History
from tui.store.votes import add_vote
from tui.workspace.rating_session import usual_rater


def voted_samples(run: RunRecord, prompt_id: str | None = None) -> dict[str, Sample]:
    """Return the whole answers that a vote on a prompt is about, by model: of each model the latest one.

    Without ``prompt_id`` the prompt is the last one that was asked.
    """
    answers = [sample for sample in run.samples if sample.status is SampleStatus.OK and sample.text.strip()]
    if not answers:
        return {}
    chosen = prompt_id if prompt_id is not None else answers[-1].prompt_id
    return {sample.key: sample for sample in answers if sample.prompt_id == chosen}


def cast_vote(file: Path, run: RunRecord, samples: dict[str, Sample], winner: str | None, *, blind: bool) -> Vote:
    """Store that the answer of ``winner`` is the best of these, or with ``None`` that it is a tie. Called in a thread.

    Raises:
        HistoryError: if the history cannot be written; the text is one sentence for the user.
    """
    keys = tuple(sorted(samples))
    asked = samples[keys[0]]
    prompt = next(
        (prompt for prompt in run.plan.prompts if prompt.id == asked.prompt_id),
        Prompt(id=asked.prompt_id, text=asked.prompt),
    )
    with closing(History(file)) as history:
        vote = Vote(
            run_id=run.run_id,
            prompt_id=asked.prompt_id,
            keys=keys,
            answer_ids=tuple(answer_id(prompt, samples[key].text) for key in keys),
            winner=winner,
            voter=usual_rater(history),
            blind=blind,
            voted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        add_vote(history, vote)
    return vote
