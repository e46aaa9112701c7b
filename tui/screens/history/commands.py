"""The commands of the history, in the order in which the footer and the help name them.

Most of them act on the highlighted run, and do nothing if the list is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.records import Purpose, RunEntry, RunState
from tui.screens import answers, charts, fleet
from tui.screens.dialogs.export import ExportDialog
from tui.screens.dialogs.line_dialog import LineDialog
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.commands import Command
from tui.screens.frame.list_frame import DETAILS, FILTER, REVERSE_SORT, SORT
from tui.screens.frame.sub_screen import HELP, leave_command
from tui.screens.history.run_screen import RunScreen
from tui.store.runs import Runs
from tui.text import units
from tui.text.cells import printable
from tui.text.run_titles import run_title
from tui.text.times import local_start_time

if TYPE_CHECKING:
    from tui.screens.history.screen import HistoryScreen


def has_run(screen: HistoryScreen) -> bool | None:
    """Whether a run is highlighted."""
    return True if screen.pane.highlighted is not None else None


def can_mark(screen: HistoryScreen) -> bool | None:
    """Whether a run can be marked for a comparison."""
    return has_run(screen) if screen.compare is not None else False


def can_compare(screen: HistoryScreen) -> bool | None:
    """Whether enough runs are marked for a comparison."""
    return (True if len(screen.pane.marked) > 1 else None) if screen.compare is not None else False


def can_judge(screen: HistoryScreen) -> bool | None:
    """Whether a model can judge the answers of a run."""
    return has_run(screen) if screen.judge is not None else False


def can_resume(screen: HistoryScreen) -> bool:
    """Whether the highlighted run can go on: an interrupted benchmark, or the conversation of a question."""
    entry = screen.pane.highlighted
    if entry is None:
        return False
    if entry.purpose is Purpose.ASK:
        return screen.reopen is not None
    return screen.resume is not None and entry.status is RunState.INTERRUPTED


def has_benchmark(screen: HistoryScreen) -> bool | None:
    """Whether a benchmark is highlighted that has ended."""
    entry = screen.pane.highlighted
    ended = entry is not None and entry.purpose is Purpose.BENCHMARK and entry.status is not RunState.RUNNING
    return True if ended else None


def mark(screen: HistoryScreen) -> None:
    """Mark the run for a comparison, or no longer."""
    screen.pane.toggle_mark()
    screen.refresh_bindings()


def mark_for_comparison(screen: HistoryScreen, run_id: str) -> None:
    """Mark a run, and say how it is compared with another one."""
    entry = screen.pane.highlighted
    if entry is not None and entry.run_id == run_id and run_id not in screen.pane.marked:
        mark(screen)
    screen.notify("The run is marked: mark another one with space, and d compares them.")


def compare(screen: HistoryScreen) -> None:
    """Compare the marked runs."""
    if screen.compare is not None:
        screen.compare(screen.pane.marked)


def show_machines(screen: HistoryScreen) -> None:
    """Show what the plan of the run gave on all machines that the history has runs of."""
    entry = screen.pane.highlighted
    if entry is not None:
        screen.app.push_screen(fleet.FleetScreen(screen.file, entry.run_id))


def open_trend(screen: HistoryScreen) -> None:
    """Show the numbers of the models of the run over all of their runs."""
    entry = screen.pane.highlighted
    if entry is not None and entry.models:
        screen.app.push_screen(charts.TrendScreen(screen.file, entry.models))


def judge(screen: HistoryScreen) -> None:
    """Let a model judge the answers of the marked runs, or of the highlighted one."""
    if screen.judge is not None and (entry := screen.pane.highlighted) is not None:
        screen.judge(screen.pane.marked or (entry.run_id,))


def resume(screen: HistoryScreen) -> None:
    """Let the interrupted run go on, or the conversation of a question."""
    entry = screen.pane.highlighted
    go_on = screen.reopen if entry is not None and entry.purpose is Purpose.ASK else screen.resume
    if go_on is not None and entry is not None:
        go_on(entry.run_id)


def open_run(screen: HistoryScreen) -> None:
    """Open the highlighted run."""

    async def show(entry: RunEntry) -> None:
        opened = await screen.read_run(entry)
        if opened is not None:
            mark_it = partial(mark_for_comparison, screen, entry.run_id)
            run_screen = RunScreen(entry, opened, mark=mark_it, judge=screen.judge, choose=screen.choose)
            screen.app.push_screen(run_screen)

    entry = screen.pane.highlighted
    if entry is not None:
        screen.run_worker(show(entry), group="open", exclusive=True, exit_on_error=False)


def read_answers(screen: HistoryScreen) -> None:
    """Show the answers of the highlighted run."""

    async def show(entry: RunEntry) -> None:
        opened = await screen.read_run(entry)
        if opened is not None:
            screen.app.push_screen(answers.AnswersScreen(opened.run, opened.file))

    entry = screen.pane.highlighted
    if entry is not None:
        screen.run_worker(show(entry), group="open", exclusive=True, exit_on_error=False)


def export(screen: HistoryScreen) -> None:
    """Ask where to write the highlighted run, and write it."""

    async def ask(entry: RunEntry) -> None:
        opened = await screen.read_run(entry)
        if opened is not None:
            screen.app.push_screen(ExportDialog(opened.run, opened.file))

    entry = screen.pane.highlighted
    if entry is not None:
        screen.run_worker(ask(entry), group="open", exclusive=True, exit_on_error=False)


def edit_name(screen: HistoryScreen) -> None:
    """Ask for a name of the run."""
    hint = "An empty name takes it away."
    _edit_line(screen, "Name the run", "Name", hint, lambda entry: entry.name, Runs.rename)


def edit_note(screen: HistoryScreen) -> None:
    """Ask for a note on the run."""
    hint = "Notes can be found with the filter."
    _edit_line(screen, "A note on the run", "Note", hint, lambda entry: entry.note, Runs.annotate)


def edit_tags(screen: HistoryScreen) -> None:
    """Ask for all tags of the run."""

    def change(runs: Runs, run_id: str, text: str) -> None:
        entry = next(entry for entry in screen.entries if entry.run_id == run_id)
        runs.tag([run_id], add=text.replace(",", " ").split(), remove=entry.tags)

    hint = "With spaces between them."
    _edit_line(screen, "Tags of the run", "Tags", hint, lambda entry: " ".join(entry.tags), change)


def _edit_line(
    screen: HistoryScreen,
    title: str,
    label: str,
    hint: str,
    text_of: Callable[[RunEntry], str],
    change: Callable[[Runs, str, str], None],
) -> None:
    """Ask for one line about the highlighted run, and store it if it differs."""
    entry = screen.pane.highlighted
    if entry is None:
        return

    def store(text: str | None) -> None:
        if text is None or text == text_of(entry):
            return

        def write(runs: Runs) -> None:
            change(runs, entry.run_id, text)

        screen.change_runs(write)

    screen.app.push_screen(LineDialog(title, label, text_of(entry), hint), store)


def pin(screen: HistoryScreen) -> None:
    """Pin the run, or unpin it."""
    entry = screen.pane.highlighted
    if entry is not None:
        screen.change_runs(partial(Runs.pin, run_ids=[entry.run_id], pinned=not entry.pinned))


def delete(screen: HistoryScreen) -> None:
    """Ask whether the run is to be deleted, and take it out of the list."""
    entry = screen.pane.highlighted
    if entry is None:
        return
    title = printable(run_title(entry))
    if entry.pinned or entry.status is RunState.RUNNING:
        why = "is pinned: k unpins it" if entry.pinned else "is still running: stop it"
        screen.refuse(f"{title} {why}, then it can be deleted.")
        return

    def delete_if(sure: bool | None) -> None:
        if sure:
            screen.delete_run(entry.run_id)

    words = f"{title}, {local_start_time(entry.started_at)}, with {units.count(entry.samples)} samples?"
    screen.app.push_screen(ConfirmDialog("Delete the run", words, yes="Delete", no="Keep it"), delete_if)


def _no_run(_screen: HistoryScreen) -> str:
    return "No run is listed."


COMMANDS: Final[tuple[Command[HistoryScreen], ...]] = (
    Command(
        "open",
        "enter",
        "Open",
        "Open the run: table, machine, failures, prompts",
        open_run,
        has_run,
        show=True,
        why_not=_no_run,
    ),
    Command(
        "answers",
        "I",
        "Answers",
        "Read the answers of the run",
        read_answers,
        has_run,
        show=True,
        why_not=_no_run,
    ),
    FILTER,
    Command("mark", "space", "Mark", "Mark the run for a comparison, or no longer", mark, can_mark, show=True),
    Command(
        "compare",
        "d",
        "Compare",
        "Compare the marked runs",
        compare,
        can_compare,
        show=True,
        why_not=lambda _: "Mark two runs or more with space to compare them.",
    ),
    Command(
        "machines",
        "J",
        "Machines",
        "Show what the plan of the run gave on all machines",
        show_machines,
        has_benchmark,
        show=True,
        why_not=lambda _: "Only a benchmark can be merged with those of other machines.",
    ),
    Command(
        "trend",
        "g",
        "Trend",
        "Charts of the models of the run over all of their runs, and where they have changed",
        open_trend,
        has_run,
        why_not=_no_run,
    ),
    Command(
        "judge",
        "j",
        "Judge",
        "Let a model judge the answers of the run, or of the marked ones",
        judge,
        can_judge,
        show=True,
    ),
    Command(
        "resume",
        "R",
        "Resume",
        "Go on with the interrupted run, or with the conversation",
        resume,
        can_resume,
        show=True,
        why_not=lambda _: "Only an interrupted run and a conversation can go on.",
    ),
    Command("name", "N", "Name", "Name the run", edit_name, has_run, show=True, moves_focus=True, why_not=_no_run),
    Command(
        "tags",
        "t",
        "Tags",
        "Change the tags of the run",
        edit_tags,
        has_run,
        show=True,
        moves_focus=True,
        why_not=_no_run,
    ),
    Command(
        "note", "w", "Note", "Write a note on the run", edit_note, has_run, show=True, moves_focus=True, why_not=_no_run
    ),
    Command(
        "pin",
        "k",
        "Pin",
        "Pin the run, so that it is not deleted, or unpin it",
        pin,
        has_run,
        show=True,
        why_not=_no_run,
    ),
    Command(
        "export", "e", "Export", "Write the run as Markdown, CSV or JSON", export, has_run, show=True, why_not=_no_run
    ),
    Command("delete", "x", "Delete", "Delete the run; u brings it back", delete, has_run, show=True, why_not=_no_run),
    Command(
        "undo",
        "u",
        "Undo",
        "Bring back the run that was deleted last",
        lambda screen: screen.undelete_run(),
        lambda screen: screen.has_deleted,
        show=True,
        why_not=lambda _: "No run was deleted since the history was opened.",
    ),
    DETAILS,
    SORT,
    REVERSE_SORT,
    leave_command(),
    HELP,
)
