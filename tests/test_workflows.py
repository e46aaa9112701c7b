"""The workflows of the repository can be read, and run on every system and Python that the package is for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(file: Path) -> dict[Any, Any]:
    workflow: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return workflow


def supported_pythons() -> list[str]:
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    first, last = (int(bound.partition("3.")[2]) for bound in supported.split(","))
    return [f"3.{minor}" for minor in range(first, last)]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_job_has_steps_that_use_or_run_something(file: Path) -> None:
    for job in read(file)["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_the_tests_run_on_every_system_and_python() -> None:
    matrix = read(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["installed"]["strategy"]["matrix"]["include"]
    assert {str(entry["os"]).partition("-")[0] for entry in matrix} == {"windows", "macos", "ubuntu"}
    assert {entry["python"] for entry in matrix} == set(supported_pythons())


def test_wheels_are_looked_for_on_every_python() -> None:
    script = (ROOT / ".ci" / "wheels").read_text(encoding="utf-8")
    assert f'pythons="{" ".join(supported_pythons())}"' in script
    release = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert "- run: .ci/wheels\n" in release


def test_the_readme_names_the_macos_whose_wheels_are_looked_for() -> None:
    script = (ROOT / ".ci" / "wheels").read_text(encoding="utf-8")
    (release,) = re.findall(r"MACOSX_DEPLOYMENT_TARGET=(\d+)", script)
    assert f"macOS {release} (Apple silicon)" in (ROOT / "README.md").read_text(encoding="utf-8")
