"""What each key of the app means: one table for all screens, dialogs and panes, since a key never has two meanings.

A new command takes a key whose meaning it shares, or gets a new row. A command without a key is in the palette only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KeyMeaning:
    """The meaning of a key, and the names of the commands that have it on some screen."""

    key: str
    """Textual's name of the key."""
    meaning: str
    """What the key does wherever it does something."""
    names: frozenset[str]
    """The names of the commands, as the footer and the palette show them."""


def _key(key: str, meaning: str, *names: str) -> KeyMeaning:
    return KeyMeaning(key, meaning, frozenset(names))


MOVING_KEYS: Final = frozenset(
    ["up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "1", "2", "3", "4", "5"]
)
"""These keys move, scroll or turn what has the focus, or take the part or the score of that number."""

KEY_MEANINGS: Final[tuple[KeyMeaning, ...]] = (
    _key("r", "Run the prompt", "Run"),
    _key("b", "Benchmark", "Benchmark"),
    _key("s", "Stop what is under way, so that it can go on later", "Stop", "Pause"),
    _key("R", "Resume what was stopped", "Resume"),
    _key("p", "Type the prompt", "Prompt"),
    _key("e", "Export to a file", "Export"),
    _key("c", "Open the catalogue", "Catalogue"),
    _key("h", "Open the history", "History"),
    _key("g", "Open the charts", "Charts", "Trend"),
    _key("d", "Show the differences", "Compare", "Diff"),
    _key("a", "Choose a model", "Choose"),
    _key("v", "Rate answers", "Rate answers"),
    _key("J", "Show all machines", "Machines"),
    _key("j", "Let a model judge answers", "Judge"),
    _key("C", "Copy", "Copy"),
    _key("m", "Maximise", "Maximise"),
    _key("i", "Show the details", "Details", "Prompts"),
    _key("l", "Set a limit", "Limit context", "Limits", "Limit the context"),
    _key("f", "Choose what a model is for", "Purpose"),
    _key("k", "Keep from being deleted", "Pin"),
    _key("N", "Name", "Name"),
    _key("t", "Tag", "Tags"),
    _key("w", "Write a note", "Note"),
    _key("x", "Remove", "Remove", "Delete"),
    _key("u", "Undo", "Undo"),
    _key("o", "Sort", "Sort"),
    _key("O", "Turn the order", "Turn"),
    _key("z", "Show another length of time", "Zoom"),
    _key("plus", "Show less time", "Zoom in"),
    _key("equals_sign", "Show less time", "Zoom in"),
    _key("minus", "Show more time", "Zoom out"),
    _key("D", "Download", "Download"),
    _key("V", "Verify files", "Verify"),
    _key("A", "Add to the list", "Register", "Itself too", "Add servers", "All runs"),
    _key("P", "Show the execution providers", "Providers"),
    _key("U", "Unload", "Unload"),
    _key("W", "Keep warm", "Keep warm"),
    _key("H", "Hide or show the names of models", "Hide names", "Names"),
    _key("M", "Show the source of Markdown", "Source"),
    _key("I", "Read the answers", "Answers"),
    _key("G", "Vote for the better answer", "Vote"),
    _key("Y", "Vote that answers are equally good", "Tie"),
    _key("K", "Show the ranking by votes", "Ranking"),
    _key("F", "Fold or unfold reasoning", "Reasoning"),
    _key("L", "Scroll answers together", "Scroll together"),
    _key("S", "Show another answer of a model", "Other answer"),
    _key("full_stop", "Go to the next prompt", "Next prompt"),
    _key("comma", "Go to the prompt before", "Prompt before"),
    _key("B", "Compare relative to a model", "Relative to"),
    _key("T", "Change the theme", "Theme"),
    _key("left_square_bracket", "Go to the run before", "Older run"),
    _key("right_square_bracket", "Go to the run after", "Newer"),
    _key("f5", "Refresh", "Refresh"),
    _key(
        "slash", "Type into the line of the screen: its filter, its search, or the prompt", "Filter", "Search", "Prompt"
    ),
    _key("question_mark", "Help", "Help", "Close"),
    _key("space", "Select", "Select", "Mark", "Skip"),
    _key(
        "enter",
        "Go on: open, confirm or send",
        "Open",
        "Start",
        "Go on",
        "Run the prompt",
        "To the list",
        "Fold or unfold",
        "Rate",
        "Type a question",
        "Next match",
        "Read the guide",
    ),
    _key("greater_than_sign", "Let what was cut go on", "Continue"),
    _key("X", "Stop the answer that has the focus", "Stop this answer"),
    _key("E", "Save the conversation", "Save conversation"),
    _key("ctrl+n", "Begin a new conversation", "New conversation"),
    _key("ctrl+r", "Ask again", "Ask again"),
    _key("ctrl+j", "Begin a new line", "New line"),
    _key("shift+enter", "Begin a new line", "New line"),
    _key("alt+enter", "Begin a new line", "New line"),
    _key("ctrl+o", "Take the text of a file", "File as prompt"),
    _key("escape", "Go back by one step", "Back", "Cancel", "Show all", "Back to the panes"),
    _key("q", "Leave: the dialog, the screen, and at last the app", "Back", "Close", "Cancel", "Quit"),
    _key("ctrl+q", "Quit from anywhere", "Quit"),
    _key("y", "Yes", "Yes", "Load anyway", "Compare anyway"),
    _key("n", "No", "No", "Leave out"),
)
"""One row for each key besides those that move."""
