"""Has Textual's pilot wait until an app has done what a key or a click asks for, however slow the machine is.

By itself the pilot waits until the process computes little for some milliseconds. So it takes a process that the system
holds up for an idle one, and goes on before the app has followed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from textual import _wait
from textual.pilot import Pilot

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

_GRANULARITY_S: Final = 0.01
"""After a key, the pilot waits twice until the process has been idle for so long; by itself twice as long."""
_MOST_LOOKS: Final = 200
_FRAME_S: Final = 0.005
_PENDING: Final = ("_layout_required", "_repaint_required", "_recompose_required", "_dirty_widgets", "_callbacks")
"""What a screen still has to do before it shows what is true now; Textual has no other question for it."""


async def settled(app: App[Any]) -> None:
    """Wait until every message has been processed and every change has been painted.

    Threads, children and timers other than that of the frames are not waited for. An app that paints all the time is
    looked at only so often.
    """
    loop = asyncio.get_running_loop()
    for _ in range(_MOST_LOOKS):
        await asyncio.sleep(0)
        if getattr(loop, "_ready"):  # noqa: B009  # what the loop is going to run
            continue
        # A new size is handed on by a timer.
        is_resized = getattr(app, "_resize_event") is None  # noqa: B009
        if is_resized and not any(_is_to_be_painted(screen) for screen in app.screen_stack[-1:]):
            return
        await asyncio.sleep(_FRAME_S)


def _is_to_be_painted(screen: Screen[Any]) -> bool:
    return any(getattr(screen, name) for name in _PENDING)


def wait_for_all_of_it() -> None:
    """Have the pilots of this process wait until the app has settled."""
    _wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = _GRANULARITY_S, _GRANULARITY_S / 20
    waiting = getattr(Pilot, "_wait_for_screen")  # noqa: B009

    async def wait_for_screen(pilot: Pilot[Any], timeout: float = 30.0) -> bool:  # noqa: ASYNC109  # the pilot's own
        processed: bool = await waiting(pilot, timeout)
        if processed:
            await settled(pilot.app)
        return processed

    setattr(Pilot, "_wait_for_screen", wait_for_screen)  # noqa: B010
