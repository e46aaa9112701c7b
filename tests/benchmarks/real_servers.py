"""Servers that others wrote, measured by the product and by themselves.

Run by ``python -m tests.benchmarks.real_servers GGUF [--hf DIR] [--onnx DIR] [--folder DIR] [--rounds 8] [--only X]``:
the same open model as one file, as a folder of Hugging Face and as one for ONNX Runtime. It installs servers from the
package registries into environments of their own below the folder, starts each, and measures it with ``benchtop bench``
as a user would; where a server tells its own timings they are those of the same requests. A table shows both and the
difference. Not in CI: it needs the network once, the model and a quiet machine. The variables THREADS and MAX_TOKENS
set the threads of llama.cpp and the length of an answer. Once all are installed, six servers with 8 rounds take less
than 15 minutes; a server that fails is a row with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support import foundry_service, stand_in
from tui.engines.endpoint.behaviour.own_timings import own_rates

PROMPT: Final = "Explain in a few sentences why small language models can run on a laptop."
MAX_TOKENS: Final = int(os.environ.get("MAX_TOKENS", "64"))
START_S: Final = 600.0
_LLAMA_CPP: Final = """
import sys, time, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port, settings.n_ctx, settings.n_parallel = sys.argv[1], int(sys.argv[2]), 4096, 1
settings.cpuparams.n_threads, settings.cache_prompt = int(sys.argv[4]), sys.argv[3] == "cache"
settings.cache_ram_mib = -1 if settings.cache_prompt else 0
server = xllamacpp.Server(settings)
print(server.listening_address, flush=True)
time.sleep(3600)
"""
_LLAMA_CPP_PYTHON: Final = """
import runpy
import llama_cpp.llama_cpp as library
settings_of = library.llama_model_default_params
def without_repacking():
    settings = settings_of()
    # Its kernels for AMX crash on machines whose system does not give them that part of the processor.
    settings.use_extra_bufts = False
    return settings
