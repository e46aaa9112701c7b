"""What a run is called in lists and headings: by its name, or by what was asked."""

from __future__ import annotations

from typing import Final

from tui.records import Purpose, RunEntry, RunRecord
from tui.text import units
from tui.text.times import local_start_time

_KINDS: Final = {Purpose.BENCHMARK: "benchmark", Purpose.ASK: "question"}


def run_title(entry: RunEntry) -> str:
    """Return the name of a run, or else what it asked: the question, or prompts and rounds of a benchmark."""
    if entry.name:
        return entry.name
    if entry.purpose is Purpose.ASK:
        return entry.question or _KINDS[entry.purpose]
    prompts = prompts_of(entry)
    rounds = f"{units.count(entry.rounds)} round{'s' if entry.rounds != 1 else ''}" if entry.rounds else ""
    return ", ".join(filter(None, (prompts, rounds))) or _KINDS[entry.purpose]


def short_run_title(entry: RunEntry) -> str:
    """Return the title of a run for a narrow column: ``deterministic × 20`` for 20 rounds."""
    prompts = prompts_of(entry)
    if entry.name or entry.purpose is Purpose.ASK or not prompts or not entry.rounds:
        return run_title(entry)
    return f"{prompts} × {units.count(entry.rounds)}"


def prompts_of(entry: RunEntry) -> str:
    """Return what was asked: the name of the prompt set, the only prompt, or the number of prompts."""
    if entry.prompt_set:
        return entry.prompt_set
    if entry.prompts == 1 and entry.question:
        return entry.question
    return f"{units.count(entry.prompts)} prompts" if entry.prompts else ""


def run_and_time(run: RunRecord) -> str:
    """Return what a run was and when it began, as the results and the screens of a run have it in their headings.

    ``benchmark of 2026-11-22 17:20 CET``, with the name of the run before it if it has one.
    """
    what = _KINDS[run.plan.purpose]
    began = f"{what} of {local_start_time(run.started_at)}" if run.started_at else what
    return f"{run.name}, {began}" if run.name else began
