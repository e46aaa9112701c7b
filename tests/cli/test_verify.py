"""``benchtop verify`` with models of every engine: real servers, adapters and practice models."""

from __future__ import annotations

import contextlib
import json
import textwrap
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.support.command import benchtop
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer
from tui.console import ExitCode
from tui.library import cache
from tui.records import Adapter, Model, ModelState

pytestmark = pytest.mark.usefixtures("own_home")

ADAPTER = """
    class Own:
        def load(self, path, **options):
            {load}
        def generate(self, prompt, *, max_tokens, **parameters):
            yield "hello", 1
        def unload(self):
            pass
"""


@contextlib.contextmanager
def serving() -> Generator[ScriptedServer]:
    server = ScriptedServer()
    try:
        yield server
    finally:
        server.close()


def config_with(folder: Path, **members: object) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models.json").write_text(json.dumps(members), encoding="utf-8")
    return str(folder)


def config_with_server(folder: Path, url: str) -> str:
    return config_with(folder, endpoints={"office": {"url": url}})


def config_with_adapter(folder: Path, *, load: str = "pass", **entry: object) -> str:
    """Write a folder whose configuration names an adapter for the model ``own``, with the module beside it."""
    config = config_with(folder, models={"own": {"adapter": "own_engine:Own", **entry}})
    (folder / "own_engine.py").write_text(textwrap.dedent(ADAPTER).format(load=load), encoding="utf-8")
    return config


def verified(*arguments: str) -> tuple[int, Mapping[str, list[str]]]:
    """Return the exit code, and the words of each row by the name of its model."""
    result = benchtop("verify", *arguments)
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    return result.returncode, {row[0]: row[1:] for row in rows}


def test_a_model_on_a_server_is_asked_over_its_connection(tmp_path: Path) -> None:
    with serving() as server:
        code, rows = verified("office/tiny", "--config", config_with_server(tmp_path / "config", server.url))
        assert (code, rows) == (ExitCode.DONE, {"office/tiny": ["-", "-", "yes", "-"]})
        (chat,) = server.chats
        assert chat.body["model"] == "tiny"


def test_a_server_can_be_named_on_the_command_line() -> None:
    with serving() as server:
        address = server.url.removeprefix("http://").removesuffix("/v1")
        code, rows = verified(f"{address}/tiny", "--endpoint", server.url)
    assert (code, rows) == (ExitCode.DONE, {f"{address}/tiny": ["-", "-", "yes", "-"]})


def test_a_server_that_refuses_is_told_as_that(tmp_path: Path) -> None:
    async def refuse(_: HttpRequest, reply: Reply) -> None:
        await reply.json(400, {"error": {"message": "no such model here"}})

    with serving() as server:
        server.scene = refuse
        code, rows = verified("office/tiny", "--config", config_with_server(tmp_path / "config", server.url))
    assert code == ExitCode.MODEL_FAILED
    assert rows["office/tiny"][:4] == ["-", "-", "NO", "-"]
    assert "no such model here" in " ".join(rows["office/tiny"])


def test_a_model_of_a_server_that_is_gone_is_not_missing_from_the_disk(tmp_path: Path) -> None:
    with serving() as server:
        config = config_with_server(tmp_path / "config", server.url)
        assert verified("office/tiny", "--config", config)[0] == ExitCode.DONE
    code, rows = verified("office/tiny", "--config", config)
    assert code == ExitCode.MODEL_FAILED
    assert rows["office/tiny"][:4] == ["-", "-", "NO", "-"]
    note = " ".join(rows["office/tiny"])
    assert "nothing answers at" in note
    assert "download" not in note
    assert "machine" not in note


def test_an_adapters_model_is_loaded_by_its_adapter(tmp_path: Path) -> None:
    config = config_with_adapter(tmp_path / "config")
    code, rows = verified("own", "--config", config)
    assert code == ExitCode.DONE
    assert rows["own"][:3] == ["-", "-", "yes"]


def test_the_folder_of_an_adapters_model_is_not_checked_as_one_of_the_runtime(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "own.bin").write_bytes(b"a form that only the adapter knows")
    (weights / "broken.json").write_text("{", encoding="utf-8")
    load = "assert (path / 'own.bin').is_file()"
    config = config_with_adapter(tmp_path / "config", load=load, path=str(weights), context=8192)
    code, rows = verified("own", "practice-small", "--config", config)
    assert code == ExitCode.DONE
    assert rows["own"][:3] == ["yes", "-", "yes"]
    assert rows["practice-small"][:3] == ["yes", "yes", "yes"]
    model = Model(
        alias="own",
        engine="adapter",
        folder=weights,
        state=ModelState.READY,
        adapter=Adapter(target="own_engine:Own"),
    )
    assert all(check.ok for check in cache.verify(model))


def test_an_adapter_that_cannot_load_is_told_with_its_reason(tmp_path: Path) -> None:
    config = config_with_adapter(tmp_path / "config", load="raise RuntimeError('no weights')")
    code, rows = verified("own", "--config", config)
    assert code == ExitCode.MODEL_FAILED
    assert rows["own"][:3] == ["-", "-", "NO"]
    assert "no weights" in " ".join(rows["own"])
