"""The first screen: models, streams, memory and results around a prompt line.

The controller of runs is imported when the models have been found: the first frame does not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.workbench.runs import RunController as RunController
else:
    __getattr__ = lazy_names(__name__, {"runs": ["RunController"]})
