"""Fixtures that several files share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import stand_in
from tests.stand_in import Cloud


def pytest_configure(config: pytest.Config) -> None:
    """Let the many processes that tests start share what one of them has compiled, wherever nothing else may."""
    if hasattr(config, "workerinput"):
        return
    folder = tempfile.mkdtemp(prefix="compiled-")
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


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
