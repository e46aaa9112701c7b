"""Names as people type them."""

from __future__ import annotations

import pytest

from tui.library.model_names import ModelMissing, UnknownModel, matching, nearest_alias, resolve
from tui.records import CatalogueFacts, Model, ModelState

READY, AVAILABLE = ModelState.READY, ModelState.AVAILABLE


def models() -> tuple[Model, ...]:
    return (
        Model(alias="mistral-7b-v0.2", variant="cuda-gpu", model_id="mistral-cuda-gpu:1", state=AVAILABLE),
        Model(alias="mistral-7b-v0.2", variant="generic-gpu", model_id="mistral-generic-gpu:1", state=AVAILABLE),
        Model(alias="mistral-7b-v0.2", variant="cpu", model_id="mistral-cpu:2", state=READY),
        Model(alias="phi-4", variant="cpu", model_id="phi-4-cpu:1", state=READY),
        Model(alias="phi-4-mini", variant="cpu", model_id="phi-4-mini-cpu:1", state=AVAILABLE, size_bytes=2**31),
        Model(alias="phi-4-mini-reasoning", variant="cpu", model_id="phi-4-mini-reasoning-cpu:1", state=READY),
        Model(
            alias="my-qwen",
            variant="cpu",
            model_id="qwen-cpu:1",
            state=READY,
            catalog=CatalogueFacts(alias="qwen2.5-0.5b"),
        ),
    )


@pytest.mark.parametrize(
    ("typed", "key", "expected"),
    [
        ("mistral-7b", "mistral-7b-v0.2@cpu", ["mistral-7b is taken for mistral-7b-v0.2, the only match."]),
        ("MISTRAL", "mistral-7b-v0.2@cpu", ["MISTRAL is taken for mistral-7b-v0.2, the only match."]),
        ("mistral-7b@cpu", "mistral-7b-v0.2@cpu", ["mistral-7b@cpu is taken for mistral-7b-v0.2@cpu, the only match."]),
        (
            "mini reasoning",
            "phi-4-mini-reasoning@cpu",
            ["mini reasoning is taken for phi-4-mini-reasoning, the only match."],
        ),
        ("phi-4", "phi-4@cpu", []),
        ("phi-4-mini-reasoning-cpu:1", "phi-4-mini-reasoning@cpu", []),
        ("qwen2.5-0.5b", "my-qwen@cpu", []),
    ],
)
def test_a_name_finds_the_only_model_it_can_mean(typed: str, key: str, expected: list[str]) -> None:
    sentences: list[str] = []
    (model,) = resolve([typed], models(), sentences.append)
    assert (model.key, sentences) == (key, expected)


def test_a_variant_picks_among_the_builds() -> None:
    assert [model.model_id for model in matching("mistral-7b-v0.2@gpu", models())] == [
        "mistral-cuda-gpu:1",
        "mistral-generic-gpu:1",
    ]
    assert [model.model_id for model in matching("mistral-7b-v0.2@generic-gpu", models())] == ["mistral-generic-gpu:1"]


def test_several_matches_are_listed_and_none_gives_the_closest() -> None:
    with pytest.raises(UnknownModel, match=r'"phi" may be any of phi-4, phi-4-mini, phi-4-mini-reasoning; type more'):
        resolve(["phi"], models())
    with pytest.raises(UnknownModel, match=r'there is no model "mistrl-7b"; the closest is mistral-7b-v0\.2; '):
        resolve(["mistrl-7b"], models())
    with pytest.raises(UnknownModel, match=r'there is no model "phi-4@npu"'):
        resolve(["phi-4@npu"], models())
    for nothing in ("", "@", "@cpu", "-"):
        with pytest.raises(UnknownModel):
            resolve([nothing], models())


def test_a_model_that_is_only_offered_says_how_to_get_it() -> None:
    with pytest.raises(ModelMissing, match=r'"benchtop download phi-4-mini@cpu" fetches it \(2\.00 GiB\)'):
        resolve(["phi-4-mini"], models())


@pytest.mark.parametrize(
    ("alias", "among", "nearest"),
    [
        ("gemma-2-2b", ("gemma-4-e2b-it", "gemma-4-12b", "qwen3-4b"), "gemma-4-e2b-it"),
        ("phi-2", ("phi-4", "phi-4-mini", "mistral-7b"), "phi-4"),
        ("qwen2.5-3b", ("qwen2.5-0.5b", "qwen3-4b", "qwen2.5-14b"), "qwen3-4b"),
        ("llama-3.2-1b", ("qwen3-0.6b",), None),
    ],
)
def test_the_nearest_model_is_of_the_family_and_of_the_size(alias: str, among: tuple[str, ...], nearest: str) -> None:
    assert nearest_alias(alias, among) == nearest


def test_names_that_differ_in_upper_and_lower_case_alone_are_two_models() -> None:
    models = tuple(
        Model(alias=f"here/{name}", model_id=name, engine="endpoint", state=ModelState.READY)
        for name in ("tiny", "Tiny")
    )
    assert resolve(["here/Tiny", "here/tiny"], models) == (models[1], models[0])
    assert resolve(["here/TINY"], models[:1]) == models[:1]
