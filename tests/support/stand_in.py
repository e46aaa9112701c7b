"""A stand-in for the cloud behind the Foundry Local runtime, on loopback: catalogue, registry and blobs.

The unmodified runtime is led here by ``HTTPS_PROXY``: what it asks for over TLS arrives as CONNECT, and the TLS ends
here under a certificate that is made when the tests run.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_PIECE: Final = 16 * 1024
_FILLING: Final = bytes(range(256)) * (_PIECE // 256 + 1)
_WHEN: Final = "Fri, 02 Jan 2026 03:04:05 GMT"
_REGISTRY: Final = "/modelregistry/v1.0/registry/models/nonazureaccount"
_CATALOGUE: Final = "/asset-gallery/v1.0/models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One build in the catalogue, with the files it is made of: a folder, and a filler of any size."""

    alias: str
    name: str
    version: int = 1
    device: str = "cpu"
    provider: str = "CPUExecutionProvider"
    folder: Path | None = None
    filler_bytes: int = 0
    size_bytes: int | None = None
    """The size that the catalogue states; by default the true one."""
    license: str = "mit"
    task: str | None = "chat-completion"
    capabilities: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("text",)
    outputs: tuple[str, ...] = ("text",)

    @property
    def model_id(self) -> str:
        return f"{self.name}:{self.version}"

    @property
    def files(self) -> dict[str, bytes | int]:
        """Map the name of each file to its content, or to the length of its filler."""
        inside = sorted(self.folder.iterdir()) if self.folder else []
        files: dict[str, bytes | int] = {path.name: path.read_bytes() for path in inside}
        return {**files, "filler.bin": self.filler_bytes} if self.filler_bytes else files

    def record(self) -> Mapping[str, object]:
        size = sum(part if isinstance(part, int) else len(part) for part in self.files.values())
        asset = f"azureml://registries/azureml/models/{self.name}/versions/{self.version}"
        facts = {
            "alias": self.alias,
            "displayName": self.alias.title(),
            "publisher": "Lab",
            "license": self.license,
            "licenseDescription": f"The {self.license} licence: https://licences.example/{self.license}.",
            "inferenceTasks": [self.task] if self.task else [],
            "modelCapabilities": list(self.capabilities),
            "textContextWindow": 2048,
            "maxOutputTokens": 512,
            "inputModalities": list(self.inputs),
            "outputModalities": list(self.outputs),
        }
        build = {
            "device": self.device,
            "executionProvider": self.provider,
            "fileSizeBytes": size if self.size_bytes is None else self.size_bytes,
            "modelType": "ONNX",
        }
        return {
            "assetId": asset,
            "annotations": {"systemCatalogData": facts},
            "properties": {
                "name": self.name,
                "version": self.version,
                "creationContext": {"createdTime": "2026-01-02T03:04:05Z"},
                "variantInfo": {"parents": [], "variantMetadata": build},
            },
        }


@dataclass(slots=True)
class Behaviour:
    """The faults of the cloud, which a test may set at any time. Kinds are catalog, registry, list, head and get."""

    page: int = 50
    rate_bytes_s: int = 0
    stall_after: int | None = None
    """From this many bytes on, bodies hang with their sockets open."""
    held_from: int | None = None
    """Parts of a file that begin at this byte or later hang with their sockets open."""
    trickle_s: float | None = None
    """If this is set, a piece of such a part goes out all the same after so long, so that progress is told again."""
    cut_after: int | None = None
    cuts: int = 1
    """The number of connections that are reset once ``cut_after`` bytes have been sent."""
    status: dict[str, int] = field(default_factory=dict[str, int])
    times: int = 10**9
    """The number of requests that are answered with a ``status``; later ones are answered well."""
    silent: frozenset[str] = frozenset()


