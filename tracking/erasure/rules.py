"""Who stands where somebody was who is erased: a number that was never a contact's, a key that is nobody's. Pure."""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, Final

# Contacts are numbered from 1, and never come this far.
FIRST_STAND_IN: Final = 2**61
# Neither a contact's key nor, but by a chance of one in 2^64, a visitor's begins like this.
NOBODY_BEGINS: Final = b"\xff" * 8
SECRET_BYTES: Final = 32

# An event of the stream or the spool may be stored for a week (LATE_LIMIT), and clocks differ.
WATCHED: Final = dt.timedelta(days=8)
# A redirector knows of an archived link within a second; what it took before is stored within seconds.
SETTLING: Final = dt.timedelta(minutes=1)

ERASED: Final = "(erased)"
# Of a link that is a contact's to pass on.
_SPEAKING: Final = frozenset({"label", "destinationUrl"})


def draw_stand_in() -> int:
    return FIRST_STAND_IN + secrets.randbelow(FIRST_STAND_IN)


def draw_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def draw_nobody(secret: bytes, visitor_key: bytes, link_id: int) -> bytes:
    """The key of nobody in a visitor's place: the same for what comes late, and on each link another one, so that once
    the secret is gone nobody can say that clicks on two links were the same person's.
    """
    digest = blake2b(b"%d\0%b" % (link_id, visitor_key), digest_size=16 - len(NOBODY_BEGINS), key=secret)
    return NOBODY_BEGINS + digest.digest()


def is_nobody(visitor_key: bytes) -> bool:
    return visitor_key.startswith(NOBODY_BEGINS)


def name_nobody(contact_id: int | None) -> int | None:
    """None for who stands in: outside nobody is told that several things were the same person's."""
    return None if contact_id is None or contact_id >= FIRST_STAND_IN else contact_id


def blank_texts(value: Any, ids: Mapping[str, str], needles: Collection[str]) -> Any:
    """JSON with other ids in the place of these, and without labels and addresses that say who it was."""
    if isinstance(value, list):
        return [blank_texts(each, ids, needles) for each in value]
    if isinstance(value, dict):
        return {
            name: ERASED if name in _SPEAKING and each in needles else blank_texts(each, ids, needles)
            for name, each in value.items()
        }
    return ids.get(value, value) if isinstance(value, str) else value
