"""TLS in both directions: who is refused, and the sentence on why."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, cast

from tui import paths
from tui.bench.fleet.network import certificates
from tui.bench.fleet.network.fleet_file import FleetError
from tui.engines.process.scratch import scratch_prefix
from tui.records.fleet.network import Credentials, JoinFile, Peer, Role

PREFIX: Final = "tls://"
_CONNECT_S: Final = 10.0
_REASONS: Final = (
    ("REVOKED", "its certificate was ended with benchtop fleet revoke"),
    ("EXPIRED", "its certificate has expired"),
    ("UNKNOWN_CA", "its certificate is of another fleet"),
    ("CERTIFICATE_REQUIRED", "it has no certificate"),
    ("DID_NOT_RETURN", "it has no certificate"),
    ("WRONG_VERSION", "it does not speak TLS"),
    ("HTTP_REQUEST", "it does not speak TLS"),
    ("UNSUPPORTED_CERTIFICATE", "its certificate is made for another use"),
)
"""What OpenSSL calls a problem, and what it means, with the certificate of the one who connects as subject."""
_VERIFY_REASONS: Final = {
    10: "its certificate has expired",
    9: "its certificate is not valid yet; compare the clocks",
    23: "its certificate was ended with benchtop fleet revoke",
    26: "its certificate is made for another use",
}
"""The same for the codes that OpenSSL gives where it checks a chain itself (X509_V_ERR in x509_vfy.h)."""
_FOREIGN: Final = "its certificate is of another fleet"


class Refused(FleetError):
    """The other side does not accept this certificate, or is not accepted; trying again is of no use."""


class Unreachable(FleetError):
    """Nobody answers at the address now."""


def why_refused(error: BaseException) -> str:
    """Say in words why a connection was refused, about the one at its other end."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_REASONS.get(error.verify_code, _FOREIGN)
    reason = (getattr(error, "reason", None) or str(error)).upper()
    return next((words for mark, words in _REASONS if mark in reason), "it broke off the connection")


def host_and_port(address: str) -> tuple[str, int]:
    """Take an address apart. Raises Refused if it is not one with TLS."""
    if not address.startswith(PREFIX):
        raise Refused(f"the address {address} is not one with TLS, and nothing else is accepted; it begins with tls://")
    host, _, port = address.removeprefix(PREFIX).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise Refused(f"the address {address} has no host or no port; it looks like tls://192.168.1.5:8790")
    return host.strip("[]"), int(port)


@contextlib.contextmanager
def credential_files(credentials: Credentials) -> Generator[tuple[Path, Path]]:
    """Write certificate and key to private files for the time of a block, since OpenSSL reads keys from files only."""
    with tempfile.TemporaryDirectory(
        prefix=scratch_prefix("tls"), dir=paths.scratch_parent(), ignore_cleanup_errors=True
    ) as folder:
        files = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        for file, text in zip(files, (credentials.certificate, credentials.key), strict=True):
            with open(file, "x", encoding="ascii", opener=paths.open_privately) as opened:
                opened.write(text)
        yield files


def context(credentials: Credentials, authority: str, *, listens: bool, revoked: Path | None = None) -> ssl.SSLContext:
    """Make the TLS settings of one side: the other side must show a certificate of the same authority.

    With ``revoked`` the certificates of that list are refused. Sessions are never taken up again, because that would
    leave out the check.
    """
    purpose = ssl.Purpose.CLIENT_AUTH if listens else ssl.Purpose.SERVER_AUTH
    made = ssl.create_default_context(purpose, cadata=authority)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.options |= ssl.OP_NO_TICKET
    if listens:
        made.num_tickets = 0
    with credential_files(credentials) as (certificate, key):
        made.load_cert_chain(certificate, key)
    if revoked is not None:
        reload_revoked(made, revoked)
        made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return made


def reload_revoked(made: ssl.SSLContext, revoked: Path) -> None:
    """Have new connections checked by the newest list of ended certificates."""
    made.load_verify_locations(cafile=revoked)


def peer_in(certificate: Any) -> Peer | None:
    """Read whose certificate a connection has, from what ``getpeercert`` gives; ``None`` if it is none of a fleet."""
    if not isinstance(certificate, dict):
        return None
    members = cast("dict[str, Any]", certificate)
    names: dict[str, str] = dict(part[0] for part in members.get("subject", ()))
    try:
        role = Role(names.get("organizationalUnitName", ""))
    except ValueError:
        return None
    return Peer(
        fleet_id=names.get("organizationName", ""),
        role=role,
        name=names.get("commonName", ""),
        serial=str(members.get("serialNumber", "")).lstrip("0"),
    )


def knock(join: JoinFile) -> None:
    """Connect once, and find out whether the scheduler is there and accepts the certificate.

    Raises:
        Unreachable: nobody answers.
        Refused: the certificate or the other side is not accepted.
    """
    host, port = host_and_port(join.address)
    made = context(join.credentials, join.authority, listens=False)
    try:
        with (
            socket.create_connection((host, port), timeout=_CONNECT_S) as plain,
            made.wrap_socket(plain) as connection,
        ):
            peer = peer_in(connection.getpeercert())
            if peer is None or peer.role is not Role.SCHEDULER:
                raise Refused(f"{join.address} shows a certificate that is not that of the fleet's scheduler")
            # With TLS 1.3 the other side tells only now whether it accepts the certificate of this one.
            if not connection.recv(1):
                raise Unreachable(f"{join.address} closed the connection")
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"{join.address} is not trusted: {why_refused(error)}") from error
    except ssl.SSLError as error:
        raise Refused(f"{join.address} refuses this machine: {_about_us(error, join)}") from error
    except (OSError, TimeoutError) as error:
        reason = error.strerror or "it does not answer"
        raise Unreachable(f"{join.address} cannot be reached ({reason.lower()})") from error


def _about_us(error: ssl.SSLError, join: JoinFile) -> str:
    """Say why the other side refused; with old versions of TLS it does not always say so itself."""
    words = why_refused(error)
    if "broke off" in words or "made for another" in words:
        peer = certificates.peer_of(join.credentials.certificate)
        return f"{words} with {peer.name}"
    return words
