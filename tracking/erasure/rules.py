"""Who stands where an erased contact stood: a random number that was never a contact's. Pure."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any, Final

# Contacts are numbered from 1, and never come this far.
FIRST_STAND_IN: Final = 2**61

# An event of the stream or the spool may be stored for a week (LATE_LIMIT), and clocks differ.
WATCHED: Final = dt.timedelta(days=8)
# A redirector knows of an archived link within a second; what it took before is stored within seconds.
SETTLING: Final = dt.timedelta(minutes=1)

ERASED: Final = "(erased)"


def draw_stand_in() -> int:
    return FIRST_STAND_IN + secrets.randbelow(FIRST_STAND_IN)


def is_stand_in(contact_id: int | None) -> bool:
    return contact_id is not None and contact_id >= FIRST_STAND_IN


def blank_texts(value: Any, replacements: Mapping[str, str]) -> Any:
    """JSON with other words where a whole text is one of those; names of fields stay."""
    if isinstance(value, str):
        return replacements.get(value, value)
    if isinstance(value, list):
        return [blank_texts(each, replacements) for each in value]
    if isinstance(value, dict):
        return {name: blank_texts(each, replacements) for name, each in value.items()}
    return value
