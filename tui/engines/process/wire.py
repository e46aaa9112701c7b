"""The frames that parent and child exchange: one JSON line each.

The parent sends commands and the child sends reports. A frame that belongs to a request carries its number, which the
parent gives; 0 stands for everything that belongs to no request.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tui.engines.contract import Completed, Loaded, Piece, Request, ServerWait
from tui.records import Exchange, ExitKind


class LoadFolder(msgspec.Struct, frozen=True, tag="load-folder"):
    """Load the model in a folder with the runtime of Foundry Local."""

    folder: str
    model_id: str
    scratch: str
    """A private folder for the runtime's own files; the child removes all of it when its parent is gone."""
    provider: str | None = None
    """The execution provider that the model needs, by its settings or its id."""
    with_providers: bool = False
    """Whether the providers that were added are registered first; the CPU alone needs none."""
    runs_with: str | None = None
    """The provider to run with in place of the model's own."""


class LoadAdapter(msgspec.Struct, frozen=True, tag="load-adapter"):
    """Import a class of the user's own, and have it load its model."""

    target: str
    """``module:Class``."""
    folder: str | None = None
    search_folder: str | None = None
    options: dict[str, str | int | float | bool] = {}
    agreed: tuple[str, ...] = ()
    """The only folders with code of its own, if the user was asked about them."""


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """Open the connection that a server's model is measured over, and load the model if the server can be asked to."""

    url: str
    model_id: str
    api_key_env: str | None = None
    """The variable that holds the key: the key itself is never in a frame."""


class Disconnect(msgspec.Struct, frozen=True, tag="disconnect"):
    """Leave the server as it was before: unload the model if it was loaded for us."""


class OpenConnections(msgspec.Struct, frozen=True, tag="open-connections"):
    """Have as many connections as there will be requests at once, and warm each new one."""

    count: int


class CountTokens(msgspec.Struct, frozen=True, tag="count-tokens"):
    """Have the server's own tokenizer count the tokens of an answer that came without a count."""

    text: str


class Generate(msgspec.Struct, frozen=True, tag="generate"):
    """Answer a request."""

    request_id: int
    request: Request
    silence_timeout_s: float = 300.0
    """How long a server may be silent; a child that holds the model itself is watched by its parent."""


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Give up the answer to a request."""

    request_id: int


class GrantPermit(msgspec.Struct, frozen=True, tag="grant-permit"):
    """Allow the request that waits for a permit to be sent now."""

    request_id: int


class ServerAddress(msgspec.Struct, frozen=True, array_like=True):
    """A server that is asked for its models."""

    name: str
    url: str
    api_key_env: str | None = None


class ListServerModels(msgspec.Struct, frozen=True, tag="list-server-models"):
    """Ask these servers which models they have."""

    servers: tuple[ServerAddress, ...]


class ReadCatalogue(msgspec.Struct, frozen=True, tag="read-catalogue"):
    """Ask the public catalogue, and leave the runtime's snapshot of its answer in ``cache``."""

    cache: str
    scratch: str


class DownloadModel(msgspec.Struct, frozen=True, tag="download-model"):
    """Download a model into ``cache``, which holds a snapshot of the catalogue that lists it."""

    model_id: str
    cache: str
    scratch: str


class ListProviders(msgspec.Struct, frozen=True, tag="list-providers"):
    """Report the execution providers of this machine and those that can be added."""

    scratch: str


class AddProvider(msgspec.Struct, frozen=True, tag="add-provider"):
    """Download and register an execution provider."""

    name: str
    scratch: str
    without_check: bool = False
    """Whether to download it although libraries that it needs are missing on this machine."""


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The child is up and its runtime is initialised."""

    pid: int


class RegisteringProviders(msgspec.Struct, frozen=True, tag="registering-providers"):
    """The execution providers are being registered, which may wait for another process that adds one."""

    done: bool = False


class WaitingForServer(msgspec.Struct, frozen=True, tag="waiting-for-server"):
    """The server takes no request yet: it loads its model, or asks for a later request."""

    request_id: int
    """The request that waits; 0 stands for the load."""
    wait: ServerWait


class LoadFinished(msgspec.Struct, frozen=True, tag="load-finished"):
    """The model can take a request."""

    loaded: Loaded
    server_pid: int | None = None
    """The server's process, if it runs on this machine."""
    loaded_for_us: bool = False
    """The server has loaded the model because we asked, and is to unload it again."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Pieces of an answer."""

    request_id: int
    pieces: tuple[Piece, ...]


