"""What the system tells about the way to the network: variables, on Windows and macOS also its own settings."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies

_SCHEMES = ("https", "http")


def proxies() -> dict[str, str]:
    """The proxy that requests of each scheme go through, as host and port, without the user and the password."""
    told = getproxies()
    by_scheme = {scheme: told.get(scheme) or told.get("all", "") for scheme in _SCHEMES}
    return {scheme: _without_secrets(address) for scheme, address in by_scheme.items() if address}


def _without_secrets(address: str) -> str:
    parts = urlsplit(address if "//" in address else f"//{address}")
    return parts.netloc.rpartition("@")[2] or "an address that cannot be read"
