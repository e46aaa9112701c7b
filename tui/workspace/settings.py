"""The settings of the user: what the configuration files and the environment variables ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tui.config import Config, EnvironmentChoices, load_config, read_environment


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration files and the environment variables, both read and checked."""

    config: Config
    environment: EnvironmentChoices


def read_settings(config_folder: Path | None) -> Settings:
    """Read the configuration files and the environment of this process.

    ``config_folder`` is looked into before the usual folders.

    Raises:
        ConfigError: one of them cannot be used; the message is one sentence for the user.
    """
    return Settings(load_config(config_folder), read_environment(os.environ))
