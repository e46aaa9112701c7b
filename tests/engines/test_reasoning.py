"""Reasoning is kept apart from the answer, wherever the tags are cut."""

from __future__ import annotations

from itertools import combinations

import pytest

from tui.engines.reasoning import ReasoningSplitter, template_opens_reasoning


def split(pieces: list[str], *, inside: bool = False) -> tuple[str, str]:
    splitter = ReasoningSplitter(inside=inside)
    runs = [run for piece in pieces for run in splitter.feed(piece)] + splitter.finish()
    return "".join(text for text, thought in runs if thought), "".join(text for text, thought in runs if not thought)


def test_tags_are_found_wherever_the_text_is_cut() -> None:
    text = "<think>so < 3</think>The <b>answer</b>"
    for first, second in combinations(range(len(text) + 1), 2):
        assert split([text[:first], text[first:second], text[second:]]) == ("so < 3", "The <b>answer</b>")


@pytest.mark.parametrize(
    ("pieces", "inside", "thought", "answer"),
    [
        (["plain"], False, "", "plain"),
        (["half a tag <thi"], False, "", "half a tag <thi"),
        (["thought", "</think>", "answer"], True, "thought", "answer"),
        (["<think>never closed"], False, "never closed", ""),
        (["a<think>b</think>c<think>d</think>e"], False, "bd", "ace"),
    ],
)
def test_streams_without_both_tags(pieces: list[str], inside: bool, thought: str, answer: str) -> None:
    assert split(pieces, inside=inside) == (thought, answer)


@pytest.mark.parametrize(
    ("template", "opens"),
    [
        ("{% if add_generation_prompt %}<|Assistant|><think>\n{% endif %}", True),
        ("{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}", False),
        ("{% if add_generation_prompt %}assistant\n<think>\n\n</think>\n\n{% endif %}", False),
        ("<think> in an example {% if add_generation_prompt %}assistant{% endif %}", False),
        ("", False),
    ],
)
def test_a_template_may_open_the_reasoning_itself(template: str, opens: bool) -> None:
    assert template_opens_reasoning(template) is opens
