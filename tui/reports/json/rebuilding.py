"""Records made again from the rows of a file, in which their fields stand under the same names."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import msgspec

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
