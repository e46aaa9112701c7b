"""Read the environment variables into a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui.config.endpoints import VARIABLE, endpoint_at
from tui.json_file import ConfigError
from tui.records import Endpoint
from tui.records.method import DEFAULT_METHOD

_ROUNDS: Final = re.compile(r"0{0,9}[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChoices:
    """The settings of the environment variables; ``None`` if unset. Flags override them, and they override files."""

    models: tuple[str, ...] | None = None
    rounds: int | None = None
    prompt: str | None = None
    streaming_off: bool = False
    """The variable turns streaming off, which Benchtop does not support."""
    endpoint: Endpoint | None = None


def read_environment(variables: Mapping[str, str]) -> EnvironmentChoices:
    """Read BENCH_MODELS, BENCH_ROUNDS, BENCH_PROMPT, BENCH_STREAM and FOUNDRY_LOCAL_ENDPOINT; empty means unset.

    Raises:
        ConfigError: if a value is wrong; the message is one sentence that names the variable.
    """
    models, rounds = variables.get("BENCH_MODELS", "").strip(), variables.get("BENCH_ROUNDS", "").strip()
    stream = variables.get("BENCH_STREAM", "").strip().lower()
    url = variables.get(VARIABLE, "").strip()
    names = tuple(name for part in models.split(",") if (name := part.strip()))
    if models and not names:
        raise ConfigError(
            f'BENCH_MODELS is "{models}", but model names with commas between them are expected; correct or unset it.'
        )
    if rounds and not _ROUNDS.fullmatch(rounds):
        raise ConfigError(
            f'BENCH_ROUNDS is "{rounds}", but a whole number from 1 up is expected; set it to '
            f"{DEFAULT_METHOD.rounds}, or unset it."
        )
    if stream not in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ConfigError(f'BENCH_STREAM is "{stream}", but 0 or 1 is expected; unset it, streaming is always on.')
    return EnvironmentChoices(
        models=names or None,
        rounds=int(rounds) if rounds else None,
        prompt=variables.get("BENCH_PROMPT", "").strip() or None,
        streaming_off=stream in {"0", "false", "no", "off"},
        endpoint=endpoint_at(url, VARIABLE) if url else None,
    )