library.llama_model_default_params = without_repacking
runpy.run_module("llama_cpp.server", run_name="__main__")
"""
_LITELLM: Final = """
model_list:
  - model_name: smollm2
    litellm_params: {{model: openai/smollm2, api_base: "{backend}/v1", api_key: none}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """How one server is installed and started."""

    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    """Its arguments, with ``{python}``, ``{bin}``, ``{gguf}``, ``{hf}``, ``{port}``, ``{threads}`` and ``{config}`` in
    them. Without any it is Foundry Local's own service, which the product's SDK starts.
    """
    variables: tuple[tuple[str, str], ...] = ()
    """What its environment has besides."""
    behind: bool = False
    """It passes requests on to the first server."""


SERVERS: Final = (
    Server(
        "llama.cpp, cache", ("xllamacpp",), ("{python}", "-c", _LLAMA_CPP, "{gguf}", "{port}", "cache", "{threads}")
    ),
    Server(
        "llama.cpp, no cache", ("xllamacpp",), ("{python}", "-c", _LLAMA_CPP, "{gguf}", "{port}", "none", "{threads}")
    ),
    Server(
        "LiteLLM before llama.cpp",
        ("litellm[proxy]",),
        ("{bin}/litellm", "--config", "{config}", "--port", "{port}", "--host", "127.0.0.1"),
        # It refuses to start without a key of its own, which a proxy that listens on loopback alone does not need.
        variables=(
            ("LITELLM_LOCAL_MODEL_COST_MAP", "1"),
            ("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true"),
        ),
        behind=True,
    ),
    Server(
        "transformers serve",
        ("transformers[serving]", "torch"),
        ("{bin}/transformers", "serve", "{hf}", "--port", "{port}", "--host", "127.0.0.1", "--device", "cpu"),
    ),
    Server(
        "llama-cpp-python",
        ("llama-cpp-python[server]",),
        (
            *("{python}", "-c", _LLAMA_CPP_PYTHON, "--model", "{gguf}", "--port", "{port}", "--n_ctx", "4096"),
            *("--n_threads", "{threads}"),
        ),
    ),
    Server("Foundry Local's service", (), ()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of one server, by the product and by the server itself, of the same requests."""

    name: str
    flags: str
    ttft_ms: float | None
    decode_tok_s: float | None
    own_decode_tok_s: float | None
    without_stream_tok_s: float | None
    """Its own decode rate of further answers, which were not streamed."""
    prefill_tok_s: float | None
    own_prefill_tok_s: float | None
    tokens: float | None
    disturbed: str
    error: str = ""


def installed(server: Server, folder: Path) -> Path:
    """Install the packages of a server unless that is done; gives the folder of its programs."""
    place = folder / server.packages[0].partition("[")[0]
    if not (place / "bin" / "python").exists():
        subprocess.run(["uv", "venv", "-q", str(place), "--python", "3.11"], check=True)
    done = place / ".done"
    if not done.exists():
        python = str(place / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, *server.packages], check=True)
        done.touch()
    return place / "bin"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The same model in each of the forms that servers take."""

    gguf: Path
    hf: Path | None
    onnx: Path | None


@contextlib.contextmanager
def foundry_service_with(model: Path, folder: Path) -> Generator[str]:
    """Run Foundry Local's own web service with a model of this folder in its cache; gives its address."""
    shutil.rmtree(folder / "foundry", ignore_errors=True)
    (folder / "foundry").mkdir()
    certificate, key = stand_in.make_certificate(folder / "foundry")
    with stand_in.running(certificate, key) as cloud:
        os.environ.update(stand_in.environment(cloud, certificate))
        offer = stand_in.Offer(alias="smollm2", name="smollm2-generic-cpu", folder=model)
        with foundry_service.running(folder / "foundry", cloud, offer) as url:
            yield url


@contextlib.contextmanager
def started(server: Server, model: ModelFiles, folder: Path, backend: str) -> Generator[str]:
    """Run a server for the length of the block; gives its address."""
    if not server.command:
        if model.onnx is None:
            raise SystemExit("Foundry's service needs --onnx.")
        with foundry_service_with(model.onnx, folder) as url:
            yield url
        return
    programs, port = installed(server, folder), _free_port()
    config = folder / "litellm.yaml"
    config.write_text(_LITELLM.format(backend=backend))
    names: dict[str, object] = {
        "python": programs / "python",
        "bin": programs,
        "gguf": model.gguf,
        "hf": model.hf,
        "port": port,
        "config": config,
    }
    names["threads"] = os.environ.get("THREADS", "2")
    command = [part if part in (_LLAMA_CPP, _LLAMA_CPP_PYTHON) else part.format(**names) for part in server.command]
    log = (folder / f"{server.name.replace(' ', '-')}.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **dict(server.variables)})
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + START_S
    while time.monotonic() < give_up_s and process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise SystemExit(f"{url} does not answer; its log is in the folder.")


def measured(url: str, model_id: str, folder: Path, rounds: int, limit_s: float) -> Mapping[str, Any]:
    """Measure a server with the product for so long at most; gives the JSON of the run."""
    report = folder / "run.json"
    report.unlink(missing_ok=True)
    name = url.partition("://")[2]
    program = [sys.executable, "-m", "tui", "bench", "--endpoint", url, "--models", f"{name}/{model_id}"]
    method = ["--rounds", str(rounds), "--warmup", "1", "--max-tokens", str(MAX_TOKENS), "--prompt", PROMPT]
    environment = {**os.environ, "BENCHTOP_HOME": str(folder / "home")}
    process = subprocess.Popen([*program, *method, "--json", str(report)], env=environment, stdout=subprocess.DEVNULL)
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        # What is finished by then is in the report.
        process.send_signal(signal.SIGINT)
        process.wait(60)
    return json.loads(report.read_text())


def rate_without_stream(url: str, model_id: str, rounds: int) -> float | None:
    """Ask a server for its own decode rate of answers that it does not stream; ``None`` if it tells none.

    A stream costs the server and its reader time on the same cores, so that it is slower there than an answer in one
    piece.
    """
    rates: list[float] = []
    for _ in range(rounds):
        body = {
            "model": model_id,
            "messages": [{"role": "user", "content": PROMPT}],
            "max_tokens": MAX_TOKENS,
            "temperature": 0,
        }
        request = urllib.request.Request(
            f"{url}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        # Foundry's service takes no such request without a stream.
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=120) as answer:
            rates += [rate for rate in (own_rates(json.load(answer)).decode_tok_s,) if rate]
    return statistics.median(rates) if rates else None


def row_of(server: Server, url: str, folder: Path, rounds: int, limit_s: float) -> Row:
    """Measure one server."""
    with urllib.request.urlopen(f"{url}/v1/models", timeout=10) as answer:
        model_id = json.load(answer)["data"][0]["id"]
    (result,) = measured(url, model_id, folder, rounds, limit_s)["models"]
    return Row(
        name=server.name,
        flags=", ".join(result["flags"]),
        ttft_ms=result["ttft_p50_ms"],
        decode_tok_s=result["decode_p50_tok_s"],
        own_decode_tok_s=result["server_decode_p50_tok_s"],
        without_stream_tok_s=None if result["error"] else rate_without_stream(url, model_id, rounds),
        prefill_tok_s=result["prefill_p50_tok_s"],
        own_prefill_tok_s=result["server_prefill_p50_tok_s"],
        tokens=result["output_tokens"],
        disturbed=f"{result['disturbed']} of {result['rounds']}",
        error=result["error"] or "",
    )


def without_numbers(server: Server, error: str) -> Row:
    """Return the row of a server that could not be measured."""
    return Row(
        name=server.name,
        flags="",
        ttft_ms=None,
        decode_tok_s=None,
        own_decode_tok_s=None,
        without_stream_tok_s=None,
        prefill_tok_s=None,
        own_prefill_tok_s=None,
        tokens=None,
        disturbed="-",
        error=error,
    )


def shown(rows: list[Row]) -> str:
    """Write the rows as a table in Markdown."""
    lines = [
        "| Server | TTFT ms | Decode tok/s | its own | differs | own, no stream | Prefill tok/s | its own | Tokens "
        "| Disturbed | Flags |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in rows:
        both = row.decode_tok_s and row.own_decode_tok_s
        differs = f"{(row.decode_tok_s or 0) / (row.own_decode_tok_s or 1) - 1:+.1%}" if both else "-"
        figures = map(_figure, (row.ttft_ms, row.decode_tok_s, row.own_decode_tok_s))
        rest = map(_figure, (row.without_stream_tok_s, row.prefill_tok_s, row.own_prefill_tok_s, row.tokens))
        cells = [row.name, *figures, differs, *rest, row.disturbed, row.error or row.flags or "-"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def main() -> None:
    """Measure every server, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path, help="the model as one file")
    parser.add_argument("--hf", type=Path, help="the model as a folder of Hugging Face")
    parser.add_argument("--onnx", type=Path, help="the model as a folder for ONNX Runtime")
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "benchtop-real-servers")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--limit", type=float, default=90.0, help="the most seconds that one server is measured for")
    parser.add_argument("--only", default="", help="a part of the names of the servers to measure")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    files = ModelFiles(options.gguf, options.hf, options.onnx)
    rows: list[Row] = []
    for server in (one for one in SERVERS if options.only in one.name):
        began_s = time.monotonic()
        try:
            with contextlib.ExitStack() as stack:
                backend = ""
                if server.behind:
                    backend = stack.enter_context(started(SERVERS[1], files, options.folder, ""))
                url = stack.enter_context(started(server, files, options.folder, backend))
                rows.append(row_of(server, url, options.folder, options.rounds, options.limit))
        except (SystemExit, OSError, ValueError, subprocess.SubprocessError) as error:
            # The others are measured all the same.
            rows.append(without_numbers(server, str(error)))
        print(f"{shown(rows[-1:])}\n{server.name}: {time.monotonic() - began_s:.0f} s", flush=True)
    print(shown(rows))


if __name__ == "__main__":
    main()
