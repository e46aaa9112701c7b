"""The commands of a fleet without its extra, and that nothing of it is imported otherwise."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.command import command_folder
from tui.bench.fleet import extra

EXTRA = {"distributed", "dask", "tornado", "cryptography"}


@pytest.mark.parametrize("arguments", [("create",), ("join", "join.json"), ("status",), ("revoke", "laptop")])
def test_without_the_extra_a_command_names_it(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_dask(name: str) -> ModuleSpec | None:
        return None if name == "distributed" else find_spec(name)

    monkeypatch.setattr(extra, "find_spec", without_dask)
    result = command_folder(tmp_path).run("fleet", *arguments)
    assert result.returncode == 2
    assert "needs distributed, which this installation lacks; pip install foundry-benchtop[fleet]" in result.stderr


def test_help_and_other_commands_import_nothing_of_the_extra() -> None:
    code = (
        "import sys\nfrom tui import cli\nimport tui.cli.bench.benchmark, tui.workspace.workspace\n"
        "cli.main(['fleet', 'create', '--help'])\n"
        f"print(sorted({EXTRA} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=180)
    assert "Make this machine the desk of a fleet" in result.stdout
    assert result.stderr == "[]\n"


def test_without_a_fleet_the_desk_is_told_how_to_make_one(tmp_path: Path) -> None:
    result = command_folder(tmp_path).run("fleet", "status")
    assert result.returncode == 2
    assert "benchtop fleet create makes it one" in result.stderr
