"""Build the sample of a request from the pieces of its answer."""

from __future__ import annotations

from array import array
from dataclasses import replace
from io import StringIO

from tui.engines.contract import Completed, Pieces
from tui.measure.timing import metrics
from tui.records import Sample, SampleStatus, Timeline, TokensSource


class Recorder:
    """Collects the pieces of one answer with their times, and builds the sample at the end.

    An answer of a million pieces costs about 50 MB meanwhile, since its numbers stand in arrays and its text in one
    buffer: a list of the pieces would cost four times as much.
    """

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._text, self._reasoning = StringIO(newline=""), StringIO(newline="")
        self._text_characters, self._text_ns = array("q"), array("q")
        """The length of each piece of the answer, and its time."""
        self._taken_back = 0
        """How many pieces at the start of the answer turned out to be reasoning."""
        self._arrivals_ns, self._arrival_bytes = array("q"), array("q")
        self.begun = True
        """Whether the request was sent; one that waits for its turn was not."""

    @property
    def arrivals_ns(self) -> array[int]:
        return self._arrivals_ns

    def receive(self, pieces: Pieces) -> None:
        """Add pieces of the answer; those that arrive at the same time count as one arrival."""
        self.begun = True
        for piece in pieces.pieces:
            if not self._arrivals_ns or piece.at_ns != self._arrivals_ns[-1]:
                self._arrivals_ns.append(piece.at_ns)
                self._arrival_bytes.append(0)
            self._arrival_bytes[-1] += len(piece.text.encode("utf-8", "surrogatepass"))
            if piece.reasoning:
                self._reasoning.write(piece.text)
            elif piece.text:
                self._text.write(piece.text)
                self._text_characters.append(len(piece.text))
                self._text_ns.append(piece.at_ns)

    def complete(self, end: Completed) -> Sample:
        """Build the sample of a request that ended; it has failed if no piece arrived."""
        self._taken_back = end.unopened_reasoning_runs
        timeline = self._with_arrivals(end.timeline)
        status = SampleStatus.OK if self._arrivals_ns else SampleStatus.FAILED
        error = None if self._arrivals_ns else "the model ended without any text"
        return replace(
            self._so_far(timeline),
            status=status,
            error=error,
            flags=tuple(dict.fromkeys((*metrics.flags(timeline), *end.flags))),
            peak_rss_bytes=end.peak_rss_bytes,
            client_busy=end.client_busy,
        )

    def incomplete(self, status: SampleStatus, error: str) -> Sample:
        """Build the sample of a request that broke off, with the text and the times that arrived before."""
        return replace(self._so_far(self._with_arrivals(Timeline())), status=status, error=error)

    def stopped(self, peak_rss_bytes: int | None) -> Sample:
        """Build the sample of an answer that a person has stopped, which is measured up to its last text.

        Nobody has counted its tokens: each arrival is taken for one.
        """
        sample = self.incomplete(SampleStatus.CANCELLED, "stopped")
        if self._arrivals_ns:
            counts = {"end_ns": self._arrivals_ns[-1], "output_tokens": len(self._arrivals_ns)}
            timeline = replace(sample.timeline, **counts, tokens_source=TokensSource.ESTIMATED)
            sample = replace(sample, timeline=timeline, flags=metrics.flags(timeline))
        return replace(sample, peak_rss_bytes=peak_rss_bytes)

    def _with_arrivals(self, timeline: Timeline) -> Timeline:
        return replace(
            timeline,
            arrivals_ns=tuple(self._arrivals_ns),
            first_answer_ns=self._first_answer_ns(),
            first_share=self._first_share(),
        )

    def _first_share(self) -> float | None:
        """Return the share of the text's bytes that came with the first burst; ``None`` without any text."""
        total = sum(self._arrival_bytes)
        return sum(self._arrival_bytes[: metrics.burst_arrivals(self._arrivals_ns)]) / total if total else None

    def _first_answer_ns(self) -> int | None:
        """Return the time of the first piece of the answer that is more than white space."""
        text, end = self._text.getvalue(), 0
        for index, (characters, at_ns) in enumerate(zip(self._text_characters, self._text_ns, strict=True)):
            start, end = end, end + characters
            if index >= self._taken_back and not text[start:end].isspace():
                return at_ns
        return None

    def _so_far(self, timeline: Timeline) -> Sample:
        text = self._text.getvalue()
        answer_start = sum(self._text_characters[: self._taken_back])
        reasoning = self._reasoning.getvalue() + text[:answer_start]
        return replace(self._sample, timeline=timeline, text=text[answer_start:], reasoning=reasoning)


def lacks_count(sample: Sample) -> bool:
    """Return whether a request was answered, and its output tokens are an estimate from the length of its text."""
    timeline = sample.timeline
    estimated = timeline.output_tokens is not None and timeline.tokens_source is TokensSource.ESTIMATED
    return estimated and sample.status is SampleStatus.OK


def with_count(sample: Sample, tokens: int) -> Sample:
    """Put the count of a tokenizer in place of the estimate, with the flags that follow from it."""
    before = metrics.flags(sample.timeline)
    timeline = replace(sample.timeline, output_tokens=tokens, tokens_source=TokensSource.TOKENIZER)
    others = (flag for flag in sample.flags if flag not in before)
    return replace(sample, timeline=timeline, flags=(*metrics.flags(timeline), *others))
