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


def lazy_module(name: str) -> ModuleType:
    """Make a stand-in for the module of this full name, which imports it when an attribute is first used.

    A command declares its options without waiting for the module that does the work::

        if TYPE_CHECKING:
            from tui.cli.bench import run
        else:
            run = lazy_module("tui.cli.bench.run")
    """
    return _LazyModule(name)


class _LazyModule(ModuleType):
    """Passes every attribute on to the module of its name, those that are set as well as those that are read."""

    def __getattr__(self, attribute: str) -> object:
        value: object = getattr(importlib.import_module(self.__name__), attribute)
        return value

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(importlib.import_module(self.__name__), attribute, value)
