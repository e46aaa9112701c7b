"""Text that tries to break out of wherever it is shown."""

from __future__ import annotations

import random
from typing import Final

NASTY: Final = (
    "plain",
    "a | b || c",
    "line\nbreak\r\nand\rmore\v\f\x1c\x85\u2028\u2029end",
    "`code` ``` fence\n```\n~~~\n",
    "<script>alert(1)</script>&lt;b&gt;",
    "*bold* _soft_ [link](http://x.example) ![picture](y) ~~gone~~ $x^2$",
    "\\| \\` \\\\",
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    '"=1+1',
    "＝1+1",
    "one;=1+1",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "\u202eright to left\u2066",
    "\x00\x07\x08\x7f",
    "half a pair \ud83d here",
    "# heading\n- item\n1. item\n> quote\n---\n",
    "| a | b |\n| - | - |\n",
    "\ufeffmark",
    "no signs \ufffe\uffff at all",
    "🦊 日本語 é e\u0301",
    '"quoted", and, commas',
)

_PIECES: Final = (*"|\n\r\t`*_<>&[]()#=+-@;,'\"\\~$! \x1b\x00\x9b\u202e\u2028\ud83d", "``", "ab", "日", "</td>", "\r\n")


def texts(count: int, seed: int = 7) -> list[str]:
    """Return all the nasty texts of the list, and ``count`` random ones, which are the same for the same seed."""
    chance = random.Random(seed)
    return [*NASTY, *("".join(chance.choices(_PIECES, k=chance.randint(1, 30))) for _ in range(count))]
