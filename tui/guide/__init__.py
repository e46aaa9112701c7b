"""The pages of the guide, which ``benchtop guide`` and the help of the workbench show.

A page is a file ``TOPIC.md`` in this folder, and a row of ``TOPICS``. Its first line is ``# Title``, and its first
paragraph, of one line, is its summary. Links to other pages are written ``[text](topic.md)``, so that they also work on
a code-hosting page. A test runs every command of a page that stands in a block of ``sh``, unless the line before the
block is ``<!-- not run: the reason -->``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOPICS: Final = (
    "workbench",
    "keys",
    "models",
    "memory",
    "own-models",
    "servers",
    "engines",
    "benchmarks",
    "reports",
    "history",
    "compare",
    "fleet",
    "rate",
    "packs",
    "choose",
    "numbers",
    "selftest",
    "faults",
    "settings",
)
"""The names of the pages in the order of the list of pages."""

_COMMENT: Final = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_LINK_TO_PAGE: Final = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\.md\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the guide."""

    topic: str
    title: str
    summary: str
    text: str
    """The Markdown as it is shown: without comments, and with the names of pages in place of links to their files."""


def source_of(topic: str) -> str:
    """Read the Markdown of a page as it stands in its file."""
    return (Path(__file__).parent / f"{topic}.md").read_text(encoding="utf-8")


def linked_text(topic: str) -> str:
    """Read the Markdown of a page without its comments, with links to the files of other pages."""
    return _COMMENT.sub("", source_of(topic))


def page(topic: str) -> Page:
    """Read the page of a topic, which is one of ``TOPICS``."""
    text = _LINK_TO_PAGE.sub(_named, linked_text(topic))
    title, summary = text.split("\n", 3)[0:3:2]
    return Page(topic, title.removeprefix("# "), summary, text)


def _named(link: re.Match[str]) -> str:
    """Write a link to a page as the name of the page, after the words of the link if these are others."""
    words, topic = link.groups()
    return f"`{topic}`" if words in (topic, topic.replace("-", " ")) else f"{words} (`{topic}`)"
