"""Graders, which tell right answers from wrong ones by rules, and the grades that they give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GraderKind(StrEnum):
    """A kind of grader; the value is its key under ``expect`` in a file of prompts."""

    NUMBER = "number"
    CHOICE = "choice"
    SCHEMA = "schema"
    VALUES = "values"
    REFERENCE = "reference"
    IN_ORDER = "in_order"
    TOOL_CALL = "tool_call"
    CODE = "code"


class Likeness(StrEnum):
    """How an answer is compared with a reference answer."""

    EQUAL = "equal"
    """Equal after normalisation."""
    F1 = "f1"
    """The F1 score of the words that both have."""
    EDIT = "edit"
    """One minus the normalised edit distance of the characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeResult:
    """What came out when the code of one answer was run."""

    answer_id: str
    score: float
    """The share of the tests that pass."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """What is right, in the terms of one kind of grader; the fields of the other kinds keep their defaults."""

    kind: GraderKind
    name: str = ""
    """A name in a word or two, if the file gives one."""
    number: float | None = None
    tolerance: float = 0.0
    """The greatest distance from the number that is right, in its unit."""
    tolerance_share: float = 0.0
    """The greatest distance as a share of the number; the larger of both tolerances counts."""
    units: tuple[str, ...] = ()
    """The unit of the number in all the ways it may be written; empty if no unit is asked for."""
    choices: tuple[str, ...] = ()
    """The texts of the choices; empty if only their labels are known."""
    labels: tuple[str, ...] = ()
    """The labels of the choices, such as ``A`` to ``D``."""
    right: str = ""
    """The label of the right choice."""
    schema: str = ""
    """A JSON Schema for the answer or for the arguments of a tool call, as JSON, the language it is written in."""
    values: str = ""
    """The members that the JSON of the answer must have, as a JSON object."""
    answers: tuple[str, ...] = ()
    """Reference answers, any of which is right."""
    likeness: Likeness = Likeness.EQUAL
    at_least: float = 1.0
    """The likeness to a reference answer from which on the answer is right."""
    in_order: tuple[tuple[str, ...], ...] = ()
    """Texts that the answer must contain one after the other, each with its alternatives."""
    tool: str = ""
    """The name of the tool that must be called; empty if none may be called."""
    tests: tuple[str, ...] = ()
    """Statements of Python that must not fail after the code of the answer has run."""
    seconds: float = 10.0
    """The time limit of the code and all its tests."""
    memory_mb: int = 512
    """The memory limit of the code, in MiB."""
    results: tuple[CodeResult, ...] = ()
    """What came out for the answers whose code was run, after the user had agreed."""

    def __str__(self) -> str:
        return self.name or _WORDS[self.kind]


_WORDS = {
    GraderKind.NUMBER: "number",
    GraderKind.CHOICE: "choice",
    GraderKind.SCHEMA: "JSON schema",
    GraderKind.VALUES: "JSON values",
    GraderKind.REFERENCE: "reference answer",
    GraderKind.IN_ORDER: "contains in order",
    GraderKind.TOOL_CALL: "tool call",
    GraderKind.CODE: "code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one grader or facet found in one answer."""

    grader: str
    """The name of the grader or facet."""
    score: float | None
    """From 0 to 1; ``None`` if it cannot be told."""
    passed: bool | None
    """Whether the answer is right; ``None`` if it cannot be told."""
    reason: str
    """Why, in words."""
    partial: bool = False
    """The answer is not right, but a part of it is: the score is above 0."""

    @classmethod
    def of(cls, grader: object, score: float, reason: str) -> Grade:
        """Make the grade of a score: 1 has passed, and what lies between 0 and 1 is partial credit."""
        return cls(grader=str(grader), score=score, passed=score >= 1, reason=reason, partial=0 < score < 1)

    @classmethod
    def untold(cls, grader: object, reason: str) -> Grade:
        """Make the grade of an answer that cannot be graded, for this reason."""
        return cls(grader=str(grader), score=None, passed=None, reason=reason)
