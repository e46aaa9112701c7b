"""The commands of the workbench, in the order in which the footer and the help name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.screens.frame.commands import Command
from tui.screens.workbench import conversation_commands, navigation
from tui.screens.workbench.layout import PANES, PaneScreen
from tui.screens.workbench.pending_action import Action

if TYPE_CHECKING:
    from tui.screens.workbench.screen import Workbench


def when_ready(action: Action) -> Callable[[Workbench], None]:
    """Make the function of a command from an action that needs the models; until they are found, the action waits."""
    return lambda workbench: workbench.when_ready(action)


def when_results_known(action: Action) -> Callable[[Workbench], None]:
    """Make the function of a command that acts on the run in the results, and waits until they show it."""
    return when_ready(lambda runs: runs.when_results_known(lambda: action(runs)))


def is_running(workbench: Workbench) -> bool:
    """Whether a question or a benchmark runs."""
    return workbench.runs is not None and workbench.runs.session.running is not None


def can_unload(workbench: Workbench) -> bool:
    """Whether a model is loaded that nothing needs now."""
    runs = workbench.runs
    return runs is not None and not is_running(workbench) and bool(runs.session.workspace.model_pool.loaded)


def has_unlisted_servers(workbench: Workbench) -> bool:
    """Whether a server of models was found on this machine whose models are not listed."""
    return workbench.runs is not None and bool(workbench.runs.model_controller.unlisted_servers)


def can_go_to_prompt(workbench: Workbench) -> bool:
    """Whether enter means the prompt: on a row of the results it means its charts."""
    return not workbench.results.has_focus_within


def why_not_unload(workbench: Workbench) -> str:
    """Say why nothing can be unloaded now."""
    return "Models are in use: s stops what runs." if is_running(workbench) else "No model is loaded."


def stop(workbench: Workbench) -> None:
    """Stop what runs."""
    if workbench.runs is not None:
        workbench.runs.stop()


def copy_answer(workbench: Workbench) -> None:
    """Put the current answer on the clipboard of the terminal."""
    answer = workbench.streams.current_answer()
    if not answer:
        workbench.notify("There is no answer to copy yet.")
        return
    workbench.app.copy_to_clipboard(answer)
    words = len(answer.split())
    workbench.notify(f"The answer ({words} words) is on the clipboard.")


def toggle_source(workbench: Workbench) -> None:
    """Show whole answers as they were written, or laid out; both may look the same, so that is told."""
    as_source = workbench.streams.toggle_source()
    what = "Answers are" if workbench.streams.is_filled else "There is no answer yet: r asks. The next ones will be"
    workbench.notify(f"{what} shown {'as they were written' if as_source else 'as laid-out Markdown'}.")


def toggle_reasoning(workbench: Workbench) -> None:
    """Fold or unfold the reasoning of whole answers."""
    workbench.streams.toggle_reasoning()
    if not workbench.streams.has_reasoning:
        workbench.notify("No answer here has any reasoning.")


def toggle_together(workbench: Workbench) -> None:
    """Scroll all answers together, or each alone."""
    together = workbench.streams.toggle_together()
    workbench.notify("The answers scroll together." if together else "Each answer scrolls alone.")


def _pane_command(number: int, pane_id: str, title: str) -> Command[Workbench]:
    """Make the command that goes to a pane by its number."""
    name = f"Go to the {title.lower()}"
    return Command(
        f"pane-{pane_id}",
        str(number),
        title,
        name,
        lambda workbench: workbench.open_pane(pane_id),
        moves_focus=True,
    )


COMMANDS: Final[tuple[Command[Workbench], ...]] = (
    Command(
        "run",
        "r",
        "Run",
        "Run the prompt on the selected models side by side, as a first question",
        when_ready(lambda runs: runs.ask()),
        show=True,
    ),
    Command(
        "benchmark",
        "b",
        "Benchmark",
        "Measure the selected models over rounds",
        when_ready(lambda runs: runs.benchmark()),
        show=True,
    ),
    Command(
        "stop",
        "s",
        "Stop",
        "Stop what runs; what is finished stays",
        stop,
        enabled=is_running,
        show=True,
        why_not=lambda _: "Nothing is running.",
    ),
    Command(
        "export",
        "e",
        "Export",
        "Write the results as Markdown, HTML, CSV or JSON",
        when_results_known(lambda runs: navigation.open_export(runs.workbench)),
        show=True,
        moves_focus=True,
    ),
    Command(
        "prompt",
        "p,slash",
        "Prompt",
        "Type a prompt of one or more lines; enter sends it, ctrl+j begins a line, escape leaves it",
        lambda workbench: workbench.prompt_line.take_focus(),
        show=True,
        moves_focus=True,
    ),
    Command(
        "type",
        "enter",
        "Type a question",
        "Go to the prompt; on a row of the results: its charts",
        lambda workbench: workbench.prompt_line.take_focus(),
        enabled=can_go_to_prompt,
        moves_focus=True,
    ),
    Command(
        "catalogue",
        "c",
        "Catalogue",
        "Every model there is: download, check, remove",
        when_ready(navigation.open_catalogue),
        show=True,
    ),
    Command(
        "compare",
        "d",
        "Compare",
        "Compare the run in Results with an earlier one",
        when_results_known(navigation.open_comparison),
    ),
    Command(
        "references",
        "",
        "Other machines",
        "Show the results of another machine from a file beside these, in no statistic",
        when_results_known(navigation.open_references),
    ),
    Command(
        "history",
        "h",
        "History",
        "Every run that is kept: open, name, tag, delete",
        when_ready(navigation.open_history),
        show=True,
    ),
    Command(
        "machines",
        "J",
        "Machines",
        "Ask one model on several machines of the fleet side by side",
        when_ready(navigation.open_machines),
    ),
    Command("copy", "C", "Copy", "Copy the answer of the focused stream", copy_answer, show=True),
    Command(
        "answers",
        "I",
        "Answers",
        "Read, search and compare the answers in Streams, or else of the run in Results",
        when_results_known(lambda runs: navigation.open_answers(runs.workbench)),
    ),
    Command(
        "source",
        "M",
        "Source",
        "Show whole answers as they were written, or as laid-out Markdown",
        toggle_source,
    ),
    Command(
        "reasoning",
        "F",
        "Reasoning",
        "Fold or unfold the reasoning of whole answers",
        toggle_reasoning,
    ),
    Command("together", "L", "Scroll together", "Scroll all answers together, or each alone", toggle_together),
    Command("vote", "G", "Vote", "Vote for the answer of the focused column as the best", navigation.vote),
    Command("tie", "Y", "Tie", "Vote that the answers are equally good", navigation.vote_tie),
    Command(
        "names", "H", "Hide names", "Hide the names of the models until the vote, or show them", navigation.toggle_names
    ),
    Command("ranking", "K", "Ranking", "Rank the models by votes", when_ready(navigation.open_ranking)),
    Command(
        "maximise",
        "m",
        "Maximise",
        "Show the focused pane alone, or all of them",
        PaneScreen.maximise,
        enabled=lambda workbench: workbench.has_room,
        show=True,
        why_not=lambda _: "This terminal shows one pane at a time: tab goes to the next.",
    ),
    Command("back", "escape", "Show all", "Show all panes again", PaneScreen.show_all),
    *conversation_commands.COMMANDS,
    Command(
        "charts",
        "g",
        "Charts",
        "Charts of the model highlighted in the results",
        when_results_known(lambda runs: navigation.open_charts(runs.workbench)),
    ),
    Command(
        "trend",
        "",
        "Trend",
        "The numbers of the model highlighted in the results over all of its runs",
        when_results_known(navigation.open_trend),
    ),
    Command(
        "resume",
        "R",
        "Resume",
        "Resume the latest interrupted benchmark",
        when_ready(lambda runs: runs.resume()),
    ),
    Command(
        "rate",
        "v",
        "Rate answers",
        "Rate the answers of the run in Results by hand",
        when_results_known(navigation.open_rating),
    ),
    Command(
        "choose",
        "a",
        "Choose",
        "Choose a model of the run in Results by six weights",
        when_results_known(navigation.open_decision),
    ),
    Command(
        "unload",
        "U",
        "Unload",
        "Unload the selected models, or all",
        when_ready(lambda runs: runs.model_controller.unload()),
        enabled=can_unload,
        why_not=why_not_unload,
    ),
    Command(
        "servers",
        "A",
        "Add servers",
        "List the models of the servers that were found on this machine",
        when_ready(lambda runs: runs.model_controller.add_servers()),
        enabled=has_unlisted_servers,
        why_not=lambda _: "No server of models is found on this machine but those that are listed.",
    ),
    Command(
        "help",
        "question_mark",
        "Help",
        "Every key and every number",
        navigation.open_help,
        show=True,
        key_display="?",
    ),
    Command("next-pane", "tab", "Next pane", "Go to the next pane", lambda workbench: workbench.move_to_pane(1)),
    Command(
        "previous-pane",
        "shift+tab",
        "Previous pane",
        "Go to the pane before",
        lambda workbench: workbench.move_to_pane(-1),
    ),
    *(_pane_command(number, pane_id, title) for number, (pane_id, title) in enumerate(PANES.items(), start=1)),
)
