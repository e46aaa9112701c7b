"""The lists of models of servers, in every form, at every address, with the sentence for what is none."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2
import pytest

from tui.engines.endpoint.behaviour.served_build import served_build, software
from tui.engines.endpoint.server import ids_in, other_address
from tui.engines.process import wire

TINY = {"id": "tiny"}
LISTS: Mapping[str, object] = {
    "models": {"models": [TINY]},
    "names": {"models": [{"name": "tiny", "size": 1}]},
    "texts": {"models": ["tiny"]},
    "texts alone": ["tiny"],
    "named objects": {"data": {"tiny": {"owned_by": "me"}}},
    "a list in data": {"data": {"models": [TINY]}},
    "a result": {"result": [TINY]},
    "capitals": {"Data": [{"Id": "tiny"}]},
    "another name": {"data": [{"model_name": "tiny"}]},
    "a key": {"models": [{"key": "tiny", "type": "llm"}]},
    "an object as model": {"data": [{"model": TINY}]},
    "an empty list beside": {"data": [], "models": [TINY]},
    "odd entries": {"data": [None, 5, {}, {"id": None}, {"id": 7}, {"id": ""}, TINY, TINY]},
}


@pytest.mark.parametrize("form", LISTS)
def test_a_list_of_models_is_read_in_every_form(form: str) -> None:
    assert ids_in(httpx2.Response(200, json=LISTS[form])) == ("tiny",)


def test_what_is_no_list_has_no_models() -> None:
    for body in ({"data": None}, {"error": {"message": "none"}}, "tiny", 5, None, {"data": {"message": "none"}}):
        assert ids_in(httpx2.Response(200, json=body)) == ()


def test_a_list_is_looked_for_with_and_without_a_version() -> None:
    missing, refused = httpx2.Response(404), httpx2.Response(401)
    assert other_address("http://here/api", missing) == "http://here/api/v1"
    assert other_address("http://here/v1", missing) == "http://here"
    assert other_address("http://here/v1", refused) == "http://here/v1"
    assert other_address("http://here/api/v1", missing) == "http://here/api/v1"


BUILDS: Mapping[str, tuple[list[object], wire.ServerModel]] = {
    "llama.cpp": (
        [
            {
                "id": "tiny",
                "meta": {"n_ctx": 4096, "n_ctx_train": 8192, "n_params": 134515008, "size": 96576768, "ftype": "Q4_1"},
            },
            {"default_generation_settings": {"params": {"n_predict": -1}, "n_ctx": 2048}, "n_threads": 6},
        ],
        wire.ServerModel("tiny", None, 4096, 96576768, "Q4_1", 134515008, 6),
    ),
    "llama.cpp before it told of its models": (
        [{"id": "tiny"}, {"default_generation_settings": {"n_ctx": 2048}, "model_ftype": "Q8_0"}],
        wire.ServerModel("tiny", None, 2048, None, "Q8_0"),
    ),
    "Ollama": (
        [
            {"id": "tiny", "object": "model", "created": 1},
            {
                "name": "tiny",
                "size": 397,
                "digest": "8a2f0c1d" * 8,
                "details": {"parameter_size": "494.03M", "quantization_level": "Q4_K_M"},
            },
            {"name": "tiny", "size": 600, "size_vram": 500, "context_length": 4096},
        ],
        wire.ServerModel("tiny", None, 4096, 397, "Q4_K_M", 494030000, weights="8a2f0c1d8a2f0c1d"),
    ),
    "LM Studio": (
        [{"id": "tiny"}, {"quantization": "4bit", "max_context_length": 131072, "loaded_context_length": 8192}],
        wire.ServerModel("tiny", None, 8192, None, "4bit"),
    ),
    "vLLM": ([{"id": "tiny", "max_model_len": 512, "root": "tiny"}], wire.ServerModel("tiny", None, 512)),
    "vLLM with other weights": ([{"id": "tiny", "root": "/m/qwen"}], wire.ServerModel("tiny", weights="qwen")),
    "TGI": ([{"id": "tiny"}, {"model_id": "q", "model_sha": "c8de"}], wire.ServerModel("tiny", weights="c8de")),
    "nothing": ([{"id": "tiny"}, None, "tiny", 5, []], wire.ServerModel("tiny")),
    "values of other kinds": (
        [
            {"id": "tiny", "meta": {"size": "", "ftype": 7, "n_params": "many", "n_ctx": True}, "details": "none"},
            {"size": -1, "threads": 1 << 70, "parameter_size": True, "quantization": "", "max_model_len": 0},
            {"size": 1e9, "threads": "6", "parameter_size": "9" * 40 + "B", "quantization_level": ["Q4"]},
        ],
        wire.ServerModel("tiny"),
    ),
    "texts that would break a line": (
        [{"quantization": "Q4\n\x1b[31m" + "x" * 5000}],
        wire.ServerModel("tiny", quantization="Q4 [31m" + "x" * 53),
    ),
}


@pytest.mark.parametrize("kind", BUILDS)
def test_what_a_server_reports_of_a_build_is_read_where_each_kind_of_server_has_it(kind: str) -> None:
    entries, expected = BUILDS[kind]
    assert served_build("tiny", None, entries) == expected


@pytest.mark.parametrize(
    ("version", "headers", "owner", "name"),
    [
        ("0.11.0", {"server": "uvicorn"}, "vllm", "vLLM 0.11.0"),
        (None, {"server": "llama.cpp"}, "llamacpp", "llama.cpp"),
        (None, {"server": "MyServer/1.2"}, "me", "MyServer/1.2"),
        ("3", {"server": "MyServer/1.2"}, "me", "MyServer/1.2"),
        (None, {"server": "uvicorn", "x-litellm-version": "1.80.0"}, "openai", "LiteLLM 1.80.0"),
        ("0.3.1", {"server": "nginx/1.2"}, "", "version 0.3.1"),
        (None, {"server": "nginx/1.2"}, "", None),
        (None, {}, None, None),
    ],
)
def test_a_server_of_no_known_kind_is_named_by_what_it_sends(
    version: str | None, headers: Mapping[str, str], owner: object, name: str | None
) -> None:
    assert software(version, headers, [{"id": "tiny", "owned_by": owner}, None]) == name
