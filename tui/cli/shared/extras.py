"""Extras of the installation that some commands need."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import click

_PACKAGES: Final = ("distributed", "cryptography")


def need_extra() -> None:
    """Refuse the command if the packages of a fleet are not installed."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"a fleet needs {' and '.join(missing)}, which this installation lacks; pip install foundry-benchtop[fleet]"
        )
