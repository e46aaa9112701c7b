"""This module defines the error of the history apart from SQLite, so that catching it does not import SQLite."""

from __future__ import annotations


class HistoryError(Exception):
    """This error means that the history cannot be opened, read or written; its message is one sentence for a person."""

    def __init__(self, message: str, *, is_locked: bool = False) -> None:
        """``is_locked`` means that only another program holds the file, so that it may be free a moment later."""
        super().__init__(message)
        self.is_locked = is_locked
