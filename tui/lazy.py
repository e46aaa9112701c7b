"""Modules that are imported when a name of them is first used, so that a start does not wait for them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType


def lazy_names(package: str, names_by_module: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Make the ``__getattr__`` of a package whose modules are imported on demand (PEP 562).

    The package's ``__init__.py`` imports the same names for the type checker, and nothing at run time::

        if TYPE_CHECKING:
            from tui.screens.history.screen import HistoryScreen as HistoryScreen
        else:
            __getattr__ = lazy_names(__name__, {"screen": ["HistoryScreen"]})

    Another module then writes ``from tui.screens import history`` at its head, and ``history.HistoryScreen(...)`` where
    it needs the class. A listed module is itself an attribute of the package, too. Nothing is cached here, so a name
    that a test replaces in its module is replaced everywhere.
    """
    module_of = {name: module for module, names in names_by_module.items() for name in names}

    def import_name(name: str) -> object:
        if name in names_by_module:
            return importlib.import_module(f"{package}.{name}")
        if name in module_of:
            module = importlib.import_module(f"{package}.{module_of[name]}")
            value: object = getattr(module, name)
            return value
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return import_name


def lazy_module(name: str) -> object:
    """Make a stand-in for the module of this full name, which imports it when an attribute is first used.

    A command declares its options without waiting for the module that does the work::

        if TYPE_CHECKING:
            from tui.cli.bench import run
        else:
            run = lazy_module("tui.cli.bench.run")
    """
    return _LazyModule(name)


class _LazyModule:
    """Passes every attribute on to the module of its name, those that are set as well as those that are read.

    It is no ``ModuleType``, whose look-up of an attribute that it has not takes four times as long; the events of an
    answer that streams in are told apart by attributes of such a module.
    """

    __slots__ = ("_module", "_name")
    _module: ModuleType | None
    _name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_module", None)

    def __getattr__(self, attribute: str) -> object:
        if self._module is None:
            object.__setattr__(self, "_module", importlib.import_module(self._name))
        value: object = getattr(self._module, attribute)
        return value

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(importlib.import_module(self._name), attribute, value)
