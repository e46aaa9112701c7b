"""Doing what ``--judge`` was asked: progress, the scores, and how far they can be trusted."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from tui.bench.judging.runner import Judged, JudgeDied, Work
from tui.bench.judging.wording import of_work, usable
from tui.cli.shared.options import Refused
from tui.cli.shared.session import CommandServices, open_session
from tui.cli.shared.tables import columns
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.measure.answers.judges import observations, verdict
from tui.measure.answers.quality import answers_of, newest
from tui.records import Model, RunRecord
from tui.records.judging import Pairing
from tui.records.quality import RaterKind, Rating
from tui.reports.sections.answers import AnswerRow, answer_rows
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.escape import visible
from tui.text.tables import counted

_HEADINGS: Final = ("PROMPT", "ANSWER OF", "PEOPLE", "JUDGE", "WHY NONE")


@dataclass(slots=True)
class _Outcome:
    """What has become of it so far."""

    run: RunRecord
    work: Work | None = None
    said: list[Rating | Pairing] = field(default_factory=list[Rating | Pairing])
    died: str = ""
    stopped: bool = False

    @property
    def code(self) -> ExitCode:
        if self.stopped:
            return ExitCode.INTERRUPTED
        useless = self.said and not any(usable(each) for each in self.said)
        return ExitCode.MODEL_FAILED if self.died or useless else ExitCode.DONE


def judge_answers(
    run: RunRecord, model: Model, surroundings: CommandServices, console: Console, *, itself: bool = False
) -> tuple[RunRecord, ExitCode]:
    """Have the answers judged and print what came of it; gives the run with the ratings."""
    if not answers_of(run):
        raise Refused(f"there is no answer in {run.run_id} to judge.")
    log_to_file()
    try:
        outcome = asyncio.run(_judge(run, model, surroundings, console, itself=itself))
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    if outcome.work is None:
        raise Refused("there is no history to keep ratings in.")
    _show(outcome, model.key, console)
    return outcome.run, outcome.code


async def _judge(
    run: RunRecord, model: Model, surroundings: CommandServices, console: Console, *, itself: bool
) -> _Outcome:
    outcome = _Outcome(run)
    async with (
        open_session(console, surroundings) as session,
        aclosing(session.judge(run, model, itself=itself)) as told,
    ):
        async for each in told:
            match each:
                case Work():
                    outcome.work = each
                    _say_work(each, model.key, console)
                case Judged():
                    outcome.said.append(each.said)
                    console.status(f"{model.key} judges: {units.count(each.done)} of {units.count(each.total)}")
                case JudgeDied():
                    outcome.died = each.words
                case RunRecord():
                    outcome.run = each
        outcome.stopped = session.stopped
    return outcome


def _say_work(work: Work, judge: str, console: Console) -> None:
    if work.own:
        console.say(f"Left out as its own: {counted(work.own, 'answer')}; judge --self asks about them too.")
    for sentence in of_work(work, judge):
        console.say(sentence)


def _show(outcome: _Outcome, judge: str, console: Console) -> None:
    rows = [_row(row, judge) for row in answer_rows(outcome.run)]
    console.data(columns(_HEADINGS, rows, right=(2, 3)) + "\n")
    pairs = [each for each in outcome.said if isinstance(each, Pairing)]
    unusable = [each for each in pairs if each.preferred is None]
    if unusable:
        count = f"{units.count(len(unusable))} of {units.count(len(pairs))}"
        console.say(f"On {count} pairs it said nothing that can be used: {visible(unusable[-1].reason)}.")
    for standing in outcome.run.judges:
        if standing.judge == judge:
            console.data(f"{visible(verdict(standing))}\n")
            for sentence in observations(standing):
                console.say(visible(sentence))
    if outcome.died:
        console.fail(f"{judge} is gone ({outcome.died}); what it had judged is kept.")
    if outcome.stopped:
        console.say('Stopped; what was judged is kept, and "benchtop judge" goes on from there.')


def _row(row: AnswerRow, judge: str) -> tuple[str, ...]:
    own = [each for each in newest(row.ratings) if each.rater == judge and each.kind is RaterKind.JUDGE]
    score = own[-1].score if own else None
    why = own[-1].reason if own and score is None else ""
    return (
        visible(row.prompt_id),
        visible(", ".join(row.keys)),
        units.mark(row.human_score),
        units.mark(score),
        visible(why),
    )
