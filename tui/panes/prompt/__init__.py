"""The prompt: where a question for the models is typed, with the settings that it is asked with.

The text area is imported once the first frame is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.panes.prompt.area import PromptArea as PromptArea
else:
    __getattr__ = lazy_names(__name__, {"area": ["PromptArea"]})

PLACEHOLDER: Final = "Type a question for the selected models"
"""What stands in place of a text that is not there yet."""
