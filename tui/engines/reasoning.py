"""Reasoning models think aloud between two marks; their thoughts are kept apart from the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_OPEN: Final = "<think>"
_CLOSES: Final = {
    _OPEN: "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "◁think▷": "◁/think▷",
    "<|channel>thought": "<channel|>",
    "<|channel|>analysis<|message|>": "<|end|>",
}
"""The marks that open reasoning, each with the one that closes it; the last two are channels of Gemma and gpt-oss."""
_CHANNEL: Final = "<|channel|>analysis<|message|>"
_CHANNEL_MARKS: Final = (
    "<|start|>assistant",
    "<|channel|>final<|message|>",
    "<|channel|>commentary<|message|>",
    "<|end|>",
    "<|return|>",
)
"""Marks of the channels of gpt-oss that are no part of a text."""
_UNOPENED: Final = tuple(close for close in _CLOSES.values() if close != "<|end|>")
"""Marks that close reasoning which the prompt may have opened."""
_AT_START: Final = (*_CLOSES, *_CHANNEL_MARKS)


class ReasoningSplitter:
    """Splits a stream of text at the marks of reasoning, wherever the pieces are cut.

    ``<think>`` opens reasoning anywhere, the other marks only at the start, since an answer may be about them. A
    template may open the reasoning itself, so that the stream begins inside; ``template_opens_reasoning`` finds that
    out. Where the template is not known, ``finds_unopened`` looks for a mark that closes what was never opened.
    """

    def __init__(self, *, inside: bool = False, finds_unopened: bool = False) -> None:
        self._closes: tuple[str, ...] = _UNOPENED if inside else ()
        """The marks that would end the reasoning; empty in the answer."""
        self._held_back = ""
        self._begun = inside
        """Whether anything but white space has come."""
        self._has_channels = False
        self._finds_unopened = finds_unopened and not inside
        self._answer_runs = 0
        self.unopened_runs = 0
        """How many of the first runs of the answer were reasoning that only a closing mark has told."""

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Runs of text, each with whether it is reasoning; what may be the start of a mark waits for the next call."""
        runs: list[tuple[str, bool]] = []
        rest = self._held_back + text
        self._held_back = ""
        while rest:
            if not self._begun and self._may_become_mark(rest):
                self._held_back = rest
                break
            marks = self._marks(rest)
            place, mark = min(((rest.find(mark), mark) for mark in marks if mark in rest), default=(-1, ""))
            if not mark:
                partial = max((_partial_mark(rest, mark) for mark in marks), default=0)
                self._held_back = rest[len(rest) - partial :]
                self._add(runs, rest[: len(rest) - partial])
                break
            self._add(runs, rest[:place])
            self._pass(mark)
            rest = rest[place + len(mark) :]
        return runs

    def finish(self) -> list[tuple[str, bool]]:
        """The text that was held back as the possible start of a mark that never came."""
        runs: list[tuple[str, bool]] = []
        self._add(runs, self._held_back)
        self._held_back = ""
        return runs

    def _add(self, runs: list[tuple[str, bool]], text: str) -> None:
        if text:
            runs.append((text, bool(self._closes)))
            self._begun = self._begun or not text.isspace()
            self._answer_runs += not self._closes

    def _may_become_mark(self, rest: str) -> bool:
        """Whether a stream that begins so may go on as a mark."""
        start = rest.lstrip()
        return bool(start) and any(len(start) < len(mark) and mark.startswith(start) for mark in _AT_START)

    def _marks(self, rest: str) -> tuple[str, ...]:
        """The marks that mean something at this place."""
        if self._closes:
            return self._closes
        start = () if self._begun else tuple(mark for mark in _AT_START if rest.lstrip().startswith(mark))
        channels = (_CHANNEL, *_CHANNEL_MARKS) if self._has_channels else ()
        return (_OPEN, *start, *channels, *(_UNOPENED if self._finds_unopened else ()))

    def _pass(self, mark: str) -> None:
        """Go on behind a mark."""
        self._has_channels = self._has_channels or mark == _CHANNEL or mark in _CHANNEL_MARKS
        if self._closes:
            self._closes = ()
        elif mark in _CLOSES:
            self._closes, self._finds_unopened = (_CLOSES[mark],), False
        elif mark in _UNOPENED:
            self.unopened_runs, self._finds_unopened, self._begun = self._answer_runs, False, True


def template_opens_reasoning(template: str) -> bool:
    """Whether a chat template ends the prompt inside the reasoning, so that no opening mark will be streamed."""
    _, prompt_end, tail = template.rpartition("add_generation_prompt")
    return bool(prompt_end) and any(_ends_inside(tail, opening, closing) for opening, closing in _CLOSES.items())


def _ends_inside(text: str, opening: str, closing: str) -> bool:
    _, opened, after = text.rpartition(opening)
    return bool(opened) and closing not in after


def _partial_mark(text: str, mark: str) -> int:
    """The length of the longest end of ``text`` with which ``mark`` begins."""
    sizes: Iterable[int] = range(min(len(text), len(mark) - 1), 0, -1)
    return next((size for size in sizes if mark.startswith(text[-size:])), 0)
