"""Answers laid out in rows: Markdown at any width, reasoning folded, words found across rows, and diffs by words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from rich.cells import cell_len

from tui.text.markdown import markdown_rows
from tui.text.word_diff import diff_rows, word_diff
from tui.text.wrap import LAID_OUT_CHARACTERS, RowStyle, Transcript, WrappedRow, find_in_rows

TABLE = "| Model | Speed | Note |\n|:--|--:|---|\n| phi-4-mini | 14 | a note that is longer |\n| qwen | 61 | short |"
NESTED = "1. First item that wraps over\n   - nested **bold words over a\n     line end** here\n     1. deep\n10. Last"
SAMPLES = (
    TABLE,
    NESTED,
    "# Title\n\nWith `code`, *emphasis*, a [link](http://host/path) and ![one](p.png).\n\n> quoted\n> words\n\n---",
    "```python\ndef f():\n    return 1\n```\n\n    indented code\n\nafter",
    "日本語のテキストと **太字** と `コード` があります。" * 5,
    "- [ ] open\n- [x] done\n\n* * *\n\n<b>html</b> & <script>alert(1)</script>",
    ">" * 200 + " deep",
    "- " * 100 + "deep list",
    "|" * 300 + "\n" + "|-" * 300,
    "[label]: http://host\n\nsee [label] and `unclosed",
    "e\u0301" * 300 + "\n\n" + "x" * 500,
)  # fmt: skip


def shown(text: str, width: int) -> list[str]:
    return [row.text for row in markdown_rows(text, width)]


def styled(rows: Sequence[WrappedRow], look: RowStyle) -> list[str]:
    return [row.text[span.start : span.end] for row in rows for span in row.spans or () if span.look is look]


@pytest.mark.parametrize("width", [2, 7, 13, 22, 40, 120])
@pytest.mark.parametrize("text", SAMPLES, ids=range(len(SAMPLES)))
def test_no_row_is_too_wide_and_no_word_is_lost(text: str, width: int) -> None:
    rows = markdown_rows(text, width)
    assert all(cell_len(row.text) <= width for row in rows)
    written = "".join(row.text for row in rows)
    letters = re.sub(r"[\W_]", "", re.sub(r"```\w+", "", text))
    missing = [letter for letter in set(letters) if letters.count(letter) > written.count(letter)]
    assert not missing or width < 8


def test_a_table_stands_in_columns_or_where_it_has_no_room_as_a_list_of_its_cells() -> None:
    assert shown(TABLE, 60) == [
        "Model       Speed  Note",
        "──────────  ─────  ─────────────────────",
        "phi-4-mini     14  a note that is longer",
        "qwen           61  short",
    ]
    assert shown(TABLE, 32) == [
        "Model       Speed  Note",
        "──────────  ─────  ─────────────",
        "phi-4-mini     14  a note that",
        "                   is longer",
        "qwen           61  short",
    ]
    assert shown(TABLE, 18) == [
        "Model: phi-4-mini",
        "Speed: 14",
        "Note: a note that",
        "is longer",
        "────────────",
        "Model: qwen",
        "Speed: 61",
        "Note: short",
    ]
    ragged = TABLE + "\n| one | 2 | three | four |"
    assert "four" in "".join(shown(ragged, 60)), "cells beyond the header are not dropped"


def test_nested_lists_hang_below_their_text_and_bold_goes_over_line_ends() -> None:
    rows = markdown_rows(NESTED, 22)
    assert [row.text for row in rows] == [
        " 1. First item that",
        "    wraps over",
        "    • nested bold",
        "      words over a",
        "      line end here",
        "      1. deep",
        "10. Last",
    ]
    assert styled(rows, RowStyle.STRONG) == ["bold", "words over a", "line end"]


def test_what_a_model_writes_is_shown_and_never_obeyed() -> None:
    text = "".join(shown("&#27;[31m \x1b[2J <b>x</b> [l](javascript:alert) \u202e", 60))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<b>x</b>" in text


def test_whole_text_is_laid_out_growing_text_is_not_and_reasoning_is_folded() -> None:
    transcript = Transcript()
    transcript.append("I think\nso.", RowStyle.REASONING)
    transcript.append("**First**", RowStyle.PLAIN)
    assert [row.text for row in transcript.wrapped(40).rows] == ["I think", "so.", "**First**"]
    transcript.finish()
    transcript.append("**second**", RowStyle.PLAIN)
    folded = ["▸ 3 words of reasoning: F shows them", "First", "**second**"]
    assert [row.text for row in transcript.wrapped(40).rows] == folded
    transcript.as_source = transcript.with_reasoning = True
    assert [row.text for row in transcript.wrapped(40).rows] == ["I think", "so.", "**First**", "**second**"]
    only = Transcript()
    only.append("cut while thinking", RowStyle.REASONING)
    only.finish()
    assert [row.text for row in only.wrapped(40).rows] == ["cut while thinking"], "without an answer nothing is folded"
    long = Transcript()
    long.append("**word** " * LAID_OUT_CHARACTERS, RowStyle.PLAIN)
    long.finish()
    assert "**word**" in long.wrapped(40).rows[-1].text, "laying out an endless answer would hold up the screen"


def test_words_are_found_over_the_ends_of_rows() -> None:
    rows = markdown_rows("A long\n\n- story that *goes on* and on", 14)
    assert [row.text for row in rows] == ["A long", "", "• story that", "  goes on and", "  on"]
    found = find_in_rows(rows, "THAT goes")
    assert {index: [(span.start, span.end) for span in spans] for index, spans in found.items()} == {
        2: [(8, 12)],
        3: [(0, 6)],
    }
    assert find_in_rows(rows, "a.long") == {}
    assert find_in_rows(rows, " ") == {}


def test_a_diff_marks_the_words_that_the_other_answer_lacks() -> None:
    diff = word_diff("The quick brown fox.\nIt jumps.", "The slow brown fox. It jumps high.")
    assert diff.unified == "The [-quick-] {+slow+} brown fox. It jumps {+high+}."
    assert round(diff.shared, 3) == round(2 * 7 / (8 + 9), 3)
    assert styled(diff_rows(diff.first, 40), RowStyle.ADDED) == ["quick"]
    assert styled(diff_rows(diff.second, 40), RowStyle.ADDED) == ["slow", "high"]
    assert "".join(part.text for part in diff.first) == "The quick brown fox.\nIt jumps."
    same = word_diff("a  b", "a b")
    assert (same.shared, [part.differs for part in same.first]) == (1.0, [False])
    assert word_diff("", "").shared == 1.0
    assert word_diff("a " * 9000, "b").shortened
