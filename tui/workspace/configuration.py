"""The configuration of the user: the files models.json and prompts.json, and the environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tui.config import Config, EnvironmentChoices, load_config, read_environment


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration files and the environment variables, both read and checked."""

    config: Config
    environment: EnvironmentChoices


def read_configuration(config_folder: Path | None) -> Configuration:
    """Read the configuration files and the environment of this process.

    ``config_folder`` is looked into before the usual folders.

    Raises:
        ConfigError: one of them cannot be used; the message is one sentence for the user.
    """
    return Configuration(load_config(config_folder), read_environment(os.environ))
