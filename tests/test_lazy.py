"""Modules that are imported on demand."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from tui.lazy import lazy_module, lazy_names

PACKAGE = Path(__file__).parent.parent / "tui"
FACADES = sorted(path for path in PACKAGE.rglob("__init__.py") if "lazy_names(" in path.read_text(encoding="utf-8"))


def test_a_module_is_imported_when_a_name_of_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "module.py").write_text("answer = 42\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    find = lazy_names("lazy_example", {"module": ["answer"]})
    with pytest.raises(AttributeError, match="module 'lazy_example' has no attribute 'question'"):
        find("question")
    assert "lazy_example.module" not in sys.modules
    assert find("answer") == 42
    assert find("module") is sys.modules.pop("lazy_example.module")


def test_a_stand_in_imports_its_module_when_it_is_used_and_sets_its_names_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lazy_work.py").write_text("answer = 42\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    work: Any = lazy_module("lazy_work")
    assert "lazy_work" not in sys.modules
    assert work.answer == 42
    setattr(work, "answer", 43)  # noqa: B010
    assert sys.modules.pop("lazy_work").__dict__["answer"] == 43


@pytest.mark.parametrize("path", FACADES, ids=[path.parent.relative_to(PACKAGE).as_posix() for path in FACADES])
def test_the_type_checker_sees_the_names_that_are_imported_on_demand(path: Path) -> None:
    package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (listing,) = (
        ast.literal_eval(node.args[1])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy_names"
    )
    lazily = {(package, module) for module, names in listing.items() if not names}
    lazily |= {(f"{package}.{module}", name) for module, names in listing.items() for name in names}
    checked = {
        (node.module or "", alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert lazily == checked
    imported = importlib.import_module(package)
    for _, name in lazily:
        assert getattr(imported, name) is not None
