"""Read the servers that a configuration, a variable or an option names into records."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from tui.json_file import ConfigError, Value
from tui.records import Endpoint
from tui.text import secrets

VARIABLE: Final = "FOUNDRY_LOCAL_ENDPOINT"
ENDPOINT_KEYS: Final = ("url", "api_key_env")
_EXPECTED: Final = "the address of a server such as http://office-pc:5273/v1"
_NO_ADDRESS: Final = "is no address that begins with http:// or https://"
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION: Final = re.compile(r"/v\d+$")
_ROUTE: Final = re.compile(r"/(?:chat/completions|completions|models)$")
"""A route at the end of an address, which people often copy with it."""


def read_endpoints(value: Value) -> tuple[Endpoint, ...]:
    """Read the ``endpoints`` of a models.json. Raises ConfigError."""
    return tuple(_endpoint(name, entry) for name, entry in value.members().items())


def endpoint_at(url: str, origin: str) -> Endpoint:
    """Make the record of a server from its address; its name is the address without scheme and version.

    ``origin`` names the variable or option that holds the address, for messages.

    Raises:
        ConfigError: if it is no address, or holds a user or password.
    """
    try:
        root = root_of(url)
        return Endpoint(name=_VERSION.sub("", root).partition("://")[2], url=root)
    except ValueError as problem:
        raise ConfigError(f"{origin} {problem}, but {_EXPECTED} is expected; correct or unset it.") from None


def root_of(url: str) -> str:
    """Complete an address with ``/v1``, if it was written without any path; another path stays as it is.

    Raises:
        ValueError: if it is no address; the message never repeats it, since it may hold a password.
    """
    written = url.strip()
    if not written.isprintable() or any(sign.isspace() for sign in written):
        raise ValueError("has spaces or control characters")
    try:
        parts = urlsplit(written)
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(_NO_ADDRESS)
    if "@" in parts.netloc:
        raise ValueError("holds a user or a password, which would be seen in reports (a key stands in api_key_env)")
    if parts.query or parts.fragment:
        raise ValueError("has something after a ? or #")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("has a port that is no number up to 65535") from None
    path = _ROUTE.sub("", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, path or "/v1", "", ""))


def _endpoint(name: str, entry: Value) -> Endpoint:
    if not name or not name.isprintable() or any(sign.isspace() or sign in "@,/" for sign in name):
        raise ConfigError(f"{entry.where} is no name of a server; it has no spaces, commas, @ or /: rename it.")
    entry.refuse_unknown(ENDPOINT_KEYS)
    members = entry.members()
    if "url" not in members:
        raise ConfigError(f'{entry.where} has no "url"; add it, {_EXPECTED}.')
    url, api_key_env = members["url"], members.get("api_key_env")
    try:
        root = root_of(url.text())
    except ValueError as problem:
        raise ConfigError(f"{url.where} {problem}, but {_EXPECTED} is expected; correct it.") from None
    if api_key_env is not None and not _VARIABLE_NAME.fullmatch(api_key_env.text()):
        raise ConfigError(
            f"{api_key_env.where} is not the name of an environment variable; write the name of the one that holds "
            "the key, never the key itself."
        )
    if api_key_env is not None:
        secrets.learn_variable(api_key_env.text())
    return Endpoint(name=name, url=root, api_key_env=None if api_key_env is None else api_key_env.text())
