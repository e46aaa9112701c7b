"""The screen on which the answers of a run are read: prompt by prompt, with the models side by side."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from tui.measure.answers.reading import answer_pages
from tui.panes.answers.column import CUT, ReadingColumn
from tui.panes.answers.search import SearchLine
from tui.panes.widgets.prompt_text import PromptText
from tui.panes.widgets.tail import TailText
from tui.records import RunRecord
from tui.reports.answers import answers_markdown
from tui.screens import arena
from tui.screens.answers.commands import COMMANDS
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.frame.about import About
from tui.screens.frame.sub_screen import SubScreen
from tui.text import units
from tui.text.cells import printable
from tui.text.run_titles import run_and_time
from tui.text.word_diff import MOST_WORDS, WordDiff, word_diff
from tui.workspace.reading_session import ReadingSession, ShownAnswer

LEAST_CELLS: Final = 26
"""The least width of a column. If not all columns have room, those around the current answer are shown."""
_NONE: Final = "No model answered in this run."


_ABOUT: Final = About(
    title="Answers",
    words=(
        "The answers of one run, prompt by prompt, with the models side by side. They can be searched, compared word "
        "by word, copied and voted on."
    ),
    topic="history",
)
_ONE_PROMPT: Final = "The run has no other prompt."


class AnswersScreen(SubScreen):
    """Shows one prompt after another; in the answers one can search, and two of them can be compared."""

    COMMAND_TABLE = COMMANDS
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    SPARED = ("quit", "together", "export", "next-match", "reasoning", "vote", "next-prompt", "copy")
    DEFAULT_CSS = """
    AnswersScreen {
        #reading { height: 1fr; }
        #no-answers { display: none; height: 1fr; content-align: center middle; color: $text-muted; }
        #found { height: auto; max-height: 2; padding: 0 2; color: $text-muted; }
    }
    """

    def __init__(self, run: RunRecord, file: Path | None = None) -> None:
        """``file`` is the history that votes are stored in; without one nobody can vote."""
        super().__init__()
        self.run, self.file = run, file
        self.session = ReadingSession(answer_pages(run))
        self.as_source = False
        self.with_reasoning = False
        self.together = False
        self._columns: list[ReadingColumn] = []
        self._votes_blind = False
        """Whether the person votes without knowing the names, from one prompt to the next."""

    def compose(self) -> ComposeResult:
        yield self.top
        yield PromptText(id="asked")
        yield Horizontal(id="reading")
        yield Static(_NONE, id="no-answers")
        yield SearchLine()
        yield Static("", id="found", markup=False)
        yield self.footer

    async def on_mount(self) -> None:
        await self.show()

    async def on_resize(self) -> None:
        if self._columns:
            self._arrange()

    async def move(self, step: int) -> None:
        """Go to the answer on the right, or on the left if ``step`` is negative."""
        self.session.move(step)
        await self.show()

    async def turn_page(self, step: int) -> None:
        """Go to the next prompt, or to the one before; a vote showed the names of its own prompt only."""
        before = self.session.page_index
        self.session.turn_page(step)
        if self._votes_blind and not self.session.names_hidden and self.session.page_index != before:
            self.session.hide_names(random.Random())
        if self.session.page_index == before:
            self.notify(_ONE_PROMPT)
        await self.show()

    async def show_next_variant(self) -> None:
        """Show another answer of the current model to the same prompt."""
        if self.session.show_next_variant():
            await self.show()
        else:
            self.notify("The model gave no other answer to this prompt.")

    async def toggle_source(self) -> None:
        """Show the answers as they were written, or laid out."""
        self.as_source = not self.as_source
        await self.show()

    async def toggle_reasoning(self) -> None:
        """Fold or unfold the reasoning."""
        if not any(place.answer.reasoning for place in self.session.shown):
            self.notify("No answer to this prompt has any reasoning.")
        self.with_reasoning = not self.with_reasoning
        await self.show()

    def toggle_together(self) -> None:
        """Scroll all columns together, or each alone."""
        self.together = not self.together
        self.notify("The columns scroll together." if self.together else "Each column scrolls alone.")

    async def toggle_names(self) -> None:
        """Hide the names of the models and their order, or show them."""
        self._votes_blind = not self.session.names_hidden
        self.session.hide_names(None if self.session.names_hidden else random.Random())
        await self.show()

    async def vote(self, *, tie: bool = False) -> None:
        """Store that the current answer is the best one, or that it is a tie, and show the names."""
        place, page = self.session.answer, self.session.page
        if place is None or page is None or self.file is None:
            return
        blind, winner = self.session.names_hidden, place.answer.key
        if await arena.vote_on(self, self.file, self.run, winner, tie=tie, prompt_id=page.prompt_id, blind=blind):
            self.session.hide_names(None)
            self.session.look_at_key(winner)
            await self.show()

    def open_ranking(self) -> None:
        """Show the ranking of the models by votes."""
        if self.file is not None:
            self.app.push_screen(arena.ArenaScreen(self.file))

    async def compare(self) -> None:
        """Compare the current answer with another one, the next one at each call, and at last show all again."""
        if self.session.compare_next():
            await self.show()
        else:
            self.notify("There is no second answer to this prompt to compare with.")

    def leave(self) -> None:
        """Go back by one step: from the diff to all answers, or from the screen to where it was opened."""
        if self.session.pair is not None:
            self.session.stop_comparing()
            self.call_later(self.show)
        else:
            super().leave()

    def copy(self) -> None:
        """Put the current answer on the clipboard of the terminal, as the model wrote it."""
        shown = self.session.answer
        if shown is None or not shown.answer.text:
            self.notify("There is no answer to copy.")
            return
        self.app.copy_to_clipboard(shown.answer.text)
        words = units.count(len(shown.answer.text.split()))
        self.notify(f"{self.session.title_of(shown)}: {words} words are on the clipboard.", markup=False)

    def search(self) -> None:
        """Ask for words to look for."""
        self.query_one(SearchLine).open()

    async def go_to_match(self, step: int) -> None:
        """Go to the next answer with the words, or to the one before."""
        if self.session.go_to_match(step):
            await self.show()

    def ask_for_export(self) -> None:
        """Ask where to write all answers of the run, and write them."""
        self.app.push_screen(MarkdownExport("answers", lambda: answers_markdown(self.run)))

    @on(Input.Submitted)
    async def _look_for(self, event: Input.Submitted) -> None:
        self.session.find(event.value)
        self.session.go_to_match(0)
        self.query_one(SearchLine).remove_class("-open")
        await self.show()
        self.refresh_bindings()

    @on(SearchLine.Left)
    async def _stop_looking(self) -> None:
        self.session.find("")
        await self.show()
        self.refresh_bindings()

    @on(ReadingColumn.Clicked)
    async def _look_at(self, event: ReadingColumn.Clicked) -> None:
        if self.session.pair is None and event.index != self.session.current:
            self.session.look_at(event.index)
            await self.show()

    @on(TailText.Scrolled)
    def _scroll_others(self, event: TailText.Scrolled) -> None:
        for column in self._columns if self.together or self.session.pair else ():
            if column.text is not event.text:
                column.text.show_share(event.share)

    async def show(self) -> None:
        """Show the page, the answers and what is marked in them."""
        page = self.session.page
        self.query_one("#no-answers").display = page is None
        self.query_one("#reading").display = page is not None
        if page is None:
            self.top.show_status(printable(run_and_time(self.run)))
            return
        places = self.session.pair or self.session.shown
        if len(places) != len(self._columns):
            holder = self.query_one("#reading")
            async with self.batch():
                await holder.remove_children()
                self._columns = [ReadingColumn(index) for index in range(len(places))]
                await holder.mount_all(self._columns)
        self.query_one(PromptText).show(page.prompt, page.system)
        prompts = f"prompt {units.count(self.session.page_index + 1)} of {units.count(len(self.session.pages))}"
        name = self.run.name or run_and_time(self.run)
        self.top.show_status(
            " · ".join((printable(name), prompts, "as written" if self.as_source or self.session.pair else "laid out"))
        )
        self._arrange()
        diff = await asyncio.to_thread(_diff_of, self.session.pair) if self.session.pair is not None else None
        for index, (place, column) in enumerate(zip(places, self._columns, strict=True)):
            self._fill(column, place)
            if diff is not None:
                column.show_diff(diff.second if index else diff.first)
            column.text.mark(self.session.words)
        self.query_one("#found", Static).update(
            Content(_found_text(self.session) if diff is None else _shared_text(diff))
        )

    def _arrange(self) -> None:
        """Show the columns that have room, those around the current answer."""
        current = 0 if self.session.pair is not None else self.session.current
        room = max(1, self.app.size.width // LEAST_CELLS)
        first = max(0, min(current - room // 2, len(self._columns) - room))
        for index, column in enumerate(self._columns):
            column.display = first <= index < first + room
        if not self.query_one(SearchLine).has_class("-open"):
            self._columns[current].text.focus()

    def _fill(self, column: ReadingColumn, place: ShownAnswer) -> None:
        """Show an answer in its column; reasoning in which searched words stand is unfolded."""
        answer, models = place.answer, self.session.page.models if self.session.page else ()
        hit = bool(self.session.words) and self.session.words.casefold() in answer.reasoning.casefold()
        column.show_answer(answer, as_source=self.as_source, with_reasoning=self.with_reasoning or hit)
        count = len(models[place.model].answers)
        remarks = (
            f"answer {place.variant + 1} of {count}" if count > 1 else "",
            f"the same in {units.count(answer.times)} requests" if answer.times > 1 else "",
            CUT if answer.cut else "",
            "failed" if answer.error else "",
        )
        current = place.model == self.session.current
        column.show_title(self.session.title_of(place), " · ".join(filter(None, remarks)), current=current)


def _found_text(session: ReadingSession) -> str:
    """Return in how many answers the searched words stand."""
    words = printable(" ".join(session.words.split()))
    if not words:
        return ""
    count, total = session.find(words)
    rest = " enter goes to the next." if count > 1 else ""
    return f'"{words}" is in {units.count(count)} of {units.count(total)} answers.{rest}'


def _shared_text(diff: WordDiff) -> str:
    if diff.shared == 1 and not diff.shortened:
        return "The two answers are the same, word for word. d takes the next pair, escape shows all answers."
    of_words = f" of the first {units.count(MOST_WORDS)} words" if diff.shortened else " of the words"
    return (
        f"The answers share {units.percent(diff.shared)}{of_words}; underlined words are in one of them only. "
        "d takes the next pair, escape shows all answers."
    )


def _diff_of(pair: tuple[ShownAnswer, ShownAnswer]) -> WordDiff:
    first, second = pair
    return word_diff(first.answer.text, second.answer.text)
