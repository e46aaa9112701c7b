"""Five servers with one truth, of which each tells it in its own way: what is not right takes part in no conclusion.

The truth of an answer is what its server did: on a busy machine a server is late itself. Our client is late there too,
and reads a burst where there was none: then its sample has to have a mark. That a good server has none is demanded of a
quiet machine only.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.command import benchtop
from tests.support.scripted_server import HttpRequest, Reply, chunk, serving, until, usage
from tui.records import COUNT_DOUBTED, IN_LUMPS, RATE_UNSURE

TTFT_S: Final = 0.2
TOK_S: Final = 50.0
TOKENS: Final = 25
MARKS: Final = {RATE_UNSURE, IN_LUMPS, COUNT_DOUBTED}
MODELS: Final = ("plain", "lump2", "thinking10", "usage-half", "timings")
BAD: Final = {"lump2", "usage-half"}
QUIET_S: Final = 0.002
"""On a quiet machine the server's thread waits no longer than this for a processor while it answers."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a server did for one request."""

    ttft_ms: float
    tok_s: float
    waited_s: float
    """How long the server's thread waited for a processor, in which the request may have lain there unread."""


def waited_s() -> float:
    """How long this thread has been ready to run without a processor; 0 where that is not told."""
    return (
        int(Path("/proc/thread-self/schedstat").read_text(encoding="utf-8").split()[1]) / 1e9
        if sys.platform == "linux"
        else 0.0
    )


class Teller:
    """Writes 25 tokens at 50 a second after 200 ms, in the manner of the model that is asked for."""

    def __init__(self) -> None:
        self.truths: defaultdict[str, list[Truth]] = defaultdict(list)
        self._waited_s = 0.0

    async def tell(self, request: HttpRequest, reply: Reply) -> None:
        manner = str(request.body["model"])
        await reply.head()
        await reply.event(chunk({"role": "assistant", "content": ""}))
        first_ns = await self._tell_text(manner, request, reply)
        last_ns = time.perf_counter_ns()
        end = chunk({}, "length")
        counts = {"prompt_n": 9, "predicted_n": TOKENS, "predicted_per_second": TOK_S}
        await reply.event({**end, "timings": counts} if manner == "timings" else end)
        if manner != "timings":
            await reply.event(usage(TOKENS // 2 if manner == "usage-half" else TOKENS))
        await reply.done()
        tok_s, before_s, self._waited_s = (TOKENS - 1) * 1e9 / (last_ns - first_ns), self._waited_s, waited_s()
        self.truths[manner].append(Truth((first_ns - request.at_ns) / 1e6, tok_s, self._waited_s - before_s))

    async def _tell_text(self, manner: str, request: HttpRequest, reply: Reply) -> int:
        first_ns, held = 0, list[str]()
        for index in range(TOKENS):
            await until(request.at_ns + round((TTFT_S + index / TOK_S) * 1e9))
            first_ns = first_ns or time.perf_counter_ns()
            word = f"word{index} "
            if manner == "lump2":
                held.append(word)
            elif manner == "thinking10" and index < 10:
                await reply.event(chunk({"thinking": word}))
            else:
                await reply.text(word)
        if held:
            # A proxy that holds the answer back and passes it on in two writes at its end.
            await reply.text("".join(held[:13]))
            await until(request.at_ns + round((TTFT_S + TOKENS / TOK_S + 0.003) * 1e9))
            await reply.text("".join(held[13:]))
        return first_ns


@dataclass(frozen=True, slots=True)
class Measured:
    """The run as JSON, its report, what ``choose`` says of it, and what the servers did."""

    run: dict[str, Any]
    report: str
    choice: str
    truths: dict[str, list[Truth]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("truth")
    environment = {"BENCHTOP_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"}
    teller = Teller()
    with serving(MODELS) as server:
        server.scene = teller.tell
        names = ",".join(f"127.0.0.1:{server.port}/{name}" for name in MODELS)
        done = benchtop(
            *("bench", "--endpoint", server.url, "--models", names, "--prompt", "hi", "--rounds", "1", "--warmup", "0"),
            *("--json", "run.json", "--md", "run.md"),
            environment=environment,
            folder=folder,
        )
        assert done.returncode == 0, done.stderr
        chosen = benchtop("choose", environment=environment, folder=folder)
    run: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    report = (folder / "run.md").read_text(encoding="utf-8")
    return Measured(run, report, chosen.stdout + chosen.stderr, dict(teller.truths))


def samples_of(run: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [sample for sample in run["samples"] if Path(sample["key"]).name == name]


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_rate_that_cannot_be_right_is_marked(measured: Measured, name: str) -> None:
    assert all(MARKS & set(sample["flags"]) for sample in samples_of(measured.run, name))


@pytest.mark.parametrize("name", sorted(set(MODELS) - BAD))
def test_a_rate_is_right_or_it_is_marked(measured: Measured, name: str) -> None:
    samples, truths = samples_of(measured.run, name), measured.truths[name]
    assert len(samples) == len(truths) == 2
    for sample, truth in zip(samples, truths, strict=True):
        marks = {*(MARKS & set(sample["flags"])), *sample["disturbances"]}
        assert marks or abs(sample["decode_tok_s"] - truth.tok_s) < 0.02 * truth.tok_s
        assert marks or -1 < sample["ttft_ms"] - truth.ttft_ms < 20 + truth.waited_s * 1e3
        assert truth.waited_s > QUIET_S or not MARKS & set(sample["flags"]) or sample["disturbances"]


def test_what_is_marked_takes_part_in_no_conclusion(measured: Measured) -> None:
    summary = measured.report.partition("## Summary")[2].partition("## Results")[0].splitlines()
    rates = [line for line in summary if "ecode rate" in line]
    assert rates
    assert all("leaves out" in line for line in rates if any(f"/{name}" in line for name in BAD))
    assert all("leaves out" in line for line in summary if "irst token:" in line and "/lump2" in line)
    for name in BAD:
        assert any(line.startswith("Not ranked:") and f"/{name}," in line for line in measured.choice.splitlines())
