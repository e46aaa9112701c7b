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
IMAGES, RANKING, OTHER = ModelPurpose.IMAGES, ModelPurpose.RANKING, ModelPurpose.OTHER


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
        ("qwen3.5-4b-instruct", "vision-language-chat", "text,image,video", "text", TEXT, True),
        ("gemma-4-26b-a4b-it", "multimodal-chat-completion", "Text; Image", "Text", TEXT, True),
        ("gemma-4-e2b-it", "chat-completion", "text, image, audio", "text", TEXT, True),
        ("embeddinggemma-300m", None, None, None, EMBEDDINGS, False),
        ("all-minilm-l6-v2", "Sentence Similarity", "text", "vector", EMBEDDINGS, False),
        ("jina-reranker-v3", None, None, None, RANKING, False),
        ("bge-reranker-v2-m3", None, None, None, RANKING, False),
        ("qwen3-reranker-0.6b", "text-ranking", "text", "text", RANKING, False),
        ("granite-speech-3.3-2b", "automatic-speech-recognition", "audio,text", "text", SPEECH, False),
        ("voxtral-mini-3b", "audio-text-to-text", "audio,text", "text", TEXT, False),
        ("qwen3-asr-0.6b", None, None, None, SPEECH, False),
        ("silero-vad", "voice-activity-detection", "audio", None, SPEECH, False),
        ("functiongemma-270m-it", "chat-completion-with-tools", "text", "text", TEXT, False),
        ("xlam-2-1b-fc-r", "function-calling", "text", "text", TEXT, False),
        ("llama-guard-4-12b", "text-classification", "text", "text", RANKING, False),
        ("gliner-medium-v2.1", "token-classification", "text", None, RANKING, False),
        ("deepseek-ocr", "image-text-to-text", "image,text", "text", TEXT, True),
        ("flan-t5-small", "text2text-generation", "text", "text", TEXT, False),
        ("orders", "reward-model", "text", None, RANKING, False),
        ("names", "named-entity-recognition", "text", "text", RANKING, False),
        ("tells", "language-identification", None, None, RANKING, False),
        ("plays", "music-generation", "text", None, SPEECH, False),
        ("wakes", "keyword-spotting", None, None, SPEECH, False),
        ("stands", "pose-estimation", None, None, IMAGES, False),
        ("sums", "tabular-regression", None, None, OTHER, False),
        ("finds", "sparse-encoding", "text", None, EMBEDDINGS, False),
        ("timesfm-2.5", "time-series-forecasting", "time-series", "time-series", OTHER, False),
        ("smolvlm2-500m", "video-text-to-text", "video,image,text", "text", TEXT, True),
        ("phi-silica", "Chat Completion", "Text", "Text", TEXT, False),
        ("colqwen2", "visual-document-retrieval", "image,text", "embeddings", EMBEDDINGS, True),
        ("gemma-4-e2b-it", "", "", "", TEXT, False),
        ("qwen3-vl-embedding-2b", None, None, None, EMBEDDINGS, False),
        ("musicgen-small", "text-to-audio", "text", "audio", SPEECH, False),
        ("vlm", "image-to-text", "Image; Text", "Text", TEXT, True),
        ("vlm", "image-to-text", "image|text", "text", TEXT, True),
        ("all-mpnet-base-v2", None, None, None, EMBEDDINGS, False),
        ("distilbert-sst2", None, None, None, RANKING, False),
        ("chronos", "", "time-series", "numbers", OTHER, False),
        ("calls", "tool-use", "text", "tool_calls", TEXT, False),
        ("wan-2.2-t2v", "text-to-video", "text", "video", IMAGES, True),
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
