"""The structure of the package: imports point one way, the headless half never draws, and nothing grows too large."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
import textual

PACKAGE = Path(__file__).parent.parent / "tui"
RANKS: tuple[tuple[str, ...], ...] = (
    ("lazy", "system", "conversion"),
    ("records", "practice", "paths", "guide"),
    ("text",),
    ("measure", "json_file", "console"),
    ("log",),
    ("probes", "config"),
    ("engines",),
    ("library",),
    ("store",),
    ("reports",),
    ("bench",),
    ("workspace",),
    ("panes",),
    ("screens", "palette"),
    ("app",),
    ("startup",),
    ("cli", "__main__"),
)
"""A module may import its own room and the rooms of earlier rows."""
FUNCTION_LINES, CLASS_LINES, FILE_LINES = 50, 300, 400
MODULES_IN_A_FOLDER = 15
PACKAGE_BASES_OF_A_CLASS = 2
"""How many classes of the package may stand above a class, besides the frame that Textual classes are built on."""
FRAME = ("tui.panes.widgets.", "tui.screens.frame.", "tui.screens.dialogs.")
DEFERRED_IMPORTS = 40
PANE_IMPORTS = (
    *("tui.lazy", "tui.records", "tui.text", "tui.bench.events", "tui.panes.widgets", "tui.measure.timing.metrics"),
    # These modules put what was measured into words.
    *("tui.measure.comparison.wording", "tui.measure.comparison.headline", "tui.measure.answers.quality_words"),
    "tui.measure.decision.advice",
)
DATA = (ast.Assign, ast.AnnAssign)


def dotted(path: Path) -> str:
    """Return the name under which a file of the package is imported."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


FILES = sorted(path for path in PACKAGE.rglob("*.py") if "making" not in path.parts)


@cache
def trees() -> dict[Path, ast.Module]:
    """Parse every file of the package once, and only where the tests of this file run."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


@pytest.fixture(scope="module", autouse=True)
def trees_forgotten() -> Generator[None]:
    """Forget the parsed files afterwards: so many objects slow down each garbage collection of the tests to come."""
    yield
    for cached in (trees, imports, classes, bases):
        cached.cache_clear()


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def rank_of(room: str) -> int:
    return next(rank for rank, rooms in enumerate(RANKS) if room in rooms)


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports() -> dict[Path, list[str]]:
    """Return what every file imports from the package."""
    return {path: [name for name in imported_modules(trees()[path]) if name.startswith("tui.")] for path in FILES}


def is_allowed_from(room: str, module: str) -> bool:
    """Return whether a module may be imported from a room."""
    target = room_of(module)
    if not room or target in (room, "__version__"):
        return True
    return rank_of(target) < rank_of(room) or {room, target} <= set(RANKS[-1])


def test_imports_point_one_way() -> None:
    assert not [
        f"{dotted(path)} imports {module}"
        for path, modules in imports().items()
        for module in modules
        if not is_allowed_from(room_of(dotted(path)), module)
    ]


def test_a_command_neither_draws_nor_asks_a_screen() -> None:
    assert not [
        f"{dotted(path)} imports {module}"
        for path, modules in imports().items()
        for module in modules
        if "cli" in path.parts and module.startswith(("tui.screens", "tui.panes"))
    ]


def test_a_pane_imports_its_own_folder_and_the_shared_widgets_only() -> None:
    assert not [
        f"{dotted(path)} imports {module}"
        for path, modules in imports().items()
        for module in modules
        if path.parent.parent.name == "panes"
        and not module.startswith((*PANE_IMPORTS, f"tui.panes.{path.parent.name}"))
    ]


def test_a_folder_has_few_modules() -> None:
    modules = Counter(dotted(path.parent) for path in FILES if path.name != "__init__.py")
    assert not {folder: count for folder, count in modules.items() if count > MODULES_IN_A_FOLDER}


def lines_of(node: ast.stmt) -> int:
    """Count the lines of a function, or of a class without its plain declarations, which are data."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if isinstance(node, ast.ClassDef):
        total -= sum((child.end_lineno or 0) - child.lineno + 1 for child in node.body if isinstance(child, DATA))
    return total


