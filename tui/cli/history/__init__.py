"""``benchtop history``: lists the runs of the history, and changes what stands beside their samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.values import JsonCommand, completing, history_option, json_option, whole_from
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.history import answers, changes, importing, listing, showing
else:
    answers = lazy_module("tui.cli.history.answers")
    changes = lazy_module("tui.cli.history.changes")
    importing = lazy_module("tui.cli.history.importing")
    listing = lazy_module("tui.cli.history.listing")
    showing = lazy_module("tui.cli.history.showing")

_DEFAULT_ROWS: Final = 20
_LIST: Final = "list"
_STATUSES: Final = ("running", "done", "stopped", "interrupted")


class HistoryGroup(click.Group):
    """Takes a first word that is the name of no command as a word to look for in the list of runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        index = 0
        while index < len(args) and args[index].partition("=")[0] == "--history":
            index += 1 if "=" in args[index] else 2
        if index >= len(args) or args[index] not in (*self.commands, *ctx.help_option_names):
            args.insert(index, _LIST)
        return super().parse_args(ctx, args)


@click.group(cls=HistoryGroup)
@history_option
def command() -> None:
    """List the runs that are kept, the newest first; name, tag, pin and delete them.

    Without a command the runs are listed, those with all the WORDS if there are any: benchtop history phi --limit 5
    (see benchtop history list --help). A RUN is an id or its beginning, a name, a tag, last or previous.
    """


@command.command(_LIST, cls=JsonCommand)
@click.argument("words", nargs=-1)
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="With this tag; several must all be there.")
@click.option("--status", "statuses", type=click.Choice(_STATUSES), multiple=True, help="How it stands.")
@click.option("--since", metavar="DATE", help="Begun on this day or later, as 2026-11-22 or 2026-11.")
@click.option("--until", metavar="DATE", help="Begun on this day or earlier.")
@click.option(
    "--limit",
    metavar="N",
    type=whole_from(1),
    default=_DEFAULT_ROWS,
    help=f"At most so many. [default: {_DEFAULT_ROWS}]",
)
@json_option
@history_option
def list_runs(
    *,
    words: tuple[str, ...],
    tags: tuple[str, ...],
    statuses: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    json_file: Path | None,
) -> int:
    """List runs, the newest first. WORDS are in id, name, tags, models, prompt set, question, note, status or date."""
    request = listing.ListRequest(words=words, tags=tags, statuses=statuses, since=since, until=until, limit=limit)
    return listing.list_runs(request, process_console(), json_file)


@command.command("show")
@click.argument("run", default="last", shell_complete=completing("runs"))
@history_option
def show_run(*, run: str) -> int:
    """Print the results of a run; without RUN those of the latest benchmark."""
    return showing.show_run(run, process_console())


@command.command("answers", cls=JsonCommand)
@click.argument("run", required=False, shell_complete=completing("runs"))
@click.option("--model", "models", metavar="MODEL", multiple=True, help="Only of this model; several may be named.")
@click.option("--prompt", metavar="ID", help="Only the answers to this prompt.")
@click.option("--search", "words", metavar="WORDS", default="", help="Only answers with these words.")
@click.option("--diff", is_flag=True, help="Mark in which words the answers of two models differ.")
@json_option
@history_option
def show_answers(
    *, run: str | None, models: tuple[str, ...], prompt: str | None, words: str, diff: bool, json_file: Path | None
) -> int:
    """Print the answers of a run, each below its prompt and its model; without RUN those of the newest run.

    An answer that a model gave several times is printed once. In a diff, words that only the first model wrote are in
    [-...-], and those that only the second one wrote in {+...+}.
    """
    request = answers.AnswersRequest(run=run, models=models, prompt=prompt, words=words, diff=diff)
    return answers.print_answers(request, process_console(), json_file)


@command.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@history_option
def import_runs(*, files: tuple[Path, ...]) -> int:
    """Take the runs of other machines into the history, from files that --json has written.

    A run that is here already is left as it is. Each gets the tag fleet:PLAN with the id of its plan.
    """
    return importing.import_runs(files, process_console())


@command.command("name")
@click.argument("run", shell_complete=completing("runs"))
@click.argument("text")
@history_option
def name_run(*, run: str, text: str) -> int:
    """Give a run a name; an empty TEXT takes it away."""
    return changes.rename(run, text, process_console())


@command.command("note")
@click.argument("run", shell_complete=completing("runs"))
@click.argument("text")
@history_option
def note_run(*, run: str, text: str) -> int:
    """Write a note on a run; an empty TEXT takes it away."""
    return changes.annotate(run, text, process_console())


@command.command("tag")
@click.argument("run", shell_complete=completing("runs"))
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@history_option
def tag_run(*, run: str, tags: tuple[str, ...]) -> int:
    """Add tags to a run."""
    return changes.add_tags(run, tags, process_console())


@command.command("untag")
@click.argument("run", shell_complete=completing("runs"))
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@history_option
def untag_run(*, run: str, tags: tuple[str, ...]) -> int:
    """Remove tags from a run."""
    return changes.remove_tags(run, tags, process_console())


@command.command("pin")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True, shell_complete=completing("runs"))
@history_option
def pin_runs(*, run_names: tuple[str, ...]) -> int:
    """Keep runs from being deleted."""
    return changes.pin(run_names, process_console(), pinned=True)


@command.command("unpin")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True, shell_complete=completing("runs"))
@history_option
def unpin_runs(*, run_names: tuple[str, ...]) -> int:
    """Let pinned runs be deleted again."""
    return changes.pin(run_names, process_console(), pinned=False)


@command.command("delete")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True, shell_complete=completing("runs"))
@click.option("--yes", is_flag=True, help="Do not ask.")
@history_option
def delete_runs(*, run_names: tuple[str, ...], yes: bool) -> int:
    """Delete runs with their samples, for good. A pinned run stays."""
    return changes.delete(run_names, process_console(), yes=yes)
