"""The servers that a user names, and their models in every list."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.builders import model
from tests.support.command import benchtop, spawn
from tests.support.conditions import until
from tests.support.scripted_server import ScriptedServer, serving
from tests.support.workbench import Driver, driving
from tui import paths
from tui.config import ConfigError, decide, endpoint_at, load_config, read_environment
from tui.console import ExitCode
from tui.library import server_models
from tui.library.model_names import AwaitedModels
from tui.library.server_models import EndpointModels
from tui.panes.models.pane import ModelList
from tui.records import Endpoint, Model, ModelPurpose, ModelState, SampleStatus
from tui.screens.dialogs.question import ConfirmDialog

KEY = "sk-benchtop-9876543210"
PROMPTS = json.dumps(["Why local?"])


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.delenv("FOUNDRY_LOCAL_ENDPOINT", raising=False)


@pytest.fixture
def server() -> Generator[ScriptedServer]:
    with serving(("tiny", "llama3:8b", "odd, name@q4", "esc\x1b[31m", "bge-m3")) as one:
        yield one


def configure(folder: Path, **endpoints: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models.json").write_text(json.dumps({"models": {}, "endpoints": endpoints}), encoding="utf-8")
    (folder / "prompts.json").write_text(PROMPTS, encoding="utf-8")


@pytest.mark.parametrize(
    "written",
    [
        "http://office-pc:5273",
        "http://office-pc:5273/",
        "http://office-pc:5273/v1",
        " http://office-pc:5273/v1/ ",
        "http://office-pc:5273/v1/chat/completions",
        "http://office-pc:5273/models",
    ],
)
def test_an_address_may_be_written_with_and_without_its_version(written: str) -> None:
    endpoint = read_environment({"FOUNDRY_LOCAL_ENDPOINT": written}).endpoint
    assert endpoint == Endpoint(name="office-pc:5273", url="http://office-pc:5273/v1")


@pytest.mark.parametrize(
    ("written", "name", "url"),
    [
        ("http://[::1]:8080", "[::1]:8080", "http://[::1]:8080/v1"),
        ("https://gate/ollama/v1", "gate/ollama", "https://gate/ollama/v1"),
        ("https://gate/vllm", "gate/vllm", "https://gate/vllm"),
        ("http://gate:1/v3", "gate:1", "http://gate:1/v3"),
    ],
)
def test_servers_behind_one_host_have_names_of_their_own(written: str, name: str, url: str) -> None:
    assert endpoint_at(written, "--endpoint") == Endpoint(name=name, url=url)


def test_named_servers_are_read_with_the_variable_of_their_key(tmp_path: Path) -> None:
    configure(tmp_path / "c", **{"office-pc": {"url": "https://office-pc/llm", "api_key_env": "OFFICE_KEY"}})
    expected = Endpoint(name="office-pc", url="https://office-pc/llm", api_key_env="OFFICE_KEY")
    assert load_config(tmp_path / "c").endpoints == (expected,)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, 'endpoints.pc has no "url"'),
        ({"url": "office-pc:5273"}, "endpoints.pc.url is no address that begins with http:// or https://"),
        ({"url": "http://me:hidden@[::1"}, "endpoints.pc.url is no address"),
        ({"url": "http://me:hidden@office\u2100pc"}, "endpoints.pc.url is no address"),
        ({"url": "http://me:hidden@office-pc"}, "endpoints.pc.url holds a user or a password"),
        ({"url": "http://office-pc?key=hidden"}, "has something after a ? or #"),
        ({"url": "http://office-pc/\x1b[31m"}, "has spaces or control characters"),
        ({"url": "http://office-pc:99999"}, "has a port that is no number"),
        (
            {"url": "http://office-pc", "api_key": "hidden"},
            'pc.api_key is not a known key; write "api_key_env"',
        ),
        ({"url": "http://office-pc", "api_key_env": "sk-hidden"}, "is not the name of an environment variable"),
    ],
)
def test_a_server_that_is_written_wrongly_is_one_sentence_without_a_secret(
    tmp_path: Path, entry: object, words: str
) -> None:
    configure(tmp_path / "c", pc=entry)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "c")
    assert words in str(caught.value)
    assert "models.json" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_only_what_stands_in_the_current_folder_needs_consent_and_a_change_needs_it_anew() -> None:
    configure(Path("config"), pc={"url": "http://office-pc"})
    config = load_config()
    assert (config.consented, config.endpoints) == (None, ())
    assert load_config(Path("config")).endpoints, "a folder that is named by a flag is trusted"
    Path("other").mkdir()
    Path("other", "prompts.json").write_text(PROMPTS, encoding="utf-8")
    assert not load_config(Path("other")).endpoints, "but not the current one, when the other lacks the file"
    assert config.consent_request is not None
    decide(config.consent_request, yes=True)
    assert load_config().endpoints == config.named_endpoints
    configure(Path("config"), pc={"url": "http://elsewhere.example"})
    changed = load_config()
    assert (changed.consented, changed.endpoints) == (None, ())
    assert changed.consent_request is not None
    decide(changed.consent_request, yes=False)
    assert (load_config().consented, load_config().endpoints) == (False, ())
    Path("config", "models.json").unlink()
    configure(paths.user_config_dir(), pc={"url": "http://office-pc"})
    assert load_config().endpoints, "the user's own folder is trusted"


async def test_the_models_of_a_server_stand_under_its_name_and_stay_when_it_is_gone(server: ScriptedServer) -> None:
    remembered = paths.endpoints_file()
    endpoints = (Endpoint(name="pc", url=server.url),)
    servers = EndpointModels(endpoints, remembered)
    assert servers.models == ()
    await servers.refresh()
    assert [(model.alias, model.model_id) for model in servers.models] == [
        ("pc/tiny", "tiny"),
        ("pc/llama3:8b", "llama3:8b"),
        ("pc/odd--name-q4", "odd, name@q4"),
        ("pc/esc-[31m", "esc\x1b[31m"),
        ("pc/bge-m3", "bge-m3"),
    ]
    first = servers.models[0]
    assert (first.engine, first.state, first.endpoint) == ("endpoint", ModelState.READY, endpoints[0])
    (other,) = servers.unlisted(["pc/tiny", "pc/a/b", "elsewhere/x"])
    assert (other.alias, other.model_id, other.state) == ("pc/a/b", "a/b", ModelState.READY)
    embeds = servers.models[-1]
    assert (embeds.purpose, embeds.state) == (ModelPurpose.EMBEDDINGS, ModelState.READY), "a name is only a guess"
    assert embeds.note.endswith("; by its name made for embeddings, so it may not answer")
    assert (first.size_bytes, first.context_tokens) == (None, None), "what a server does not tell is not known"
    server.close()
    await servers.refresh()
    assert {model.state for model in servers.models} == {ModelState.MISSING}
    assert "nothing answers" in servers.models[0].note
    assert "nothing answers" in servers.problems[0]
    later = EndpointModels(endpoints, remembered)
    assert [model.alias for model in later.models] == [model.alias for model in servers.models]
    assert {model.state for model in later.models} == {ModelState.MISSING}, "not before it has been asked"


def test_a_server_is_measured_from_the_command_line_and_its_key_is_nowhere(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PC_KEY", KEY)
    configure(Path("config"), pc={"url": server.url, "api_key_env": "PC_KEY"})
    refused = benchtop("bench", "--models", "pc/tiny")
    assert refused.returncode == ExitCode.USAGE
    assert f"pc at {server.url}, with the key in PC_KEY" in refused.stderr
    assert "--trust-config" in refused.stderr
    assert not server.requests, "nothing is asked before the user agrees"
    done = spawn(
        "bench", "--models", "pc/tiny", "--rounds", "1", "--trust-config", "--json", "run.json", "--md", "run.md"
    )
    assert done.returncode == ExitCode.DONE, done.stderr
    run = json.loads(Path("run.json").read_text(encoding="utf-8"))
    assert run["models"][0]["round_trip_ms"]
    assert run["samples"][0]["output_tokens"] == 4
    assert "pc/tiny connected, round trip" in done.stderr
    assert {request.headers["authorization"] for request in server.chats} == {f"Bearer {KEY}"}
    listed = benchtop("models", "--json")
    assert "pc/tiny" in {model["key"] for model in json.loads(listed.stdout)}
    answered = benchtop("run", f"127.0.0.1:{server.port}/tiny", "--endpoint", server.url, "--prompt", "Hi")
    assert answered.stdout.strip() == "Small models run here."
    for result in (refused, done, listed, answered):
        assert KEY not in result.stdout + result.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def of_server(driver: Driver) -> list[Model]:
    return [model for model in driver.bench.models.listed if model.endpoint is not None]


def row_of(driver: Driver, model: Model) -> list[str]:
    return str(driver.bench.models.query_one(ModelList).get_option(model.key).prompt).split()


async def test_the_workbench_asks_once_lists_runs_and_greys_what_is_gone(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_models, "CHECK_EVERY_S", 0.05)
    configure(Path("config"), pc={"url": server.url})
    async with driving() as driver:
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        assert not server.requests
        await driver.press("y")
        await driver.until(lambda: of_server(driver))
        model = next(model for model in of_server(driver) if model.alias == "pc/tiny")
        driver.bench.models.set_models(driver.bench.models.listed, [model.key])
        await driver.run_with("r")
        sample = driver.results.samples[0]
        assert (sample.key, sample.status, sample.text) == ("pc/tiny", SampleStatus.OK, "Small models run here.")
        server.close()
        await driver.until(lambda: {listed.state for listed in of_server(driver)} == {ModelState.MISSING})
        assert (driver.bench.models.chosen, "missing" in row_of(driver, model)) == ((), True)
        starting = ScriptedServer(server.models, port=server.port)
        starting.loading = True
        await driver.until(lambda: "failed (503)" in of_server(driver)[0].note)
        starting.loading = False
        await driver.until(lambda: {listed.state for listed in of_server(driver)} == {ModelState.READY})
        assert "loaded" in row_of(driver, model)
        assert [chosen.key for chosen in driver.bench.models.chosen] == [model.key], "as it was before the server went"
        starting.close()
    async with driving() as driver:
        await until(lambda: driver.session)
        assert not isinstance(driver.app.screen, ConfirmDialog), "it has been asked already"


async def test_a_server_that_is_found_here_is_suggested_and_listed_after_one_key(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{server.port}"
    monkeypatch.setattr(server_models, "local_server_urls", lambda: (address,))
    named = endpoint_at(address, "--endpoint")
    assert await server_models.unnamed_local_servers([named]) == (), "it is named already"
    async with driving() as driver:
        told = f"{address} (5 models). A lists what is there."
        await driver.until(lambda: any(told in notice for notice in driver.notices))
        assert not of_server(driver)
        await driver.press("A")
        await driver.until(lambda: {model.endpoint for model in of_server(driver)} == {named})


async def test_the_models_of_servers_are_selected_when_they_come_after_the_start(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_models, "CHECK_EVERY_S", 0.05)
    monkeypatch.setattr(server_models, "local_server_urls", lambda: ())
    configure(paths.user_config_dir(), pc={"url": server.url})
    file = paths.user_config_dir() / "models.json"
    written = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**written, "default": ["pc/llama3:8b"]}), encoding="utf-8")
    server.loading = True

    def chosen(driver: Driver) -> list[str]:
        return [model.key for model in driver.bench.models.chosen]

    async with driving() as driver:
        await until(lambda: driver.bench.models.listed)
        assert chosen(driver), "something else is selected until then"
        assert not [key for key in chosen(driver) if key.startswith("pc/")]
        server.loading = False
        await driver.until(lambda: chosen(driver) == ["pc/llama3:8b"])
    monkeypatch.setenv("BENCH_MODELS", "pc/tiny,practice-small")
    async with driving() as driver:
        await driver.until(lambda: chosen(driver) == ["pc/tiny", "practice-small"])
        told = "BENCH_MODELS: pc/tiny is selected as soon as its server lists it."
        assert any(told in notice for notice in driver.notices)


def test_what_the_user_has_selected_since_the_start_stays() -> None:
    first, second, of_server, other = (model(name) for name in ("first", "second", "pc/tiny", "pc/other"))
    awaited = AwaitedModels(["pc/tiny", "pc/other"], ["first"], stand_ins=True)
    assert awaited.selection([first, second], ["first"]) == ("first",), "nothing has come"
    assert awaited.selection([first, second, of_server], ["first"]) == ("pc/tiny",)
    every = [first, second, of_server, other]
    assert awaited.selection(every, ["pc/tiny"]) == ("pc/tiny", "pc/other")
    touched = AwaitedModels(["pc/tiny"], ["first"], stand_ins=True)
    assert touched.selection(every, ["second"]) == ("second",)
    assert touched.selection(every, ["first"]) == ("first",), "it is not awaited any more"
