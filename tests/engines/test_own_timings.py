"""The rates that servers report of themselves are read, whatever form they have, and nonsense in their place is not."""

from __future__ import annotations

import pytest

from tests.support.endpoints import ask
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer, chunk, usage
from tui.engines.endpoint.behaviour.own_timings import own_rates
from tui.engines.endpoint.engine import EndpointEngine


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


LLAMA_CPP = {"prompt_n": 45, "prompt_ms": 900.0, "predicted_n": 64, "predicted_ms": 3150.0}
GROQ = {"prompt_tokens": 20, "prompt_time": 0.01, "completion_tokens": 50, "completion_time": 0.1, "queue_time": 0.5}
USED = {"prompt_tokens": 20, "completion_tokens": 50}
OLLAMA = {"eval_count": 50, "eval_duration": 2_000_000_000, "prompt_eval_count": 30, "prompt_eval_duration": 10**8}


@pytest.mark.parametrize(
    ("event", "decode", "prefill"),
    [
        # 64 tokens, of which the first took none of the time; old versions report 20.3 for that.
        ({"timings": {**LLAMA_CPP, "predicted_per_second": 20.3}}, 20.0, 50.0),
        ({"timings": {"predicted_per_second": 20.5}}, 20.5, None),
        ({"usage": GROQ}, 500.0, 2000.0),
        ({"x_groq": {"usage": GROQ}}, 500.0, 2000.0),
        (
            {
                "usage": {"prompt_tokens": 20, "completion_tokens": 50},
                "time_info": {"prompt_time": 0.01, "completion_time": 0.1},
            },
            500.0,
            2000.0,
        ),
        ({"done": True, **OLLAMA}, 25.0, 300.0),
        ({"usage": {"avg_compl_tok_per_sec": 31.5, "avg_prompt_tok_per_sec": 900}}, 31.5, 900.0),
        ({"usage": {"completion_tokens_per_sec": 31.5, "prompt_tokens_per_sec": 900}}, 31.5, 900.0),
        ({"usage": {"generation_tps": 31.5, "prompt_tps": 900}}, 31.5, 900.0),
        ({"usage": {**USED, "timing_token_generation": 2000.0, "timing_prompt_processing": 100.0}}, 25.0, 200.0),
        ({"stats": {"tokens_per_second": 51.4, "time_to_first_token": 0.1}}, 51.4, None),
        ({"usage": USED}, None, None),
        ({"timings": {"predicted_n": 1, "predicted_ms": 0.001, "prompt_ms": 0, "prompt_n": 4}}, None, None),
        ({"timings": {"predicted_n": "64", "predicted_ms": None, "predicted_per_second": float("nan")}}, None, None),
        ({"usage": {"completion_tokens": True, "completion_time": -1, "avg_compl_tok_per_sec": 1e300}}, None, None),
        ({"timings": [1], "usage": "x", "stats": 4}, None, None),
    ],
)
def test_the_rates_of_a_server_are_read(event: dict[str, object], decode: float | None, prefill: float | None) -> None:
    own = own_rates(event)
    assert (_rounded(own.decode_tok_s), _rounded(own.prefill_tok_s)) == (decode, prefill)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_last_rates_of_an_answer_are_those_of_its_sample(
    server: ScriptedServer, engine: EndpointEngine
) -> None:
    async def scene(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        first = {"prompt_n": 45, "prompt_ms": 900.0, "predicted_n": 1, "predicted_ms": 0.001}
        await reply.event({**chunk({"content": "Small "}), "timings": first})
        await reply.text("models ", "run ", "here.")
        await reply.event({**chunk({}, "length"), "timings": LLAMA_CPP})
        await reply.event(usage(4))
        await reply.done()

    server.scene = scene
    times = (await ask(engine)).timeline
    assert (_rounded(times.server_decode_tok_s), _rounded(times.server_prefill_tok_s)) == (20.0, 50.0)
