"""The names under which a server has a model: ids, aliases, and names that were misspelt."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from tui.engines.model_ids import parse_model_id

_VENDORS: Final = ("mistralai-", "microsoft-", "meta-", "qwen-", "google-", "deepseek-ai-")
_VERSION: Final = re.compile(r"-v(\d+)-(\d+)(?=-|$)")
_PARTS: Final = (re.compile(r"-distill-(?:qwen|llama)(?=-|$)"), re.compile(r"-(?:instruct|chat|it)(?=-|$)"))
_LAST_VERSION: Final = re.compile(r"-v\d+(?:\.\d+)*$")
_ALIKE: Final = 0.6
_NAMED: Final = 3
"""How many names are suggested in place of one that a server does not have."""


def possible_aliases(model_id: str) -> tuple[str, ...]:
    """The aliases that Foundry Local may have for a model of this id, the likeliest first.

    Its catalogue leaves the vendor, the kind of tuning and the device out of an alias, and writes versions with dots:
    ``mistralai-Mistral-7B-Instruct-v0-2-generic-cpu:3`` has the alias ``mistral-7b-v0.2``.
    """
    name = parse_model_id(model_id).name
    lower = name.lower()
    for vendor in _VENDORS:
        lower = lower.removeprefix(vendor)
    lower = _VERSION.sub(r"-v\1.\2", lower)
    short = lower
    for part in _PARTS:
        short = part.sub("", short)
    plain = (name, name.removesuffix("-instruct"), model_id.partition(":")[0])
    names = (short, lower, _LAST_VERSION.sub("", short), *plain)
    return tuple(dict.fromkeys(alias for alias in names if alias))


def resolved(name: str, listed: Sequence[str]) -> str:
    """The id that a server has for a name: the name itself, or the only id whose alias it is."""
    if name in listed:
        return name
    wanted = name.lower()
    exact = [each for each in listed if each.lower() == wanted or each.partition(":")[0].lower() == wanted]
    by_alias = [each for each in listed if wanted in (alias.lower() for alias in possible_aliases(each))]
    found = list(dict.fromkeys(exact or by_alias))
    return found[0] if len(found) == 1 else name


def suggestion(name: str, listed: Sequence[str]) -> str:
    """What to write in place of a name that a server does not list, as the end of a sentence; empty if unknown."""
    if not listed or name in listed:
        return ""
    near = difflib.get_close_matches(name, listed, _NAMED, _ALIKE) or list(listed[:_NAMED])
    more = "" if len(listed) <= len(near) else f" and {len(listed) - len(near)} more"
    return f"it lists {', '.join(near)}{more}, and no {name}"
