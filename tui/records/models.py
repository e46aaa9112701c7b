"""What can be run: a build of a model, and what its folder tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tui.records.engines import FOUNDRY, EngineTraits, traits_of


class ModelState(StrEnum):
    """Whether a model can be run now."""

    READY = "ready"
    AVAILABLE = "available"
    """The catalogue offers it for download."""
    PARTIAL = "partial"
    """Some of it has been downloaded; downloading it again goes on from there."""
    BROKEN = "broken"
    """Its folder is here but cannot be loaded; the note says why."""
    MISSING = "missing"
    """It is named in a configuration and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryShape:
    """What decides a model's memory besides its weights: the runtime sizes the KV cache for the whole context."""

    family: str
    """The architecture as the runtime names it, such as ``qwen2``."""
    layers: int
    kv_heads: int
    head_size: int
    element_bytes: int
    """Bytes of one number in the KV cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFacts:
    """What only the public catalogue tells of a build."""

    alias: str | None = None
    """The catalogue's own name for the family, where a configuration calls it otherwise."""
    display_name: str | None = None
    publisher: str | None = None
    version: int | None = None
    created_at: str | None = None
    """ISO 8601, as the catalogue writes it."""
    task: str | None = None
    download_bytes: int | None = None
    max_output_tokens: int | None = None
    license_description: str | None = None
    """The catalogue's words on the licence, mostly with a link to its text."""
    license_url: str | None = None
    model_type: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server that answers as OpenAI's does."""

    name: str
    """What its models are listed under: ``office-pc/mistral-7b``."""
    url: str
    """Its root with ``/v1``, without a slash at the end; it never holds a key or a password."""
    api_key_env: str | None = None
    """The environment variable that holds its key: the key itself is in no record."""

    @property
    def is_here(self) -> bool:
        """Whether the server runs on this machine, so that its work is this machine's load."""
        return is_this_machine(urlsplit(self.url).hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterOption:
    name: str
    value: str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A class of the user's own that loads and runs a model."""

    target: str
    """``module:Class``."""
    search_folder: Path | None = None
    """Where modules are looked for besides the environment: the folder of the file that names it."""
    options: tuple[AdapterOption, ...] = ()
    """What its ``load`` is given besides the path."""
    trusted: bool = True
    """The user has agreed to the folder that names it, or chosen it; nothing else is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One build of a model, as it stands in the list."""

    alias: str
    engine: str = FOUNDRY
    """The name of the engine that runs it, one of ``tui.records.engines``."""
    variant: str | None = None
    """The device this build is for (``cpu``, ``gpu``, ``npu``), where it is known."""
    model_id: str | None = None
    """The runtime's own name of the build, ``name:version``."""
    folder: Path | None = None
    state: ModelState = ModelState.MISSING
    size_bytes: int | None = None
    context_tokens: int | None = None
    context_limit_tokens: int | None = None
    """A context the model is loaded with in place of its own: the KV cache is sized for the whole of it."""
    weights_bytes: int | None = None
    shape: MemoryShape | None = None
    execution_provider: str | None = None
    license: str | None = None
    capabilities: tuple[str, ...] = ()
    catalog: CatalogueFacts | None = None
    """``None`` for a model that the public catalogue does not list."""
    registered: bool = False
    """A folder of the user's own that was registered under its name."""
    endpoint: Endpoint | None = None
    """The server that runs it, of the engine ``endpoint``."""
    adapter: Adapter | None = None
    """The code that runs it, of the engine ``adapter``."""
    practice: bool = False
    """One of the small models that ship with the package."""
    note: str = ""
    """What it is, or what to do when it cannot be run, in a sentence."""

    @property
    def key(self) -> str:
        """What results are filed under: never the alias alone when a variant or a context limit is known."""
        limit = f"+{self.context_limit_tokens}" if self.context_limit_tokens else ""
        return f"{self.alias}@{self.variant}{limit}" if self.variant else f"{self.alias}{limit}"

    @property
    def traits(self) -> EngineTraits:
        """What the engine that runs it can do."""
        return traits_of(self.engine)

    @property
    def used_context_tokens(self) -> int | None:
        """The context it is loaded with."""
        return self.context_limit_tokens or self.context_tokens


def is_this_machine(hostname: str) -> bool:
    """Whether a host name means this machine: it is a loopback address or ``localhost``."""
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname.lower() == "localhost"
