"""The parent's side of one Foundry Local model in a child process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tui.engines.engine import EngineDied, Loaded
from tui.engines.foundry.context_limit import write_capped
from tui.engines.process import wire
from tui.engines.process.child_engine import ChildEngine
from tui.engines.process.child_process import python_command
from tui.probes import host
from tui.records import ExitCause, ExitKind, Model

SCRATCH_PREFIX: Final = "benchtop-child-"
_SCRATCH: Final = re.compile(rf"{SCRATCH_PREFIX}(\d{{1,9}})-\w{{8}}")
"""As ``mkdtemp`` names them: a folder of a person's own, such as ``benchtop-2026-11-22``, is none of them."""


class FoundryEngine(ChildEngine):
    """One model in one child: the child's end returns all its memory."""

    def __init__(self, model: Model, command: Sequence[str] | None = None) -> None:
        super().__init__(command or python_command("tui.engines.foundry.child"))
        self._model = model
        self._scratch: Path | None = None

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child and load the model by its folder, without a catalogue and so without a network."""
        if self._model.folder is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not on this machine"))
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
        return await super().load(timeout_s)

    async def _loading(self) -> wire.Task:
        assert self._model.folder is not None
        folder = await asyncio.to_thread(self._folder_to_load, self._model.folder)
        return wire.Load(str(folder), runtime_id(self._model), str(self._scratch))

    def _folder_to_load(self, folder: Path) -> Path:
        assert self._scratch is not None
        limit = self._model.context_limit_tokens
        return write_capped(folder, self._scratch / "model", limit) if limit else folder

    async def close(self) -> None:
        """End the child; nothing of it stays behind."""
        await super().close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def kill(self, cause: ExitCause | None = None) -> None:
        """End the child at once; see ``Engine.kill``."""
        super().kill(cause)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)


def runtime_id(model: Model) -> str:
    """The name the model is registered under: the runtime insists on ``name:version``."""
    name = model.model_id or model.alias
    return name if re.search(r":\d+$", name) else f"{name}:1"


def sweep_scratch() -> None:
    """Clear the temporary folders of children whose parent was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*"):
        found = _SCRATCH.fullmatch(folder.name)
        if found and not host.process_exists(int(found.group(1))):
            shutil.rmtree(folder, ignore_errors=True)
