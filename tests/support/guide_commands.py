"""Runs the commands that the README and the guide show, on models that answer at once."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.support.command import REPOSITORY, CommandFolder, command_folder
from tests.support.instant_engine import InstantEngine
from tests.support.scripted_server import serving
from tui.cli.shared import session
from tui.console import ExitCode
from tui.practice import practice_folder
from tui.probes import disturbance
from tui.workspace.workspace import workspace_for

OWN_MODELS: Final = ("qwen2.5-0.5b", "phi-4-mini", "my-model")
"""Models that the examples name as if they were on the reader's machine."""
_BLOCK: Final = re.compile(r"(?:^<!-- (?P<reason>[^\n]*?) -->\n)?^```sh\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)
_JSON_FILE: Final = re.compile(r"`(\w+\.json)`[^`]*\n\n?```json\n(.*?)```", re.DOTALL)
_NOT_RUN: Final = "not run: "


@dataclass(frozen=True, slots=True)
class Block:
    """The commands of one block, or the reason why they are not run."""

    lines: tuple[str, ...]
    reason: str

    @property
    def runs(self) -> bool:
        return not self.reason


def blocks_of(text: str) -> Iterator[Block]:
    """Find the blocks of commands in a text; a comment before a block gives the reason why it is not run."""
    for match in _BLOCK.finditer(text):
        reason = match["reason"] or ""
        lines = (line.split("  #")[0].split(" # ")[0].strip() for line in match["lines"].splitlines())
        yield Block(tuple(filter(None, lines)), reason.removeprefix(_NOT_RUN) if reason.startswith(_NOT_RUN) else "")


@contextmanager
def world(path: Path, patch: pytest.MonkeyPatch, text: str) -> Generator[CommandFolder]:
    """Make a folder whose models answer at once, with two benchmarks in its history and the files that a text shows."""
    # The pace of the processor takes most of the time of such a benchmark.
    patch.setattr(disturbance, "pace_ns", lambda: 100_000)
    patch.setattr(session, "workspace_for", partial(workspace_for, start=InstantEngine))
    folder = command_folder(path)
    shutil.copytree(practice_folder("practice-small"), path / "my-model")
    for name, content in _JSON_FILE.findall(text):
        if name not in ("models.json", "prompts.json"):
            (path / name).write_text(content, encoding="utf-8")
    registered = {
        line.split()[2] for block in blocks_of(text) if block.runs for line in block.lines if "register" in line
    }
    models = {name: {"path": str(practice_folder("practice-small"))} for name in OWN_MODELS if name not in registered}
    settings = path / "home" / "config"
    settings.mkdir(parents=True)
    prompts = (REPOSITORY / "config" / "prompts.json").read_text(encoding="utf-8")
    prompts = prompts.replace('"cool_down_s": 0.5', '"cool_down_s": 0.001')
    (settings / "prompts.json").write_text(prompts, encoding="utf-8")
    with serving() as server:
        # A command that lists models asks every server in a process of its own, which takes seconds.
        servers = {"office-pc": {"url": server.url}} if "office-pc/" in text else {}
        content = json.dumps({"models": models, "endpoints": servers, "default": ["practice-small", "practice-large"]})
        (settings / "models.json").write_text(content, encoding="utf-8")
        for _ in range(2):
            past = folder.run("bench", "--models", "practice-small,practice-large", "--rounds", "3", "--launches", "3")
            assert past.returncode == ExitCode.DONE, past.stderr
        yield folder


def run_block(block: Block, folder: CommandFolder) -> list[str]:
    """Run the commands of a block one after the other, each of which must end well, and return what they printed."""
    printed: list[str] = []
    for line in block.lines:
        command, stdin = line.removeprefix("uv run "), ""
        if line.startswith('echo "'):
            said, _, command = line.partition(" | ")
            stdin = shlex.split(said)[1]
        assert command.startswith("benchtop "), f"{line}: write why it is not run in a comment before the block"
        result = folder.run(*shlex.split(command)[1:], stdin=stdin)
        assert result.returncode == ExitCode.DONE, f"{line}\n{result.stdout}\n{result.stderr}"
        printed.append(result.stdout)
    return printed
