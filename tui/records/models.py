"""Models that can be run, and the servers and adapters that run some of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tui.records.engine_traits import FOUNDRY, EngineTraits, traits_of

CPU_PROVIDER: Final = "CPUExecutionProvider"
RUNTIME_PIECE_TOKENS: Final = 2048
"""The runtime reads a prompt in pieces of so many tokens if its settings have no ``search.chunk_size`` (measured)."""
CAPPED_PIECE_TOKENS: Final = 128
"""A model whose context is limited reads its prompts in pieces of so many tokens, which cost no time and little memory.
"""


class ModelState(StrEnum):
    """The availability of a model on this machine."""

    READY = "ready"
    AVAILABLE = "available"
    """The catalogue offers the model for download."""
    PARTIAL = "partial"
    """A part of the model has been downloaded; another download continues from there."""
    BROKEN = "broken"
    """The folder of the model exists but cannot be loaded; the note gives the reason."""
    NO_PROVIDER = "no provider"
    """The model is whole, but the execution provider that it needs has not been added; the note gives the remedy."""
    NOT_TEXT = "not for text"
    """The model is whole, but writes no text, so that it cannot be measured here; its purpose says what it does."""
    MISSING = "missing"
    """The model is named in a configuration and found nowhere."""


class ModelPurpose(StrEnum):
    """The kind of output that a model is made to give."""

    TEXT = "text"
    SPEECH = "speech"
    """Text from speech, or speech from text."""
    EMBEDDINGS = "embeddings"
    RANKING = "ranking"
    """An order of texts, or the class of each."""
    IMAGES = "images"
    """Images, or what is seen in one without a conversation about it."""
    OTHER = "other"
    """Something else than text of which Benchtop has no word, such as the next values of a series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryShape:
    """The dimensions that determine the memory of a model besides its weights.

    They are those of the KV cache, which the runtime allocates for the whole context, of the layers that keep a window
    of it only, of the tokenizer, and of a prompt while it is read.
    """

    family: str
    """The architecture as the runtime names it, such as ``qwen2``."""
    layers: int
    kv_heads: int
    head_size: int
    element_bytes: int
    """The size of one number in the KV cache."""
    window_layers: int = 0
    """The number of layers that keep a sliding window of the context instead of all of it."""
    window_tokens: int = 0
    """The size of that window."""
    hidden_size: int = 0
    """The width of the model; 0 if it is not known."""
    vocabulary: int = 0
    """The number of tokens that the model can write, each of which has a logit; 0 if it is not known."""
    piece_tokens: int = 0
    """The pieces in which the model's own settings have a prompt read; 0 if they leave it to the runtime."""
    tokenizer_bytes: int = 0
    """The size of the tokenizer's file, which takes a multiple of it in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFacts:
    """The properties of a build that only the public catalogue gives."""

    alias: str | None = None
    """The alias in the catalogue, which may differ from the alias in a configuration."""
    display_name: str | None = None
    publisher: str | None = None
    version: int | None = None
    created_at: str | None = None
    """The time of creation in ISO 8601, as the catalogue writes it."""
    task: str | None = None
    download_bytes: int | None = None
    max_output_tokens: int | None = None
    license_description: str | None = None
    """The description of the licence in the catalogue, mostly with a link to its text."""
    license_url: str | None = None
    model_type: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server with an API compatible with that of OpenAI."""

    name: str
    """The name before the slash in the aliases of its models: ``office-pc/mistral-7b``."""
    url: str
    """The root of the API with ``/v1``, without a slash at the end; it never holds a key or a password."""
    api_key_env: str | None = None
    """The environment variable that holds the API key; the key itself is in no record."""

    @property
    def is_here(self) -> bool:
        """Whether the server runs on this machine, so that its work is this machine's load."""
        return is_this_machine(urlsplit(self.url).hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedBuild:
    """What a server reports of itself and of the build that it runs; ``None`` is what it does not report."""

    software: str | None = None
    """The software of the server with its version, such as ``llama.cpp b6123``."""
    quantization: str | None = None
    """The format of the weights in the server's words, such as ``Q4_K_M``."""
    parameters: int | None = None
    threads: int | None = None
    """The number of processor threads that it computes with."""
    weights: str | None = None
    """What tells these weights from others: their digest (Ollama), revision (TGI) or file (llama.cpp, vLLM)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterOption:
    """A keyword argument for the ``load`` method of an adapter."""

    name: str
    value: str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A class of the user's own that loads and runs a model."""

    target: str
    """The module and the class, as ``module:Class``."""
    search_folder: Path | None = None
    """The folder in which the module is searched before the environment: that of the file that names the adapter."""
    options: tuple[AdapterOption, ...] = ()
    """The arguments of its ``load`` besides the path."""
    trusted: bool = True
    """The user has chosen the folder that names the adapter, or agreed to it; other adapters are never run."""
    code_folders: tuple[Path, ...] = ()
    """The folders whose code the user was asked about; empty if the user chose the folder."""
    fingerprint: str | None = None
    """The fingerprint of that code when it was asked about: code that differs is never run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One build of a model, as a row of the list of models."""

    alias: str
    engine: str = FOUNDRY
    """The name of the engine that runs it, one of ``tui.records.engine_traits``."""
    variant: str | None = None
    """The device that the build is for (``cpu``, ``gpu``, ``npu``), if it is known."""
    model_id: str | None = None
    """The name of the build in the runtime, ``name:version``."""
    folder: Path | None = None
    state: ModelState = ModelState.MISSING
    size_bytes: int | None = None
    context_tokens: int | None = None
    context_limit_tokens: int | None = None
    """The context that the model is loaded with in place of its own, which makes the KV cache smaller."""
    chunk_tokens: int | None = None
    """The pieces, in tokens, in which the runtime is told to read a prompt; ``None`` if nobody has set them."""
    weights_bytes: int | None = None
    shape: MemoryShape | None = None
    execution_provider: str | None = None
    license: str | None = None
    capabilities: tuple[str, ...] = ()
    purpose: ModelPurpose = ModelPurpose.TEXT
    sees_images: bool = False
    """The model takes images besides text; it is measured on text alone."""
    catalog: CatalogueFacts | None = None
    """``None`` for a model that the public catalogue does not list."""
    registered: bool = False
    """The model is a folder of the user's own that was registered."""
    endpoint: Endpoint | None = None
    """The server that runs the model, if its engine is ``endpoint``."""
    served: ServedBuild | None = None
    """What that server reports of the build; ``None`` if nothing."""
    adapter: Adapter | None = None
    """The code that runs the model, if its engine is ``adapter``."""
    foreign: bool = False
    """Only a ``./config`` names the folder, so the author of its settings need not be somebody the user trusts."""
    run_on: str | None = None
    """The device (``cpu``, ``gpu``, ``npu``) that the same build is run on in place of its own."""
    practice: bool = False
    """The model is one of the small models that ship with the package."""
    note: str = ""
    """A sentence that describes the model, or gives the remedy if it cannot be run."""

    @property
    def is_complete(self) -> bool:
        """Whether all files of the model are on this machine, so that there is nothing to download or to repair."""
        return self.state in (ModelState.READY, ModelState.NO_PROVIDER, ModelState.NOT_TEXT)

    @property
    def key(self) -> str:
        """The name under which results are stored: the alias, with the variant, the device that was chosen in place of
        its own, the context limit and the size of the pieces of a prompt, as far as it has them.
        """
        limit = f"+{self.context_limit_tokens}" if self.context_limit_tokens else ""
        limit += f"+chunk{self.chunk_tokens}" if self.chunk_tokens else ""
        build = "-".join(part for part in (self.variant, f"on-{self.run_on}" if self.run_on else None) if part)
        return f"{self.alias}@{build}{limit}" if build else f"{self.alias}{limit}"

    @property
    def as_it_is(self) -> Model:
        """The model without the settings that it is loaded with in place of its own."""
        return replace(self, context_limit_tokens=None, chunk_tokens=None, run_on=None)

    @property
    def traits(self) -> EngineTraits:
        """The traits of the engine that runs the model."""
        return traits_of(self.engine)

    @property
    def used_context_tokens(self) -> int | None:
        """The context that the model is loaded with, in tokens."""
        return self.context_limit_tokens or self.context_tokens

    @property
    def on_cpu(self) -> bool:
        """Whether the weights are loaded into the main memory."""
        if self.execution_provider is None:
            return self.variant in (None, "cpu")
        return self.execution_provider == CPU_PROVIDER

    @property
    def set_piece_tokens(self) -> int | None:
        """The pieces of a prompt, in tokens, that Benchtop writes into the settings that the model is loaded with.

        Who limits the context wants less memory, whatever the prompt, so such a model on the CPU reads its prompts in
        small pieces. The result is ``None`` if the model's own settings hold.
        """
        if self.chunk_tokens or not self.context_limit_tokens or not self.on_cpu:
            return self.chunk_tokens
        own = self.shape.piece_tokens if self.shape is not None else 0
        return min(own or CAPPED_PIECE_TOKENS, CAPPED_PIECE_TOKENS)

    @property
    def piece_tokens(self) -> int:
        """The pieces, in tokens, in which a prompt is read."""
        return self.set_piece_tokens or (self.shape and self.shape.piece_tokens) or RUNTIME_PIECE_TOKENS


def is_this_machine(hostname: str) -> bool:
    """Whether a host name means this machine: it is a loopback address or ``localhost``."""
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname.lower() == "localhost"
