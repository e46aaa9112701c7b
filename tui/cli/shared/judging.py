"""Lets a model judge the answers of a run, and prints its progress, the scores, and how far they can be trusted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from tui.bench.judging.runner import Judged, JudgeDied, JudgingWork
from tui.bench.judging.wording import is_usable, work_text
from tui.cli.shared.options import Refused
from tui.cli.shared.session import open_session
from tui.cli.shared.tables import fitted
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.measure.answers.agreement import agreement_sentence, panel_agreement
from tui.measure.answers.judges import observations, trust_sentence
from tui.measure.answers.quality import answers_of, latest_ratings
from tui.records import Model, RunRecord
from tui.records.judging import Pairing
from tui.records.quality import RaterKind, Rating
from tui.reports.sections.answers import AnswerRow, answer_rows
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.escape import visible
from tui.text.tables import counted
from tui.workspace.workspace import Workspace

_HEADINGS: Final = ("PROMPT", "ANSWER OF", "PEOPLE", "JUDGE", "WHY NONE")


@dataclass(slots=True)
class _JudgingState:
    """The judgements that have come so far, and the run that they are of."""

    run: RunRecord
    work: JudgingWork | None = None
    judgements: list[Rating | Pairing] = field(default_factory=list[Rating | Pairing])
    death: str = ""
    """The reason why the judge's process ended, in words."""
    stopped: bool = False

    @property
    def exit_code(self) -> ExitCode:
        if self.stopped:
            return ExitCode.INTERRUPTED
        useless = self.judgements and not any(is_usable(judgement) for judgement in self.judgements)
        return ExitCode.MODEL_FAILED if self.death or useless else ExitCode.DONE


def judge_answers(
    run: RunRecord,
    model: Model,
    opener: Callable[[], Workspace],
    console: Console,
    *,
    itself: bool = False,
    reply_tokens: int | None = None,
) -> tuple[RunRecord, ExitCode]:
    """Let the model judge the answers, print the scores, and return the run with the ratings, and the exit code.

    With ``itself`` the model judges its own answers too. ``reply_tokens`` is the limit of each of its replies.
    """
    if not answers_of(run):
        raise Refused(f"there is no answer in {run.run_id} to judge.")
    log_to_file()
    try:
        state = asyncio.run(_judge(run, model, opener, console, itself=itself, reply_tokens=reply_tokens))
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    if state.work is None:
        raise Refused("there is no history to keep ratings in.")
    _show(state, model.key, console)
    return state.run, state.exit_code


def judge_in_turn(
    run: RunRecord,
    models: Sequence[Model],
    opener: Callable[[], Workspace],
    console: Console,
    *,
    itself: bool = False,
    reply_tokens: int | None = None,
) -> tuple[RunRecord, ExitCode]:
    """Let one or several models judge, one after the other, and tell how far they agree.

    Returns the run with the ratings, and the exit code.
    """
    worst = ExitCode.DONE
    for model in models:
        run, exit_code = judge_answers(run, model, opener, console, itself=itself, reply_tokens=reply_tokens)
        if exit_code is ExitCode.INTERRUPTED:
            return run, exit_code
        worst = exit_code if worst is ExitCode.DONE else worst
    agreement = panel_agreement(run.ratings) if len(models) > 1 else None
    if agreement is not None:
        console.data(f"{visible(agreement_sentence(agreement))}\n")
    return run, worst


async def _judge(
    run: RunRecord,
    model: Model,
    opener: Callable[[], Workspace],
    console: Console,
    *,
    itself: bool,
    reply_tokens: int | None,
) -> _JudgingState:
    state = _JudgingState(run)
    async with (
        open_session(console, opener) as session,
        aclosing(session.judge(run, model, itself=itself, reply_tokens=reply_tokens)) as events,
    ):
        async for event in events:
            match event:
                case JudgingWork():
                    state.work = event
                    _tell_work(event, model.key, console)
                case Judged():
                    state.judgements.append(event.judgement)
                    console.status(f"{model.key} judges: {units.count(event.done)} of {units.count(event.total)}")
                case JudgeDied():
                    state.death = event.words
                case RunRecord():
                    state.run = event
        state.stopped = session.stopped
    return state


def _tell_work(work: JudgingWork, judge: str, console: Console) -> None:
    if work.own_answers:
        console.say(f"Left out as its own: {counted(work.own_answers, 'answer')}; judge --self asks about them too.")
    for sentence in work_text(work, judge):
        console.say(sentence)


def _show(state: _JudgingState, judge: str, console: Console) -> None:
    rows = [_row(row, judge) for row in answer_rows(state.run)]
    console.data(fitted(_HEADINGS, rows, console.out_width, right=(2, 3), flexible=1) + "\n")
    pairings = [judgement for judgement in state.judgements if isinstance(judgement, Pairing)]
    unusable = [pairing for pairing in pairings if pairing.preferred is None]
    if unusable:
        count = f"{units.count(len(unusable))} of {units.count(len(pairings))}"
        console.say(f"On {count} pairs it said nothing that can be used: {visible(unusable[-1].reason)}.")
    for track_record in state.run.judges:
        if track_record.judge == judge:
            console.data(f"{visible(trust_sentence(track_record))}\n")
            for sentence in observations(track_record):
                console.say(visible(sentence))
    if state.death:
        console.fail(f"{judge} is gone ({state.death}); what it had judged is kept.")
    if state.stopped:
        console.say('Stopped; what was judged is kept, and "benchtop judge" goes on from there.')


def _row(row: AnswerRow, judge: str) -> tuple[str, ...]:
    own = [rating for rating in latest_ratings(row.ratings) if rating.rater == judge and rating.kind is RaterKind.JUDGE]
    score = own[-1].score if own else None
    why = own[-1].reason if own and score is None else ""
    return (
        visible(row.prompt_id),
        visible(", ".join(row.keys)),
        units.mark(row.human_score),
        units.mark(score),
        visible(why),
    )