class Cloud:
    """The server, with the builds that it offers, its faults, and a count of the requests of each kind."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.offers: Sequence[Offer] = ()
        self.behaviour = Behaviour()
        self.requests: Counter[str] = Counter()
        self.sent_bytes = 0
        self.lock = threading.Lock()
        self.gone = threading.Event()
        self._next_s = 0.0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        cloud = self
        self._server = _Server(("127.0.0.1", 0), type("Bound", (_Answer,), {"cloud": cloud}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End every connection, and stop listening."""
        self.gone.set()
        self._server.shutdown()
        self._server.server_close()

    def offer_of(self, container: str) -> Offer:
        return next(offer for offer in self.offers if f"{offer.name}-{offer.version}" == container)

    def pace(self, size: int) -> None:
        """Delay a piece so that all connections together keep to the rate."""
        rate = self.behaviour.rate_bytes_s
        if rate:
            with self.lock:
                self._next_s = max(self._next_s, time.monotonic()) + size / rate
                due_s = self._next_s
            time.sleep(max(0.0, due_s - time.monotonic()))

    def wrong(self, kind: str) -> int | None:
        """Count a request, and return the status with which it is to be refused, if there is one."""
        with self.lock:
            self.requests[kind] += 1
            status = self.behaviour.status.get(kind)
            if status is None or self.behaviour.times <= 0:
                return None
            self.behaviour.times -= 1
            return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors, since a child that is killed leaves in the middle of an answer."""


class _Answer(BaseHTTPRequestHandler):
    cloud: Cloud
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no log."""

    def do_CONNECT(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with contextlib.suppress(OSError):
            secured = self.cloud.tls.wrap_socket(self.connection, server_side=True)
            type(self)(secured, self.client_address, self.server)
        self.close_connection = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.endswith(_CATALOGUE):
            self._send(404, b"{}")
        elif not self._in_trouble("catalog"):
            query = cast("dict[str, str]", json.loads(body))
            start = int(query.get("continuationToken") or 0)
            end = start + self.cloud.behaviour.page
            page: dict[str, object] = {"value": [offer.record() for offer in self.cloud.offers[start:end]]}
            if end < len(self.cloud.offers):
                page["continuationToken"] = str(end)
            self._send(200, json.dumps(page).encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.endswith(_REGISTRY):
            if not self._in_trouble("registry"):
                asset = unquote(address.query.partition("assetId=")[2])
                name, _, version = asset.partition("/models/")[2].partition("/versions/")
                address_of_blobs = f"{self.cloud.url}/blobs/{name}-{version}?sig=x"
                self._send(200, json.dumps({"blobSasUri": address_of_blobs}).encode())
            return
        container, _, blob = unquote(address.path).removeprefix("/blobs/").partition("/")
        files = self.cloud.offer_of(container).files
        if not blob:
            self._list(container, files)
        elif not self._in_trouble("head" if self.command == "HEAD" else "get"):
            self._blob(files[blob])

    def _in_trouble(self, kind: str) -> bool:
        status = self.cloud.wrong(kind)
        if kind in self.cloud.behaviour.silent:
            while kind in self.cloud.behaviour.silent and not self.cloud.gone.wait(0.05):
                pass
            self.close_connection = True
            return True
        if status is not None:
            self._send(status, b"<Error><Code>Refused</Code><Message>refused by the test</Message></Error>")
        return status is not None

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _list(self, container: str, files: Mapping[str, bytes | int]) -> None:
        if self._in_trouble("list"):
            return
        blobs = "".join(
            f"<Blob><Name>{name}</Name><Properties><Creation-Time>{_WHEN}</Creation-Time>"
            f"<Last-Modified>{_WHEN}</Last-Modified><Etag>0x1</Etag>"
            f"<Content-Length>{content if isinstance(content, int) else len(content)}</Content-Length>"
            "<BlobType>BlockBlob</BlobType><ServerEncrypted>true</ServerEncrypted></Properties></Blob>"
            for name, content in files.items()
        )
        text = (
            f'<?xml version="1.0"?><EnumerationResults ContainerName="{container}"><Blobs>{blobs}</Blobs><NextMarker/>'
        )
        self._send(200, f"{text}</EnumerationResults>".encode(), {"Content-Type": "application/xml"})

    def _blob(self, content: bytes | int) -> None:
        size = content if isinstance(content, int) else len(content)
        first, last = 0, size - 1
        wanted = self.headers.get("x-ms-range") or self.headers.get("Range")
        if wanted:
            begin, _, end = wanted.partition("=")[2].partition("-")
            first, last = int(begin), min(int(end) if end else last, last)
        self.send_response(206 if wanted else 200)
        length = size if self.command == "HEAD" else last - first + 1
        for name, value in {
            "Content-Length": str(length),
            "Content-Range": f"bytes {first}-{last}/{size}",
            "ETag": '"0x1"',
            "Last-Modified": _WHEN,
            "x-ms-creation-time": _WHEN,
            "x-ms-blob-type": "BlockBlob",
            "x-ms-server-encrypted": "true",
            "Content-Type": "application/octet-stream",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for piece in _pieces(content, first, last + 1):
                self._hold(first)
                if not self._pass(len(piece)):
                    return
                self.wfile.write(piece)
                with self.cloud.lock:
                    self.cloud.sent_bytes += len(piece)

    def _hold(self, first: int) -> None:
        cloud, begun_s = self.cloud, time.monotonic()
        while (held := cloud.behaviour.held_from) is not None and first >= held and not cloud.gone.wait(0.05):
            trickle_s = cloud.behaviour.trickle_s
            if trickle_s is not None and time.monotonic() - begun_s >= trickle_s:
                return

    def _pass(self, size: int) -> bool:
        """Return whether the next piece may be sent; if not, the connection has been reset."""
        cloud, how = self.cloud, self.cloud.behaviour
        cloud.pace(size)
        while how.stall_after is not None and cloud.sent_bytes >= how.stall_after and not cloud.gone.wait(0.05):
            how = cloud.behaviour
        with cloud.lock:
            cut = how.cut_after is not None and cloud.sent_bytes >= how.cut_after and how.cuts > 0
            how.cuts -= cut
        if cut or cloud.gone.is_set():
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return False
        return True


def _pieces(content: bytes | int, first: int, end: int) -> Iterator[bytes]:
    for start in range(first, end, _PIECE):
        stop = min(end, start + _PIECE)
        shift = start % 256
        yield _FILLING[shift : shift + stop - start] if isinstance(content, int) else content[start:stop]


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for the hosts that the runtime asks; returns its file and that of its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    hosts = [x509.DNSName(host) for host in ("*.azureml.ms", "*.api.azureml.ms", "*.catalog.azureml.ms")]
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
    )
    certificate.write_bytes(builder.sign(secret, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form, cipher = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, cipher))
    return certificate, key


def environment(cloud: Cloud, certificate: Path) -> dict[str, str]:
    """Return the environment variables that lead the runtime to the stand-in."""
    leading = {"HTTPS_PROXY": cloud.url, "SSL_CERT_FILE": str(certificate), "NO_PROXY": "127.0.0.1", "CI": "1"}
    return {**leading, "https_proxy": cloud.url, "no_proxy": "127.0.0.1"}


@contextlib.contextmanager
def running(certificate: Path, key: Path) -> Generator[Cloud, None, None]:
    """Run a cloud, and close it at the end of the block."""
    cloud = Cloud(certificate, key)
    try:
        yield cloud
    finally:
        if not cloud.gone.is_set():
            cloud.close()
