"""The app's themes keep their colours apart in every terminal."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem

from tui import palette

_NAMES = ("primary", "success", "secondary", "warning", "accent", "error", "foreground", "panel")


@pytest.mark.parametrize("index", [0, 1])
def test_in_16_colours_no_two_colours_are_the_same_and_none_is_that_of_the_background(index: int) -> None:
    theme = palette.themes_for("standard")[index]
    assert theme.name == palette.THEMES[index].name, "it is the theme that is stored and chosen"
    colours = {name: getattr(theme, name) for name in _NAMES} | {
        name: theme.variables[f"block-cursor-{name}"] for name in ("background", "blurred-background")
    }
    numbers = {
        name: Color.parse(colour).downgrade(ColorSystem.STANDARD).number
        for name, colour in {**colours, "back": theme.background or ""}.items()
    }
    apart = {name: numbers[name] for name in (*_NAMES, "back")}
    assert len(set(apart.values())) == len(apart), apart
    assert numbers["back"] not in (numbers["background"], numbers["blurred-background"])


@pytest.mark.parametrize("colours", [None, "256", "truecolor"])
def test_with_more_colours_the_themes_are_calm(colours: str | None) -> None:
    assert palette.themes_for(colours) == palette.THEMES
