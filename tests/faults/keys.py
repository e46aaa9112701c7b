"""Keys in every shape, names that lead elsewhere, children that fail: the faults that need no file."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.engines.test_adapter import adopted, generating
from tests.engines.test_engine import scripted
from tests.faults.kinds import Fault
from tests.library.test_foreign_catalogues import CLIMBING
from tests.support import scripted_child
from tests.test_privacy import KEY, SHAPES, SIGNS
from tui.engines.contract import Engine, EngineError, Request
from tui.engines.model_ids import can_be_a_folder
from tui.engines.process.child_side import BROKEN_STATUS
from tui.library.cache import folder_of_download
from tui.library.downloads.notes import Note, Notes
from tui.reports.kept_files import kept_as
from tui.store.history import History
from tui.text import secrets

CHILDREN: Final = {
    "dies while it loads": ("die-at-load", 0),
    "leaves while it loads": ("exit-at-load", 3),
    "refuses to load": ("refuse-load", 0),
    "floods stderr and answers": ("flood-stderr", 0),
    "prints on stdout and answers": ("print-on-stdout", 0),
    "talks nonsense": ("talk-nonsense", 0),
    "dies in its answer": ("die-in-stream", 0),
    "refuses a request": ("refuse-requests", 0),
    "fails without a number": ("fail-without-number", 0),
    "runs out of memory": ("out-of-memory", 0),
    "hangs in its prompt": ("hang-in-prefill", 0),
}
ANSWERS: Final = {
    "raises": "raise ValueError('x' * 10_000_000)",
    "leaves": "import os; os._exit(3); yield",
    "recurses": "yield from self.generate('x', max_tokens=1)",
    "yields no text": "yield 5",
    "yields half a sign": "yield '\\ud800'",
    "yields a billion tokens": "yield 'x', 10**9",
    "yields 50 MB": "yield 'x' * 50_000_000",
    "has no end": "while True: yield 'x', 0",
    "says nothing": "if False: yield",
    "returns nonsense": "yield 'x', 1\nreturn {'finish_reason': [], 'output_tokens': 10**40}",
    "starts processes": "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); yield 'x', 1",
}


def _hidden(text: str, folder: Path) -> None:
    del folder
    secrets.learn(KEY)
    hidden = secrets.folded_text(secrets.without_secrets(text))
    assert not [start for start in range(len(SIGNS) - 9) if SIGNS[start : start + 10] in hidden]


def _climbing(model_id: str, folder: Path) -> None:
    Notes(folder / "a" / "b").write(Note(key="x", model_id=model_id, cache=str(folder), pid=0))
    assert not list(folder.rglob("*.json"))
    assert not can_be_a_folder(model_id)
    assert folder_of_download(folder, model_id) is None


async def _asked(engine: Engine) -> None:
    reason = "answered"
    try:
        await engine.load(50)
        async for _ in engine.generate(Request(prompt="x", max_tokens=20), 2.0):
            pass
    except EngineError as error:
        reason = error.cause.reason
    finally:
        await engine.close()
    assert reason


def _child(scenario: str, number: int, folder: Path) -> None:
    del folder
    asyncio.run(_asked(scripted(scenario, number)))


def _adapter(body: str, folder: Path) -> None:
    asyncio.run(_asked(adopted(folder / "engine", generating(body))))


def _unreadable(line: bytes, folder: Path) -> None:
    del folder
    child = subprocess.run(scripted_child.command("steady"), input=line, capture_output=True, timeout=50, check=False)
    assert child.returncode == BROKEN_STATUS


def _overwriting(make: str, folder: Path) -> None:
    history = folder / "home" / "data" / "history.sqlite3"
    History(history).close()
    target = folder / "report.md"
    match make:
        case "a link":
            target.symlink_to(history)
        case "a hard link":
            os.link(history, target)
        case _:
            target = history
    assert kept_as(target, history) == "the history" or kept_as(target, history)


def faults() -> Iterator[Fault]:
    """Return them all."""
    for name, text in SHAPES.items():
        yield Fault("keys", f"a key {name}", partial(_hidden, text))
    for model_id in CLIMBING:
        yield Fault("catalogue", f"a model named {model_id[:20]!r}", partial(_climbing, model_id))
    for name, (scenario, number) in CHILDREN.items():
        yield Fault("children", f"a child {name}", partial(_child, scenario, number))
    for name, body in ANSWERS.items():
        yield Fault("children", f"an engine {name}", partial(_adapter, body))
    for line in (b"{nonsense\n", b"\xff\n", b"[" * 5000 + b"\n", b'{"type": "unknown"}\n'):
        yield Fault("children", f"a command {line[:12]!r}", partial(_unreadable, line))
    for make in ("the file itself", "a link", "a hard link"):
        yield Fault("reports", f"a report over the history, by {make}", partial(_overwriting, make))
