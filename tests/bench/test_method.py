"""The settings of a measurement: one record with their defaults, one table from which every front end is made."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from tests.support.command import benchtop
from tui.config.variables import SETTING_VARIABLES
from tui.records import Method
from tui.records.measurement_settings import SETTINGS, flattened
from tui.screens.benchmark.fields import FIELDS

FOLLOWING = {"prompt_set", "sweep", "protocol"}
"""What follows from the choice of the prompts and of the preset, and is asked for nowhere by itself."""


def test_every_setting_has_a_row_in_the_table() -> None:
    assert set(SETTINGS) == {field.name for field in fields(Method)} - FOLLOWING


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_an_option_with_its_help(name: str) -> None:
    setting = SETTINGS[name]
    help_page = " ".join(benchtop("bench", "--help").stdout.split())
    assert setting.option in help_page
    assert setting.help_text(SETTING_VARIABLES.get(name, "")) in help_page


def test_a_default_stands_in_the_record_alone() -> None:
    assert SETTINGS["rounds"].help_text().endswith(f"default: {Method().rounds}]")
    assert SETTINGS["temperature"].help_text().endswith("[default: 0]")
    assert SETTINGS["mode"].help_text().endswith("[default: one-by-one]")


def test_the_dialog_has_the_settings_with_an_entry_in_the_order_of_their_places() -> None:
    entries = {setting.name: setting.entry.place for setting in SETTINGS.values() if setting.entry is not None}
    assert list(FIELDS) == sorted(entries, key=lambda name: entries[name])


def test_a_file_has_the_settings_among_the_members_of_their_record() -> None:
    members: dict[str, Any] = {"models": [], "method": {"rounds": 2, "warmup": 0}, "force": False}
    assert flattened(members) == {"models": [], "rounds": 2, "warmup": 0, "force": False}
    assert list(flattened(members)) == ["models", "rounds", "warmup", "force"]
