"""The house keeps its order: imports point one way, the headless half never draws, nothing grows out of its size."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tui"
RANKS: tuple[tuple[str, ...], ...] = (
    ("records", "practice"),
    ("measure", "paths", "json_file"),
    ("probes", "config"),
    ("engines",),
    ("store",),
    ("bench",),
    ("panes",),
    ("screens",),
    ("palette",),
    ("app",),
    ("console", "log", "opening", "cli", "__main__"),
)
"""An import points to its own room or an earlier row."""
FUNCTION_LINES, CLASS_LINES, FILE_LINES = 50, 300, 400
WAIVERS: dict[str, str] = {}
"""A place over the budget -> why it is."""
DECLARATIONS = (ast.Assign, ast.AnnAssign)

FILES = sorted(path for path in PACKAGE.rglob("*.py") if "making" not in path.parts)
NAMES = [path.relative_to(PACKAGE.parent).as_posix() for path in FILES]


def room_of(parts: tuple[str, ...]) -> str:
    return parts[1] if len(parts) > 1 else ""


def rank_of(room: str) -> int:
    return next(rank for rank, rooms in enumerate(RANKS) if room in rooms)


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_point_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    room = room_of(parts)
    if room == "__init__":
        return
    for module in imported_modules(ast.parse(path.read_text(encoding="utf-8"))):
        target = room_of(tuple(module.split(".")))
        if not module.startswith("tui.") or target in (room, "__version__"):
            continue
        if room == "cli" and target == "app":
            continue
        assert rank_of(target) < rank_of(room) or {room, target} <= set(RANKS[-1]), module


@pytest.mark.parametrize("path", [path for path in FILES if "panes" in path.parts], ids=lambda path: path.name)
def test_a_pane_knows_records_and_events_only(path: Path) -> None:
    measures = ("tui.text.units", "tui.measure.comparison.wording", "tui.measure.timing.metrics")
    allowed = ("tui.records", *measures, "tui.bench.events", "tui.panes.")
    for module in imported_modules(ast.parse(path.read_text(encoding="utf-8"))):
        assert not module.startswith("tui.") or module.startswith(allowed), module


def lines_of(node: ast.stmt) -> int:
    """Lines of a function or class without those of plain declarations, which are data."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    body: list[ast.stmt] = getattr(node, "body", [])
    return total - sum((child.end_lineno or 0) - child.lineno + 1 for child in body if isinstance(child, DECLARATIONS))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_nothing_outgrows_its_size(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    name = path.relative_to(PACKAGE.parent).as_posix()
    sizes = [(name, len(source.splitlines()), FILE_LINES)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            sizes.append((f"{name}:{node.name}", lines_of(node), FUNCTION_LINES))
        elif isinstance(node, ast.ClassDef):
            sizes.append((f"{name}:{node.name}", lines_of(node), CLASS_LINES))
    too_long = [f"{place}: {size} > {limit}" for place, size, limit in sizes if size > limit and place not in WAIVERS]
    assert not too_long


HEADLESS = (
    "tui.cli",
    "tui.console",
    "tui.config",
    "tui.bench.runner",
    "tui.reports.export",
    "tui.library.runnable_models",
)


@pytest.mark.parametrize("module", HEADLESS)
def test_the_headless_half_neither_draws_nor_loads_the_sdk(module: str) -> None:
    code = f"import sys, {module}\nprint(*({{'textual', 'openai', 'foundry_local_sdk'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.split() == []


def test_only_the_child_imports_the_sdk() -> None:
    importers = {
        path.name
        for path in FILES
        if any(
            module.startswith("foundry_local_sdk")
            for module in imported_modules(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert importers == {"foundry_child.py"}
