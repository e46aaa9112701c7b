"""Live text: wrapping, following, scrolling, selecting, and what a hostile text may not do."""

from __future__ import annotations

import gc
import json
import random
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Static

from tests.support.conditions import until
from tests.support.pty_terminal import AVAILABLE, PtyTerminal
from tui.panes.widgets.tail import TailText
from tui.text import wrap
from tui.text.cells import cells_of, printable
from tui.text.wrap import RowStyle, WrappedText

ENGLISH = "Retrieval augmented generation first  searches a store, then writes.\n\n# A heading that wraps\n- one\n- two"
CODE = "Before.\n```python\n    def answer():\n        return 42\n```\nAfter `code` and **bold**."
CHINESE = "检索增强生成先在文档库中检索,再把找到的段落交给模型。English words 混在其中也没有问题!"
MARKS = "e\u0301a\u0308 " * 20 + "x" + "\u0301" * 200
EMOJI = "A family 👨\u200d👩\u200d👧 and a heart ❤\ufe0f, flags 🇩🇪🇫🇷 and thumbs 👍🏽 in a row of words."
HOSTILE = "\x1b[31mred\x1b[0m\x07\r\x9b2J\u202egnp.exe\u2028next\ud800\x00\ttab [bold]not bold[/bold]"
SAMPLES = (ENGLISH, CODE, CHINESE, MARKS, EMOJI, HOSTILE, "x" * 500)


class TailApp(App[None]):
    """An app with one pane in a box whose size a test can change."""

    CSS = "#box { width: 21; height: 6; }"

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield TailText()
        yield Static("below")

    @property
    def tail(self) -> TailText:
        return self.query_one(TailText)

    def resize_box(self, width: int, height: int) -> None:
        box = self.query_one("#box")
        box.styles.width, box.styles.height = width, height


def drawn(tail: TailText) -> list[str]:
    """Return what the pane shows, row by row, without the column of its scrollbar."""
    return [tail.render_line(y).text[: tail.size.width - 1].rstrip() for y in range(tail.size.height)]


def thumb(tail: TailText) -> list[int]:
    return [y for y in range(tail.size.height) if tail.render_line(y).text.endswith("▐")]


def wheel(tail: TailText, kind: type[events.MouseScrollUp | events.MouseScrollDown]) -> events.MouseEvent:
    return kind(
        widget=tail,
        x=1,
        y=1,
        delta_x=0,
        delta_y=0,
        button=0,
        shift=False,
        meta=False,
        ctrl=False,
        screen_x=1,
        screen_y=1,
    )


def lines(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(count))


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("width", [1, 2, 3, 7, 20, 80])
def test_pieces_wrap_like_the_whole(text: str, width: int) -> None:
    whole = WrappedText(width)
    whole.append(text)
    chance = random.Random(width)
    for _ in range(10):
        grown, start = WrappedText(width), 0
        while start < len(text):
            end = start + chance.randint(1, 9)
            grown.append(text[start:end])
            start = end
        assert grown.rows == whole.rows


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("width", [2, 3, 7, 20, 80])
def test_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    wrapped = WrappedText(width)
    wrapped.append(text)
    assert all(cell_len(row.text) <= width for row in wrapped.rows)
    assert wrapped.extract(0, 0, len(wrapped.rows) - 1, None) == printable(text)


def test_words_stay_whole_where_they_can() -> None:
    wrapped = WrappedText(10)
    wrapped.append("one two three   four\nfive-and-twenty    indented")
    assert [row.text for row in wrapped.rows] == ["one two", "three  ", "four", "five-and-t", "wenty   ", "indented"]


def test_indented_code_keeps_its_indent() -> None:
    wrapped = WrappedText(10)
    wrapped.append("    prompt.append(passage)")
    assert [row.text for row in wrapped.rows] == ["    prompt", ".append(pa", "ssage)"]


