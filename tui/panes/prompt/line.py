"""The place at the foot of the workbench in which a person types a question for the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tui.panes import prompt
from tui.panes.prompt.settings_row import SettingsRow
from tui.panes.widgets.app_type import any_app
from tui.text.tables import counted

if TYPE_CHECKING:
    from tui.panes.prompt.area import PromptArea
    from tui.records import QuestionSettings


_Keys = Sequence[tuple[str, str]]
_KEYS: Final = (
    ("enter", "send"),
    ("ctrl+j", "new line"),
    ("↑", "earlier"),
    ("tab", "settings"),
    ("ctrl+o", "file"),
    ("esc", "back"),
)
_KEYS_WHILE_RUNNING: Final = (("esc", "leaves the prompt, then"), ("s", "stops what runs"))
_KEYS_OF_A_TURN: Final = (
    ("enter", "send"),
    ("ctrl+j", "new line"),
    ("↑", "earlier"),
    ("ctrl+n", "new conversation"),
    ("esc", "back"),
)
"""The keys of a first question and of a later one; each row fits into a terminal of 80 columns."""
_GAP: Final = 2
_PADDING: Final = 2


class PromptKeys(Static):
    """One row over the footer, whose keys would only be letters of the prompt; it takes no room, so nothing moves."""

    app = getters.app(any_app)

    DEFAULT_CSS = """
    PromptKeys {
        dock: bottom;
        layer: above;
        height: 1;
        padding: 0 1;
        background: $footer-background;
        color: $text-muted;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__(classes="prompt--keys")
        self._keys: _Keys = _KEYS

    def show_turn(self, turn: int) -> None:
        """Show the keys of a first question, or of a later one of a conversation."""
        self._show(_KEYS if turn == 1 else _KEYS_OF_A_TURN)

    def show_running(self) -> None:
        """Tell how to stop what runs, since every letter goes into the prompt; ``show_turn`` ends this."""
        self._show(_KEYS_WHILE_RUNNING)

    def on_resize(self) -> None:
        self._show(self._keys)

    def _show(self, keys: _Keys) -> None:
        """Show these keys, without a layout, which would take time from models that answer."""
        self._keys = keys
        self.update(_in_words(keys, self.app.size.width - _PADDING), layout=False)


class PromptLine(Vertical):
    """The text area with its label; the settings of a question are below it."""

    class Submitted(Message):
        """Enter was pressed to send the question."""

        def __init__(self, text: str) -> None:
            """``text`` is the question as it was when the key was pressed."""
            super().__init__()
            self.text = text

    class Changed(Message):
        """The text is another one."""

    class Closed(Message):
        """The person has pressed escape to go back to the panes."""

    class FileWanted(Message):
        """The person asks for a file whose text becomes the prompt."""

    app = getters.app(any_app)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+j,shift+enter,alt+enter",
            "begin_line",
            "New line",
            tooltip="Begin a new line of the prompt; where the terminal reports it, shift+enter does so too",
            show=False,
        ),
        # These move the focus before the next key is read, so that keys typed right after go to where it has moved.
        Binding(
            "tab", "field(1)", "Next entry", tooltip="From the prompt: go to its settings", show=False, priority=True
        ),
        Binding(
            "shift+tab",
            "field(-1)",
            "Entry before",
            tooltip="From the settings of the prompt: go back towards its text",
            show=False,
            priority=True,
        ),
        Binding("ctrl+o", "want_file", "File as prompt", tooltip="Take the text of a file as the prompt", show=False),
    ]
    DEFAULT_CSS = """
    PromptLine {
        height: auto;
        padding: 0 1;
        .prompt--text { height: auto; }
        .prompt--mark {
            width: auto;
            color: $primary;
            text-style: bold;
        }
        .prompt--turn { width: auto; color: $primary; text-style: bold; display: none; }
        .prompt--empty { width: 1fr; height: 1; color: $text 40%; }
        .prompt--more { width: auto; color: $text-muted; display: none; }
        .prompt--asked { width: auto; padding-left: 2; color: $text-muted; display: none; }
        PromptArea {
            width: 1fr;
            height: auto;
            min-height: 1;
            max-height: 1;
            padding: 0;
            scrollbar-size-vertical: 1;
            background: transparent;
            background-tint: transparent;
            &:focus { background-tint: transparent; }
        }
        &.-long .prompt--more { display: block; }
        &:focus-within {
            .prompt--text { background: $panel; }
            PromptArea { max-height: 5; }
            .prompt--asked, .prompt--turn { display: block; }
            .prompt--more { display: none; }
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown_area: PromptArea | None = None
        self._settings = SettingsRow()
        self.keys = PromptKeys()
        """The row that a screen lays over its footer."""
        self._sent = ""
        """The question that was sent since the line got the focus."""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="prompt--text"):
            yield Label("", classes="prompt--turn")
            yield Label("❯ ", classes="prompt--mark")
            yield self._shown_area or Static(prompt.PLACEHOLDER, classes="prompt--empty", markup=False)
            yield Label("", classes="prompt--more")
            yield Label("", classes="prompt--asked")
        yield self._settings

    def on_mount(self) -> None:
        """Mount the text area once the first frame is shown, which it would delay; a text looks the same until then."""
        self.call_after_refresh(lambda: self._area)

    @property
    def _area(self) -> PromptArea:
        """The text area, which is mounted when it is needed; it gets every key from then on."""
        if self._shown_area is None:
            self._shown_area = prompt.PromptArea()
            for row in self.query(".prompt--text"):
                # An app that ends at once takes the row away before the area can be mounted.
                if row.is_attached:
                    stand_in = row.query_one(".prompt--empty")
                    row.mount(self._shown_area, after=stand_in)
                    stand_in.display = False
                    stand_in.remove()
        return self._shown_area

    @property
    def text(self) -> str:
        return self._shown_area.text.strip() if self._shown_area is not None else ""

    @text.setter
    def text(self, value: str) -> None:
        self._area.text = value

    @property
    def settings(self) -> QuestionSettings:
        """What was typed beside the prompt; an empty entry is ``None``."""
        return self._settings.settings

    @settings.setter
    def settings(self, settings: QuestionSettings) -> None:
        self._settings.settings = settings

    @property
    def is_typed_in(self) -> bool:
        """Whether the text or one of its settings has the focus."""
        focused = self.screen.focused
        return focused is not None and self in focused.ancestors_with_self

    def insert(self, text: str) -> None:
        """Put a text in place of what is selected."""
        self._area.replace(text, *self._area.selection)

    def show_turn(self, turn: int) -> None:
        """Show which turn of a conversation enter sends; the line tells it while it is typed in, since r asks anew."""
        self.query_one(".prompt--turn", Label).update(f"turn {turn} " if turn > 1 else "")
        self.keys.show_turn(turn)

    def show_running(self) -> None:
        """Tell how to stop what runs; ``show_turn`` ends this."""
        self.keys.show_running()

    def show_asked(self, models: int) -> None:
        """Show how many models a question goes to."""
        words = f"asks {counted(models, 'model')}" if models else "no model is selected"
        self.query_one(".prompt--asked", Label).update(words)

    def set_defaults(self, settings: QuestionSettings) -> None:
        """Show which settings hold where nothing is typed."""
        self._settings.set_defaults(settings)

    def add_earlier(self, prompts: tuple[str, ...]) -> None:
        """Offer these prompts of earlier questions, the newest last, on the arrow keys."""
        self._area.earlier.extend_before(prompts)

    def take_focus(self) -> None:
        """Move the focus to the text at once, all of it selected, so that what is typed next replaces it.

        ``Widget.focus`` would wait for a moment in which further keys still go elsewhere.
        """
        self.screen.set_focus(self._area)
        self._area.select_all()

    def on_descendant_focus(self) -> None:
        """Lay the keys of the prompt over those of the panes, which would only be letters now."""
        self.keys.display = True

    def on_descendant_blur(self) -> None:
        if not self.is_typed_in:
            self.keys.display = False
            for rule in ("display", "visibility"):
                self._settings.styles.clear_rule(rule)

    def on_click(self) -> None:
        if not self.is_typed_in:
            self.take_focus()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()

    def on_key(self, event: events.Key) -> None:
        """Leave the line on escape."""
        if event.key == "escape":
            event.stop()
            if len(self.text) == 1 and self._sent:
                # The letter was meant as a key of the workbench, and has replaced the question that was just sent.
                self._area.text = self._sent
            self._sent = ""
            self.post_message(self.Closed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Move between the entries as long as there is another; at either end the key goes to the panes."""
        if action == "field":
            return self._neighbour(int(str(parameters[0]))) is not None
        return super().check_action(action, parameters)

    def action_field(self, step: int) -> None:
        """Move between the entries; where the row of the settings has no room of its own it comes in now."""
        self._settings.display = self._settings.visible = True
        self.screen.set_focus(self._neighbour(step))

    def action_begin_line(self) -> None:
        if not self.is_typed_in:
            self.take_focus()
        self._area.action_begin_line()

    def action_want_file(self) -> None:
        self.post_message(self.FileWanted())

    def on_prompt_area_submitted(self, event: PromptArea.Submitted) -> None:
        """Send the text; the handler is found by its name, since the class of the area is imported late."""
        event.stop()
        self._send(event.text)

    @on(Input.Submitted)
    def _send_with_settings(self, event: Input.Submitted) -> None:
        """Send the question from one of its settings, too, and go back to the text."""
        event.stop()
        self.screen.set_focus(self._area)
        self._area.select_all()
        self._send(self.text)

    def _send(self, text: str) -> None:
        self._sent = text
        if text:
            self._area.earlier.add(text)
        self.post_message(self.Submitted(text))

    def on_text_area_changed(self, event: PromptArea.Changed) -> None:
        """Say how many lines are not shown while the line is not typed in."""
        event.stop()
        self.post_message(self.Changed())
        more = self._area.text.rstrip().count("\n")
        self.set_class(more > 0, "-long")
        self.query_one(".prompt--more", Label).update(f" + {more} more line{'s' if more != 1 else ''}")

    def _neighbour(self, step: int) -> Widget | None:
        fields: list[Widget] = [self._area, *self._settings.query(Input)]
        focused = self.screen.focused
        if focused not in fields:
            return None
        index = fields.index(focused) + step
        return fields[index] if 0 <= index < len(fields) else None


def _in_words(keys: _Keys, columns: int) -> Content:
    """Return keys with what they do, in the colours of the footer; without room for all the last key is kept."""
    pairs = [Content.assemble((key, "bold $footer-key-foreground"), f" {words}") for key, words in keys]
    while len(pairs) > 1 and sum(pair.cell_length + _GAP for pair in pairs) - _GAP > columns:
        pairs.pop(-2)
    return Content(" " * _GAP).join(pairs)
