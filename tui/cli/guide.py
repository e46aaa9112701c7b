"""``benchtop guide``: shows the pages of the guide."""

from __future__ import annotations

import difflib
from typing import Final

import click

from tui import guide
from tui.cli.shared.tables import columns
from tui.console import ExitCode, process_console

_WIDEST: Final = 100
"""Longer lines are hard to read."""


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [topic for topic in guide.TOPICS if topic.startswith(incomplete)]


@click.command()
@click.argument("topic", required=False, shell_complete=_complete)
def command(*, topic: str | None) -> int:
    """Show a page of the guide; without a TOPIC the list of pages.

    \b
    benchtop guide
    benchtop guide benchmarks
    benchtop guide numbers | less
    """
    console = process_console()
    if topic is None:
        rows = [(page.topic, page.summary) for page in map(guide.page, guide.TOPICS)]
        console.data(columns(("TOPIC", "WHAT IT IS ABOUT"), rows))
        console.say('"benchtop guide TOPIC" shows a page.')
        return ExitCode.DONE
    name = topic.lower().removesuffix(".md")
    if name not in guide.TOPICS:
        close = difflib.get_close_matches(name, guide.TOPICS, n=1)
        offered = f'the closest is "{close[0]}"' if close else f"there are {', '.join(guide.TOPICS)}"
        raise click.UsageError(f'there is no page "{topic}" in the guide; {offered}')
    text = guide.page(name).text
    if console.out_width is None or not console.shows_styles:
        console.data(text)
    else:
        console.styled(rendered(text, min(console.out_width, _WIDEST)))
    return ExitCode.DONE


def rendered(markdown: str, width: int) -> str:
    """Render Markdown for a terminal of this width, with its colours unless ``NO_COLOR`` is set."""
    # Only a page on a terminal needs them.
    from rich.console import Console as RichConsole
    from rich.markdown import Markdown
    from rich.theme import Theme

    console = RichConsole(width=width, force_terminal=True, highlight=False, theme=Theme({"markdown.code": "bold"}))
    with console.capture() as capture:
        console.print(Markdown(markdown, code_theme="ansi_dark", hyperlinks=False, justify="left"))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
