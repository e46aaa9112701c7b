"""Results of other machines as rows beside a run's own: a colleague's exported run, or what somebody has published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tui import json_file
from tui.conversion import convert
from tui.measure.timing.summary import summarize
from tui.records import Model, ModelStatus, ModelSummary
from tui.reports.json.reading import NotARun, read_run

QUIET = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class _PublishedRow:
    """The numbers of one model as they were published; what was not published is left out."""

    model: str
    ttft_ms: float | None = None
    decode_tok_s: float | None = None
    e2e_ms: float | None = None
    load_s: float | None = None
    peak_rss_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """A result that is no run of ours."""

    reference: str
    """Where it was published."""
    machine: str
    models: tuple[_PublishedRow, ...]


def read_references(path: Path) -> tuple[ModelSummary, ...]:
    """Read the rows of a file that ``--json`` or ``--deterministic-json`` has written, or of a published result.

    Each row is named after its model and its machine. It is for the eye only, and part of no statistic.

    Raises:
        NotARun: the file cannot be read or is neither of them; the message is one sentence.
    """
    try:
        value = json_file.read(path)
    except json_file.ConfigError as error:
        raise NotARun(str(error)) from error
    if value.is_object() and "reference" in value.members():
        return _of_published(value.data, path)
    run = read_run(path)
    machine = run.environment.machine_name or run.environment.cpu
    measured = [summary for summary in summarize(run) if summary.rounds]
    return tuple(_labelled(replace(summary, doubts=(), disturbed=0), machine) for summary in measured)


def _of_published(data: object, path: Path) -> tuple[ModelSummary, ...]:
    try:
        published = convert(data, _Published)
    except msgspec.ValidationError as error:
        raise NotARun(
            f"{path} is no published result ({str(error)[:1].lower()}{str(error)[1:]}); it needs reference, machine "
            "and models, each with model and numbers such as ttft_ms and decode_tok_s."
        ) from error
    return tuple(
        _labelled(
            ModelSummary(
                key=row.model,
                model=Model(alias=row.model),
                status=ModelStatus.OK,
                ttft_p50_ms=row.ttft_ms,
                decode_p50_tok_s=row.decode_tok_s,
                e2e_p50_ms=row.e2e_ms,
                load_s=row.load_s,
                peak_rss_bytes=row.peak_rss_bytes,
            ),
            f"{published.machine}, {published.reference}",
        )
        for row in published.models
    )


def _labelled(summary: ModelSummary, machine: str) -> ModelSummary:
    return replace(summary, key=f"{summary.key} on {machine}", quiet=QUIET)
