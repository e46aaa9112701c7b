"""Read prompts.json, in any of its forms, into records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard, cast

from tui import json_file
from tui.config.expectations import read_facets, read_graders, read_rubric
from tui.json_file import ConfigError, Value, is_usable_text
from tui.records import Prompt

PROMPT_KEYS: Final = ("id", "text", "system", "max_tokens", "expect", "rubric")
PROMPTS_FILE_KEYS: Final = ("default", "sets", "protocols")
_PLAIN_KEYS: Final = frozenset({"id", "text", "system", "max_tokens"})
_PLAIN_TOKENS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PromptsFile:
    """The contents of a prompts.json."""

    sets: Mapping[str, tuple[Prompt, ...]]
    default: str
    protocols: Value | None = None
    """The protocols as they are written; they are read later, since they may name sets of the packaged file."""


def read_prompts(path: Path) -> PromptsFile:
    """Read the file. Raises ConfigError."""
    top = json_file.read(path)
    if top.is_list():
        return PromptsFile({path.stem: read_prompt_list(top)}, path.stem)
    members = top.members()
    if "sets" in members:
        top.refuse_unknown(PROMPTS_FILE_KEYS)
        named = members["sets"].members()
    else:
        named = {name: value for name, value in members.items() if not _is_no_set(name, value)}
    sets = {name: read_prompt_list(value) for name, value in named.items()}
    if not sets:
        raise ConfigError(f"{top.where}: there is no prompt set in it; add one, a name with a list of prompts.")
    default, protocols = members.get("default"), None if "protocols" in named else members.get("protocols")
    if default is None or (default.is_list() and "sets" not in members):
        return PromptsFile(sets, next(iter(sets)), protocols)
    if default.text() not in sets:
        raise default.error("the name of one of the sets", f"write one of {', '.join(sets)}")
    return PromptsFile(sets, default.text(), protocols)


def _is_no_set(name: str, value: Value) -> bool:
    """Whether a member of a file without "sets" is the default or the protocols, and no set of prompts."""
    return (name == "default" and value.is_text()) or (name == "protocols" and value.is_object())


def read_prompt_list(value: Value) -> tuple[Prompt, ...]:
    """Read a list of prompts, each with an id of its own. Raises ConfigError."""
    # There may be 100,000 prompts, so a value with its place in the file is made only where one is needed.
    prompts = tuple(
        _plain_prompt(data, f"p{number}") or _prompt(value.item(number), number)
        for number, data in enumerate(value.raw_items(), start=1)
    )
    if not prompts:
        raise value.error("a list with at least one prompt", "add a prompt or remove the set")
    seen: set[str] = set()
    for number, prompt in enumerate(prompts, start=1):
        if prompt.id in seen:
            where = value.item(number).where
            raise ConfigError(f'{where}: the id "{prompt.id}" stands twice in this set; give each prompt its own.')
        seen.add(prompt.id)
    return prompts


def _plain_prompt(data: object, default_id: str) -> Prompt | None:
    """A prompt that is a text, or a text with id, system prompt and length; ``None`` if there is more, or a mistake."""
    if isinstance(data, str):
        return Prompt(id=default_id, text=data) if is_usable_text(data) else None
    if not isinstance(data, dict):
        return None
    members = cast("dict[str, object]", data)
    text, prompt_id = members.get("text"), members.get("id", default_id)
    if not members.keys() <= _PLAIN_KEYS or not is_usable_text(prompt_id) or not is_usable_text(text):
        return None
    system, max_tokens = members.get("system"), members.get("max_tokens")
    if system is not None and not is_usable_text(system):
        return None
    if max_tokens is not None and not _is_plain_length(max_tokens):
        return None
    if None in members.values():
        return None
    return Prompt(id=prompt_id, text=text, system=system, max_tokens=max_tokens)


def _is_plain_length(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _PLAIN_TOKENS


def _prompt(item: Value, number: int) -> Prompt:
    default_id = f"p{number}"
    if item.is_text():
        return Prompt(id=default_id, text=item.text())
    if not item.is_object():
        raise item.error('a prompt, or an object with a "text"', "write the prompt in quotes")
    item.refuse_unknown(PROMPT_KEYS)
    members = item.members()
    if "text" not in members:
        raise ConfigError(f'{item.where} has no "text"; add it, it is what the model is asked.')
    prompt_id, system, max_tokens = members.get("id"), members.get("system"), members.get("max_tokens")
    expect, rubric = members.get("expect"), members.get("rubric")
    return Prompt(
        id=default_id if prompt_id is None else prompt_id.text(),
        text=members["text"].text(),
        system=None if system is None else system.text(),
        max_tokens=None if max_tokens is None else max_tokens.whole(1, "tokens"),
        facets=() if expect is None else read_facets(expect),
        graders=() if expect is None else read_graders(expect),
        rubric=() if rubric is None else read_rubric(rubric),
    )
