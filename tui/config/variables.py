"""The environment variables: which there are, and how each is read into a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.config.endpoints import VARIABLE, endpoint_at
from tui.json_file import ConfigError
from tui.records import Endpoint
from tui.records.measurement_settings import SETTINGS, Setting, WholeNumber

SETTING_VARIABLES: Final[Mapping[str, str]] = {"rounds": "BENCH_ROUNDS"}
"""The variables that set a setting of a measurement, by its name; the setting has to be a whole number."""
_WHOLE: Final = re.compile(r"0{0,9}\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChoices:
    """The settings of the environment variables; ``None`` if unset. Flags override them, and they override files."""

    models: tuple[str, ...] | None = None
    settings: Mapping[str, int] = field(default_factory=dict[str, int])
    """The settings of a measurement that have a variable and are set, by the names of the fields of ``Method``."""
    prompt: str | None = None
    streaming_off: bool = False
    """The variable turns streaming off, which Benchtop does not support."""
    endpoint: Endpoint | None = None


def read_environment(variables: Mapping[str, str]) -> EnvironmentChoices:
    """Read BENCH_MODELS, BENCH_PROMPT, BENCH_STREAM, FOUNDRY_LOCAL_ENDPOINT and the variables of the settings.

    An empty variable counts as unset.

    Raises:
        ConfigError: if a value is wrong; the message is one sentence that names the variable.
    """
    models = variables.get("BENCH_MODELS", "").strip()
    stream = variables.get("BENCH_STREAM", "").strip().lower()
    url = variables.get(VARIABLE, "").strip()
    names = tuple(name for part in models.split(",") if (name := part.strip()))
    if models and not names:
        raise ConfigError(
            f'BENCH_MODELS is "{models}", but model names with commas between them are expected; correct or unset it.'
        )
    settings = {
        name: _whole_number(variable, SETTINGS[name], text)
        for name, variable in SETTING_VARIABLES.items()
        if (text := variables.get(variable, "").strip())
    }
    if stream not in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ConfigError(f'BENCH_STREAM is "{stream}", but 0 or 1 is expected; unset it, streaming is always on.')
    return EnvironmentChoices(
        models=names or None,
        settings=settings,
        prompt=variables.get("BENCH_PROMPT", "").strip() or None,
        streaming_off=stream in {"0", "false", "no", "off"},
        endpoint=endpoint_at(url, VARIABLE) if url else None,
    )


def _whole_number(variable: str, setting: Setting, text: str) -> int:
    assert isinstance(setting.kind, WholeNumber), "only a whole number can be set by a variable"
    if not _WHOLE.fullmatch(text) or int(text) < setting.kind.least:
        raise ConfigError(
            f'{variable} is "{text}", but a whole number from {setting.kind.least} up is expected; set it to '
            f"{setting.default}, or unset it."
        )
    return int(text)
