"""Five servers with one truth, of which each tells it in its own way: what is not right takes part in no conclusion."""

from __future__ import annotations

import json
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


async def tell(request: HttpRequest, reply: Reply) -> None:
    """Write 25 tokens at 50 a second after 200 ms, in the manner of the model that is asked for."""
    manner = str(request.body["model"])
    await reply.head()
    await reply.event(chunk({"role": "assistant", "content": ""}))
    held: list[str] = []
    for index in range(TOKENS):
        await until(request.at_ns + round((TTFT_S + index / TOK_S) * 1e9))
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
    end = chunk({}, "length")
    counts = {"prompt_n": 9, "predicted_n": TOKENS, "predicted_per_second": TOK_S}
    await reply.event({**end, "timings": counts} if manner == "timings" else end)
    if manner != "timings":
        await reply.event(usage(TOKENS // 2 if manner == "usage-half" else TOKENS))
    await reply.done()


MODELS: Final = ("plain", "lump2", "thinking10", "usage-half", "timings")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, str]:
    """The run as JSON, its report, and what ``choose`` says of it."""
    folder = tmp_path_factory.mktemp("truth")
    environment = {"BENCHTOP_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"}
    with serving(MODELS) as server:
        server.scene = tell
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
    return run, (folder / "run.md").read_text(encoding="utf-8"), chosen.stdout + chosen.stderr


def name_of(key: str) -> str:
    return Path(key).name


def test_a_rate_is_right_or_it_is_marked(measured: tuple[dict[str, Any], str, str]) -> None:
    run, _, _ = measured
    marked = {name_of(sample["key"]) for sample in run["samples"] if MARKS & set(sample["flags"])}
    assert marked == {"lump2", "usage-half"}
    for name in set(MODELS) - marked:
        own = [sample for sample in run["samples"] if name_of(sample["key"]) == name and sample["kind"] == "round"]
        # A busy machine delays some requests, but makes no wrong rate right.
        assert min(abs(sample["decode_tok_s"] - TOK_S) for sample in own) < 0.02 * TOK_S
        assert min(abs(sample["ttft_ms"] - TTFT_S * 1e3) for sample in own) < 20


def test_what_is_marked_takes_part_in_no_conclusion(measured: tuple[dict[str, Any], str, str]) -> None:
    _, report, choice = measured
    summary = report.partition("## Summary")[2].partition("## Results")[0].splitlines()
    rates = [line for line in summary if "ecode rate" in line]
    assert rates
    assert all("leaves out" in line for line in rates if "/lump2" in line or "/usage-half" in line)
    assert all("leaves out" in line for line in summary if "irst token:" in line and "/lump2" in line)
    for name in ("lump2", "usage-half"):
        assert any(line.startswith("Not ranked:") and f"/{name}," in line for line in choice.splitlines())