def test_wide_characters_break_anywhere_but_before_a_stop() -> None:
    wrapped = WrappedText(6)
    wrapped.append("一二三。四五")
    assert [row.text for row in wrapped.rows] == ["一二", "三。四", "五"]


def test_looks_of_rows() -> None:
    wrapped = WrappedText(12)
    wrapped.append("thinking", RowStyle.REASONING)
    wrapped.append("# A heading that wraps\n```\ncode\n```\nplain")
    looks = [(row.text, row.look) for row in wrapped.rows]
    assert looks == [
        ("thinking", RowStyle.REASONING),
        ("# A heading", RowStyle.HEADING),
        ("that wraps", RowStyle.HEADING),
        ("```", RowStyle.CODE),
        ("code", RowStyle.CODE),
        ("```", RowStyle.CODE),
        ("plain", RowStyle.PLAIN),
    ]


def test_no_character_is_obeyed_and_widths_agree() -> None:
    for codepoint in (*range(0x3000), *range(0xD700, 0x11000), *range(0x1F000, 0x1FB00), *range(0xE0000, 0xE1000)):
        if codepoint == ord("\n"):
            continue
        shown = printable(chr(codepoint))
        shown.encode()
        assert cells_of(shown) == cell_len(shown), hex(codepoint)
        assert all(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in shown)
        assert all(
            unicodedata.bidirectional(character) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
            for character in shown
        )


def test_escapes_have_pictures() -> None:
    assert printable("\x1b[31m\x07\x00\x7f\r") == "␛[31m␇␀␡␍"
    assert printable("a\u202eb\ud800c") == "a\ufffdb\ufffdc"


async def test_follows_the_end_until_scrolled_back() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        tail.append(lines(20))
        assert drawn(tail) == [f"line {number}" for number in range(14, 20)]
        tail.focus()
        await pilot.press("up")
        assert drawn(tail)[0] == "line 13"
        assert not tail.following
        tail.append("\nline 20\nline 21")
        assert drawn(tail)[0] == "line 13"
        await pilot.press("end")
        assert drawn(tail)[-1] == "line 21"
        tail.append("\nline 22")
        assert drawn(tail)[-1] == "line 22"


async def test_every_way_of_scrolling() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        tail.append(lines(30))
        tail.focus()
        await pilot.press("home")
        assert drawn(tail)[0] == "line 0"
        await pilot.press("pagedown")
        assert drawn(tail)[0] == "line 5"
        await pilot.press("down")
        assert drawn(tail)[0] == "line 6"
        await pilot.press("pageup")
        assert drawn(tail)[0] == "line 1"
        tail.post_message(wheel(tail, events.MouseScrollDown))
        await until(lambda: drawn(tail)[0] == "line 4")
        tail.post_message(wheel(tail, events.MouseScrollUp))
        await until(lambda: drawn(tail)[0] == "line 1")


async def test_scrollbar_shows_the_place_and_can_be_dragged() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        tail.append("short")
        assert thumb(tail) == []
        tail.append(lines(60))
        assert thumb(tail) == [5]
        await pilot.mouse_down(TailText, offset=(20, 3))
        await pilot.hover(TailText, offset=(20, 0))
        assert drawn(tail)[0] == "shortline 0"
        assert thumb(tail) == [0]
        await pilot.mouse_up(TailText, offset=(20, 0))
        await pilot.hover(TailText, offset=(20, 5))
        assert drawn(tail)[0] == "shortline 0"


async def test_reasoning_and_notes_are_no_answer() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        tail.append("let me think", reasoning=True)
        tail.append("The answer.")
        tail.note("out of memory")
        assert (tail.text, tail.reasoning) == ("The answer.", "let me think")
        await pilot.pause()
        assert drawn(tail)[:3] == ["let me think", "The answer.", "out of memory"]
        thought, answer, note = (next(iter(tail.render_line(y))).style for y in range(3))
        assert thought is not None
        assert answer is not None
        assert note is not None
        assert thought.italic
        assert not answer.italic
        assert len({str(style.color) for style in (thought, answer, note)}) == 3


