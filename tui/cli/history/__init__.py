"""``benchtop history``: the runs that are kept, and what a person adds to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.values import history_option, whole_from
from tui.console import Console, ExitCode, process_console

if TYPE_CHECKING:
    from tui.records import RunEntry
    from tui.store.runs import Runs

_DEFAULT_ROWS: Final = 20
_LIST: Final = "list"
_STATUSES: Final = ("running", "done", "stopped", "interrupted")


class HistoryGroup(click.Group):
    """What is no command of its own is asked of the list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = 0
        while place < len(args) and args[place].partition("=")[0] == "--history":
            place += 1 if "=" in args[place] else 2
        if place >= len(args) or args[place] not in (*self.commands, *ctx.help_option_names):
            args.insert(place, _LIST)
        return super().parse_args(ctx, args)


@click.group(cls=HistoryGroup)
@history_option
def command() -> None:
    """List the runs that are kept, the newest first; name, tag, pin and delete them.

    Without a command the runs are listed, those with all the WORDS if there are any: benchtop history phi --limit 5
    (see benchtop history list --help). A RUN is an id or its beginning, a name, a tag, last or previous.
    """


@command.command(_LIST)
@click.argument("words", nargs=-1)
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="With this tag; several must all be there.")
@click.option("--status", "statuses", type=click.Choice(_STATUSES), multiple=True, help="How it stands.")
@click.option("--since", metavar="DATE", help="Begun on this day or later (UTC), as 2026-11-22 or 2026-11.")
@click.option("--until", metavar="DATE", help="Begun on this day or earlier.")
@click.option(
    "--limit",
    metavar="N",
    type=whole_from(1),
    default=_DEFAULT_ROWS,
    help=f"At most so many. [default: {_DEFAULT_ROWS}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list for other tools.")
@history_option
def list_runs(
    *,
    words: tuple[str, ...],
    tags: tuple[str, ...],
    statuses: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """List runs, the newest first. WORDS stand in the id, name, tags, models, prompt set, note, status or date."""
    from dataclasses import replace

    from tui.cli.history.listing import as_json_text, as_table, words_on_rest
    from tui.cli.shared.run_names import opened_runs
    from tui.records import RunState
    from tui.store.runs import wanted

    console = process_console()
    asked = wanted(" ".join(words))
    asked = replace(
        asked,
        tags=(*asked.tags, *tags),
        statuses=tuple(RunState(status) for status in statuses),
        since=_day(since, "--since") or asked.since,
        until=_day(until, "--until") or asked.until,
        limit=limit,
    )
    with opened_runs() as runs:
        found, total, kept = runs.entries(asked), runs.count(asked), runs.count()
    if as_json:
        console.data(as_json_text(found))
        return ExitCode.DONE
    if found:
        console.data(as_table(found))
    if rest := words_on_rest(len(found), total, kept):
        console.say(rest)
    return ExitCode.DONE


@command.command("name")
@click.argument("run")
@click.argument("text")
@history_option
def name_run(*, run: str, text: str) -> int:
    """Give a run a name; an empty TEXT takes it away."""
    return _mark([run], lambda runs, found: runs.rename(found[0].run_id, text), "named" if text.strip() else "unnamed")


@command.command("note")
@click.argument("run")
@click.argument("text")
@history_option
def note_run(*, run: str, text: str) -> int:
    """Write a note on a run; an empty TEXT takes it away."""
    words = "has its note" if text.strip() else "has no note any more"
    return _mark([run], lambda runs, found: runs.annotate(found[0].run_id, text), words)


@command.command("tag")
@click.argument("run")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@history_option
def tag_run(*, run: str, tags: tuple[str, ...]) -> int:
    """Add tags to a run."""
    return _mark([run], lambda runs, found: runs.tag(_ids(found), add=tags), "tagged")


@command.command("untag")
@click.argument("run")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@history_option
def untag_run(*, run: str, tags: tuple[str, ...]) -> int:
    """Remove tags from a run."""
    return _mark([run], lambda runs, found: runs.tag(_ids(found), remove=tags), "untagged")


@command.command("pin")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True)
@history_option
def pin_runs(*, run_names: tuple[str, ...]) -> int:
    """Keep runs from being deleted."""
    return _mark(run_names, lambda runs, found: runs.pin(_ids(found)), "pinned")


@command.command("unpin")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True)
@history_option
def unpin_runs(*, run_names: tuple[str, ...]) -> int:
    """Let pinned runs be deleted again."""
    return _mark(run_names, lambda runs, found: runs.pin(_ids(found), pinned=False), "unpinned")


@command.command("delete")
@click.argument("run_names", metavar="RUN...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@history_option
def delete_runs(*, run_names: tuple[str, ...], yes: bool) -> int:
    """Delete runs with their samples, for good. A pinned run stays."""
    from tui.cli.shared.run_names import found_runs, opened_runs

    console = process_console()
    with opened_runs() as runs:
        found = found_runs(runs, run_names)
        if not yes and not _agreed(found, console):
            console.say("Nothing is deleted.")
            return ExitCode.DONE
        runs.delete(_ids(found))
    for entry in found:
        console.say(f"{entry.run_id} is deleted.")
    return ExitCode.DONE


def _mark(names: tuple[str, ...] | list[str], change: Callable[[Runs, tuple[RunEntry, ...]], None], done: str) -> int:
    """Change what stands beside the runs of these names, and say so."""
    from tui.cli.shared.run_names import found_runs, opened_runs

    console = process_console()
    with opened_runs() as runs:
        found = found_runs(runs, names)
        change(runs, found)
    for entry in found:
        console.say(f"{entry.run_id} {done if ' ' in done else f'is {done}'}.")
    return ExitCode.DONE


def _ids(found: tuple[RunEntry, ...]) -> list[str]:
    return [entry.run_id for entry in found]


def _agreed(found: tuple[RunEntry, ...], console: Console) -> bool:
    from tui.cli.history.listing import described
    from tui.cli.shared.options import agreed

    which = "this run" if len(found) == 1 else f"these {len(found)} runs"
    listed = "".join(f"{described(entry)}\n" for entry in found)
    return agreed(f"{listed}Delete {which} for good?", "deleting", console)


def _day(text: str | None, option: str) -> str | None:
    from tui.cli.shared.options import Refused
    from tui.store.runs import is_date

    if text is not None and not is_date(text):
        raise Refused(f"{option} {text} is not a day such as 2026-11-22.")
    return text