@cache
def classes() -> dict[str, ast.ClassDef]:
    """Return every class at the top level of a module by its full name."""
    return {
        f"{dotted(path)}.{node.name}": node
        for path, tree in trees().items()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


PATHS = {dotted(path): path for path in FILES}


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a file, also those inside classes and functions."""
    return (node for node in ast.walk(trees()[path]) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def bases_in_the_package(full_name: str) -> list[str]:
    """Return the full names of all base classes of a class in the package, the nearest first."""
    module = full_name.rpartition(".")[0]
    local = {name.rpartition(".")[2]: name for name in classes() if name.rpartition(".")[0] == module}
    for imported in imports()[PATHS[module]]:
        local.setdefault(imported.rpartition(".")[2], imported)
    above: list[str] = []
    for base in classes()[full_name].bases:
        named = base.value if isinstance(base, ast.Subscript) else base
        target = local.get(ast.unparse(named), "")
        if target in classes():
            above += [target, *bases_in_the_package(target)]
    return above


@cache
def bases() -> dict[str, list[str]]:
    """Return the full names of the base classes of every class."""
    return {name: bases_in_the_package(name) for name in classes()}


def test_nothing_outgrows_its_size() -> None:
    sizes = [(dotted(path), len(path.read_text(encoding="utf-8").splitlines()), FILE_LINES) for path in FILES]
    sizes += [
        (f"{dotted(path)}.{node.name}", lines_of(node), FUNCTION_LINES) for path in FILES for node in functions_of(path)
    ]
    for name, node in classes().items():
        total = lines_of(node) + sum(lines_of(classes()[base]) for base in bases()[name])
        sizes.append((name, total, CLASS_LINES))
    assert not [f"{where}: {size} > {limit}" for where, size, limit in sizes if size > limit]


def test_no_chain_of_inheritance_grows_long() -> None:
    depths = {name: len([base for base in above if not base.startswith(FRAME)]) for name, above in bases().items()}
    assert not {name: depth for name, depth in depths.items() if depth > PACKAGE_BASES_OF_A_CLASS}


def test_no_two_public_classes_of_a_layer_share_a_name() -> None:
    modules_of: dict[tuple[str, str], list[str]] = defaultdict(list)
    for full_name in classes():
        module, _, name = full_name.rpartition(".")
        if not name.startswith("_"):
            modules_of[room_of(module), name].append(module)
    assert not {key: modules for key, modules in modules_of.items() if len(modules) > 1}


def deferred_imports(path: Path) -> list[int]:
    """Return the lines of imports that stand inside functions."""
    lines = {
        node.lineno
        for function in functions_of(path)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    return sorted(lines)


def test_few_imports_are_deferred_and_each_tells_its_reason() -> None:
    count: Counter[str] = Counter()
    without_reason: list[str] = []
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number in deferred_imports(path):
            count[dotted(path)] += 1
            first = number - 2
            while number - 1 in deferred_imports(path) and lines[first].lstrip().startswith(("from ", "import ")):
                first -= 1
            if not lines[first].lstrip().startswith("#"):
                without_reason.append(f"{dotted(path)}:{number}")
    assert sum(count.values()) <= DEFERRED_IMPORTS, count
    assert not without_reason


HEADLESS = (
    "tui.cli",
    "tui.console",
    "tui.config",
    "tui.library.foundry_library",
    "tui.store.history",
    "tui.reports.export",
    "tui.reports.html",
    "tui.bench.runner",
    "tui.workspace.workspace",
    "tui.workspace.session",
)


@pytest.mark.parametrize("module", HEADLESS)
def test_the_headless_half_neither_draws_nor_loads_the_sdk(module: str) -> None:
    code = f"import sys, {module}\nprint(*({{'textual', 'openai', 'foundry_local_sdk'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.split() == []


def test_only_the_child_imports_the_sdk() -> None:
    importers = {
        dotted(path)
        for path in FILES
        if any(module.startswith("foundry_local_sdk") for module in imported_modules(trees()[path]))
    }
    assert importers == {"tui.engines.foundry.child"}


def own_attributes(tree: ast.AST) -> set[str]:
    """Return the private names that methods set on ``self``."""
    targets = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    names = {node.attr for node in targets if isinstance(node.value, ast.Name) and node.value.id == "self"}
    return {name for name in names if name.startswith("_") and not name.endswith("__")}


def test_no_widget_sets_a_private_attribute_that_textual_sets_too() -> None:
    """A pane once kept whether a run goes on in ``_running``, by which Textual knows whether the widget is alive."""
    folder = Path(textual.__file__).parent
    bases = ("message_pump", "dom", "widget", "screen", "app", "scroll_view")
    theirs = {name for base in bases for name in own_attributes(ast.parse((folder / f"{base}.py").read_bytes()))}
    drawn = [path for path in FILES if room_of(dotted(path)) in ("panes", "screens", "app")]
    assert not [
        f"{dotted(path)}: {name}"
        for path in drawn
        for name in own_attributes(trees()[path]) & theirs
        if dotted(path) != "tui.screens.frame.painting"
    ]
