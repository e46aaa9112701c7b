"""The table of engines: what starts a model, and what its traits are."""

from __future__ import annotations

from tui.engines.registry import ENGINES
from tui.records import Model
from tui.records.engine_traits import ENGINE_TRAITS, EngineTraits


def test_every_engine_has_a_row_of_traits_and_something_that_starts_it() -> None:
    assert ENGINES.keys() == ENGINE_TRAITS.keys()


def test_an_engine_of_a_newer_version_has_the_traits_of_one_of_which_nothing_is_known() -> None:
    assert Model(alias="later", engine="unheard-of").traits == EngineTraits()
