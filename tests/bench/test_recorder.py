"""What a recorder makes of the pieces of an answer, and how much memory they take meanwhile."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

from tui.bench.recorder import Recorder
from tui.engines.contract import Completed, Piece, Pieces
from tui.measure.timing.summary import summarize_model
from tui.records import TOKENS_ESTIMATED, Model, ModelState, ModelStatus, Sample, SampleKind, SampleStatus, Timeline
from tui.text.result_columns import pane_status


def test_pieces_that_turn_out_to_be_reasoning_are_taken_back() -> None:
    recorder = Recorder(Sample(key="m", alias="m"))
    pieces = (Piece(1, "I "), Piece(2, "think."), Piece(3, " "), Piece(4, "Yes"), Piece(4, "."), Piece(5, "So", True))
    recorder.receive(Pieces(pieces=pieces))
    sample = recorder.complete(Completed(timeline=Timeline(end_ns=9), unopened_reasoning_runs=2))
    assert (sample.text, sample.reasoning) == (" Yes.", "SoI think.")
    assert sample.timeline.first_answer_ns == 4
    assert sample.timeline.arrivals_ns == (1, 2, 3, 4, 5)


def test_a_request_that_breaks_off_keeps_what_has_come() -> None:
    recorder = Recorder(Sample(key="m", alias="m"))
    recorder.receive(Pieces(pieces=(Piece(1, "half a \ud83d"), Piece(7, "line\r\n"))))
    sample = recorder.incomplete(SampleStatus.FAILED, "gone")
    assert (sample.text, sample.error) == ("half a \ud83dline\r\n", "gone")
    assert (sample.timeline.arrivals_ns, sample.timeline.first_answer_ns) == ((1, 7), 1)


def test_an_answer_that_is_stopped_keeps_what_was_measured() -> None:
    recorder = Recorder(Sample(key="m", alias="m", kind=SampleKind.COLD))
    recorder.receive(Pieces(pieces=tuple(Piece(10**9 + n * 10**8, "word ") for n in range(11))))
    sample = recorder.stopped(123 << 20)
    assert (sample.status, sample.error, sample.flags) == (SampleStatus.CANCELLED, "stopped", (TOKENS_ESTIMATED,))
    model = Model(alias="m", state=ModelState.READY)
    row = summarize_model(model, (), [sample])
    assert (row.cold_ttft_s, row.peak_rss_bytes, row.ttft_p50_ms, row.e2e_p50_ms) == (1, 123 << 20, None, None)
    assert (row.status, pane_status(row)) == (ModelStatus.SKIPPED, "stopped")
    row = summarize_model(model, (), [replace(sample, kind=SampleKind.ROUND)])
    assert (row.ttft_p50_ms, row.decode_p50_tok_s, row.output_tokens) == (1000, 10, 11)
    assert row.e2e_p50_ms is None, "nobody knows when the whole answer would have ended"
    answered = replace(sample, status=SampleStatus.OK, kind=SampleKind.ROUND)
    assert summarize_model(model, (), [sample, answered]).cold_ttft_s is None, "a whole answer counts alone"
    assert Recorder(sample).stopped(None).timeline.output_tokens is None


def test_a_long_answer_costs_little_memory_while_it_comes() -> None:
    recorder = Recorder(Sample(key="m", alias="m"))
    tracemalloc.start()
    try:
        for batch in range(1000):
            recorder.receive(Pieces(pieces=tuple(Piece(batch * 100 + n, f"w{n:03} ") for n in range(100))))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 32 bytes of numbers and 5 characters a piece; as a list of pieces it was 200 bytes.
    assert held < 100_000 * 60
