"""This module stores votes: which of several answers to a prompt a person found best."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import msgspec

from tui import paths
from tui.conversion import convert
from tui.records.quality import Vote
from tui.store.database import text_of
from tui.store.history import History

_LISTS = ("keys", "answer_ids")


def add_vote(history: History, vote: Vote) -> None:
    """Store a vote, which survives a crash of the process once this function has returned."""
    row = msgspec.to_builtins(vote)
    row |= {column: json.dumps(row[column]) for column in _LISTS}
    with history.database.explained("write to"):
        history.database.insert("votes", row)


def all_votes(history: History) -> tuple[Vote, ...]:
    """Return every vote of the history, in the order of time."""
    with history.database.reading():
        rows = history.database.execute("SELECT * FROM votes ORDER BY id").fetchall()
        values = [{name: text_of(row[name]) for name in row.keys()} for row in rows]  # noqa: SIM118
        for value in values:
            value |= {column: json.loads(str(value[column])) for column in _LISTS}
            value["blind"] = bool(value["blind"])
        return tuple(convert(value, Vote) for value in values)


def stored_votes(file: Path | None) -> tuple[Vote, ...]:
    """Return every vote of a history file; none if there is no file.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if file is None or not paths.exists(file):
        return ()
    with closing(History(file)) as history:
        return all_votes(history)
