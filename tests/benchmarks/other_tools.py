"""Other tools that measure servers, beside ours, on streams whose true numbers are known.

Run by ``python -m tests.benchmarks.other_tools [--folder DIR] [--requests 10] [--only CASES]``. It installs AIPerf and
GuideLLM from the package registry into environments of their own below the folder. For each case of ``selftest`` each
tool in turn asks the reference server of the self-test, as its user would ask a server, one request at a time. The
server notes by its own clock what it has played for each tool, which is the truth that the tool is held against: TTFT,
and the decode rate as each tool defines it (ours; AIPerf's output token throughput per user; GuideLLM's 1000 / ITL).
Not in CI: it needs the network once, and a minute a case. A machine at rest tells more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tui.bench.selftest.cases import BY_NAME, Case
from tui.bench.selftest.evaluation import CaseFigures, true_figures
from tui.bench.selftest.measurement import reference_server
from tui.bench.selftest.playback import read_playbacks
from tui.practice import practice_folder

CASES: Final = (
    *("every-2-ms", "every-20-ms", "four-per-chunk", "role-first", "hidden-told", "stall", "prefill-2-s"),
    *("silent-tail", "stop", "end-token-counted", "first-burst", "held-back-start"),
)
TIMEOUT_S: Final = 240
_PROMPT: Final = "Why do small models run on a laptop?"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a tool reports of a case."""

    ttft_ms: float | None
    decode_tok_s: float | None
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what is installed for it, and how it measures a model at an address."""

    name: str
    package: str
    measure: Callable[[Path, str, Case, int], Measured]
    """It takes the folder of the tool, the address, the case and the number of requests."""


def ours(folder: Path, url: str, case: Case, requests: int) -> Measured:
    report = folder / "run.json"
    report.unlink(missing_ok=True)
    name = url.partition("://")[2].removesuffix("/v1")
    program = [sys.executable, "-m", "tui", "bench", "--endpoint", url, "--models", f"{name}/{case.name}"]
    method = ["--rounds", str(requests), "--warmup", "1", "--prompt", _PROMPT, "--max-tokens", "1000"]
    run(folder, [*program, *method, "--json", str(report)], BENCHTOP_HOME=str(folder / "home"))
    (row,) = json.loads(report.read_text())["models"]
    return Measured(row["ttft_p50_ms"], row["decode_p50_tok_s"], ", ".join(row["flags"]))


def aiperf(folder: Path, url: str, case: Case, requests: int) -> Measured:
    prompts = folder / "prompts.jsonl"
    prompts.write_text(json.dumps({"text": _PROMPT}) + "\n")
    tokenizer = practice_folder("practice-small")
    program = [str(folder / "bin" / "aiperf"), "profile", "-m", case.name, "--url", url, "--endpoint-type", "chat"]
    method = ["--streaming", "--use-server-token-count", "--tokenizer", str(tokenizer), "--concurrency", "1"]
    count = ["--request-count", str(requests), "--warmup-request-count", "1", "--workers-max", "1", "--ui", "none"]
    data = ["--input-file", str(prompts), "--custom-dataset-type", "single_turn"]
    run(folder, [*program, *method, *count, *data, "--artifact-dir", str(folder / case.name)])
    row = json.loads((folder / case.name / "profile_export_aiperf.json").read_text())
    return Measured(_middle(row, "time_to_first_token"), _middle(row, "output_token_throughput_per_user"))


def guidellm(folder: Path, url: str, case: Case, requests: int) -> Measured:
    prompts, report = folder / "prompts.csv", folder / "run.json"
    prompts.write_text("prompt\n" + f"{_PROMPT}\n" * (requests + 1))
    report.unlink(missing_ok=True)
    program = [str(folder / "bin" / "guidellm"), "run", "--profile", "kind=synchronous", "--disable-console"]
    backend = ["--backend", f"kind=openai_http,target={url.removesuffix('/v1')},model={case.name}"]
    data = ["--data", f"kind=csv_file,path={prompts}", "--constraint", f"kind=max_requests,count={requests}"]
    run(folder, [*program, *backend, *data, "--output", f"kind=json,path={report}"])
    metrics = json.loads(report.read_text())["benchmarks"][0]["metrics"]
    itl_ms = metrics["inter_token_latency_ms"]["successful"]["median"]
    return Measured(metrics["time_to_first_token_ms"]["successful"]["median"], 1000 / itl_ms if itl_ms else None)


TOOLS: Final = (Tool("Benchtop", "", ours), Tool("AIPerf", "aiperf", aiperf), Tool("GuideLLM", "guidellm", guidellm))


def _middle(row: dict[str, Any], name: str) -> float | None:
    return row[name]["p50"] if name in row else None


def run(folder: Path, command: Sequence[str], **variables: str) -> None:
    """Run a program; what it writes goes to a file of the folder."""
    with (folder / "tool.log").open("a") as log:
        subprocess.run(command, stdout=log, stderr=log, env={**os.environ, **variables}, check=False, timeout=TIMEOUT_S)


def installed(tool: Tool, folder: Path) -> Path:
    """Install a tool unless that is done; gives its folder."""
    place = folder / tool.name.lower()
    place.mkdir(parents=True, exist_ok=True)
    if tool.package and not (place / "bin" / tool.package).exists():
        # The packages of these tools have wheels for this Python and not for every newer one.
        subprocess.run(["uv", "venv", "-q", "--clear", str(place), "--python", "3.11"], check=True)
        python = str(place / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, tool.package], check=True)
    return place


def truth(case: Case, log: Path, skipped: int) -> CaseFigures:
    """Return the middle of the true numbers of what the server played after the first plays of its log."""
    played = [play for play in read_playbacks([log])[skipped:] if play.model == case.name]
    figures = [true_figures(case, play) for play in played]
    return CaseFigures(
        ttft_ms=statistics.median(each.ttft_ms or 0.0 for each in figures),
        decode_tok_s=statistics.median(each.decode_tok_s or 0.0 for each in figures),
        prefill_tok_s=None,
        output_tokens=case.output_tokens,
    )


async def row_of(case: Case, places: dict[str, Path], folder: Path, requests: int) -> str:
    """Measure one case with each tool, and write its row."""
    log, cells = folder / "played.jsonl", list[str]()
    async with reference_server(log, case.name) as server:
        for tool in TOOLS:
            before = len(read_playbacks([log]))
            try:
                found = await asyncio.to_thread(tool.measure, places[tool.name], server.url, case, requests)
                true = truth(case, log, before)
            except (OSError, ValueError, KeyError, subprocess.SubprocessError, statistics.StatisticsError) as error:
                cells += ["failed", type(error).__name__]
                continue
            cells += [_difference_ms(found.ttft_ms, true.ttft_ms), _difference(found.decode_tok_s, true.decode_tok_s)]
            if found.flags:
                cells[-1] += f" ({found.flags})"
    nominal = case.chunks[case.first_burst]
    return f"| {case.name} | {nominal.at_ms:.0f} | {' | '.join(cells)} |"


def _difference_ms(found: float | None, true: float | None) -> str:
    return "-" if found is None or true is None else f"{found - true:+.2f}"


def _difference(found: float | None, true: float | None) -> str:
    return "-" if found is None or not true else f"{found / true - 1:+.2%}"


def main() -> None:
    """Measure every case with every tool, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "benchtop-other-tools")
    parser.add_argument("--requests", type=int, default=10, help="of each tool and case")
    parser.add_argument("--only", default=",".join(CASES), help="the names of cases of the self-test")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "played.jsonl").unlink(missing_ok=True)
    places = {tool.name: installed(tool, options.folder) for tool in TOOLS}
    heads = [f"{tool.name}: {number}" for tool in TOOLS for number in ("TTFT, ms off", "rate off")]
    print(f"| case | TTFT, ms | {' | '.join(heads)} |\n| --- |{' ---: |' * (len(heads) + 1)}", flush=True)
    for name in options.only.split(","):
        print(asyncio.run(row_of(BY_NAME[name], places, options.folder, options.requests)), flush=True)


if __name__ == "__main__":
    main()
