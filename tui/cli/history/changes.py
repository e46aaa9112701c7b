"""Changes what stands beside the samples of runs, such as a name, and deletes runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.cli.history.listing import described
from tui.cli.shared.options import agreed
from tui.cli.shared.run_names import named_entries, opened_runs
from tui.console import Console, ExitCode
from tui.records import RunEntry
from tui.store.runs import Runs


def rename(run_name: str, new_name: str, console: Console) -> int:
    """Give a run another name; the empty one takes its name away."""
    words = "is named" if new_name.strip() else "is unnamed"
    return _change([run_name], lambda runs, ids: runs.rename(ids[0], new_name), words, console)


def annotate(run_name: str, note: str, console: Console) -> int:
    """Write a note on a run; the empty one takes its note away."""
    words = "has its note" if note.strip() else "has no note any more"
    return _change([run_name], lambda runs, ids: runs.annotate(ids[0], note), words, console)


def add_tags(run_name: str, tags: Sequence[str], console: Console) -> int:
    """Add tags to a run."""
    return _change([run_name], lambda runs, ids: runs.tag(ids, add=tags), "is tagged", console)


def remove_tags(run_name: str, tags: Sequence[str], console: Console) -> int:
    """Remove tags from a run."""
    return _change([run_name], lambda runs, ids: runs.tag(ids, remove=tags), "is untagged", console)


def pin(run_names: Sequence[str], console: Console, *, pinned: bool) -> int:
    """Keep runs from being deleted, or no longer."""
    words = "is pinned" if pinned else "is unpinned"
    return _change(run_names, lambda runs, ids: runs.pin(ids, pinned=pinned), words, console)


def delete(run_names: Sequence[str], console: Console, *, yes: bool) -> int:
    """Delete runs with their samples; without ``yes`` the user is asked first."""
    with opened_runs() as runs:
        entries = named_entries(runs, run_names)
        if not yes and not _agreed(entries, console):
            console.say("Nothing is deleted.")
            return ExitCode.DONE
        runs.delete(_ids(entries))
    for entry in entries:
        console.say(f"{entry.run_id} is deleted.")
    return ExitCode.DONE


def _change(run_names: Sequence[str], change: Callable[[Runs, list[str]], object], words: str, console: Console) -> int:
    """Apply a change to the ids of the named runs, and tell it of each run in these ``words``."""
    with opened_runs() as runs:
        entries = named_entries(runs, run_names)
        change(runs, _ids(entries))
    for entry in entries:
        console.say(f"{entry.run_id} {words}.")
    return ExitCode.DONE


def _agreed(entries: Sequence[RunEntry], console: Console) -> bool:
    which = "this run" if len(entries) == 1 else f"these {len(entries)} runs"
    listed = "".join(f"{described(entry)}\n" for entry in entries)
    return agreed(f"{listed}Delete {which} for good?", "deleting", console)


def _ids(entries: Sequence[RunEntry]) -> list[str]:
    return [entry.run_id for entry in entries]
