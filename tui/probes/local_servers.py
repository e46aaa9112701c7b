"""Finds servers of models on this machine: by the ports that they are known to use, and by Foundry Local's own word."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Sequence
from typing import Final, cast
from urllib.parse import urlsplit

from tui.system.processes import NO_WINDOW

PORTS: Final = (11434, 1234, 8080, 8000, 39839, 5273)
"""Those of Ollama, LM Studio, llama.cpp, vLLM, and Foundry Local."""
_CONNECT_S: Final = 0.3
_STATUS_S: Final = 5.0
_STATUS_COMMAND: Final = ("foundry", "server", "status", "-o", "json")


def local_server_urls(ports: Sequence[int] = PORTS) -> tuple[str, ...]:
    """The addresses on this machine at which a program listens that may be a server of models."""
    found = [f"http://127.0.0.1:{port}" for port in ports if _accepts(port)]
    return tuple(dict.fromkeys([*foundry_urls(), *found]))


def foundry_urls(command: Sequence[str] = _STATUS_COMMAND) -> tuple[str, ...]:
    """The addresses of Foundry Local's service, by its own command; none if it is not installed or does not run."""
    program = shutil.which(command[0])
    if program is None:
        return ()
    try:
        status = subprocess.run(
            [program, *command[1:]],
            capture_output=True,
            timeout=_STATUS_S,
            check=False,
            stdin=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        return _urls_in(cast("object", json.loads(status.stdout)))
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError):
        return ()


def _urls_in(value: object) -> tuple[str, ...]:
    """Every address with http in a status, without its path."""
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        parts = urlsplit(value)
        return (f"{parts.scheme}://{parts.netloc}",)
    inner: Sequence[object] = ()
    if isinstance(value, dict):
        inner = tuple(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    return tuple(url for part in inner for url in _urls_in(part))


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), _CONNECT_S):
        return True
    return False
