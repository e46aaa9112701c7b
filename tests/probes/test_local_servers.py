"""Servers of models are found on this machine by their ports, and Foundry Local's service by its own command."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from tests.support.scripted_server import serving
from tui.cli.shared.servers import ServerOptions
from tui.config import EnvironmentChoices
from tui.probes import local_servers


def test_what_listens_at_a_known_port_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.probes.local_servers.foundry_urls", lambda: ("http://127.0.0.1:5",))
    with serving() as server:
        ports = (server.port, 9)
        assert local_servers.local_server_urls(ports) == ("http://127.0.0.1:5", f"http://127.0.0.1:{server.port}")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in of the command is a script")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (json.dumps({"running": True, "webUrls": ["http://127.0.0.1:39839/status"]}), ("http://127.0.0.1:39839",)),
        (json.dumps({"running": False}), ()),
        ("the service is not running", ()),
    ],
)
def test_the_service_of_foundry_is_found_by_its_command(tmp_path: Path, words: str, found: tuple[str, ...]) -> None:
    command = tmp_path / "foundry"
    command.write_text(f"#!/bin/sh\ncat <<'END'\n{words}\nEND\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    assert local_servers.foundry_urls((str(command), "server", "status")) == found
    assert local_servers.foundry_urls((str(tmp_path / "none"),)) == ()


def test_local_stands_for_all_servers_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.shared.servers.local_server_urls", lambda: ("http://127.0.0.1:11434",))
    environment = EnvironmentChoices()
    options = ServerOptions(("local", "http://office-pc:1", "http://127.0.0.1:11434"))
    urls = [endpoint.url for endpoint in options.endpoints(environment)]
    assert urls == ["http://office-pc:1/v1", "http://127.0.0.1:11434/v1"]
