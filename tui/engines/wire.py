"""The frames that parent and child exchange: one JSON line each."""

from __future__ import annotations

import msgspec

from tui.engines.engine import Piece


class Load(msgspec.Struct, frozen=True, tag="load"):
    folder: str
    model_id: str
    scratch: str
    """A private folder for the runtime's own files; the child removes all of it when its parent is gone."""


class Generate(msgspec.Struct, frozen=True, tag="generate"):
    request: int
    prompt: str
    max_tokens: int
    temperature: float
    system: str | None = None
    seed: int | None = None


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    request: int


class ReadCatalog(msgspec.Struct, frozen=True, tag="read-catalog"):
    """Ask the public catalogue, and leave the runtime's snapshot of its answer in ``cache``."""

    cache: str
    scratch: str


class Fetch(msgspec.Struct, frozen=True, tag="fetch"):
    """Download a model into ``cache``, which holds a snapshot of the catalogue that lists it."""

    model_id: str
    cache: str
    scratch: str


class ListProviders(msgspec.Struct, frozen=True, tag="list-providers"):
    scratch: str


class AddProvider(msgspec.Struct, frozen=True, tag="add-provider"):
    name: str
    scratch: str


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The child is up and its runtime is initialised."""

    pid: int


class LoadDone(msgspec.Struct, frozen=True, tag="loaded"):
    load_ns: int
    peak_rss_bytes: int | None = None


class Text(msgspec.Struct, frozen=True, tag="text"):
    request: int
    pieces: tuple[Piece, ...]


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    request: int
    end_ns: int
    finish_reason: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    peak_rss_bytes: int | None = None


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    request: int


class CatalogRead(msgspec.Struct, frozen=True, tag="catalog-read"):
    """The catalogue has answered, or the runtime has given up; the snapshot tells which."""


class Fetched(msgspec.Struct, frozen=True, tag="fetched"):
    folder: str


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """What the runtime says of a share from 0 to 1; of a download it may say nothing for long."""

    share: float


class Provider(msgspec.Struct, frozen=True, array_like=True):
    name: str
    registered: bool


class Providers(msgspec.Struct, frozen=True, tag="providers"):
    providers: tuple[Provider, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """What the runtime raised; ``request`` is 0 for everything that is not one."""

    request: int
    message: str


Task = Load | Generate | ReadCatalog | Fetch | ListProviders | AddProvider
Command = Task | Cancel
Report = Hello | LoadDone | Text | Finished | Cancelled | Failed | CatalogRead | Fetched | Progress | Providers

_encoder = msgspec.json.Encoder()
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def encode(frame: Command | Report) -> bytes:
    """One line, newline included; half a surrogate pair, which JSON cannot carry, becomes a question mark."""
    try:
        return _encoder.encode(frame) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(frame)) + b"\n"


def command(line: bytes) -> Command:
    """What the parent asks. Raises msgspec.DecodeError for anything else."""
    return _commands.decode(line)


def report(line: bytes) -> Report:
    """What the child says. Raises msgspec.DecodeError for anything else."""
    return _reports.decode(line)


def _without_surrogates(frame: Command | Report) -> Command | Report:
    if isinstance(frame, Text):
        pieces = tuple(msgspec.structs.replace(piece, text=_clean(piece.text)) for piece in frame.pieces)
        return Text(frame.request, pieces)
    if isinstance(frame, Generate):
        return msgspec.structs.replace(frame, prompt=_clean(frame.prompt), system=_clean(frame.system or "") or None)
    if isinstance(frame, Failed):
        return Failed(frame.request, _clean(frame.message))
    return frame


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
