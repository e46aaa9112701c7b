"""Decides what a model is made to give, by what excludes text: a task of another kind, or another kind of output.

There is no list of tasks that can be run: catalogues invent names for them, such as ``vision-language-chat`` for the
small chat models of 2026. A model counts as one that writes text unless something shows that it does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from tui.engines.foundry.catalogue_file import CatalogueEntry
from tui.engines.foundry.model_files import member_of
from tui.records import ModelPurpose

_WORDS: Final = re.compile(r"[a-z0-9]+")
_NEW_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where the next word begins in a task such as ``TextEmbedding``."""
_PURPOSES: Final[tuple[tuple[ModelPurpose, frozenset[str]], ...]] = (
    (ModelPurpose.RANKING, frozenset({"fill"})),
    (
        ModelPurpose.SPEECH,
        frozenset(
            {
                *("speech", "asr", "tts", "audio", "voice", "speaker", "diarization", "transcription", "whisper"),
                *("parakeet", "sound", "music", "noise", "keyword"),
            }
        ),
    ),
    (
        ModelPurpose.EMBEDDINGS,
        frozenset({"embedding", "embeddings", "embed", "feature", "similarity", "retrieval", "sparse"}),
    ),
    (
        ModelPurpose.IMAGES,
        frozenset(
            {
                *("image", "images", "video", "vision", "object", "mask", "segmentation", "depth", "diffusion"),
                *("ocr", "optical", "pose", "face", "resolution", "3d"),
            }
        ),
    ),
    (
        ModelPurpose.RANKING,
        frozenset(
            {
                *("rerank", "reranker", "reranking", "ranking", "classification", "classifier", "reward", "sentiment"),
                *("identification", "entity", "ner"),
            }
        ),
    ),
    (
        ModelPurpose.OTHER,
        frozenset({"forecasting", "tabular", "regression", "protein", "molecule", "robotics", "reinforcement"}),
    ),
)
"""The words that name a purpose in a task or a kind of output; the first purpose with a word of it is taken."""
_TEXT_TASKS: Final = ("chat", "text-to-text", "text-generation", "text2text", "conversational", "any-to-any")
"""A task with one of these parts gives text, whatever else it takes."""
_NAME_WORDS: Final[tuple[tuple[ModelPurpose, frozenset[str]], ...]] = (
    (ModelPurpose.RANKING, frozenset({"reranker", "rerank"})),
    (
        ModelPurpose.SPEECH,
        frozenset(
            {
                *("whisper", "parakeet", "moonshine", "kokoro", "wav2vec2", "asr", "tts", "speech", "speecht5", "vad"),
                *("hubert", "wavlm", "musicgen"),
            }
        ),
    ),
    (
        ModelPurpose.EMBEDDINGS,
        frozenset(
            {
                *("embedding", "embeddings", "embed", "embeddinggemma", "bge", "e5", "gte", "minilm", "mpnet"),
                *("colbert", "splade"),
            }
        ),
    ),
    (
        ModelPurpose.RANKING,
        frozenset({"bert", "roberta", "deberta", "distilbert", "modernbert", "albert", "electra", "gliner"}),
    ),
    (ModelPurpose.IMAGES, frozenset({"diffusion", "sdxl", "flux", "clip", "siglip", "yolo", "dinov2", "florence"})),
)
"""The words of a name that count if the catalogue has no task for the model; a family for embeddings has rerankers too.
"""
_SEPARATORS: Final = re.compile(r"[,;|]")
_VISION_WORDS: Final = frozenset({"image", "images", "vision", "visual", "video"})
_MEASURED: Final = "Benchtop runs only models that answer text with text"
IMAGES_NOT_TRIED: Final = "it takes images too, which are not tried here: it is measured on text alone"


def purpose_of_entry(entry: CatalogueEntry) -> ModelPurpose:
    """The purpose of a build that the catalogue lists, by its task, its kinds of input and output, or its name."""
    task = _NEW_WORD.sub("-", entry.task or "").lower()
    if any(part in task for part in _TEXT_TASKS):
        return ModelPurpose.TEXT
    outputs = words_in(entry.string_properties.get("output_modalities"))
    inputs = words_in(entry.string_properties.get("input_modalities"))
    for stated in (task, *(" ".join(kinds) for kinds in (outputs, inputs) if kinds and "text" not in kinds)):
        purpose = _named_in(stated, _PURPOSES)
        if purpose is not ModelPurpose.TEXT:
            return _unless_for_text(purpose, inputs, outputs)
    if inputs and outputs and not any("text" in kind for kind in (*inputs, *outputs)):
        return ModelPurpose.OTHER
    return ModelPurpose.TEXT if task else _named_in(f"{entry.alias or ''} {entry.id}", _NAME_WORDS)


def purpose_of_name(name: str) -> ModelPurpose:
    """The purpose of a model of which only the name is known: a guess, by which nothing is refused."""
    return _named_in(name, _NAME_WORDS)


def purpose_of_settings(settings: object) -> ModelPurpose:
    """The purpose of a model by its own settings: the name of its architecture, and what its decoder gives."""
    family = member_of(settings, "model", "type")
    purpose = _named_in(family if isinstance(family, str) else "", _NAME_WORDS)
    if purpose is not ModelPurpose.TEXT:
        return purpose
    outputs = member_of(settings, "model", "decoder", "outputs")
    if isinstance(outputs, dict) and "hidden_states" in outputs and "logits" not in outputs:
        return ModelPurpose.EMBEDDINGS
    return ModelPurpose.TEXT


def entry_sees_images(entry: CatalogueEntry) -> bool:
    """Whether the catalogue lists images or video among the inputs of a build, or in the name of its task."""
    task = _NEW_WORD.sub("-", entry.task or "")
    stated = f"{task} {entry.string_properties.get('input_modalities') or ''}"
    return not _VISION_WORDS.isdisjoint(_WORDS.findall(stated.lower()))


def settings_see_images(settings: object) -> bool:
    """Whether a model has a part of its own for images."""
    return isinstance(member_of(settings, "model", "vision"), dict)


def note_on(purpose: ModelPurpose, *, task: str | None = None, sees_images: bool = False) -> str:
    """What a person must know about the purpose of a model; empty for one that takes and writes text alone."""
    if purpose is ModelPurpose.TEXT:
        return IMAGES_NOT_TRIED if sees_images else ""
    stated = f" ({task})" if task and task.lower() != purpose.value else ""
    words = "something other than text" if purpose is ModelPurpose.OTHER else purpose.value
    return f"made for {words}{stated}: {_MEASURED}"


def words_in(text: str | None) -> tuple[str, ...]:
    """The words of a list that is separated by commas, semicolons or bars, in lower case."""
    return tuple(word for part in _SEPARATORS.split((text or "").lower()) if (word := part.strip()))


def _named_in(text: str, words_of_purposes: Sequence[tuple[ModelPurpose, Collection[str]]]) -> ModelPurpose:
    words = set(_WORDS.findall(text.lower()))
    return next((purpose for purpose, own in words_of_purposes if not words.isdisjoint(own)), ModelPurpose.TEXT)


def _unless_for_text(purpose: ModelPurpose, inputs: Collection[str], outputs: Collection[str]) -> ModelPurpose:
    """The purpose, or text if the record states that the model takes text and gives text all the same.

    A task such as ``image-to-text`` is also that of models that hold a conversation. Speech recognition takes no text,
    and embeddings are given for text but are none, so that their records do not state both.
    """
    return ModelPurpose.TEXT if purpose is ModelPurpose.IMAGES and "text" in inputs and "text" in outputs else purpose
