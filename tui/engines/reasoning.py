"""Reasoning models think aloud between two tags: their thoughts are kept apart from the answer."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ReasoningSplitter:
    """Splits a stream of text at ``<think>`` and ``</think>``, wherever the pieces are cut.

    A template may open the tag itself, so that the stream begins inside; ``template_opens_reasoning`` tells.
    """

    def __init__(self, *, inside: bool = False) -> None:
        self._inside = inside
        self._held = ""

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Runs of text, each with whether it is reasoning; what may be the start of a tag waits for the next call."""
        runs: list[tuple[str, bool]] = []
        rest = self._held + text
        self._held = ""
        while rest:
            tag = _CLOSE if self._inside else _OPEN
            before, found, after = rest.partition(tag)
            if not found:
                keep = _partial_tag(rest, tag)
                before, self._held = rest[: len(rest) - keep], rest[len(rest) - keep :]
                after = ""
            if before:
                runs.append((before, self._inside))
            if found:
                self._inside = not self._inside
            rest = after
        return runs

    def finish(self) -> list[tuple[str, bool]]:
        """What was held back as the possible start of a tag that never came."""
        held, self._held = self._held, ""
        return [(held, self._inside)] if held else []


def template_opens_reasoning(template: str) -> bool:
    """Whether a chat template ends the prompt inside the reasoning tag, so that no opening tag will be streamed."""
    _, found, tail = template.rpartition("add_generation_prompt")
    _, opened, after = tail.rpartition(_OPEN)
    return bool(found and opened) and _CLOSE not in after


def _partial_tag(text: str, tag: str) -> int:
    """Length of the longest end of ``text`` that begins ``tag``."""
    return next((size for size in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-size:])), 0)
