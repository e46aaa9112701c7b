"""Build the sample of a request from the pieces of its answer."""

from __future__ import annotations

from dataclasses import replace

from tui.engines.contract import Completed, Piece, Pieces
from tui.measure.timing import metrics
from tui.records import Sample, SampleStatus, Timeline


class Recorder:
    """Collects the pieces of one answer with their times, and builds the sample at the end."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._text: list[Piece] = []
        self._reasoning: list[str] = []
        self._arrivals_ns: list[int] = []
        self._arrival_bytes: list[int] = []
        self._first_answer_ns: int | None = None

    @property
    def arrivals_ns(self) -> list[int]:
        return self._arrivals_ns

    def receive(self, pieces: Pieces) -> None:
        """Add pieces of the answer; those that arrive at the same time count as one arrival."""
        for piece in pieces.pieces:
            if not self._arrivals_ns or piece.at_ns != self._arrivals_ns[-1]:
                self._arrivals_ns.append(piece.at_ns)
                self._arrival_bytes.append(0)
            self._arrival_bytes[-1] += len(piece.text.encode("utf-8", "surrogatepass"))
            if piece.reasoning:
                self._reasoning.append(piece.text)
            elif piece.text:
                self._text.append(piece)
                if self._first_answer_ns is None and not piece.text.isspace():
                    self._first_answer_ns = piece.at_ns

    def complete(self, end: Completed) -> Sample:
        """Build the sample of a request that ended; it has failed if no piece arrived."""
        self._take_back(end.unopened_reasoning_runs)
        timeline = self._with_arrivals(end.timeline)
        status = SampleStatus.OK if self._arrivals_ns else SampleStatus.FAILED
        error = None if self._arrivals_ns else "the model ended without any text"
        return replace(
            self._so_far(timeline),
            status=status,
            error=error,
            flags=tuple(dict.fromkeys((*metrics.flags(timeline), *end.flags))),
            peak_rss_bytes=end.peak_rss_bytes,
        )

    def incomplete(self, status: SampleStatus, error: str) -> Sample:
        """Build the sample of a request that broke off, with the text and the times that arrived before."""
        return replace(self._so_far(self._with_arrivals(Timeline())), status=status, error=error)

    def _take_back(self, runs: int) -> None:
        """Count the first so many pieces of the answer as reasoning."""
        if runs:
            self._reasoning += [piece.text for piece in self._text[:runs]]
            self._text = self._text[runs:]
            self._first_answer_ns = next((piece.at_ns for piece in self._text if not piece.text.isspace()), None)

    def _with_arrivals(self, timeline: Timeline) -> Timeline:
        return replace(
            timeline,
            arrivals_ns=tuple(self._arrivals_ns),
            first_answer_ns=self._first_answer_ns,
            first_share=self._first_share(),
        )

    def _first_share(self) -> float | None:
        """Return the share of the text's bytes that came with the first burst; ``None`` without any text."""
        total = sum(self._arrival_bytes)
        return sum(self._arrival_bytes[: metrics.burst_arrivals(self._arrivals_ns)]) / total if total else None

    def _so_far(self, timeline: Timeline) -> Sample:
        return replace(
            self._sample,
            timeline=timeline,
            text="".join(piece.text for piece in self._text),
            reasoning="".join(self._reasoning),
        )
