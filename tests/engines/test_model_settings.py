"""Settings and records of models as several builders write them, and as nobody should: each gives a true row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tui.bench.memory.fit import predict_fit
from tui.engines.foundry.catalogue_file import read_entries
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.engines.foundry.model_settings import context_of, files_of, providers_of, shape_of, threads_of
from tui.library import catalogue_snapshot
from tui.records import MemoryReading, Model

DECODER: Final[Mapping[str, object]] = {
    "num_hidden_layers": 16,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_size": 32,
    "hidden_size": 128,
    "filename": "model.onnx",
}
WHOLE: Final = (16, 2, 32, 0, 0)
EACH_HEAD: Final = (16, 4, 32, 0, 0)
NONE: Final = None
ROOMY: Final = MemoryReading(at_s=0, total_bytes=1 << 36, available_bytes=1 << 35, swap_used_bytes=0, rss_bytes={})


def decoder(**members: object) -> dict[str, object]:
    return {"decoder": {**DECODER, **members}}


def window(window_size: object, layers: object) -> dict[str, object]:
    return decoder(sliding_window={"window_size": window_size, "layers": layers})


SHAPES: Final[Mapping[str, tuple[dict[str, object], tuple[int, ...] | None]]] = {
    "as the builder writes them": (decoder(), WHOLE),
    "a window in two layers": (window(512, [0, 2]), (16, 2, 32, 2, 512)),
    "a window of 512.0 tokens": (window(512.0, [0, 2]), (16, 2, 32, 2, 512)),
    "layers named twice": (window(512, [0, 0, 2]), (16, 2, 32, 2, 512)),
    "more layers than there are": (window(512, list(range(100))), (16, 2, 32, 16, 512)),
    "layers that are objects": (window(512, json.loads('[{}, [], "1", null, true, -1]')), WHOLE),
    "layers as a range": (window(512, {"start": 0, "end": 4}), WHOLE),
    "no layers": (window(512, None), WHOLE),
    "a window of none": (window(None, [0]), WHOLE),
    "a window below nothing": (window(-1, [0]), WHOLE),
    "a window as a number": (decoder(sliding_window=4096), WHOLE),
    "no window": (decoder(sliding_window=None), WHOLE),
    "a window as a list": (decoder(sliding_window=[1, 2]), WHOLE),
    "no KV heads": (decoder(num_key_value_heads=None), EACH_HEAD),
    "KV heads by layer": (decoder(num_key_value_heads=[1, 2]), EACH_HEAD),
    "KV heads without limit": (decoder(num_key_value_heads=10**11), EACH_HEAD),
    "no size of a head": (decoder(head_size=None), WHOLE),
    "no heads at all": (decoder(num_key_value_heads=None, num_attention_heads=None, head_size=None), NONE),
    "layers as text": (decoder(num_hidden_layers="16"), NONE),
    "no layer": (decoder(num_hidden_layers=0), NONE),
    "fewer layers than none": (decoder(num_hidden_layers=-3), NONE),
    "16.0 layers": (decoder(num_hidden_layers=16.0), WHOLE),
    "another name": ({"text_model": dict(DECODER)}, WHOLE),
    "inside of a part": ({"vision": {"num_hidden_layers": 9}, "text": {"decoder": dict(DECODER)}}, WHOLE),
    "beside an encoder": ({"encoder": {"num_hidden_layers": 9}, **decoder()}, WHOLE),
    "an encoder alone": ({"encoder": dict(DECODER)}, NONE),
    "a decoder as a list": ({"decoder": [dict(DECODER)]}, NONE),
    "a decoder of none": ({"decoder": None}, NONE),
}


@pytest.mark.parametrize("name", SHAPES)
def test_settings_give_a_shape_or_none_and_never_a_need_that_cannot_be(name: str) -> None:
    model, expected = SHAPES[name]
    settings = {"model": {"context_length": 2048, **model}}
    shape = shape_of(settings, on_cpu=True, tokenizer_bytes=0)
    numbers = shape and (shape.layers, shape.kv_heads, shape.head_size, shape.window_layers, shape.window_tokens)
    assert numbers == expected
    assert shape is None or (shape.family, shape.vocabulary, shape.piece_tokens) == ("", 0, 0)
    build = Model(alias="x", weights_bytes=10**6, shape=shape, context_tokens=context_of(settings))
    fit_forecast = predict_fit(build, ROOMY, 0)
    assert fit_forecast is not None
    assert 69_000_000 < fit_forecast.forecast.total_bytes < 200_000_000
    assert ("KV cache not known" in fit_forecast.words) is (shape is None)


@pytest.mark.parametrize("length", [None, 0, -5, "2048", [2048], True, 10**12, 1e300, float("inf")])
def test_a_context_that_is_none_is_not_known(length: object) -> None:
    assert context_of({"model": {"context_length": length}}) is None
    assert context_of({"model": {"context_length": 2048.0}}) == 2048


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"cuda": {}}]', ["cuda"]),
        ('{"cuda": {}}', ["cuda"]),
        ('["cuda", {"cpu": {}}]', ["cuda", "cpu"]),
        ('[{"": {}}, 5, null, []]', []),
        ("null", []),
        ("[]", []),
    ],
)
def test_providers_are_read_in_every_form(text: str, expected: list[str]) -> None:
    settings = {"model": decoder(session_options={"provider_options": json.loads(text)})}
    assert [name for name, _ in providers_of(settings)] == expected
    assert not list(providers_of({"model": {"decoder": {"session_options": None}}}))


@pytest.mark.parametrize(
    ("options", "added", "threads"),
    [
        ({}, 0, 1),
        ({}, 7, 8),
        ({"intra_op_num_threads": 3}, 2, 3),
        ({"intra_op_num_threads": 3}, None, 3),
        ({"intra_op_num_threads": 0}, 1, 2),
        ({"intra_op_num_threads": "4"}, 1, 2),
        ({}, None, None),
        ({}, -1, None),
        (None, 1, 2),
    ],
)
def test_the_threads_of_a_model_are_those_of_its_settings_or_those_that_its_load_has_added(
    options: object, added: int | None, threads: int | None
) -> None:
    assert threads_of({"model": decoder(session_options=options)}, added) == threads
    several = {"model": {**decoder(session_options=options), "vision": {"filename": "v.onnx"}}}
    told = 3 if options == {"intra_op_num_threads": 3} else None
    assert threads_of(several, added) == told, "each file has threads of its own"


def test_every_part_of_a_model_has_its_file() -> None:
    stages = [{"embeddings": {"filename": "e.onnx"}}, {"head": {"filename": "h.onnx"}}, 5, {"odd": None}]
    parts = {"vision": {"filename": "v.onnx"}, "speech": None, "embedding": {"filename": ["no"]}}
    assert files_of({"model": {**decoder(pipeline=stages), **parts}}) == ("model.onnx", "e.onnx", "h.onnx", "v.onnx")
    assert files_of({"model": decoder(pipeline={"a": {"filename": "a.onnx"}})}) == ("model.onnx", "a.onnx")
    assert files_of({"model": None}) == files_of(None) == ()


def test_a_record_of_another_form_is_a_row_all_the_same(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"alias": "a", "fileSizeMb": 100, "runtime": {"deviceType": "CPU"}}
    odd: dict[str, dict[str, Any]] = {
        "tasks": {"task": ["chat-completion", "vision"]},
        "kinds": {"stringProperties": {"input_modalities": ["text", "image"], "capabilities": 5}},
        "numbers": {"fileSizeMb": 12.5, "intProperties": {"context_length": "8192", "other": []}},
        "sizes": {"fileSizeMb": -3, "maxOutputTokens": -1, "intProperties": {"context_length": -5}},
        "huge": {"fileSizeMb": 2**62, "createdAt": 2**62},
        "task": {"task": {"a": 1}, "license": 5, "supportsReasoning": "yes"},
        "device": {"runtime": "cpu"},
        "devices": {"runtime": {"deviceType": ["CPU", "GPU"]}},
        "typed": {"alias": " a@b,c\x1b d"},
    }
    records = [*({"id": f"{name}-generic-cpu:1", **plain, **members} for name, members in odd.items())]
    lost: list[object] = [5, None, [], {"alias": "without an id"}, {"id": None}]
    (tmp_path / SNAPSHOT_FILE).write_text(json.dumps({"models": [*lost, *records]}), encoding="utf-8")
    assert len(read_entries(tmp_path)) == len(odd)
    rows = {str(model.model_id).partition("-")[0]: model for model in catalogue_snapshot.read(tmp_path)}
    assert list(rows) == list(odd)
    assert {row.variant for row in rows.values()} == {"cpu"}
    assert [name for name, row in rows.items() if row.sees_images] == ["tasks", "kinds"]
    assert (rows["numbers"].context_tokens, rows["numbers"].size_bytes) == (8192, 12 << 20)
    assert [rows[name].size_bytes for name in ("sizes", "huge", "task")] == [None, None, 100 << 20]
    assert rows["sizes"].context_tokens is None
    assert rows["typed"].alias == "a-b-c--d"
