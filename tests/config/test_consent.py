"""Consent to the code of a ``./config`` folder: it is for the content of all that can run, and for nothing else."""

from __future__ import annotations

import json
import py_compile
import shutil
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.engines.test_engine import answer
from tui.config import adapter_code, decide, load_config
from tui.config.adapter_code import MOST_DATA_BYTES, UNCHECKED, fingerprint
from tui.engines import registry
from tui.engines.contract import EngineDied
from tui.engines.process.child_process import python_command
from tui.library.inventory import list_models, places_for
from tui.practice import practice_folder
from tui.records import Model, ModelState
from tui.system import WINDOWS

LARGE_BYTES = MOST_DATA_BYTES + 1
MODULE = """
import helper
class Own:
    def load(self, path, **options):
        self.told = options
    def generate(self, prompt, **parameters):
        import random
        yield f"{helper.WORD} {self.told} {getattr(random, 'WORD', '')}".strip()
    def unload(self):
        pass
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``./config`` with an adapter that imports a helper beside it; the user has agreed to it."""
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "config"
    folder.mkdir()
    name(folder, {"adapter": "own_engine:Own", "options": {"a": "safe"}})
    (folder / "own_engine.py").write_text(MODULE)
    (folder / "helper.py").write_text("WORD = 'agreed'")
    (folder / "large.bin").write_bytes(b"1" * LARGE_BYTES)
    (folder / "lib").mkdir()
    (tmp_path / "elsewhere").mkdir()
    if WINDOWS:
        # Links need a right there.
        (folder / "linked").mkdir()
    else:
        (folder / "linked").symlink_to(tmp_path / "elsewhere")
    agree()
    return folder


def name(folder: Path, entry: dict[str, object]) -> None:
    (folder / "models.json").write_text(json.dumps({"models": {"own": entry}}))


def agree() -> None:
    request = load_config().consent_request
    assert request is not None
    decide(request, yes=True)


def listed() -> Model:
    models = list_models(places_for(load_config(), Path("cache").absolute())).models
    return next(model for model in models if model.alias == "own")


async def answered(model: Model) -> str:
    engine = registry.start(model)
    try:
        await engine.load(60)
        return (await answer(engine))[0]
    finally:
        await engine.close()


def add_package(folder: Path) -> None:
    folder.mkdir()
    (folder / "__init__.py").write_text(MODULE)


def write_below(file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"x")


def add_program(file: Path) -> None:
    file.write_bytes(b"MZ" if WINDOWS else b"#!/bin/sh")
    file.chmod(0o755)


