"""What a recorder makes of the pieces of an answer, and how much memory they take meanwhile."""

from __future__ import annotations

import tracemalloc

from tui.bench.recorder import Recorder
from tui.engines.contract import Completed, Piece, Pieces
from tui.records import Sample, SampleStatus, Timeline


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
