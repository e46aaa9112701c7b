"""Whether a model of an earlier run can be run now: its folder, its registration or its server may be gone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from tui import paths
from tui.engines.foundry.model_files import CONFIG_FILE
from tui.records import Endpoint, Model

CONNECT_S: Final = 0.5
"""How long a server may take to accept a connection."""
UNLISTED: Final = "not listed there"
"""The note on a model that is used although its server does not list it, as some servers do."""
_PORTS: Final = {"http": 80, "https": 443}


def availability_check(
    runnable: Collection[str] | None = None, listed: Mapping[str, Collection[str | None]] | None = None
) -> Callable[[Model], str]:
    """Return a function that gives the reason why a model cannot be run now; the reason is empty if it can be run.

    ``runnable`` are the keys of the models that can be run now; ``None`` if nobody has looked for them. ``listed`` are
    the names and ids that servers list now, by the address of each that has been asked. Any other server is asked for a
    connection once. Of a model without a folder and a server nothing is known, and it passes.
    """
    answers: dict[str, bool] = {}

    def reason(model: Model) -> str:
        if model.endpoint is not None:
            url = model.endpoint.url
            if listed is not None and url in listed:
                is_listed = model.note == UNLISTED or {model.model_id, model.alias} & set(listed[url])
                return "" if is_listed else f"its server {model.endpoint.name} does not list it now"
            if url not in answers:
                answers[url] = _accepts_connections(model.endpoint)
            return "" if answers[url] else f"its server {model.endpoint.name} does not answer now"
        if model.folder is None or model.adapter is not None:
            return ""
        whole = model.as_it_is.key
        # A folder may have moved since, as that of the practice models does with another installation.
        if model.practice if runnable is None else {model.key, whole} & set(runnable):
            return ""
        if not paths.is_file(model.folder / CONFIG_FILE):
            return "its folder is gone"
        return "" if runnable is None else "it is not among the models of this machine now"

    return reason


def _accepts_connections(endpoint: Endpoint) -> bool:
    parts = urlsplit(endpoint.url)
    try:
        with socket.create_connection((parts.hostname, parts.port or _PORTS.get(parts.scheme, 80)), CONNECT_S):
            return True
    except (OSError, ValueError):
        return False
