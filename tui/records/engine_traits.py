"""The engines that run models: the traits in which they differ, one row an engine, and the reasons why a model ends.

Every child process imports this module, so it imports no other records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FOUNDRY: Final = "foundry"
"""The engine of models that Foundry Local runs in a child process of ours."""
ENDPOINT: Final = "endpoint"
"""The engine of models that a server runs."""
ADAPTER: Final = "adapter"
"""The engine of models that a class of the user's own runs in a child process of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTraits:
    """What an engine can do. The defaults hold for an engine of which nothing is known."""

    is_remote: bool = False
    """A server runs the model: it may go and come back, it has no files here, and its energy is not known."""
    has_memory: bool = True
    """The model's memory is that of a child process of ours: the guard may free it, and unloading returns it."""
    on_disk: bool = False
    """The model is a folder in the form of ONNX Runtime GenAI, so its files can be weighed and checked."""
    timed_at_source: bool = False
    """Times are taken in the process that makes the tokens; of code of the user's own, which may ask a server, that is
    not certain.
    """
    takes_concurrency: bool = False
    """Several requests can be in flight at once, at a limited rate, each with a time limit of its own."""


ENGINE_TRAITS: Final[Mapping[str, EngineTraits]] = {
    FOUNDRY: EngineTraits(on_disk=True, timed_at_source=True),
    ENDPOINT: EngineTraits(is_remote=True, has_memory=False, takes_concurrency=True),
    ADAPTER: EngineTraits(),
}
_UNKNOWN: Final = EngineTraits()


def traits_of(engine: str) -> EngineTraits:
    """The traits of the engine with this name; a record of a newer version may name one that is not in the table."""
    return ENGINE_TRAITS.get(engine, _UNKNOWN)


class ExitKind(StrEnum):
    """The kind of reason why a model ended, or could not run."""

    OUT_OF_MEMORY = "out of memory"
    WILL_NOT_FIT = "will not fit"
    KILLED = "killed"
    CRASHED = "crashed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"


_IN_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)|\s+File \".*\", line \d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCause:
    """The reason why a model ended, with the last lines that it wrote to stderr."""

    kind: ExitKind
    reason: str
    stderr_tail: tuple[str, ...] = ()
    peak_rss_bytes: int | None = None
    """The peak of the model's resident memory that was seen before its end."""
    advice: tuple[str, ...] = ()
    """Remedies to try, one sentence each."""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value

    @property
    def last_words(self) -> tuple[str, ...]:
        """The last lines on stderr without the tracebacks of Python in them, which are for the log."""
        words: list[str] = []
        inside = False
        for line in self.stderr_tail:
            if _IN_TRACEBACK.match(line):
                inside = True
            elif not inside:
                words.append(line)
            elif line.strip() and not line[0].isspace():
                # The line after the traceback names the exception, which the reason mostly repeats.
                inside = False
                if not line.startswith("During handling") and line.partition(": ")[2] not in self.reason:
                    words.append(line)
        return tuple(words)
