"""What differs by system is called in one room alone, also where no list of forbidden names can see it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tui"
SYSTEM = PACKAGE / "system"
MAKING = PACKAGE / "practice" / "making"
"""What trains the practice models is not in the package."""
ALLOWED = {
    "bench/selftest/terminal.py": "it runs in a pseudo-terminal, which Windows lacks",
    "engines/process/watchdog.py": "it reads its stdin in the main thread, and loads nothing meanwhile",
}
STARTS = ("Popen", "run", "check_output", "call", "check_call")


def banned_by_system() -> frozenset[str]:
    """Return the names that ruff bans outside of the room for systems, in the rooms where it bans any."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bans = settings["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    return frozenset(name for name, ban in bans.items() if "tui/system" in ban["msg"] or "tui.system" in ban["msg"])


BANNED = banned_by_system()


def problems(text: str) -> Iterator[str]:
    """Give the calls of a module that one system refuses, or answers in another way."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in BANNED:
                yield f"{module}.{name}"
            case ast.Import(names=names) if not BANNED.isdisjoint(alias.name for alias in names):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr="replace" | "rename"), args=[_], keywords=[]):
                yield f"{ast.unparse(node)}: use tui.system.files.rename"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="subprocess"), attr=name), keywords=words):
                if name in STARTS and all(word.arg != "creationflags" for word in words):
                    yield f"subprocess.{name}: pass creationflags=NO_WINDOW"
            case ast.Call(func=ast.Attribute(attr="TemporaryDirectory"), keywords=words):
                if all(word.arg != "ignore_cleanup_errors" for word in words):
                    yield "TemporaryDirectory: pass ignore_cleanup_errors=True"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="read"), args=[ast.Constant(0), *_]):
                yield "os.read: read a copy of stdin, see private_stdin"
            case _:
                pass


def test_no_other_room_calls_what_differs_by_system() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if not file.is_relative_to(SYSTEM)]
    names = {file: file.relative_to(PACKAGE).as_posix() for file in files if not file.is_relative_to(MAKING)}
    assert len(names) > 300
    assert len(BANNED) > 15
    found = {name: list(problems(file.read_text(encoding="utf-8"))) for file, name in names.items()}
    assert {name: calls for name, calls in found.items() if calls and name not in ALLOWED} == {}
    assert all(found[name] for name in ALLOWED)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("if sys.platform == 'win32': pass", 1),
        ("import ctypes", 1),
        ("temporary.replace(file)", 1),
        ("text.replace('a', 'b'); replace(record, name='c')", 0),
        ("subprocess.run(command, check=False)", 1),
        ("subprocess.Popen(command, creationflags=NO_WINDOW)", 0),
        ("while os.read(0, 4096): pass", 1),
        ("with tempfile.TemporaryDirectory() as folder: pass", 1),
    ],
)
def test_the_search_sees_what_it_is_for(text: str, count: int) -> None:
    assert len(list(problems(text))) == count
