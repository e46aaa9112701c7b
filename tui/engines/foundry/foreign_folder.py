"""Whether the settings of a model folder make the runtime load code, or files of elsewhere.

The runtime loads the libraries that a model's own settings name. A folder that came with a download, and that only its
``./config`` names, is therefore as good as a program of its author.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final, cast

from tui.engines.foundry.model_files import CONFIG_FILE, read_bytes

_NAMES_CODE: Final = re.compile(r"librar|lib_?path|plugin|backend_path|dll|shared_object|(^|_)so(_|$)", re.IGNORECASE)
"""Keys under which the runtime or one of its execution providers takes the path of a library."""
_IS_CODE: Final = re.compile(r"\.(so(\.\d+)*|dll|dylib|pyd|exe|py)\s*$", re.IGNORECASE)
_ABSOLUTE: Final = re.compile(r"^\s*([/\\~]|[A-Za-z]:|file:)")
_TEMPLATES: Final = ("chat_template", "prompt_templates")
"""Keys of texts for the model, which are no paths."""
_REMEDY: Final = 'if you trust its author, register the folder with "benchtop register"'
_MOST_BYTES: Final = 16 * 1024**2


class _Pairs(list[tuple[str, object]]):
    """The members of an object as they are written, a key that stands twice with both values."""


def refusal_of(folder: Path) -> str | None:
    """Why the model of a foreign folder is not loaded: a reason with a remedy; ``None`` if it only names its own files.

    Settings that cannot be read are refused as well, because the runtime might read them.
    """
    try:
        text = read_bytes(folder / CONFIG_FILE, _MOST_BYTES).decode("utf-8")
        settings = cast("object", json.loads(text, object_pairs_hook=_Pairs))
        found = _suspect(settings, "")
    except (OSError, ValueError, RecursionError):
        return f"refused: its {CONFIG_FILE} cannot be read in full; {_REMEDY}"
    return found and f"refused: its {CONFIG_FILE} {found}, and only ./config names this folder; {_REMEDY}"


def _suspect(value: object, key: str) -> str | None:
    """What in a value loads code or leads out of the folder, in words."""
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        if len(set(names)) < len(names):
            return "has a key twice in one object"
        return next(filter(None, (_suspect(member, name) for name, member in value)), None)
    if isinstance(value, list):
        items = cast("list[object]", value)
        return next(filter(None, (_suspect(item, key) for item in items)), None)
    if value in (None, "", False) or key in _TEMPLATES:
        return None
    if _NAMES_CODE.search(key) or (isinstance(value, str) and _IS_CODE.search(value)):
        return f'names a library ("{key}")'
    if isinstance(value, str) and _leads_out(value):
        return f'names a file outside of its folder ("{key}")'
    return None


def _leads_out(text: str) -> bool:
    """Whether a text would, as a path, lead out of the folder, in the writing of any system."""
    return bool(_ABSOLUTE.match(text)) or ".." in re.split(r"[/\\]", text.strip())
