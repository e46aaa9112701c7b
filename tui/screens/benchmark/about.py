"""What the help of the benchmark dialog tells: what is measured, and what each entry of the form means."""

from __future__ import annotations

from typing import Final

from tui.screens.benchmark import fields
from tui.screens.frame.about import About
from tui.screens.frame.keys import HelpEntry

KEYS: Final = (
    HelpEntry("tab", "Go to the next entry; shift+tab goes back"),
    HelpEntry("space", "Select or deselect a model, or choose a mode"),
    HelpEntry("enter", "Start the benchmark; on a list: open it"),
    HelpEntry("esc", "Leave without measuring"),
)
ABOUT: Final = About(
    title="Benchmark",
    words=(
        "Each selected model is asked every prompt, round after round. The first answer after a start (cold) and the "
        "warm-up are shown, but no average has them. The last line tells how many requests that makes, and how long "
        "they take if the models were measured before."
    ),
    parts=(
        HelpEntry("Protocol", "A way to measure that has a name: it fills the entries below, which can be changed"),
        HelpEntry(
            "Prompts",
            "A set of prompts, with how many it has; the prompt of the workbench; a pack of tasks whose answers are "
            "graded; or a sweep over lengths",
        ),
        HelpEntry(
            "Mode",
            "One by one gives the numbers of each model alone. Side by side shows how they share the machine; its "
            "numbers do not compare with the others",
        ),
        *(HelpEntry(field.label, field.tooltip) for field in fields.FIELDS.values() if field.tooltip),
    ),
    topic="benchmarks",
)
