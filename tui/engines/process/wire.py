"""The frames that parent and child exchange: one JSON line each."""

from __future__ import annotations

import msgspec

from tui.engines.engine import Form, Piece
from tui.records import ExitKind, TokensSource


class Load(msgspec.Struct, frozen=True, tag="load"):
    folder: str
    model_id: str
    scratch: str
    """A private folder for the runtime's own files; the child removes all of it when its parent is gone."""


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """Open the connection that a server's model is measured over, and load the model where there is a way to."""

    url: str
    model_id: str
    api_key_env: str | None = None
    """The variable that holds the key: the key itself is never in a frame."""


class ServerAddress(msgspec.Struct, frozen=True, array_like=True):
    name: str
    url: str
    api_key_env: str | None = None


class AskServers(msgspec.Struct, frozen=True, tag="ask-servers"):
    """Which models these servers have."""

    servers: tuple[ServerAddress, ...]


class Disconnect(msgspec.Struct, frozen=True, tag="disconnect"):
    """Leave the server as it was found: a model that was loaded for us is unloaded."""


class Widen(msgspec.Struct, frozen=True, tag="widen"):
    """Open as many connections as there will be requests at once, and warm each."""

    connections: int


class Adopt(msgspec.Struct, frozen=True, tag="adopt"):
    """Import a class of the user's own, and have it load its model."""

    target: str
    """``module:Class``."""
    folder: str | None = None
    search_folder: str | None = None
    options: dict[str, str | int | float | bool] = {}


class Generate(msgspec.Struct, frozen=True, tag="generate"):
    request: int
    prompt: str
    max_tokens: int
    temperature: float
    system: str | None = None
    seed: int | None = None
    silence_timeout_s: float = 300.0
    """How long a server may be silent; a child that holds the model itself is watched by its parent."""
    time_limit_s: float | None = None
    """This and the next as in ``Request``; for servers only."""
    per_second: float | None = None
    form: Form | None = None
    """As in ``Request``."""


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    request: int


class Turn(msgspec.Struct, frozen=True, tag="turn"):
    """The request that waits for its turn may be sent now."""

    request: int


class ReadCatalogue(msgspec.Struct, frozen=True, tag="read-catalogue"):
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
    load_ns: int | None
    """``None`` where the model was not loaded for us."""
    peak_rss_bytes: int | None = None
    round_trip_ns: int | None = None
    pid: int | None = None
    """The server's process, where it runs on this machine."""


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
    tokens_source: TokensSource = TokensSource.RUNTIME
    one_token_first: bool = True
    hidden_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    flags: tuple[str, ...] = ()
    sent_ns: int | None = None
    """When it was sent, by this child's own clock."""
    constrained: bool = False
    """As in ``Completed``."""


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    request: int


class CatalogueRead(msgspec.Struct, frozen=True, tag="catalogue-read"):
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


class Served(msgspec.Struct, frozen=True, array_like=True):
    """A model of a server; ``None`` is what it does not tell."""

    model_id: str
    loaded: bool | None = None
    context_tokens: int | None = None


class ServerTold(msgspec.Struct, frozen=True, array_like=True):
    name: str
    models: tuple[Served, ...] = ()
    problem: str = ""
    """Why there are none, as words that follow the server's name."""
    version: str | None = None


class ServersTold(msgspec.Struct, frozen=True, tag="servers-told"):
    servers: tuple[ServerTold, ...]


class Disconnected(msgspec.Struct, frozen=True, tag="disconnected"):
    """The server is as it was."""


class TurnWanted(msgspec.Struct, frozen=True, tag="turn-wanted"):
    """A request is to be sent, of which a server gets so many in a second at most."""

    request: int
    per_second: float


class Sent(msgspec.Struct, frozen=True, tag="sent"):
    """The request whose turn it was is on its way."""

    request: int


class Widened(msgspec.Struct, frozen=True, tag="widened"):
    """The connections are open."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """What the runtime raised; ``request`` is 0 for everything that is not one."""

    request: int
    message: str
    kind: ExitKind | None = None
    """``None`` leaves it to the message."""
    gone: bool = False
    """Nobody is there any more who could take the next request."""


OfServers = Connect | Disconnect | AskServers | Widen | Turn
"""What only the child of an endpoint does; it has no files of its own."""
Task = Load | Adopt | Generate | ReadCatalogue | Fetch | ListProviders | AddProvider | OfServers
Command = Task | Cancel
Report = (
    Hello
    | LoadDone
    | Text
    | Finished
    | Cancelled
    | Failed
    | CatalogueRead
    | Fetched
    | Progress
    | Providers
    | ServersTold
    | Disconnected
    | Widened
    | TurnWanted
    | Sent
)

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
        return msgspec.structs.replace(frame, message=_clean(frame.message))
    return frame


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
