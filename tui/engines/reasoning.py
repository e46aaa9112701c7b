"""Reasoning models think aloud between two tags; their thoughts are kept apart from the answer."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ReasoningSplitter:
    """Splits a stream of text at ``<think>`` and ``</think>``, wherever the pieces are cut.

    A template may open the tag itself, so that the stream begins inside; ``template_opens_reasoning`` finds that out.
    """

    def __init__(self, *, inside: bool = False) -> None:
        self._inside = inside
        self._held_back = ""

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Runs of text, each with whether it is reasoning; what may be the start of a tag waits for the next call."""
        runs: list[tuple[str, bool]] = []
        rest = self._held_back + text
        self._held_back = ""
        while rest:
            tag = _CLOSE if self._inside else _OPEN
            before, match, after = rest.partition(tag)
            if not match:
                partial = _partial_tag(rest, tag)
                before, self._held_back = rest[: len(rest) - partial], rest[len(rest) - partial :]
                after = ""
            if before:
                runs.append((before, self._inside))
            if match:
                self._inside = not self._inside
            rest = after
        return runs

    def finish(self) -> list[tuple[str, bool]]:
        """The text that was held back as the possible start of a tag that never came."""
        text, self._held_back = self._held_back, ""
        return [(text, self._inside)] if text else []


def template_opens_reasoning(template: str) -> bool:
    """Whether a chat template ends the prompt inside the reasoning tag, so that no opening tag will be streamed."""
    _, prompt_end, tail = template.rpartition("add_generation_prompt")
    _, opened, after = tail.rpartition(_OPEN)
    return bool(prompt_end and opened) and _CLOSE not in after


def _partial_tag(text: str, tag: str) -> int:
    """The length of the longest end of ``text`` with which ``tag`` begins."""
    return next((size for size in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-size:])), 0)
