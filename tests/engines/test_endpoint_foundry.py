"""Foundry Local's own web service as an endpoint: a real server with a real model."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from pathlib import Path

from tests.support import foundry_service
from tests.support.endpoints import ask
from tests.support.libraries import TINY
from tests.support.stand_in import Cloud
from tui.engines.contract import Form, Request
from tui.engines.endpoint.engine import EndpointEngine
from tui.records import Endpoint, FinishReason, Model, SampleStatus, TokensSource

RAG = Request(prompt="Summarize retrieval augmented generation.", max_tokens=150)


def fetched(url: str) -> object:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


async def test_a_model_is_loaded_measured_and_unloaded_again(cloud: Cloud, tmp_path: Path) -> None:
    with foundry_service.running(tmp_path, cloud, TINY) as root:
        model = Model(
            alias=f"here/{TINY.model_id}",
            engine="endpoint",
            model_id=TINY.model_id,
            endpoint=Endpoint(name="here", url=f"{root}/v1"),
        )
        engine = EndpointEngine(model)
        loaded = await engine.load(60)
        assert loaded.load_ns, "the service loads by the alias, which stands in its own catalogue"
        assert loaded.round_trip_ns
        status = fetched(f"{root}/status")
        assert isinstance(status, dict)
        assert engine.pid == status["pid"]
        assert fetched(f"{root}/models/loaded") == [TINY.model_id]
        sample = await ask(engine, request=RAG)
        assert sample.status is SampleStatus.OK
        assert len(sample.text) > 100
        assert sample.timeline.finish_reason is FinishReason.STOP
        assert sample.timeline.tokens_source is TokensSource.RUNTIME
        assert sample.timeline.output_tokens
        constrained = replace(RAG, form=Form("score", (1, 2, 3), "reason"))
        answer = json.loads((await ask(engine, request=constrained)).text)
        assert answer["score"] in (1, 2, 3), "the service holds the answer to the form, which it knows in its own words"
        assert set(answer) == {"score", "reason"}
        await engine.close()
        assert fetched(f"{root}/models/loaded") == [], "the server is left as it was found"
