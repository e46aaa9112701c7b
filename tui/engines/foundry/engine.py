"""The parent's side of a model that Foundry Local runs in a child process of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.engines.contract import EngineDied, Loaded
from tui.engines.foundry import provider_log, providers
from tui.engines.foundry.context_limit import write_capped
from tui.engines.foundry.foreign_folder import refusal_of
from tui.engines.process import wire
from tui.engines.process.child_engine import ChildEngine
from tui.engines.process.child_process import kept_command
from tui.engines.process.scratch import scratch_prefix
from tui.records import ExitCause, ExitKind, Model

CHILD_MODULE: Final = "tui.engines.foundry.child_main"


class FoundryEngine(ChildEngine):
    """One model in one child; the end of the child returns all its memory."""

    _left_out = provider_log.DETAIL_MARKS

    def __init__(self, model: Model, command: Sequence[str] | None = None) -> None:
        super().__init__(command or kept_command(CHILD_MODULE))
        self._model = model
        self._scratch: Path | None = None
        self._registering = False
        self._uses_providers = False
        """Whether a load opens and uses the libraries of an execution provider; a crash loses its last reports."""

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child and load the model by its folder, which needs no catalogue and so no network."""
        if self._model.folder is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="the model is not on this machine"))
        refusal = await asyncio.to_thread(refusal_of, self._model.folder) if self._model.foreign else None
        if refusal is not None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=refusal.removeprefix("refused: ")))
        try:
            self._scratch = paths.make_scratch_folder(scratch_prefix())
        except OSError as error:
            reason = f"it cannot be started: {error.strerror or error}"
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=reason)) from error
        return await super().load(timeout_s)

    async def _load_command(self) -> wire.Task:
        assert self._model.folder is not None
        folder = await asyncio.to_thread(self._folder_to_load, self._model.folder)
        needed, runs_with = providers.needed_provider(self._model), providers.provider_of_device(self._model)
        self._uses_providers = (runs_with or needed or providers.CPU_PROVIDER) != providers.CPU_PROVIDER or (
            runs_with is None and providers.takes_any_gpu(self._model)
        )
        return wire.LoadFolder(
            str(folder),
            runtime_id(self._model),
            str(self._scratch),
            provider=runs_with or needed,
            with_providers=self._uses_providers,
            runs_with=providers.name_in_metadata(runs_with) if runs_with else None,
        )

    def _note_step(self, frame: wire.Report) -> None:
        self._registering = isinstance(frame, wire.RegisteringProviders) and not frame.done

    def _note_load(self, frame: wire.LoadFinished) -> None:  # noqa: ARG002
        self._uses_providers = False

    async def _cause_of_end(self) -> ExitCause:
        """The cause of an end; a crash of a provider's native code ends the child without a word."""
        cause = await super()._cause_of_end()
        if cause.kind is not ExitKind.CRASHED or not self._uses_providers:
            return cause
        provider = providers.provider_of_device(self._model) or providers.needed_provider(self._model)
        name = providers.short_name(provider) if provider else "a provider of a GPU"
        remedy = providers.remedy_for_crash(provider)
        return replace(cause, reason=f"{cause.reason} while it was loaded with {name}; {remedy}")

    def _waited_for(self) -> str:
        if not self._registering:
            return ""
        return ": its execution provider could not be registered, since another process adds or removes one"

    def _folder_to_load(self, folder: Path) -> Path:
        assert self._scratch is not None
        # The runtime refuses a path with "..".
        folder = paths.real(folder) if ".." in folder.parts else folder
        limit, piece = self._model.context_limit_tokens, self._model.set_piece_tokens
        return write_capped(folder, self._scratch / "model", limit, piece) if limit or piece else folder

    async def close(self) -> None:
        """End the child; nothing of it stays behind."""
        scratch, self._scratch = self._scratch, None
        if self._child is not None:
            await self._child.close(scratch)
        elif scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)

    def kill(self, cause: ExitCause | None = None) -> None:
        """End the child at once; see ``Engine.kill``."""
        super().kill(cause)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)


def runtime_id(model: Model) -> str:
    """The name to register the model under; the runtime accepts only ``name:version``."""
    name = model.model_id or model.alias
    return name if re.search(r":\d+$", name) else f"{name}:1"
