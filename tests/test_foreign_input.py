"""What others may have written is read in one place, with limits for size, kind, depth and digits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.test_architecture import FILES, dotted, trees

READERS: Final = {"read_text", "read_bytes", "load", "loads", "decode", "Decoder"}
OWN: Final = {
    "tui.json_file": "it is the one reader of JSON",
    "tui.probes": "the kernel and the system write what it reads, and it reads no JSON",
    "tui.system": "the kernel writes what it reads, and it reads no JSON",
    "tui.store": "the history is our own, and its readers make a sentence of every error",
    "tui.guide": "its pages ship with the package",
    "tui.practice": "its models ship with the package",
    "tui.bench.selftest": "it reads what its own processes have written",
    "tui.engines.process.wire": "a child is a process of our own, and its lines have a limit",
    "tui.engines.process.child_side": "it reads again what it has just written",
    "tui.engines.endpoint": "a server's text has limits for its bytes, and errors of depth and digits are caught",
    "tui.engines.foundry.catalogue_file": "it decodes what read_bytes of model_files has read with a limit",
    "tui.engines.foundry.foreign_folder": "it keeps keys that stand twice, and refuses what it cannot read",
    "tui.engines.foundry.providers": "it decodes what read_limited has read",
    "tui.library.catalogue_snapshot": "it copies what read_entries has just read with a limit",
    "tui.library.downloads.notes": "it decodes what read_limited has read",
    "tui.library.registrations": "it decodes what read_limited has read",
    "tui.library.server_models": "it decodes what read_limited has read",
    "tui.library.importing.converter": "it reads what its own processes have written, and refuses what is not JSON",
    "tui.measure.answers.quality": "the text of an answer has a limit, and errors of depth and digits are caught",
    "tui.measure.answers.grading": "the text of an answer has a limit, and errors of depth and digits are caught",
    "tui.bench.grading.code_child": "it reads the job that its parent has written",
    "tui.bench.fleet.wire": "a connection bounds what another machine sends, and errors of depth and type are caught",
    "tui.bench.judging.prompts": "the text of an answer has a limit, and errors of depth and digits are caught",
}
"""The modules that read by other means than ``paths.read_limited`` and ``json_file``, each with the reason."""


def readings(tree: ast.AST) -> Iterator[str]:
    """Return the calls that read a file whole, or take JSON apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Attribute) and node.attr in READERS:
            owner = ast.unparse(node.value)
            if (node.attr in ("read_text", "read_bytes") and owner != "paths") or owner in (
                "json",
                "msgspec.json",
                "tomllib",
                "pickle",
            ):
                yield f"{owner}.{node.attr}"


def allowed(path: Path) -> bool:
    return any(dotted(path) == name or dotted(path).startswith(f"{name}.") for name in OWN)


def test_every_file_of_others_is_read_by_the_one_reader() -> None:
    found = {dotted(path): list(readings(trees()[path])) for path in FILES if not allowed(path)}
    assert not {name: calls for name, calls in found.items() if calls}


def test_every_exception_is_one() -> None:
    reading = {dotted(path) for path in FILES if list(readings(trees()[path]))}
    needless = [name for name in OWN if not any(f"{module}.".startswith(f"{name}.") for module in reading)]
    assert not needless


def resolved(tree: ast.AST) -> Iterator[str]:
    """Return the calls of ``Path.resolve``, but for those on the place of the program itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "resolve":
            owner = ast.unparse(node.func.value)
            if owner not in ("Path(__file__)", "Path.cwd()"):
                yield owner


def test_a_loop_of_links_is_no_error_before_python_3_13() -> None:
    found = {dotted(path): owners for path in FILES if (owners := list(resolved(trees()[path])))}
    assert set(found) <= {
        "tui.engines.adapter.source_imports",  # the code that the user has agreed to
        "tui.probes.drm",  # the kernel makes the links
        "tui.reports.export",  # it makes a sentence of the error
        "tui.bench.grading.code",  # a folder that was just made
    }, "paths.real takes a loop as it is"
