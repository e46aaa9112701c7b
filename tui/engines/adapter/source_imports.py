"""Imports from the folder of an adapter: from its sources alone, and never in place of Python's own modules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType


class _SourceLoader(SourceFileLoader):
    """Loads a module from its source: bytecode that lies beside it need not be what the source says."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class FolderFinder(MetaPathFinder):
    """Finds modules in one folder, before all others but those of Python itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the folder, or a part of a package of the folder."""
        if path is None:
            if fullname.partition(".")[0] in sys.stdlib_module_names:
                return None
            path = [self._folder]
        elif not any(Path(entry).is_relative_to(self._folder) for entry in path):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        # A folder without __init__.py counts less than an installed package of its name, as in every import.
        if spec is None or spec.loader is None:
            return None
        if type(spec.loader) is SourceFileLoader:
            spec.loader = _SourceLoader(spec.loader.name, spec.loader.path)
            spec.cached = None
        return spec


def import_from(folder: Path) -> None:
    """Have modules found in a folder; no bytecode is written there."""
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, FolderFinder(folder))
    sys.path.append(str(folder))
