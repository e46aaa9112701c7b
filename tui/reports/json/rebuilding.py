"""Records made again from the rows of a file, in which their fields stand under the same names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tui.records import Method

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record")


def rebuilt(kind: type[_Record], row: DataclassInstance, **others: object) -> _Record:
    """A record of this kind; ``others`` are its fields that the row has in another form, or not at all.

    Raises:
        msgspec.ValidationError: a value is none that the record can have.
    """
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return msgspec.convert({**values, **others}, kind, from_attributes=True)


def method_in(data: object, key: str, required: Iterable[str]) -> Method:
    """Read the method of a run from a file, in which the settings stand among the other members under this key.

    Raises:
        msgspec.ValidationError, ValueError: if a required setting is missing, or a setting has an impossible value.
    """
    members = msgspec.convert(data, dict[str, object])
    flat = msgspec.convert(members[key], dict[str, object])
    missing = next((name for name in required if name not in flat), None)
    if missing is not None:
        raise ValueError(f"Object missing required field `{missing}` - at `$.{key}`")
    try:
        return msgspec.convert(flat, Method)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`$", f"`$.{key}", 1)) from error
