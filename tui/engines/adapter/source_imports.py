"""Imports from the folder of an adapter: from its sources alone, and never in place of Python's own modules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

_BYTECODE_FOLDER: Final = "__pycache__"
"""It is no package: the user was not asked about what lies in it."""


class _SourceLoader(SourceFileLoader):
    """Loads a module from its source: bytecode that lies beside it need not be what the source says."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class FolderFinder(MetaPathFinder):
    """Finds modules in one folder, before all others but those of Python itself."""

    def __init__(self, folder: Path, agreed: Sequence[Path] = ()) -> None:
        """Find modules in ``folder``; with ``agreed`` code from elsewhere than these and Python's own is refused."""
        self._folder = str(folder)
        self._agreed = tuple(map(_place_of, (*agreed, *sys.path))) if agreed else ()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the folder, or a part of a package of the folder.

        Raises:
            ImportError: the module is in no folder that the user was asked about.
        """
        if _BYTECODE_FOLDER in fullname.split("."):
            raise ModuleNotFoundError(f"no module is imported from {_BYTECODE_FOLDER}", name=fullname)
        if path is None:
            if fullname.partition(".")[0] in sys.stdlib_module_names:
                return None
            spec = self._own_spec(fullname, [self._folder], target)
        elif any(Path(entry).is_relative_to(self._folder) for entry in path):
            spec = self._own_spec(fullname, path, target)
        else:
            spec = None
        if self._agreed:
            self._refuse_elsewhere(spec or PathFinder.find_spec(fullname, path, target))
        return spec

    def _refuse_elsewhere(self, spec: ModuleSpec | None) -> None:
        """Refuse a module that is neither in a folder that was agreed to, nor where Python itself began to search."""
        if spec is None or spec.origin is None or not spec.has_location:
            return
        place = _place_of(spec.origin)
        if not any(place.is_relative_to(folder) for folder in self._agreed):
            raise ImportError(
                f"{place} is in no folder that was agreed to; put it beside the engine, or choose the folder of its "
                "models.json with --config",
                name=spec.name,
            )

    @staticmethod
    def _own_spec(fullname: str, path: Sequence[str], target: ModuleType | None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        # A folder without __init__.py counts less than an installed package of its name, as in every import.
        if spec is None or spec.loader is None:
            return None
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _SourceLoader(spec.loader.name, spec.loader.path)
            spec.cached = None
        return spec


def _place_of(path: str | Path) -> Path:
    """The whole path, over the links that it goes through, which were followed when the user was asked.

    Only behind a link that ``..`` leads out of again is the place itself looked up.
    """
    return Path(path).resolve() if ".." in Path(path).parts else Path(path).absolute()


def import_from(folder: Path, agreed: Sequence[Path] = ()) -> None:
    """Have modules found in a folder; no bytecode is written there. With ``agreed`` see ``FolderFinder``."""
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, FolderFinder(folder, agreed))
    sys.path.append(str(folder))
