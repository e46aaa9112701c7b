"""This module computes what is derived from a run once, because a report asks for the same values dozens of times."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from tui.records import RunRecord

_Value = TypeVar("_Value")


def once_per_run(function: Callable[[RunRecord], _Value]) -> Callable[[RunRecord], _Value]:
    """Let a function compute its value once for each run record, and remember it for as long as the record lives.

    A record never changes, and it is recognised by its identity: comparing two records of 100,000 samples would take
    longer than what is saved. The value must not refer to the record itself, which would then live for ever.
    """
    values: dict[int, tuple[weakref.ref[RunRecord], _Value]] = {}

    @wraps(function)
    def remembered(run: RunRecord) -> _Value:
        identity = id(run)
        entry = values.get(identity)
        if entry is not None and entry[0]() is run:
            return entry[1]
        value = function(run)
        values[identity] = weakref.ref(run, lambda gone: _forget(values, identity, gone)), value
        return value

    return remembered


def _forget(
    values: dict[int, tuple[weakref.ref[RunRecord], _Value]], identity: int, gone: weakref.ref[RunRecord]
) -> None:
    """Drop the value of a record that is gone, unless a newer record has taken its place in memory."""
    entry = values.get(identity)
    if entry is not None and entry[0] is gone:
        del values[identity]
