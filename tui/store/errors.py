"""The error of the history, apart from SQLite, so that whoever catches it does not wait for the database."""

from __future__ import annotations


class HistoryError(Exception):
    """The history cannot be opened, read or written; the message is one sentence for a person."""
