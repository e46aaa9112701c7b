"""Fixtures that several files share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support import stand_in
from tests.support.stand_in import Cloud

LONGEST = (
    *("test_cli", "test_memory_app", "test_catalog_screen", "test_downloads", "test_app", "test_history_screen"),
    *("test_memory", "test_cli_library", "test_screens", "test_app_terminal", "test_surviving", "test_endpoint"),
    *("test_endpoint_models", "test_cli_runs", "test_selftest", "test_runner", "test_engine", "test_library"),
    *("test_rating_screens", "test_compare_screen", "test_resuming", "test_charts", "test_crowd", "test_practice"),
)
"""The files that take longest; they begin first, so that at the end no worker is left alone with one."""


def pytest_configure(config: pytest.Config) -> None:
    """Let the many processes that tests start share what one of them has compiled, wherever nothing else may."""
    if hasattr(config, "workerinput"):
        return
    folder = tempfile.mkdtemp(prefix="compiled-")
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long in front; the order within a file stays."""
    places = {name: index for index, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The certificate and key of the stand-in for the cloud."""
    return stand_in.make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def cloud(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Generator[Cloud, None, None]:
    """A stand-in for the cloud, to which every child of this process is led."""
    with stand_in.running(*certificate) as server:
        for name, value in stand_in.environment(server, certificate[0]).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a folder of Benchtop's with nothing in them."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "benchtop"))
    return folder
