"""Global ids: opaque to clients, `Type:key` in URL-safe base64 for us; for every node and every argument of type ID."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import strawberry

from tracking.graph_ids import write_graph_id

UNKNOWN_KEY: Final = 0  # no row has it: stands for ids that are none, which answer as unknown ones do (rule 11)
_MAX_BIGINT: Final = 2**63 - 1


def encode_id(type_name: str, key: int | UUID | str) -> strawberry.ID:
    return strawberry.ID(write_graph_id(type_name, key))


def split_id(global_id: str) -> tuple[str, str] | None:
    """Type name and key, unchecked. None when this is no id of ours."""
    try:
        text = base64.urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    type_name, separator, key = text.partition(":")
    return (type_name, key) if separator else None


def decode_id(global_id: str, type_name: str) -> int | None:
    """The row's id. None for an id of another type, a foreign form and garbage: each is an unknown id (rule 11)."""
    parts = split_id(global_id)
    if parts is None or parts[0] != type_name:
        return None
    return read_key(parts[1])


def read_id(global_id: str, type_name: str) -> int:
    """For an argument: UNKNOWN_KEY where there is no such id, so that it answers as the id of a foreign row does."""
    return decode_id(global_id, type_name) or UNKNOWN_KEY


def read_optional_id(global_id: str | None, type_name: str) -> int | None:
    return None if global_id is None else read_id(global_id, type_name)


def read_ids(global_ids: Sequence[str] | None, type_name: str) -> list[int] | None:
    """As `read_id`; None for a list that is not given."""
    return None if global_ids is None else [read_id(each, type_name) for each in global_ids]


def read_uuid(global_id: str, type_name: str) -> UUID | None:
    """For an argument that names what has a UUID for a key; None for what can be no such id."""
    parts = split_id(global_id)
    return read_uuid_key(parts[1]) if parts is not None and parts[0] == type_name else None


def read_key(key: str) -> int | None:
    if not (key.isascii() and key.isdecimal()) or len(key) > 19 or key != str(int(key)):
        return None
    number = int(key)
    return number if 0 < number <= _MAX_BIGINT else None


def read_uuid_key(key: str) -> UUID | None:
    """Of what has a UUID for a key: clicks and conversions."""
    try:
        found = UUID(key)
    except ValueError:
        return None
    return found if str(found) == key else None
