"""Writes the snapshot of a catalogue as the runtime leaves it."""

from __future__ import annotations

import json
from pathlib import Path

from tui import paths
from tui.engines.foundry.model_files import SNAPSHOT_FILE


def write_snapshot(count: int, cache: Path | None = None) -> None:
    """Write the snapshot of a catalogue of ``count`` builds, in the runtime's form."""
    records = [
        {
            "id": f"model-{number}-instruct-generic-cpu:1",
            "alias": f"model-{number}",
            "name": f"model-{number}-instruct-generic-cpu",
            "version": 1,
            "displayName": f"Model {number}",
            "publisher": "Lab",
            "license": "MIT",
            "licenseDescription": "See https://licences.example/mit.",
            "fileSizeMb": number + 1,
            "task": "chat-completion",
            "createdAt": 1767323045,
            "runtime": {"deviceType": "CPU", "executionProvider": "CPUExecutionProvider"},
            "intProperties": {"context_length": 4096},
            "stringProperties": {"capabilities": "tool-calling,reasoning", "input_modalities": "text"},
        }
        for number in range(count)
    ]
    folder = cache or paths.model_cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SNAPSHOT_FILE).write_text(json.dumps({"models": records}), encoding="utf-8")
