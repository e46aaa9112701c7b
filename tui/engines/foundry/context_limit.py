"""Makes a model with a smaller context, or with prompts read in pieces, without touching the model itself.

It is a folder of links with settings of its own.

The runtime sizes the KV cache for the whole context of a model at the first request, whatever the prompt: a context of
32,768 tokens is what makes a 7B model run out of memory, not its weights.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, cast

from tui import paths
from tui.engines.foundry.model_files import CONFIG_FILE, load_json, member_of
from tui.engines.foundry.model_settings import MOST_CONTEXT, decoder_of, positive


def write_capped(
    source: Path, destination: Path, context_tokens: int | None = None, piece_tokens: int | None = None
) -> Path:
    """Make ``destination`` a folder that loads like ``source``, but with at most this context.

    With ``piece_tokens`` the runtime reads a prompt in pieces of so many tokens, so that a long prompt takes no more
    memory than a short one. Files are linked if the system allows it, else hard-linked, else copied.

    Raises:
        OSError: the folder cannot be written, or the source not read.
        ValueError: the settings of the source are not in the form that the runtime writes, or the context is smaller
            than the sliding window of the model, which the runtime refuses.
    """
    settings = cast("Any", load_json(source / CONFIG_FILE))
    try:
        if context_tokens is not None:
            _limit(settings["model"], "context_length", context_tokens)
            _limit(settings.setdefault("search", {}), "max_length", context_tokens)
        if piece_tokens is not None:
            settings.setdefault("search", {})["chunk_size"] = piece_tokens
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{source / CONFIG_FILE} has no context to limit") from error
    window = member_of(decoder_of(settings), "sliding_window")
    least = positive(member_of(window, "window_size"), MOST_CONTEXT) if member_of(window, "layers") else None
    if context_tokens is not None and least is not None and context_tokens < least:
        raise ValueError(
            f"a context of {context_tokens} tokens is smaller than the model's sliding window: use at least {least}"
        )
    destination.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name != CONFIG_FILE:
            _link(paths.real(entry), destination / entry.name)
    (destination / CONFIG_FILE).write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return destination


def _limit(section: Any, name: str, tokens: int) -> None:
    section[name] = min(tokens, section.get(name) or tokens)


def _link(source: Path, destination: Path) -> None:
    """Link a file or folder, or copy it if neither kind of link is possible.

    Windows allows symbolic links to some users only, and no system allows hard links from one disk to another.
    """
    for make in (os.symlink, os.link):
        try:
            make(source, destination)
        except OSError:
            continue
        return
    if source.is_dir():
        shutil.copytree(source, destination)
    else:
        shutil.copy2(source, destination)
