"""How the page is rendered: its templates escape every value, so no text from outside becomes a part of the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import markupsafe
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tui.reports.markup import Markup
from tui.text.escape import visible, visible_block

_FOLDER: Final = Path(__file__).with_name("templates")
_STRONG_BEGIN, _STRONG_END = "\x02", "\x03"
"""Where words begin and end that stand out. Text from outside has none of these: ``visible`` replaces them in it."""

MARKUP: Final = Markup(data=visible, strong=lambda text: f"{_STRONG_BEGIN}{text}{_STRONG_END}")
"""How sentences are written that the filter ``emphasised`` draws."""


@cache
def template(name: str) -> Template:
    """Load the template of this name."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters.update(anchor=_anchor, block=_block, emphasised=_emphasised)
    return environment.get_template(name)


def _finalized(value: object) -> object:
    """Prepare a value before it is escaped: no control character in it is obeyed."""
    return value if isinstance(value, markupsafe.Markup) else visible(str(value))


def _anchor(title: str) -> str:
    """Return the name by which a link finds a section: letters and digits of its title, with lines between words."""
    return "-".join("".join(sign if sign.isalnum() else " " for sign in title.lower()).split())


def _block(text: str) -> markupsafe.Markup:
    """Write text of several lines as it was written."""
    return markupsafe.escape(visible_block(text))


def _emphasised(sentence: str) -> markupsafe.Markup:
    """Write a sentence in which words stand out."""
    escaped = str(markupsafe.escape(sentence))
    return markupsafe.Markup(escaped.replace(_STRONG_BEGIN, "<strong>").replace(_STRONG_END, "</strong>"))