CHANGES: dict[str, Callable[[Path], object]] = {
    "module": lambda folder: (folder / "own_engine.py").write_text(MODULE + "\n"),
    "helper": lambda folder: (folder / "helper.py").write_text("WORD = 'other'"),
    "helper of the same size": lambda folder: (folder / "helper.py").write_text("WORD = 'AGREED'"),
    "helper removed": lambda folder: (folder / "helper.py").unlink(),
    "package": lambda folder: add_package(folder / "own_engine"),
    "compiled module": lambda folder: (folder / "own_engine.abi3.so").write_bytes(b"\x7fELF"),
    "library": lambda folder: (folder / "lib" / "libevil.so.1").write_bytes(b"\x7fELF"),
    "bytecode without source": lambda folder: (folder / "other.pyc").write_bytes(b"x"),
    "standard module": lambda folder: (folder / "random.py").write_text("WORD = 'shadowed'"),
    "code behind a link": lambda folder: (folder / "linked" / "late.py").write_text("x = 1"),
    "file without ending": lambda folder: (folder / "tool").write_text("x = 2"),
    "text": lambda folder: (folder / "notes.txt").write_text("x = 2"),
    "pickled weights": lambda folder: (folder / "lib" / "weights.bin").write_bytes(b"cos\nsystem\n"),
    "large weights of the same size": lambda folder: (folder / "large.bin").write_bytes(bytes(LARGE_BYTES)),
    "bytecode that no module has": lambda folder: write_below(folder / "__pycache__" / "evil.pyc"),
    "program": lambda folder: add_program(folder / ("tool.exe" if WINDOWS else "tool")),
    "options": lambda folder: name(folder, {"adapter": "own_engine:Own", "options": {"a": "other"}}),
    "one option more": lambda folder: name(folder, {"adapter": "own_engine:Own", "options": {"a": "safe", "b": 1}}),
    "target": lambda folder: name(folder, {"adapter": "helper:WORD", "options": {"a": "safe"}}),
    "path": lambda folder: name(folder, {"adapter": "own_engine:Own", "options": {"a": "safe"}, "path": "lib"}),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_of_what_can_run_needs_a_new_consent(config: Path, change: str) -> None:
    before = listed()
    assert before.state is ModelState.READY
    CHANGES[change](config)
    assert load_config().consented is None
    assert listed().state is ModelState.MISSING
    if change not in ("options", "one option more", "target", "path"):
        with pytest.raises(EngineDied, match="not the code that was asked about"):
            await answered(before)


def test_prompts_and_the_bytecode_of_a_module_may_change(config: Path) -> None:
    (config / "prompts.json").write_text('{"s": ["?"]}')
    write_below(config / "__pycache__" / Path(cache_from_source("helper.py")).name)
    assert listed().state is ModelState.READY


ELSEWHERE = """
import sys, pathlib
here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here.parent / "elsewhere"), str(here / "linked" / ".." / "far"), str(here / "__pycache__")]
import {module}
WORD = {module}.WORD
"""


@pytest.mark.parametrize("module", ["beside", "far", "linked.inside"])
async def test_only_what_the_user_was_asked_about_is_imported(config: Path, tmp_path: Path, module: str) -> None:
    for folder in (tmp_path / "elsewhere", tmp_path / "far"):
        folder.mkdir(exist_ok=True)
        for name in ("beside", "far", "inside"):
            (folder / f"{name}.py").write_text("WORD = 'imported'")
    if WINDOWS:
        (config / "linked" / "inside.py").write_text("WORD = 'imported'")
    (config / "helper.py").write_text(ELSEWHERE.format(module=module))
    agree()
    if module == "linked.inside":
        assert (await answered(listed())).startswith("imported")
        return
    with pytest.raises(EngineDied, match="in no folder that was agreed to"):
        await answered(listed())


async def test_what_the_user_chose_may_import_from_anywhere(config: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "beside.py").write_text("WORD = 'imported'")
    (config / "helper.py").write_text(ELSEWHERE.format(module="beside"))
    chosen = list_models(places_for(load_config(Path("config")), tmp_path / "cache")).models
    assert (await answered(next(model for model in chosen if model.alias == "own"))).startswith("imported")


async def test_bytecode_of_the_folder_is_neither_read_nor_written(config: Path, tmp_path: Path) -> None:
    poison = tmp_path / "poison.py"
    poison.write_text("WORD = 'poisoned'")
    cached = Path(cache_from_source(str(config / "helper.py")))
    py_compile.compile(str(poison), str(cached), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    assert await answered(listed()) == "agreed {'a': 'safe'}"
    shutil.rmtree(cached.parent)
    assert await answered(listed()) == "agreed {'a': 'safe'}"
    assert not cached.parent.exists()


async def test_a_module_of_the_folder_never_takes_the_place_of_one_of_python(config: Path) -> None:
    (config / "random.py").write_text("WORD = 'shadowed'")
    agree()
    assert await answered(listed()) == "agreed {'a': 'safe'}"


async def test_packages_of_the_folder_are_found_with_their_parts(config: Path) -> None:
    package = config / "helper_parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("WORD = 'inner'")
    (config / "helper.py").write_text("from helper_parts.inner import WORD")
    agree()
    assert (await answered(listed())).startswith("inner")
    assert not list(config.rglob("__pycache__"))


def test_too_much_code_is_never_run(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_code, "MOST_FILES", 3)
    assert fingerprint([config]) == UNCHECKED
    request = load_config().consent_request
    assert request is not None
    assert "not run because its folder has too much code" in request.requests[0]


@pytest.mark.skipif(WINDOWS, reason="links need a right there, and no device is a file")
def test_links_that_go_in_circles_and_pipes_end(config: Path) -> None:
    before = fingerprint([config])
    (config / "again").symlink_to(config)
    (config / "zero.py").symlink_to("/dev/zero")
    assert fingerprint([config]) not in (before, UNCHECKED)


MODEL_SETTINGS: dict[str, str] = {
    "library": '"custom_ops_library": "evil.so"',
    "library twice": '"custom_ops_library": "evil.so", "custom_ops_library": ""',
    "escaped key": '"custom\\u005fops_library": "evil.so"',
    "other key": '"library_path": "evil"',
    "library of a provider": '"provider_options": [{"QNN": {"backend_path": "QnnHtp"}}]',
    "library under any key": '"config": {"deep": ["evil.dylib"]}',
    "absolute": '"log": "/etc/passwd"',
    "drive": '"log": "C:\\\\x"',
    "network": '"log": "\\\\\\\\host\\\\share"',
    "climbing": '"log": "a/../../x"',
}


def write_model(folder: Path, member: str = "") -> None:
    shutil.copytree(practice_folder("practice-small"), folder)
    file = folder / "genai_config.json"
    start, _, rest = file.read_text().partition("{")
    file.write_text(f"{start}{{ {member}{', ' if member else ''}{rest}")


@pytest.mark.parametrize("settings", MODEL_SETTINGS)
@pytest.mark.parametrize("where", ["path", "model_cache_dirs"])
async def test_a_model_that_only_the_folder_names_may_load_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, where: str
) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "config" / "own", MODEL_SETTINGS[settings])
    named: dict[str, object] = (
        {"models": {"own": {"path": "own"}}} if where == "path" else {"models": {}, "model_cache_dirs": ["."]}
    )
    (tmp_path / "config" / "models.json").write_text(json.dumps(named))
    model = listed()
    assert (model.state, model.foreign) == (ModelState.BROKEN, True)
    assert "and only ./config names this folder" in model.note
    with pytest.raises(EngineDied, match=r"genai_config\.json"):
        await registry.start(model).load(60)


async def test_a_model_of_the_folder_that_names_only_its_own_files_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "models" / "m")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "models.json").write_text('{"models": {"own": {"path": "../models/m"}}}')
    model = listed()
    assert (model.state, model.foreign) == (ModelState.READY, True)
    assert await answered(model)


@pytest.mark.parametrize("folder", ["config", "home/config"])
def test_models_of_a_folder_that_the_user_chose_may_name_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / folder / "own", MODEL_SETTINGS["library"])
    (tmp_path / folder / "models.json").write_text('{"models": {"own": {"path": "own"}}}')
    chosen = load_config(Path("config") if folder == "config" else None)
    models = list_models(places_for(chosen, tmp_path / "cache")).models
    assert next(model for model in models if model.alias == "own").state is ModelState.READY


def test_children_do_not_import_from_the_current_folder() -> None:
    assert "-P" in python_command("module")
