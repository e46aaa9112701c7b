"""Fixtures that several files share."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import settling, stand_in
from tests.support.endpoints import on
from tests.support.scripted_server import ScriptedServer, serving
from tests.support.stand_in import Cloud
from tui.engines.endpoint.engine import EndpointEngine
from tui.engines.process.scratch import SCRATCH_PREFIX
from tui.text import secrets

LONGEST = (
    *("test_running", "test_bringing", "test_cli", "test_downloads", "test_catalogue_screen", "test_benchmark_dialog"),
    *("test_guide", "test_memory", "test_pictures", "test_history_screen", "test_rating_screens", "test_memory_app"),
    *("test_workbench", "test_runs", "test_app", "test_judging_screens", "test_machines_screen", "test_runner"),
    *("test_comparison_screen", "test_practice", "test_server_models", "test_conversation_screens", "test_network"),
    *("test_whole_words", "test_token_counts", "test_painting", "test_foundry_library", "test_resuming", "test_prompt"),
    *(
        "test_yardstick",
        "test_kept_files",
        "test_concurrency",
        "test_endpoint_behaviour",
        "test_charts",
        "test_library",
    ),
    *("test_endpoint", "test_engine", "test_judging", "test_architecture", "test_conversation_terminal"),
    *("test_app_terminal", "test_surviving", "test_selftest", "test_quality_gate"),
)
"""The files that take longest begin first, so that at the end no worker is left alone with one."""

_WHOLE_SUITE = "BENCHTOP_WHOLE_SUITE"
"""The variable by which the workers know that all test files are run."""
LONGEST_ID = 80
"""How many characters of a text may stand in the name of a test."""


def pytest_configure(config: pytest.Config) -> None:
    """Let the many processes that tests start share compiled modules, even if the environment forbids to write them."""
    settling.wait_for_all_of_it()
    # Times are shown by the local clock, and what is compared was written in this zone.
    os.environ["TZ"] = "UTC"
    if sys.platform != "win32":
        time.tzset()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # What is imported and collected stays to the end: to look for garbage in it took a third of the collection.
        gc.disable()
        if _WHOLE_SUITE in os.environ:
            _compile_share(worker, int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
        return
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        os.environ[_WHOLE_SUITE] = "1"
    folder = tempfile.mkdtemp(prefix="compiled-")
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def _compile_share(worker: str, workers: int) -> None:
    """Import this worker's share of the test files, so that each file is compiled by one worker and read by the others.

    A file that cannot be imported is left to the collection, which says so.
    """
    files = sorted(Path(__file__).parent.glob("*/**/test_*.py"))
    for file in files[int(worker.removeprefix("gw")) :: workers]:
        with suppress(Exception):
            import_module(".".join(file.relative_to(Path(__file__).parents[1]).with_suffix("").parts))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the tests and modules out of every later search for garbage, as the app does with its own once it runs."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long text by its beginning and length: pytest puts the name into a variable, and Windows limits those."""
    if not isinstance(val, str | bytes) or len(val) <= LONGEST_ID:
        return None
    start = val[:LONGEST_ID] if isinstance(val, str) else val[:LONGEST_ID].decode("latin-1")
    return f"{argname} {start.encode('unicode_escape').decode('ascii')} {len(val)}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files that take long first; the tests of a file stay in their order."""
    ranks = {name: index for index, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make the certificate and the key of the stand-in for the cloud, once for all tests of a worker."""
    return stand_in.make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def cloud(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Generator[Cloud, None, None]:
    """Run a stand-in for the cloud, and lead every child of this process to it."""
    if sys.platform == "win32":
        pytest.skip("there the SDK takes proxies and certificates from the system alone")
    with stand_in.running(*certificate) as server:
        for name, value in stand_in.environment(server, certificate[0]).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(autouse=True)
def no_key_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test hide a word of its own texts because an earlier one used a key that has the word in it."""
    monkeypatch.setattr(secrets, "_learned", {})
    monkeypatch.setattr(secrets, "_variables", set[str]())


@pytest.fixture(autouse=True)
def no_folder_left() -> Generator[None]:
    """Let a test fail that leaves the private folder of a child behind, and not the tests that come after it."""
    yield
    left = list(Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}{os.getpid()}-*"))
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    assert not left, "the private folder of a child was left behind"


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home folder, an empty folder of Benchtop's, and an empty current folder.

    Nothing that the developer has downloaded, configured or measured is found. Returns the home folder.
    """
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "benchtop"))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture(scope="module")
def server() -> Generator[ScriptedServer]:
    """Run a scripted server for the tests of a module."""
    with serving() as scripted_server:
        yield scripted_server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(server: ScriptedServer) -> AsyncGenerator[EndpointEngine]:
    """Load one engine for all tests of a module, which it must outlive whatever the server does wrong."""
    endpoint_engine = EndpointEngine(on(server.url))
    await endpoint_engine.load(60)
    yield endpoint_engine
    await endpoint_engine.close()