async def test_markup_and_escapes_are_shown_not_obeyed() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        app.resize_box(60, 6)
        await pilot.pause()
        app.tail.append(HOSTILE)
        shown = drawn(app.tail)[0]
        assert shown.startswith("␛[31mred␛[0m␇␍�2J�gnp.exe�next�␀")
        assert "[bold]not bold[/bold]" in " ".join(drawn(app.tail))
        assert app.tail.text == HOSTILE


async def test_text_that_is_still_written_shows_no_marks_of_what_its_style_tells() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        app.resize_box(31, 8)
        app.tail.append("# Top\nA **bold** `co**de**` **long words that go\non** 2**3, 4**5 ** 6\n")
        app.tail.append("**words that are bold over a row end** plain\n**kw")
        await pilot.pause()
        assert drawn(app.tail) == [
            "Top",
            "A bold `co**de**` long",
            "words that go",
            "on** 2**3, 4**5 ** 6",
            "words that are bold over a",
            "row end plain",
            "kw",
            "",
        ]
        heading = next(iter(app.tail.render_line(0))).style
        rows = [{segment.text: segment.style for segment in app.tail.render_line(row)} for row in range(6)]
        plain = rows[1]["A "]
        assert heading is not None
        assert plain is not None
        assert heading.bold
        for style in (
            rows[1]["bold"],
            rows[1]["long"],
            rows[4]["words that are bold over a"],
            rows[5]["row end"],
        ):
            assert style is not None
            assert style.bold
        code = rows[1]["`co**de**`"]
        assert code is not None
        assert code.color != plain.color
        app.tail.lay_out(as_source=True, with_reasoning=False)
        assert drawn(app.tail)[0] == "# Top", "the source is shown as it was written"


async def test_resizing_while_text_arrives_wraps_anew_and_loses_nothing() -> None:
    app = TailApp()
    sizes = [(21, 6), (1, 6), (0, 0), (2, 1), (40, 3), (3, 2), (80, 20), (21, 6)]
    async with app.run_test() as pilot:
        for number, (width, height) in enumerate(sizes * 2):
            app.resize_box(width, height)
            app.tail.append(SAMPLES[number % len(SAMPLES)])
            await pilot.pause()
            app.tail.append(f"\nstep {number}")
            await pilot.pause()
        assert drawn(app.tail)[-1] == "step 15"
        expected = "".join(f"{SAMPLES[number % len(SAMPLES)]}\nstep {number}" for number in range(16))
        assert app.tail.text == expected


async def test_text_before_the_first_layout_is_kept() -> None:
    app = TailApp()
    tail = TailText()
    tail.append("early")
    async with app.run_test() as pilot:
        await app.mount(tail)
        await pilot.pause()
        assert drawn(tail)[0] == "early"


async def test_hidden_text_is_there_when_shown_again() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        app.tail.append("before ")
        await pilot.pause()
        app.tail.display = False
        await pilot.pause()
        app.tail.append("while hidden")
        await pilot.pause()
        app.tail.display = True
        await pilot.pause()
        assert drawn(app.tail)[0] == "before while hidden"


@pytest.mark.skipif(not AVAILABLE, reason="no pseudo-terminal here")
def test_a_terminal_shows_what_is_held(tmp_path: Path) -> None:
    """Only what changed is painted: after many small steps nothing old may stand on the screen."""
    report = tmp_path / "rows.json"
    command = [sys.executable, "-m", "tests.support.growing_text", str(report)]
    root = Path(__file__).parents[2]
    with PtyTerminal(command, columns=60, rows=12, env={"TEXTUAL_ANIMATIONS": "none"}, cwd=root) as terminal:
        terminal.wait_until(report.exists)
        rows = json.loads(report.read_text())
        terminal.wait_for(re.escape("\n".join(rows)))
        terminal.type("q")
        assert terminal.wait() == 0
    assert sum(map(bool, rows)) > 6


