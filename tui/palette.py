"""The app's own colours: one calm dark theme, one light, each with a single accent."""

from __future__ import annotations

import json
import logging
from collections.abc import Container
from dataclasses import replace
from typing import Final

from textual.theme import Theme

from tui import json_file, paths

_MOST_BYTES: Final = 1024**2

DARK: Final = Theme(
    name="benchtop-dark",
    dark=True,
    primary="#5cb3c4",
    accent="#d99bb4",
    secondary="#a99bd8",
    success="#86bd83",
    warning="#d9ac66",
    error="#e0787c",
    foreground="#d6dae0",
    background="#15181d",
    surface="#15181d",
    panel="#20252d",
    variables={
        "border": "#5cb3c4",
        "border-blurred": "#39414d",
        "block-cursor-background": "#2b4a53",
        "block-cursor-foreground": "#f0f3f6",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#20252d",
        "block-hover-background": "#20252d",
        "button-focus-text-style": "bold",
        "footer-background": "#15181d",
        "footer-key-foreground": "#5cb3c4",
        "footer-description-foreground": "#9aa3af",
        "input-selection-background": "#5cb3c4 35%",
        "scrollbar": "#39414d",
        "scrollbar-hover": "#4b5563",
        "scrollbar-active": "#5cb3c4",
        "scrollbar-background": "#15181d",
        "scrollbar-background-hover": "#15181d",
        "scrollbar-background-active": "#15181d",
    },
)

LIGHT: Final = Theme(
    name="benchtop-light",
    dark=False,
    primary="#0c6e80",
    accent="#a04a72",
    secondary="#6a55a8",
    success="#2c7a40",
    warning="#8f5f00",
    error="#b02f3a",
    foreground="#23282e",
    background="#f8f7f4",
    surface="#f8f7f4",
    panel="#ebe9e3",
    variables={
        "border": "#0c6e80",
        "border-blurred": "#c9c5bb",
        "block-cursor-background": "#cfe5e9",
        "block-cursor-foreground": "#10161b",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#ebe9e3",
        "block-hover-background": "#ebe9e3",
        "button-focus-text-style": "bold",
        "footer-background": "#f8f7f4",
        "footer-key-foreground": "#0c6e80",
        "footer-description-foreground": "#5b636d",
        "input-selection-background": "#0c6e80 25%",
        "scrollbar": "#c9c5bb",
        "scrollbar-hover": "#a9a59a",
        "scrollbar-active": "#0c6e80",
        "scrollbar-background": "#f8f7f4",
        "scrollbar-background-hover": "#f8f7f4",
        "scrollbar-background-active": "#f8f7f4",
    },
)

THEMES: Final = (DARK, LIGHT)

_OF_16_COLOURS: Final = frozenset({"standard", "windows"})
"""The names that Rich has for a terminal of 16 colours."""
_BRIGHT: Final = {
    "primary": "#55ffff",
    "accent": "#5555ff",
    "secondary": "#ff55ff",
    "success": "#55ff55",
    "warning": "#ffff55",
    "error": "#ff5555",
    "foreground": "#ffffff",
    "background": "#000000",
    "surface": "#000000",
    "panel": "#555555",
}
_DEEP: Final = {
    "primary": "#0000aa",
    "accent": "#00aaaa",
    "secondary": "#aa00aa",
    "success": "#00aa00",
    "warning": "#aa5500",
    "error": "#aa0000",
    "foreground": "#000000",
    "background": "#ffffff",
    "surface": "#ffffff",
    "panel": "#aaaaaa",
}


def themes_for(color_system: str | None) -> tuple[Theme, ...]:
    """Return the app's themes for a terminal with these colours, as Rich names them.

    In 16 colours nearly all of the calm shades would be the same grey, so there the same themes have the strong colours
    that such a terminal has.
    """
    return (
        THEMES if color_system not in _OF_16_COLOURS else (_in_16_colours(DARK, _BRIGHT), _in_16_colours(LIGHT, _DEEP))
    )


def _in_16_colours(theme: Theme, colours: dict[str, str]) -> Theme:
    accent, quiet = colours["primary"], colours["panel"]
    variables = theme.variables | {
        "border": accent,
        "border-blurred": quiet,
        "block-cursor-background": "#0000aa",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": quiet,
        "block-hover-background": quiet,
        "footer-background": colours["background"],
        "footer-key-foreground": accent,
        "footer-description-foreground": colours["foreground"],
        "input-selection-background": "#00aaaa",
        "scrollbar": quiet,
        "scrollbar-hover": quiet,
        "scrollbar-active": accent,
        **{name: colours["background"] for name in theme.variables if name.startswith("scrollbar-background")},
    }
    return replace(theme, variables=variables, **colours)


log = logging.getLogger(__name__)


def stored_theme(available: Container[str]) -> str:
    """Return the theme that was chosen last, or the dark one if none was chosen or the settings cannot be used."""
    try:
        settings = json_file.load(paths.settings_file(), _MOST_BYTES)
    except (OSError, ValueError):
        return DARK.name
    match settings:
        case {"theme": str(name)} if name in available:
            return name
        case _:
            return DARK.name


def store_theme(name: str) -> None:
    """Start with this theme from now on; if it cannot be stored, that is a line of the log."""
    try:
        paths.write_atomically(paths.settings_file(), json.dumps({"theme": name}).encode(), make_folder=True)
    except OSError as error:
        log.warning("the theme %s is not stored: %s", name, error)
