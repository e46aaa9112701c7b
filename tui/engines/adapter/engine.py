"""The parent's side of a model that a class of the user's own runs, in a child process as every model.

An adapter is a class with ``load(path, **options)``, ``generate(prompt, **parameters)`` and ``unload()``. It is named
in ``models.json`` as ``module:Class``, or by an entry point of the group ``benchtop.engines``.
"""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Sequence
from typing import Final

from tui.config.adapter_code import fingerprint
from tui.engines.contract import EngineDied, Loaded
from tui.engines.process import wire
from tui.engines.process.child_engine import ChildEngine
from tui.engines.process.child_process import kept_command
from tui.records import Adapter, ExitCause, ExitKind, Model

ENTRY_POINTS: Final = "benchtop.engines"
NOT_AGREED: Final = "its folder asks to run code of its own, and you have not agreed: --trust-config does"
CHANGED: Final = "the code in its folder is not the code that was asked about: --trust-config agrees to what it is now"
_TARGET: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


class UnknownAdapter(Exception):
    """No installed package offers an adapter of this name; the message advises what to do."""


class AdapterEngine(ChildEngine):
    """One model that an adapter holds in one child; the end of the child returns all its memory."""

    def __init__(self, model: Model, command: Sequence[str] | None = None) -> None:
        options = model.adapter.options if model.adapter is not None else ()
        # An option may name the variable of a key that the adapter needs; it gets no other key.
        variables = [option.value for option in options if isinstance(option.value, str)]
        super().__init__(command or kept_command("tui.engines.adapter.child"), variables)
        self._model = model

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child, import the adapter and have it load; only its ``load`` counts as load time."""
        if self._model.adapter is None:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason="no adapter is known that runs this model"))
        if not self._model.adapter.trusted:
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=NOT_AGREED))
        if not await asyncio.to_thread(_is_as_agreed, self._model.adapter):
            raise EngineDied(ExitCause(kind=ExitKind.REFUSED, reason=CHANGED))
        return await super().load(timeout_s)

    async def _load_command(self) -> wire.Task:
        adapter = self._model.adapter
        assert adapter is not None
        return wire.LoadAdapter(
            target=adapter.target,
            folder=str(self._model.folder) if self._model.folder else None,
            search_folder=str(adapter.search_folder) if adapter.search_folder else None,
            options={option.name: option.value for option in adapter.options},
            agreed=() if adapter.fingerprint is None else tuple(map(str, adapter.code_folders)),
        )


def _is_as_agreed(adapter: Adapter) -> bool:
    """Whether the code is the one that the user was asked about; code that could not be checked never is."""
    if adapter.fingerprint is None:
        return True
    return bool(adapter.fingerprint) and fingerprint(adapter.code_folders) == adapter.fingerprint


def target_of(name: str) -> str:
    """The ``module:Class`` for the name of an adapter in a configuration, which is that itself or an entry point.

    The module is not imported.

    Raises:
        UnknownAdapter: the name is neither.
    """
    if _TARGET.fullmatch(name):
        return name
    # It takes as long to import as the whole search for models, and most users have no adapter.
    from importlib import metadata

    offered = {point.name: point.value for point in metadata.entry_points(group=ENTRY_POINTS)}
    if name in offered:
        return offered[name]
    close = difflib.get_close_matches(name, offered, n=1)
    there_is = f'the closest is "{close[0]}"' if close else f"installed are {', '.join(sorted(offered)) or 'none'}"
    raise UnknownAdapter(
        f'no installed package has an adapter "{name}" ({there_is}); install it, or write module:Class'
    )
