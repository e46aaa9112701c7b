"""The packages that a fleet over the network needs, and that an installation without the extra lacks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

_PACKAGES: Final = ("distributed", "cryptography")


def lacking() -> str:
    """Say which packages are not installed, and how to get them; empty if all are."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if not missing:
        return ""
    return f"a fleet needs {' and '.join(missing)}, which this installation lacks; pip install foundry-benchtop[fleet]"