async def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TailApp()
    async with app.run_test() as pilot:
        app.tail.append("thinking", reasoning=True)
        app.tail.append("# Heading\n`code`")
        await pilot.pause()
        for y in range(3):
            for segment in app.tail.render_line(y):
                assert segment.style is not None
                for colour in (segment.style.color, segment.style.bgcolor):
                    assert colour is None or colour.triplet is None or len(set(colour.triplet)) == 1


async def test_the_mouse_selects_whole_lines_again() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        app.tail.append("The quick brown fox jumps over the lazy dog.\nNext.")
        await pilot.pause()
        assert drawn(app.tail)[:4] == ["The quick brown fox", "jumps over the lazy", "dog.", "Next."]
        await pilot.mouse_down(TailText, offset=(4, 0))
        await pilot.hover(TailText, offset=(3, 2))
        await pilot.mouse_up(TailText, offset=(3, 2))
        assert app.screen.get_selected_text() == "quick brown fox jumps over the lazy dog."
        selected = next(segment.style for segment in app.tail.render_line(1))
        plain = next(segment.style for segment in app.tail.render_line(3))
        assert selected is not None
        assert plain is not None
        assert selected.bgcolor != plain.bgcolor


async def test_nothing_is_selected_while_text_arrives() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        app.tail.append("The quick brown fox")
        await pilot.pause()
        app.tail.streaming = True
        await pilot.mouse_down(TailText, offset=(4, 0))
        await pilot.hover(TailText, offset=(9, 0))
        await pilot.mouse_up(TailText, offset=(9, 0))
        assert not app.screen.get_selected_text()
        app.tail.streaming = False
        await pilot.mouse_down(TailText, offset=(4, 0))
        await pilot.hover(TailText, offset=(8, 0))
        await pilot.mouse_up(TailText, offset=(8, 0))
        assert app.screen.get_selected_text() == "quick"


async def test_clear_forgets_text_selection_and_place() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        tail.append(lines(20))
        tail.focus()
        await pilot.press("home")
        tail.text_select_all()
        tail.clear()
        tail.append("new")
        await pilot.pause()
        assert drawn(tail)[0] == "new"
        assert tail.following
        assert tail.text == "new"
        assert not app.screen.get_selected_text()


async def test_a_stream_without_end_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrap, "KEPT_CHARACTERS", 50_000)
    monkeypatch.setattr(wrap, "SHOWN_CHARACTERS", 5_000)
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        for number in range(2_000):
            tail.append(f"line {number:05} " + "x" * 60 + "\n")
        assert 49_000 < len(tail.text) <= 50_000
        assert tail.text.endswith("line 01999 " + "x" * 60 + "\n")
        app.resize_box(41, 6)
        await pilot.pause()
        tail.focus()
        await pilot.press("home")
        assert drawn(tail)[0] == wrap.EARLIER_TEXT
        tail.append("y" * 200_000)
        assert tail.text == "y" * 50_000


async def test_many_rows_are_dropped_without_wrapping_anew() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        tail = app.tail
        for start in range(0, 30_000, 1000):
            tail.append("".join(f"{number}\n" for number in range(start, start + 1000)))
        assert drawn(tail)[-2] == "29999"
        tail.focus()
        await pilot.press("home")
        assert drawn(tail)[0] == wrap.EARLIER_TEXT[:20].rstrip()
        assert int(drawn(tail)[1]) > 15_000


async def test_rows_that_are_gone_leave_nothing_for_the_garbage_collector() -> None:
    app = TailApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        gc.collect()
        gc.disable()
        try:
            before = strips_alive()
            for number in range(100):
                app.tail.append("".join(f"{number} {row}\n" for row in range(5)))
                await pilot.pause()
            assert strips_alive() - before < 300
        finally:
            gc.enable()


def strips_alive() -> int:
    return sum(isinstance(thing, Strip) for thing in gc.get_objects())
