"""The answer sheet: answers in twenty-five languages with the right grade of each, which people wrote by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.config.expectations import read_facets, read_graders
from tui.json_file import Value
from tui.measure.answers import quality
from tui.records import Prompt

SHEET: list[dict[str, Any]] = json.loads(Path(__file__).with_name("answer_sheet.json").read_text(encoding="utf-8"))
GRADES = ("right", "partial", "wrong", "untold")
AGREEMENT = 0.98
EXPLAINED: dict[str, str] = {}
"""Answers on which graders and sheet disagree, each with the reason."""


@dataclass(frozen=True)
class Row:
    language: str
    prompt: Prompt
    answer: str
    grade: str


def rows() -> Iterator[Row]:
    for number, group in enumerate(SHEET):
        value = Value(Path("sheet"), "", group["expect"])
        prompt = Prompt(id=f"p{number}", text="?", facets=read_facets(value), graders=read_graders(value))
        yield from (
            Row(group["language"], prompt, answer, grade) for grade in GRADES for answer in group.get(grade, [])
        )


def given(row: Row) -> str:
    """Return the grade that facets and graders give; of several, one that is missed makes an answer wrong."""
    verdict = quality.verdict(row.prompt, row.answer)
    if verdict is None:
        return "untold"
    if verdict.passed:
        return "right"
    several = len(row.prompt.facets) + len(row.prompt.graders) > 1
    return "partial" if verdict.partial and not several else "wrong"


def test_graders_and_facets_agree_with_the_sheet() -> None:
    sheet = list(rows())
    assert len(sheet) >= 1300
    assert len(Counter(row.language for row in sheet)) >= 25
    others = {
        row.answer: f"{row.language}: {row.grade}, and not {given(row)}" for row in sheet if given(row) != row.grade
    }
    assert others.keys() == EXPLAINED.keys(), others
    assert len(others) <= (1 - AGREEMENT) * len(sheet)
