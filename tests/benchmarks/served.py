"""Does a practice model answer through Foundry Local's own web service as fast as through our child?

Run by ``python -m tests.benchmarks.served [--model practice-large] [--launches 6] [--pairs 20]`` on a machine that does
nothing else. Both hold the model in a process of their own and take turns, sample by sample, first one and then the
other beginning; every launch is a fresh start of both. Prints the ratio service / child of decode rate and TTFT with a
95 % interval over launches. Exit code 1 unless the whole interval of the rate
is within 5 %.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.agreement import Pair, interval, pair
from tests.support import foundry_service, stand_in
from tests.support.endpoints import ask
from tests.support.stand_in import Cloud, Offer
from tui.engines.contract import Engine, Request
from tui.engines.registry import start
from tui.practice import practice_folder
from tui.records import Endpoint, Model, Timeline

WARMUP = 2
LIMIT = 0.05
RAG = "Summarize retrieval augmented generation."


async def compare(root: str, offer: Offer, request: Request, pairs: int) -> list[Pair]:
    """Return the pairs of one launch, each the ratios of the service's figures to the child's."""
    server = Endpoint(name="service", url=f"{root}/v1")
    service = start(Model(alias="service", engine="endpoint", model_id=offer.model_id, endpoint=server))
    child = start(Model(alias="child", folder=offer.folder))
    results: list[Pair] = []
    for engine in (service, child):
        await engine.load(60)
    for turn in range(WARMUP + pairs):
        times: dict[Engine, Timeline] = {}
        for engine in (service, child) if turn % 2 else (child, service):
            times[engine] = (await ask(engine, request=request)).timeline
        if turn >= WARMUP:
            results.append(pair(times[service], times[child]))
    for engine in (service, child):
        await engine.close()
    return results


def launch(cloud: Cloud, offer: Offer, request: Request, pairs: int) -> list[Pair]:
    """Start both sides afresh, warm them up, and take turns."""
    with (
        tempfile.TemporaryDirectory() as folder,
        foundry_service.running(Path(folder), cloud, offer) as root,
    ):
        return asyncio.run(compare(root, offer, request, pairs))


def report(launches: list[list[Pair]]) -> bool:
    """Print both ratios, and return whether the whole interval of the rates is within the limit."""
    rates = interval([[pair.rate for pair in pairs] for pairs in launches])
    ttfts = interval([[pair.ttft for pair in pairs] for pairs in launches])
    count = f"n = {sum(map(len, launches))} in {len(launches)} launches"
    for name, (ratio, low, high) in (("decode rate", rates), ("TTFT", ttfts)):
        print(f"{name:12} {ratio:7.4f}   [{low:.4f}, {high:.4f}]   {count}", flush=True)
    return rates[1] > 1 - LIMIT and rates[2] < 1 + LIMIT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-large")
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--launches", type=int, default=6)
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    offer = Offer(alias="served", name="served-generic-cpu", folder=practice_folder(options.model))
    request = Request(prompt=RAG, max_tokens=options.max_tokens)
    print(f"{options.model}: Foundry Local's web service / child, ratio and 95 % interval", flush=True)
    launches: list[list[Pair]] = []
    passed = False
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = stand_in.make_certificate(Path(folder))
        with stand_in.running(certificate, key) as cloud:
            for _ in range(options.launches):
                launches.append(launch(cloud, offer, request, options.pairs))
                passed = report(launches)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
