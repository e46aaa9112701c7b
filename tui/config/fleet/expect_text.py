"""Write what is expected of answers as prompts.json has it, so that the readers of that file read it again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from tui import json_file
from tui.config.graders import NO_TOOL
from tui.records import Prompt
from tui.records.grading import Grader, GraderKind
from tui.records.quality import LENGTHS, Facet, FacetKind


def expect_members(prompt: Prompt) -> dict[str, Any]:
    """Return the members of the key ``expect``; there are none if nothing is expected."""
    kinds = list(FacetKind)
    ordered = sorted(prompt.facets, key=lambda facet: kinds.index(facet.kind))
    by_kind = groupby(ordered, key=lambda facet: facet.kind)
    members: dict[str, Any] = {kind.value: _facets(kind, list(facets)) for kind, facets in by_kind}
    return members | {grader.kind.value: _grader(grader) for grader in prompt.graders}


def _facets(kind: FacetKind, facets: Sequence[Facet]) -> object:
    match kind:
        case FacetKind.JSON:
            return True
        case FacetKind.LANGUAGE:
            return facets[0].any_of[0]
        case _ if kind in LENGTHS:
            return facets[0].limit
        case _:
            return [
                {"name": facet.name, "any_of": list(facet.any_of)} if facet.name else list(facet.any_of)
                for facet in facets
            ]


def _grader(grader: Grader) -> object:
    match grader.kind:
        case GraderKind.SCHEMA:
            return json_file.loads(grader.schema)
        case GraderKind.VALUES:
            return json_file.loads(grader.values)
        case GraderKind.IN_ORDER if not grader.name:
            return [list(texts) for texts in grader.in_order]
        case GraderKind.TOOL_CALL if not grader.tool:
            return NO_TOOL
        case _:
            members = _members(grader)
            return members | {"name": grader.name} if grader.name else members


def _members(grader: Grader) -> dict[str, Any]:
    """Return the members of a grader that is written as an object."""
    match grader.kind:
        case GraderKind.NUMBER:
            share = grader.tolerance_share
            tolerance = f"{share * 100:.10g}%" if share else grader.tolerance
            return {"value": grader.number, "tolerance": tolerance} | (
                {"unit": list(grader.units)} if grader.units else {}
            )
        case GraderKind.CHOICE:
            return {"right": grader.right, "of": _choices(grader)}
        case GraderKind.REFERENCE:
            return {"answers": list(grader.answers), "by": grader.likeness.value, "at_least": grader.at_least}
        case GraderKind.IN_ORDER:
            return {"texts": [list(texts) for texts in grader.in_order]}
        case GraderKind.TOOL_CALL:
            schema = {"arguments": json_file.loads(grader.schema)} if grader.schema else {}
            return {"tool": grader.tool} | schema
        case _:
            return {"tests": list(grader.tests), "seconds": grader.seconds, "memory_mb": grader.memory_mb}


def _choices(grader: Grader) -> object:
    if not grader.choices:
        return len(grader.labels)
    return dict(zip(grader.labels, grader.choices, strict=True))
