"""The prompts of earlier questions, which the arrow keys bring back into the prompt line."""

from __future__ import annotations

from collections.abc import Iterable


class EarlierPrompts:
    """The earlier prompts, the newest last, and which of them the prompt line shows."""

    def __init__(self) -> None:
        self._prompts: list[str] = []
        self._shown: int | None = None
        """The index of the prompt that is shown; ``None`` while the line holds a text of its own."""
        self._draft = ""

    def extend_before(self, prompts: Iterable[str]) -> None:
        """Put prompts, the newest last, before those that are there already."""
        before = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._prompts]
        self._prompts[:0] = before
        if self._shown is not None:
            self._shown += len(before)

    def add(self, prompt: str) -> None:
        """Make this prompt the newest; a prompt stands only once in the list."""
        self._prompts = [*(earlier for earlier in self._prompts if earlier != prompt), prompt]
        self._shown = None

    def leave(self) -> None:
        """Begin again at the newest prompt, since the text was changed by hand."""
        self._shown = None

    def move(self, step: int, text: str) -> str | None:
        """Return the prompt before (``step`` of -1) or after the one that is shown; ``None`` if there is none.

        ``text`` is what the line holds now: if it is no earlier prompt, it comes back after the newest one.
        """
        if self._shown is None:
            if step > 0:
                return None
            self._draft = text
        index = (len(self._prompts) if self._shown is None else self._shown) + step
        while 0 <= index < len(self._prompts) and self._prompts[index] == text:
            index += step
        if index < 0:
            return None
        if index >= len(self._prompts):
            self._shown = None
            return self._draft
        self._shown = index
        return self._prompts[index]
