"""The same practice model through Foundry Local's own web service and through our child, in turns.

Run as ``python -m tests.benchmarks.served [MODEL] [ROUNDS]`` on a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from tests import foundry_service, stand_in
from tests.stand_in import Offer
from tests.test_endpoint import ask
from tui.engines.engine import Request
from tui.engines.starting import start
from tui.measure import metrics, units
from tui.practice import practice_folder
from tui.records import Endpoint, Model

WARMUP = 3
RAG = Request(prompt="Summarize retrieval augmented generation.", max_tokens=150)


async def compare(root: str, offer: Offer, rounds: int) -> None:
    """Print the medians of both, and how far they are apart."""
    server = Endpoint(name="service", url=f"{root}/v1")
    models = (
        Model(alias="service", engine="endpoint", model_id=offer.model_id, endpoint=server),
        Model(alias="child", folder=offer.folder),
    )
    engines = {model.alias: start(model) for model in models}
    rates: dict[str, list[float]] = {name: [] for name in engines}
    ttfts_ns: dict[str, list[int]] = {name: [] for name in engines}
    for engine in engines.values():
        await engine.load(60)
    for turn in range(WARMUP + rounds):
        for name, engine in engines.items():
            times = (await ask(engine, request=RAG)).timeline
            rate, ttft_ns = metrics.decode_tok_s(times), metrics.ttft_ns(times)
            if turn >= WARMUP and rate is not None and ttft_ns is not None:
                rates[name].append(rate)
                ttfts_ns[name].append(ttft_ns)
    for name, engine in engines.items():
        await engine.close()
        ttft = units.nanoseconds(statistics.median(ttfts_ns[name]))
        print(f"{name}: {units.rate(statistics.median(rates[name]))}, TTFT {ttft}, over {len(rates[name])} rounds")
    apart = statistics.median(rates["service"]) / statistics.median(rates["child"]) - 1
    print(f"the service against the child: {units.difference(apart)}")


def main() -> None:
    name, rounds = (*sys.argv[1:], *("practice-large", "30")[len(sys.argv) - 1 :])
    offer = Offer(alias="served", name="served-generic-cpu", folder=practice_folder(name))
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = stand_in.make_certificate(Path(folder))
        with (
            stand_in.running(certificate, key) as cloud,
            foundry_service.running(Path(folder, "service"), cloud, offer) as root,
        ):
            asyncio.run(compare(root, offer, int(rounds)))


if __name__ == "__main__":
    main()
