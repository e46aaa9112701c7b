"""Models on the disk: what a folder tells, what is missing, and finding one by name."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.listing import find_models
from tui.config import ConfiguredModel
from tui.library import model_folders, runnable_models
from tui.library.model_names import ModelMissing, UnknownModel, default_models, resolve
from tui.library.runtime import foundry_cli
from tui.practice import PRACTICE_MODELS
from tui.records import Model, ModelPurpose, ModelState
from tui.system import WINDOWS

pytestmark = pytest.mark.usefixtures("own_home")


def model_folder(
    folder: Path, model_id: str | None = None, provider: Mapping[str, Mapping[str, str]] | None = None
) -> Path:
    """Write a folder that looks like a model of 1000 bytes and its settings."""
    folder.mkdir(parents=True)
    options = {"provider_options": [provider] if provider else []}
    settings = {"model": {"context_length": 4096, "decoder": {"filename": "model.onnx", "session_options": options}}}
    (folder / "genai_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "model.onnx").write_bytes(b"0" * 1000)
    if model_id is not None:
        (folder / "inference_model.json").write_text(json.dumps({"Name": model_id}), encoding="utf-8")
    return folder


def configured(*models: ConfiguredModel) -> dict[str, ConfiguredModel]:
    return {model.alias: model for model in models}


def others(models: tuple[Model, ...]) -> list[Model]:
    """Return all models but the practice models."""
    return [model for model in models if model.alias not in PRACTICE_MODELS]


def test_the_practice_models_can_be_run_and_say_what_they_are() -> None:
    models = find_models({})
    assert [model.key for model in models] == list(PRACTICE_MODELS)
    for model in models:
        assert model.state is ModelState.READY
        assert model.practice
        assert "practice model that ships with Benchtop" in model.note
        assert model.folder is not None
        assert model.size_bytes == sum(file.stat().st_size for file in model.folder.iterdir())
        assert model.context_tokens
        assert model.execution_provider == "CPUExecutionProvider"
        assert model.license == "MIT"


def test_a_download_of_foundry_local_is_found_in_its_cache(own_home: Path) -> None:
    cache = own_home / ".foundry" / "cache" / "models"
    folder = model_folder(
        cache / "Microsoft" / "qwen2.5-0.5b-instruct-generic-cpu-4" / "v4", "qwen2.5-0.5b-instruct-generic-cpu:4"
    )
    entry = ConfiguredModel(alias="qwen2.5-0.5b", capabilities=("chat",), license="Apache-2.0", size_bytes=5)
    (model,) = others(find_models(configured(entry)))
    assert model == Model(
        alias="qwen2.5-0.5b",
        variant="cpu",
        model_id="qwen2.5-0.5b-instruct-generic-cpu:4",
        folder=folder,
        state=ModelState.READY,
        size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        weights_bytes=1000,
        context_tokens=4096,
        execution_provider="CPUExecutionProvider",
        license="Apache-2.0",
        capabilities=("chat",),
    )
    assert model.key == "qwen2.5-0.5b@cpu"


def test_caches_of_other_applications_and_folders_of_the_configuration_are_searched(
    own_home: Path, tmp_path: Path
) -> None:
    model_folder(own_home / ".foundry-app" / "cache" / "models" / "one", "one:1")
    model_folder(tmp_path / "more" / "a" / "b" / "c" / "two", "two:1")
    model_folder(tmp_path / "more" / "a" / "b" / "c" / "d" / "three", "three:1")
    model_folder(tmp_path / "more" / ".four.part", "four:1")
    models = others(find_models({}, (tmp_path / "more", tmp_path / "none")))
    assert [model.alias for model in models] == ["one", "two"]


@pytest.mark.parametrize(
    ("provider", "expected", "variant"),
    [
        (None, "CPUExecutionProvider", None),
        ({"cuda": {}}, "CUDAExecutionProvider", "gpu"),
        ({"OpenVINO": {"device_type": "NPU"}}, "OpenVINOExecutionProvider", "npu"),
        ({"QNN": {}}, "QNNExecutionProvider", "npu"),
        ({"Unheard": {}}, "Unheard", None),
    ],
)
def test_the_execution_provider_comes_from_the_settings(
    tmp_path: Path, provider: Mapping[str, Mapping[str, str]] | None, expected: str, variant: str | None
) -> None:
    model_folder(tmp_path / "cache" / "tiny", provider=provider)
    (model,) = others(find_models({}, (tmp_path / "cache",)))
    assert (model.alias, model.execution_provider, model.variant) == ("tiny", expected, variant)


@pytest.mark.parametrize(
    ("full_name", "alias"),
    [
        ("qwen2.5-0.5b-instruct-generic-cpu:4", "qwen2.5-0.5b"),
        ("qwen2.5-coder-0.5b-instruct-generic-cpu:4", "qwen2.5-coder-0.5b-instruct"),
        ("Phi-4-mini-instruct-cuda-gpu:5", "phi-4-mini"),
        ("Phi-4-mini-reasoning-generic-cpu:3", "Phi-4-mini-reasoning"),
        ("mistralai-Mistral-7B-Instruct-v0-2-generic-cpu:3", "mistral-7b"),
        ("deepseek-r1-distill-qwen-7b-generic-gpu:4", "deepseek-r1-7b"),
    ],
)
def test_a_full_name_belongs_to_the_alias_whose_words_it_holds(tmp_path: Path, full_name: str, alias: str) -> None:
    aliases = ("qwen2.5-0.5b", "phi-4-mini", "mistral-7b", "deepseek-r1-7b")
    model_folder(tmp_path / "cache" / "x", full_name)
    models = others(
        find_models(configured(*(ConfiguredModel(alias=aliase) for aliase in aliases)), (tmp_path / "cache",))
    )
    assert [model.alias for model in models if model.state is ModelState.READY] == [alias]


def test_the_snapshot_of_the_catalogue_names_alias_and_licence(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    model_folder(cache / "x", "something-else-generic-cpu:1")
    model_folder(cache / "y", "hears-generic-cpu:1")
    records = [
        {"id": "something-else-generic-cpu:1", "alias": "tiny-chat", "license": "MIT", "task": "chat-completion"},
        {"id": "hears-generic-cpu:1", "alias": "hears", "task": "automatic-speech-recognition"},
        "nonsense",
    ]
    (cache / "foundry.modelinfo.json").write_text(json.dumps({"models": records}), encoding="utf-8")
    speech, chat = sorted(others(find_models({}, (cache,))), key=lambda model: model.alias)
    assert (chat.alias, chat.license, chat.state) == ("tiny-chat", "MIT", ModelState.READY)
    assert (speech.state, speech.purpose) == (ModelState.NOT_TEXT, ModelPurpose.SPEECH)
    assert speech.note == (
        "made for speech (automatic-speech-recognition): Benchtop runs only models that answer text with text"
    )
    with pytest.raises(ModelMissing, match=r"hears cannot be run: made for speech"):
        resolve(["hears"], (speech, chat))


def test_builds_that_share_a_key_are_told_apart(tmp_path: Path) -> None:
    for number, full_name in enumerate(
        ("tiny-cuda-gpu:1", "tiny-generic-gpu:1", "tiny-generic-cpu:3", "tiny-generic-cpu:4", "tiny-generic-cpu:4")
    ):
        model_folder(tmp_path / "cache" / str(number), full_name)
    model_folder(tmp_path / "cache" / "plain-a" / "same")
    model_folder(tmp_path / "cache" / "plain-b" / "same")
    models = others(find_models({}, (tmp_path / "cache",)))
    keys = [model.key for model in models]
    assert len(set(keys)) == len(keys)
    ids = {model.key: model.model_id for model in models}
    assert ids["tiny@cuda-gpu"] == "tiny-cuda-gpu:1"
    assert ids["tiny@generic-gpu"] == "tiny-generic-gpu:1"
    assert ids["tiny@generic-cpu"] == "tiny-generic-cpu:4"
    assert ids["tiny@generic-cpu:3"] == "tiny-generic-cpu:3"
    assert len(keys) == 6


def break_half_downloaded(folder: Path) -> None:
    (folder / "download.tmp").touch()


def break_settings(folder: Path) -> None:
    (folder / "genai_config.json").write_text('{"model": ', encoding="utf-8")


def break_shape(folder: Path) -> None:
    (folder / "genai_config.json").write_text('["model"]', encoding="utf-8")


def break_bytes(folder: Path) -> None:
    (folder / "genai_config.json").write_bytes(b"\xff\xfe\x00")


def break_weights(folder: Path) -> None:
    (folder / "model.onnx").unlink()


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (break_half_downloaded, "half downloaded"),
        (break_settings, "broken: genai_config.json"),
        (break_shape, "broken: genai_config.json"),
        (break_bytes, "broken: genai_config.json"),
        (break_weights, "broken: its file model.onnx is missing"),
    ],
)
def test_a_broken_folder_is_listed_with_a_note(tmp_path: Path, damage: object, note: str) -> None:
    folder = model_folder(tmp_path / "cache" / "Lab" / "tiny-generic-cpu-2", "tiny-generic-cpu:2")
    assert callable(damage)
    damage(folder)
    (model,) = others(find_models(configured(ConfiguredModel(alias="tiny")), (tmp_path / "cache",)))
    assert (model.alias, model.state) == ("tiny", ModelState.MISSING)
    assert note in model.note


def test_a_download_that_has_just_begun_is_named_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "Lab" / "tiny-generic-cpu-12"
    folder.mkdir(parents=True)
    (folder / "download.tmp").touch()
    (model,) = others(find_models({}, (tmp_path / "cache",)))
    assert (model.key, model.model_id) == ("tiny@cpu", "tiny-generic-cpu:12")


def test_a_configured_path_is_used_and_looked_into(tmp_path: Path) -> None:
    model_folder(tmp_path / "direct", provider={"cuda": {}})
    model_folder(tmp_path / "deep" / "onnx" / "cpu-int4")
    models = find_models(
        configured(
            ConfiguredModel(alias="one", path=tmp_path / "direct", variant="mine"),
            ConfiguredModel(alias="two", path=tmp_path / "deep"),
            ConfiguredModel(alias="three", path=tmp_path / "gone"),
        ),
        (tmp_path,),
    )
    one, two, three = others(models)
    assert (one.key, one.state, one.folder) == ("one@mine", ModelState.READY, tmp_path / "direct")
    assert (two.key, two.state, two.folder) == ("two", ModelState.READY, tmp_path / "deep" / "onnx" / "cpu-int4")
    assert three.state is ModelState.MISSING
    assert three.note == f'there is no such folder; its "path" is {tmp_path / "gone"}'


def test_what_is_only_configured_says_what_to_do() -> None:
    entry = ConfiguredModel(alias="mistral-7b", size_bytes=4_000_000_000, license="Apache-2.0", context_tokens=32768)
    (model,) = others(find_models(configured(entry)))
    assert (model.key, model.state) == ("mistral-7b", ModelState.MISSING)
    assert (model.size_bytes, model.license, model.context_tokens) == (4_000_000_000, "Apache-2.0", 32768)
    assert '"benchtop download mistral-7b"' in model.note
    assert "models.json" in model.note


def test_a_written_practice_model_is_a_practice_model(tmp_path: Path) -> None:
    model_folder(tmp_path / "models" / "practice-heavy")
    (model,) = others(find_models({}, (tmp_path / "models",)))
    assert (model.key, model.practice, model.license) == ("practice-heavy", True, "MIT")
    assert "written on this machine" in model.note


def test_a_few_dozen_folders_take_a_moment(tmp_path: Path) -> None:
    for number in range(48):
        model_folder(tmp_path / "cache" / "Lab" / f"m{number}-generic-cpu-1" / "v1", f"m{number}-generic-cpu:1")
    find_models({}, (tmp_path / "cache",))
    durations: list[float] = []
    for _ in range(5):
        begun_s = time.process_time()
        assert len(find_models({}, (tmp_path / "cache",))) == 48 + len(PRACTICE_MODELS)
        durations.append(time.process_time() - begun_s)
    # Time of the processor, since others work here as well; what they cost the caches only adds.
    assert min(durations) < 0.05


def some_models() -> tuple[Model, ...]:
    ready, missing = ModelState.READY, ModelState.MISSING
    return (
        Model(alias="qwen2.5-0.5b", variant="gpu", model_id="qwen-gpu:1", state=missing, note="half downloaded"),
        Model(alias="qwen2.5-0.5b", variant="cpu", model_id="qwen-cpu:1", state=ready),
        Model(alias="mistral-7b", state=missing, note="not on this machine: get it"),
        Model(alias="practice-small", state=ready, practice=True),
    )


@pytest.mark.parametrize("name", ["qwen2.5-0.5b", "qwen2.5-0.5b@cpu", "qwen-cpu:1", "QWEN2.5-0.5B"])
def test_a_model_is_found_by_alias_key_and_full_name(name: str) -> None:
    assert [model.key for model in resolve([name], some_models())] == ["qwen2.5-0.5b@cpu"]


def test_an_unknown_model_is_answered_with_the_closest() -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve(["practice-small", "mistrl-7b"], some_models())
    assert str(caught.value) == (
        'there is no model "mistrl-7b"; the closest is mistral-7b; "benchtop models" lists all.'
    )
    with pytest.raises(UnknownModel, match=r"the closest are qwen2\.5-0\.5b@cpu, qwen2\.5-0\.5b"):
        resolve(["qwen2.5-0.5b@cp"], some_models())


def test_a_missing_model_is_answered_with_what_to_do() -> None:
    with pytest.raises(ModelMissing, match=r"^mistral-7b cannot be run: not on this machine: get it\.$"):
        resolve(["mistral-7b"], some_models())
    with pytest.raises(ModelMissing, match="half downloaded"):
        resolve(["qwen2.5-0.5b@gpu"], some_models())


def test_the_default_is_what_is_ready_of_it_or_else_other_models_or_else_the_practice_models() -> None:
    models = some_models()
    assert [model.key for model in default_models(["mistral-7b", "qwen2.5-0.5b"], models)] == ["qwen2.5-0.5b@cpu"]
    assert [model.key for model in default_models(["qwen2.5-0.5b@cpu"], models)] == ["qwen2.5-0.5b@cpu"]
    assert [model.key for model in default_models(["mistral-7b", "unheard"], models)] == ["qwen2.5-0.5b@cpu"]
    practice = [model for model in models if model.alias == "practice-small"]
    assert [model.key for model in default_models(["mistral-7b"], practice)] == ["practice-small"]
    many = [replace(models[0], state=ModelState.READY, alias=f"m{index}") for index in range(5)]
    many[0] = replace(many[0], purpose=ModelPurpose.EMBEDDINGS)
    assert [model.alias for model in default_models([], [*practice, *many])] == ["m1", "m2", "m3"]


def test_a_home_that_is_unknown_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", unknown)
    assert model_folders.runtime_caches() == ()


def test_a_name_that_no_catalogue_has_says_so_and_what_comes_nearest(own_home: Path) -> None:
    workshop = ConfiguredModel(alias="gemma-2-2b", in_catalogue=False)
    expected = ConfiguredModel(
        alias="gemma-4-e2b-it", in_catalogue=True, size_bytes=7, sizes_bytes={"cpu": 7, "gpu": 5}
    )
    unknown = ConfiguredModel(alias="qwen9-1b")
    entries = configured(workshop, expected, unknown)
    before = {model.alias: model for model in runnable_models.named_only(entries, ())}
    assert before["gemma-2-2b"].note == (
        'in no catalogue of Foundry Local; the nearest is gemma-4-e2b-it ("benchtop download gemma-4-e2b-it"), '
        'or bring it from Hugging Face: "benchtop import FOLDER --as gemma-2-2b"'
    )
    offered = before["gemma-4-e2b-it"]
    assert (offered.state, offered.size_bytes, offered.note) == (ModelState.AVAILABLE, 7, "")
    assert "fetches it where the catalogue has it" in before["qwen9-1b"].note
    after = {model.alias: model for model in runnable_models.named_only(entries, (), {"qwen3-0.6b", "phi-4"})}
    assert set(after) == {"gemma-2-2b", "qwen9-1b"}
    assert after["qwen9-1b"].note.startswith("not in the catalogue of this machine; the nearest is qwen3-0.6b (")
    folder = model_folder(own_home / ".foundry" / "cache" / "models" / "x", "gemma-4-e2b-it-cuda-gpu:1")
    (folder / "model.onnx").unlink()
    (folder / "genai_config.json").unlink()
    (gpu,) = (model for model in find_models(entries) if model.variant == "gpu")
    assert gpu.size_bytes != 7, "each build has the size of its own device, or that of its files"


def test_a_cache_that_was_moved_is_found_by_settings_and_by_the_command(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_settings, by_command = tmp_path / "one", tmp_path / "two words"
    model_folder(by_settings / "x", "moved-generic-cpu:1")
    model_folder(by_command / "y", "told-generic-cpu:1")
    settings = own_home / ".foundry" / "foundry.config.json"
    settings.parent.mkdir(parents=True)
    names = {"serviceSettings": {"cacheDirectoryPath": str(by_settings)}, "modelDirPath": "relative", "port": 1}
    settings.write_text(json.dumps(names), encoding="utf-8")
    (settings.parent / "broken.json").write_text("{", encoding="utf-8")
    assert [model.alias for model in others(find_models({}))] == ["moved"]
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert foundry_cli.ask_for_cache() is None
    if WINDOWS:
        pytest.skip("the stand-in of the command is a script")
    command = tmp_path / "bin" / "foundry"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\necho 'Cache directory path: {by_command}'\n", encoding="utf-8")
    command.chmod(0o755)
    assert foundry_cli.ask_for_cache() == by_command
    assert [model.alias for model in others(find_models({}))] == ["moved", "told"]
