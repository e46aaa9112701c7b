"""Chooses the way to a server: no proxy leads to one on this machine. Only the endpoint's child imports it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx2

from tui.engines.endpoint.errors import UnusableServer
from tui.records.models import is_this_machine

_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")


def direct_transport(url: str, limits: httpx2.Limits) -> httpx2.AsyncHTTPTransport | None:
    """The transport to a server on this machine, where no proxy leads; ``None`` for every other server."""
    parts = urlsplit(url)
    if not is_this_machine(parts.hostname or ""):
        return None
    # The certificates of the system take long to read, and nothing is encrypted here.
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if parts.scheme == "http" else True
    return httpx2.AsyncHTTPTransport(limits=limits, verify=verify)


def check_key(key: str, variable: str | None) -> None:
    """Raise UnusableServer if no header can carry a key."""
    if not key.isascii() or not key.isprintable():
        raise UnusableServer(f"{variable} holds a key with a sign that no key has, such as a line break; correct it")


def unusable_variable(error: Exception) -> UnusableServer:
    """The problem of a client that could not be made, which names the variables from which it takes its settings."""
    names = _CERTIFICATES if isinstance(error, OSError) else _PROXIES
    found = [name for name in os.environ if name in names or name.lower() in names]
    missing = [name for name in found if names is _CERTIFICATES and not Path(os.environ[name]).exists()]
    variables = " or ".join(missing or found) or "the environment"
    kind = "certificates" if isinstance(error, OSError) else "a proxy"
    return UnusableServer(f"{variables} names {kind} that cannot be used; correct or unset it")
