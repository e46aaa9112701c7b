"""Opening the other screens and dialogs from the workbench, and what they may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.screens import answers, arena, charts, comparison, decision, dialogs, fleet, frame, history, rating

if TYPE_CHECKING:
    from tui.records import ModelSummary, RunRecord
    from tui.screens.workbench.runs import RunController
    from tui.screens.workbench.screen import Workbench

_NO_VOTES: Final = "Runs are not kept here, so there are no votes either."
_TOO_FEW: Final = "Select two models or more, and press r."


def open_help(workbench: Workbench) -> None:
    """Show every key of the workbench and the definition of every number."""
    workbench.app.push_screen(frame.HelpScreen(workbench.help_groups(), workbench.ABOUT, of_workbench=True))


def open_export(workbench: Workbench) -> None:
    """Ask where to write the results, and write them."""
    session = workbench.runs.session if workbench.runs is not None else None
    if session is None or session.results is None:
        workbench.notify("There is nothing to export yet: b measures the selected models, r asks them.")
        return
    unfinished = None
    if session.running is not None and session.shows_results:
        progress = session.progress()
        unfinished = dialogs.Unfinished(progress.done, progress.total, session.ended)
    workbench.app.push_screen(dialogs.ExportDialog(session.results, session.workspace.history_file, unfinished))


def open_charts(workbench: Workbench) -> None:
    """Show how the numbers of the highlighted model spread, and how they changed over the run."""
    session = workbench.runs.session if workbench.runs is not None else None
    if session is None or session.results is None:
        workbench.notify("There is nothing to draw yet: b measures the selected models, r asks them.")
        return
    file = session.workspace.history_file
    workbench.app.push_screen(charts.ChartsScreen(lambda: session.results, workbench.results.highlighted, file))


def open_trend(runs: RunController) -> None:
    """Show TTFT and decode rate over all runs of the models in the results; without results, of the selected ones."""
    workbench, session = runs.workbench, runs.session
    models = session.results.plan.models if session.results is not None else workbench.models.chosen
    if session.workspace.history_file is None or not models:
        why = "Runs are not kept here" if session.workspace.history_file is None else "No model is selected"
        workbench.notify(f"{why}, so there is no trend.")
        return
    keys = [model.key for model in models]
    screen = charts.TrendScreen(session.workspace.history_file, keys, workbench.results.highlighted)
    workbench.app.push_screen(screen)


def open_references(runs: RunController) -> None:
    """Ask for a file with the results of another machine, and show them beside the run in the results."""

    def take(rows: tuple[ModelSummary, ...] | None) -> None:
        if rows is not None:
            runs.show_references(rows)

    runs.workbench.app.push_screen(dialogs.ReferenceDialog(runs.session.references), take)


def open_catalogue(runs: RunController) -> None:
    """Show every model there is, as the catalogue was left."""
    if runs.catalogue is None:
        runs.workbench.notify("There is no catalogue here.")
    else:
        runs.catalogue.open()


def open_answers(workbench: Workbench) -> None:
    """Show the answers of the streams, or else of the run in the results, to read them whole, search and compare."""
    runs = workbench.runs
    run = (runs.questions.latest_answers() or runs.session.results) if runs is not None else None
    if runs is None or run is None:
        workbench.notify("There is no answer to read yet: r asks the selected models. I in the history opens old ones.")
        return
    workbench.app.push_screen(answers.AnswersScreen(run, runs.session.workspace.history_file))


def vote(workbench: Workbench, *, tie: bool = False) -> None:
    """Store a vote on the answers of the latest question, and show the names if they were hidden."""
    session = workbench.runs.session if workbench.runs is not None else None
    file = session.workspace.history_file if session is not None else None
    run = workbench.runs.questions.latest_answers() if workbench.runs is not None else None
    if session is None or file is None or run is None:
        workbench.notify(f"There is nothing to vote on yet. {_TOO_FEW}" if file is not None else _NO_VOTES)
        return
    if session.running is not None:
        workbench.notify("The answers are not whole yet: vote as soon as they are.")
        return
    key, streams = workbench.streams.current_key, workbench.streams

    async def store() -> None:
        if await arena.vote_on(workbench, file, run, key, tie=tie, blind=not streams.names_are_seen):
            streams.reveal_names()

    workbench.run_worker(store(), group="vote", exclusive=True, exit_on_error=False)


def vote_tie(workbench: Workbench) -> None:
    """Store that the answers of the latest question are equally good."""
    vote(workbench, tie=True)


def toggle_names(workbench: Workbench) -> None:
    """Hide the names of the models from the next question on, or show them."""
    hidden = not workbench.streams.names_hidden
    workbench.streams.hide_names(hidden)
    workbench.notify(
        "From the next question on the names are hidden, in an order of chance, until you vote: G for the best answer, "
        "Y for a tie."
        if hidden
        else "The names are shown."
    )


def open_ranking(runs: RunController) -> None:
    """Show the ranking of the models by votes."""
    file = runs.session.workspace.history_file
    if file is None:
        runs.workbench.notify(_NO_VOTES)
        return
    runs.workbench.app.push_screen(arena.ArenaScreen(file))


def open_comparison(runs: RunController) -> None:
    """Ask which earlier run that of the results is compared with, and show the comparison."""
    if runs.is_free():
        comparison.choose_and_compare(runs.workbench.app, runs.session)


def open_history(runs: RunController) -> None:
    """Show every run that is stored."""
    workbench, file = runs.workbench, runs.session.workspace.history_file
    if file is None:
        workbench.notify("Runs are not kept here, so there is no history.")
        return

    def compare(run_ids: Sequence[str]) -> None:
        work = comparison.compare_stored(workbench.app, file, run_ids, runs.session.references)
        workbench.run_worker(work, group="compare", exclusive=True)

    def reopen(run_id: str) -> None:
        if runs.is_free():
            screen.dismiss()
            workbench.run_worker(runs.questions.reopen(run_id), group="reopen", exclusive=True, exit_on_error=False)

    def choose(run: RunRecord) -> None:
        workbench.app.push_screen(decision.ChooseScreen(runs.session.workspace, run))

    screen = history.HistoryScreen(
        file,
        compare=compare,
        resume=runs.resume,
        judge=lambda run_ids: judge_answers(runs, run_ids),
        reopen=reopen,
        choose=choose,
    )
    workbench.app.push_screen(screen)


def open_machines(runs: RunController) -> None:
    """Show the machines of the fleet, to ask one model on several of them."""
    workbench = runs.workbench
    if runs.is_free():
        chosen = next(iter(workbench.models.chosen), None)
        screen = fleet.MachinesScreen(runs.session.workspace, chosen, workbench.prompt_line.text)
        workbench.app.push_screen(screen)


def open_rating(runs: RunController) -> None:
    """Show the answers of the run in the results, to be rated by hand; without one, those of the newest run."""
    file, shown = runs.session.workspace.history_file, runs.session.results
    if file is None:
        runs.workbench.notify("There is no history to rate answers of.")
        return
    run_id = shown.run_id if shown is not None else None
    screen = rating.RateScreen(file, run_id, judge=lambda run_ids: judge_answers(runs, run_ids))
    runs.workbench.app.push_screen(screen)


def open_decision(runs: RunController) -> None:
    """Rank the models of the run in the results by six weights."""
    workspace, shown = runs.session.workspace, runs.session.results
    if workspace.history_file is None:
        runs.workbench.notify("There is no history to choose by.")
        return
    runs.workbench.app.push_screen(decision.ChooseScreen(workspace, shown))


def judge_answers(runs: RunController, run_ids: Sequence[str]) -> None:
    """Ask which model judges the answers of these runs, and let it do so; never while anything is measured."""
    workbench, session = runs.workbench, runs.session
    if session.workspace.history_file is None:
        workbench.notify("There is no history to judge answers of.")
        return
    if session.running is not None:
        workbench.notify("Nothing can be judged while something is measured: press j again once it has ended.")
        return
    work = rating.choose_and_judge(workbench.app, session, workbench.models.listed, tuple(run_ids))
    workbench.run_worker(work, group="judge", exclusive=True, exit_on_error=False)