class AnswerFinished(msgspec.Struct, frozen=True, tag="answer-finished"):
    """The answer is complete."""

    request_id: int
    completed: Completed


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    """The answer was given up as the parent asked."""

    request_id: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The runtime refused or raised an error."""

    request_id: int
    message: str
    kind: ExitKind | None = None
    """``None`` if the parent is to conclude it from the message."""
    gone: bool = False
    """The server is gone too, and cannot take the next request."""


class PermitWanted(msgspec.Struct, frozen=True, tag="permit-wanted"):
    """A request waits to be sent to a server that gets at most ``per_second`` of them in a second."""

    request_id: int
    per_second: float


class RequestSent(msgspec.Struct, frozen=True, tag="request-sent"):
    """The request that held the permit is on its way."""

    request_id: int


class RequestBegun(msgspec.Struct, frozen=True, tag="request-begun"):
    """The request that waited for a free connection has one now."""

    request_id: int


class RequestNotSent(msgspec.Struct, frozen=True, tag="request-not-sent"):
    """The request that waited for a free connection is not sent, since an earlier one failed."""

    request_id: int


class ConnectionsOpened(msgspec.Struct, frozen=True, tag="connections-opened"):
    """There are as many connections as were asked for."""


class TokensCounted(msgspec.Struct, frozen=True, tag="tokens-counted"):
    """The tokens of a text; ``None`` if the server does not count them."""

    count: int | None = None


class Disconnected(msgspec.Struct, frozen=True, tag="disconnected"):
    """The server is as it was before."""


class ServerModel(msgspec.Struct, frozen=True, array_like=True):
    """A model of a server; ``None`` stands for what the server does not report."""

    model_id: str
    loaded: bool | None = None
    context_tokens: int | None = None
    size_bytes: int | None = None
    quantization: str | None = None
    parameters: int | None = None
    threads: int | None = None
    weights: str | None = None


class ServerListing(msgspec.Struct, frozen=True, array_like=True):
    """The models of one server. It is kept in a file as a list, so new members come last."""

    name: str
    models: tuple[ServerModel, ...] = ()
    problem: str = ""
    """The reason for which there are no models, in words that follow the server's name."""
    version: str | None = None
    """The software that the server runs, with its version where it reports one."""


class ServersListed(msgspec.Struct, frozen=True, tag="servers-listed"):
    """The answers of all servers that were asked, in the order of the question."""

    servers: tuple[ServerListing, ...]


class CatalogueRead(msgspec.Struct, frozen=True, tag="catalogue-read"):
    """The catalogue has answered, or the runtime has given up; only the snapshot shows which."""


class Downloaded(msgspec.Struct, frozen=True, tag="downloaded"):
    """All of the model is in this folder."""

    folder: str


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The progress of a download as the runtime reports it, which may be seldom."""

    share: float
    """From 0 to 1."""


class Provider(msgspec.Struct, frozen=True, array_like=True):
    """An execution provider."""

    name: str
    registered: bool


class ProvidersListed(msgspec.Struct, frozen=True, tag="providers-listed"):
    """The execution providers that this machine can use."""

    providers: tuple[Provider, ...]


ServerTask = Connect | Disconnect | OpenConnections | CountTokens | ListServerModels | GrantPermit
"""The commands that only the child of an endpoint carries out; it has no files of its own."""
RuntimeTask = LoadFolder | ReadCatalogue | DownloadModel | ListProviders | AddProvider
"""The commands that only the child of Foundry Local carries out; each names a private folder."""
Task = RuntimeTask | ServerTask | LoadAdapter | Generate
Command = Task | Cancel
Report = (
    Started
    | RegisteringProviders
    | WaitingForServer
    | LoadFinished
    | Text
    | AnswerFinished
    | Cancelled
    | Failed
    | PermitWanted
    | RequestSent
    | RequestBegun
    | RequestNotSent
    | ConnectionsOpened
    | TokensCounted
    | Disconnected
    | ServersListed
    | CatalogueRead
    | Downloaded
    | Progress
    | ProvidersListed
)

_encoder = msgspec.json.Encoder()
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def encode(frame: Command | Report) -> bytes:
    """The frame as one line, newline included.

    Half a surrogate pair, which JSON cannot carry, becomes a question mark.
    """
    try:
        return _encoder.encode(frame) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(frame)) + b"\n"


def decode_command(line: bytes) -> Command:
    """The command in a line from the parent. Raises msgspec.DecodeError for anything else."""
    return _commands.decode(line)


def decode_report(line: bytes) -> Report:
    """The report in a line from the child. Raises msgspec.DecodeError for anything else."""
    return _reports.decode(line)


def _without_surrogates(frame: Command | Report) -> Command | Report:
    if isinstance(frame, Text):
        pieces = tuple(msgspec.structs.replace(piece, text=_clean(piece.text)) for piece in frame.pieces)
        return Text(frame.request_id, pieces)
    if isinstance(frame, Generate):
        return msgspec.structs.replace(frame, request=_clean_request(frame.request))
    if isinstance(frame, CountTokens):
        return CountTokens(_clean(frame.text))
    if isinstance(frame, Failed):
        return msgspec.structs.replace(frame, message=_clean(frame.message))
    return frame


def _clean_request(request: Request) -> Request:
    return replace(
        request,
        prompt=_clean(request.prompt),
        system=_clean(request.system or "") or None,
        earlier=tuple(
            Exchange(question=_clean(exchange.question), answer=_clean(exchange.answer)) for exchange in request.earlier
        ),
    )


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
