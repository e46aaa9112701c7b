"""Casting a vote from a screen that shows the answers of several models."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.screen import Screen

from tui.records import RunRecord
from tui.store.errors import HistoryError
from tui.text.tables import listed
from tui.workspace.voting import cast_vote, voted_samples

TOO_FEW = "A vote needs whole answers of two models at least: select two, and press r."
NO_BEST = "Go to the better answer first (left and right, or a click), then press G."


async def vote_on(
    screen: Screen[None],
    file: Path,
    run: RunRecord,
    winner: str | None,
    *,
    tie: bool = False,
    prompt_id: str | None = None,
    blind: bool = False,
) -> bool:
    """Store a vote for the answer of the model ``winner``, or for a ``tie``, and confirm it.

    The result tells whether it is stored. Without ``prompt_id`` the vote is on the prompt that was asked last.
    """
    samples = voted_samples(run, prompt_id)
    if len(samples) < 2:
        screen.notify(TOO_FEW)
        return False
    if not tie and winner not in samples:
        screen.notify(NO_BEST)
        return False
    try:
        vote = await asyncio.to_thread(cast_vote, file, run, samples, None if tie else winner, blind=blind)
    except HistoryError as error:
        screen.notify(f"{error}.", severity="error", markup=False)
        return False
    others = listed([key for key in vote.keys if key != vote.winner])
    what = f"a tie of {others}" if vote.winner is None else f"{vote.winner} is better than {others}"
    screen.notify(f"Your vote: {what}. A second vote replaces it; K shows the ranking.", markup=False)
    return True
