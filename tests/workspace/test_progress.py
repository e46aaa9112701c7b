"""Where a run stands, from its events."""

from __future__ import annotations

from dataclasses import replace

from tests.support import builders, scripted
from tui.bench import events
from tui.bench.planning.steps import total_samples
from tui.records import ExitCause, ExitKind, RunRecord
from tui.workspace.progress import ProgressFigures, RunProgress


def started(run: RunRecord) -> events.RunStarted:
    return events.RunStarted(run=replace(run, loads=(), samples=()), total_samples=total_samples(run.plan))


def test_the_record_grows_with_the_events_to_what_the_run_gives_at_its_end() -> None:
    run = builders.run_record(builders.model("a"), builders.model("b"))
    progress = RunProgress()
    progress.follow(started(run), 0.0)
    for event in scripted.whole_benchmark(run.plan):
        progress.follow(event, 0.0)
    record = progress.record
    assert record is not None
    assert (record.loads, record.samples) == (run.loads, run.samples)
    assert progress.figures(0.0).done == progress.figures(0.0).total == len(run.samples)


def test_a_model_that_dies_leaves_one_load_with_its_verdict_and_its_samples_count_as_done() -> None:
    run = builders.run_record(builders.model("a"), builders.model("b"))
    progress = RunProgress()
    progress.follow(started(run), 0.0)
    for event in scripted.loading(builders.model("a")):
        progress.follow(event, 0.0)
    verdict = ExitCause(kind=ExitKind.CRASHED, reason="signal 9")
    half = total_samples(run.plan) // 2
    progress.follow(scripted.death(builders.model("a"), verdict, skipped=half), 0.0)
    assert progress.record is not None
    assert [load.verdict for load in progress.record.loads] == [verdict]
    assert progress.figures(1.0) == ProgressFigures(done=half, total=2 * half, left_s=None)


def test_nothing_is_known_before_a_run_has_begun() -> None:
    assert RunProgress().figures(0.0) == ProgressFigures(done=0, total=0, left_s=None)


def test_samples_are_gathered_and_join_the_record_when_it_is_asked_for() -> None:
    run = builders.run_record(builders.model("a"))
    progress = RunProgress()
    progress.follow(started(run), 0.0)
    finished = [event for event in scripted.whole_benchmark(run.plan) if isinstance(event, events.SampleFinished)]
    progress.follow(finished[0], 0.0)
    first = progress.record
    assert first is progress.record, "a record that did not change is the same object"
    progress.follow(finished[1], 0.0)
    assert first is not None
    assert [sample.prompt_id for sample in first.samples] == [finished[0].sample.prompt_id]
    second = progress.record
    assert second is not None
    assert second.samples == (finished[0].sample, finished[1].sample)
