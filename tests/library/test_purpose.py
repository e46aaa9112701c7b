"""What a model is made for: tasks of today's catalogue, tasks that nobody has seen yet, and settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.engines.foundry.catalogue_file import CatalogueEntry
from tui.library import purpose, registrations
from tui.library.model_folders import read_folder
from tui.practice import practice_folder
from tui.records import ModelPurpose

TEXT, SPEECH, EMBEDDINGS = ModelPurpose.TEXT, ModelPurpose.SPEECH, ModelPurpose.EMBEDDINGS
IMAGES, RANKING = ModelPurpose.IMAGES, ModelPurpose.RANKING


@pytest.mark.parametrize(
    ("alias", "task", "inputs", "outputs", "expected", "sees"),
    [
        ("qwen2.5-0.5b", "chat-completion", "text", "text", TEXT, False),
        ("qwen3.5-0.8b", "vision-language-chat", "text,image", "text", TEXT, True),
        ("gemma-4-e2b-it", None, None, None, TEXT, False),
        ("ministral-3-3b", "image-text-to-text", "", "", TEXT, True),
        ("new", "text-generation", None, None, TEXT, False),
        ("new", "reasoning-with-tools-2027", None, None, TEXT, False),
        ("captions", "image-to-text", "image,text", "text", TEXT, True),
        ("captions", "image-to-text", "image", "text", IMAGES, True),
        ("any", "any-to-any", "text,image,audio", "text,image", TEXT, True),
        ("phi-4-mm", "speech-vision-chat", "text,audio,image", "text", TEXT, True),
        ("whisper-tiny", "automatic-speech-recognition", "audio", "text", SPEECH, False),
        ("parakeet-tdt-0.6b-v2", None, None, None, SPEECH, False),
        ("nemotron-speech-streaming-en-0.6b", "", "", "", SPEECH, False),
        ("reader", "text-to-speech", "text", "audio", SPEECH, False),
        ("hears", "something-new", "audio", "text", SPEECH, False),
        ("qwen3-embedding-0.6b", "embeddings", "text", "embeddings", EMBEDDINGS, False),
        ("qwen3-embedding-0.6b", None, None, None, EMBEDDINGS, False),
        ("bge", "feature-extraction", "text", None, EMBEDDINGS, False),
        ("sorts", "text-ranking", "text", None, RANKING, False),
        ("paints", "text-to-image", "text", "image", IMAGES, True),
        ("one-word", "TextEmbeddings", None, None, EMBEDDINGS, False),
        ("one-word", "AutomaticSpeechRecognition", None, None, SPEECH, False),
        ("who", "speaker-diarization", None, None, SPEECH, False),
        ("fills", "fill-mask", None, None, RANKING, False),
        ("reads", "optical-character-recognition", None, None, IMAGES, False),
        ("looks", "visual-question-answering", None, None, TEXT, True),
        ("bge-m3", None, None, None, EMBEDDINGS, False),
        ("kokoro-82m", "", None, None, SPEECH, False),
        ("stable-diffusion-3", None, None, None, IMAGES, False),
    ],
)
def test_a_build_is_for_text_unless_its_record_excludes_that(
    alias: str, task: str | None, inputs: str | None, outputs: str | None, expected: ModelPurpose, sees: bool
) -> None:
    stated = {"input_modalities": inputs, "output_modalities": outputs}
    entry = CatalogueEntry(
        id=f"{alias}-generic-cpu:1",
        alias=alias,
        task=task,
        string_properties={name: text for name, text in stated.items() if text is not None},
    )
    found = purpose.purpose_of_entry(entry)
    assert found is expected
    assert purpose.entry_sees_images(entry) is sees
    note = purpose.note_on(found, task=task, sees_images=sees)
    assert ("runs only models that answer text with text" in note) is (expected is not TEXT)
    assert note or not sees


def test_a_folder_without_a_record_is_judged_by_its_own_settings(tmp_path: Path) -> None:
    settings = json.loads((practice_folder("practice-small") / "genai_config.json").read_text(encoding="utf-8"))
    model = settings["model"]
    cases = {
        "whisper": ({**model, "type": "whisper"}, SPEECH, False),
        "embeds": ({**model, "decoder": {**model["decoder"], "outputs": {"hidden_states": "h"}}}, EMBEDDINGS, False),
        "sees": ({**model, "vision": {"filename": "vision.onnx"}}, TEXT, True),
        "plain-speech-in-its-name": (model, TEXT, False),
    }
    for name, (changed, expected, sees) in cases.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "genai_config.json").write_text(json.dumps({**settings, "model": changed}), encoding="utf-8")
        (folder / "model.onnx").write_bytes(b"0")
        found = read_folder(folder)
        assert (name, found.purpose, found.sees_images) == (name, expected, sees)
        wrong = {check.subject for check in registrations.inspect(folder) if not check.ok}
        assert ("purpose" in wrong) is (expected is not TEXT)
