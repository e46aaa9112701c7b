"""When each piece of every answer arrived, as one JSON object a line, for those who want to see every gap."""

from __future__ import annotations

import json

from tui.records import RunRecord, Sample
from tui.text.escape import json_document, without_surrogates


def arrivals_text(run: RunRecord) -> str:
    """Write a line a sample, in the order in which the samples were measured.

    ``arrivals_ms`` are offsets from the moment at which the request was handed over; a piece of text is not a token.
    ``end_ms`` is the end of generation, or ``null`` if it was not reached.
    """
    return "".join(f"{_line(run, sample)}\n" for sample in run.samples)


def _line(run: RunRecord, sample: Sample) -> str:
    timeline = sample.timeline
    fields = {
        "run_id": run.run_id,
        "key": without_surrogates(sample.key),
        "prompt_id": without_surrogates(sample.prompt_id),
        "kind": sample.kind.value,
        "round": sample.round,
        "launch": sample.launch,
        "segment": sample.segment,
        "concurrency": sample.concurrency,
        "status": sample.status.value,
        "output_tokens": timeline.output_tokens,
        "first_answer_ms": None if timeline.first_answer_ns is None else timeline.first_answer_ns / 1e6,
        "end_ms": None if timeline.end_ns is None else timeline.end_ns / 1e6,
        "arrivals_ms": [arrival / 1e6 for arrival in timeline.arrivals_ns],
    }
    return json_document(json.dumps(fields, ensure_ascii=False, allow_nan=False))
