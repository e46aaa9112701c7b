"""This module defines the error of the history apart from SQLite, so that catching it does not import SQLite."""

from __future__ import annotations


class HistoryError(Exception):
    """This error means that the history cannot be opened, read or written; its message is one sentence for a person."""
