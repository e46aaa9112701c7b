"""The random id of this machine, and the name that its user has given it for reports.

The id is made once and kept in the folder of Benchtop's data. It is neither a host name nor an id of the system, so it
tells nothing about the machine but that two runs were made on the same one.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tui import json_file, paths

MACHINE_ID: Final = re.compile(r"[0-9a-f]{8,32}")
MOST_NAME_CHARACTERS: Final = 60
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class MachineIdentity:
    """The id of this machine, and its name, which may be empty."""

    id: str
    name: str = ""


def machine_identity() -> MachineIdentity:
    """Return the identity of this machine; its id is empty as long as none has been made."""
    try:
        content = json_file.load(_file(), _MOST_BYTES)
    except (OSError, ValueError):
        return MachineIdentity("")
    members = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    own_id, name = members.get("id"), members.get("name")
    if not isinstance(own_id, str) or not MACHINE_ID.fullmatch(own_id):
        return MachineIdentity("")
    return MachineIdentity(own_id, clean_name(name) if isinstance(name, str) else "")


def make_identity() -> None:
    """Make the id of this machine if it has none; without a place to keep it, the machine stays without one."""
    if not machine_identity().id:
        with suppress(OSError):
            _write(MachineIdentity(secrets.token_hex(8)))


def name_machine(name: str) -> None:
    """Give this machine a name for reports; an empty one takes its name away.

    Raises:
        OSError: the name cannot be kept.
    """
    own_id = machine_identity().id or secrets.token_hex(8)
    _write(MachineIdentity(own_id, clean_name(name)))


def clean_name(name: str) -> str:
    """Return a name as one short line; longer names would leave no room for the numbers."""
    line = " ".join(name.encode(errors="replace").decode().split())
    return line if len(line) <= MOST_NAME_CHARACTERS else f"{line[: MOST_NAME_CHARACTERS - 1]}…"


def _write(identity: MachineIdentity) -> None:
    content = json.dumps({"id": identity.id, "name": identity.name}, indent=2)
    paths.write_atomically(_file(), content.encode(), make_folder=True)


def _file() -> Path:
    return paths.app_data_dir() / "machine.json"
