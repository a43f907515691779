"""Seal what is kept sealed anew, with the first key of SECRETS_KEYS, so that an older one may go. While all runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.offers.credentials import describe_signing_key
from tracking.sealing import SealError, open_sealed, seal
from tracking.settings import SecretsKey
from tracking.webhooks.secrets import describe_owner


class _Place(NamedTuple):
    read: str
    write: str  # nothing where it was forgotten or sealed anew meanwhile
    find_owner: Callable[[Mapping[str, Any]], bytes]


_PLACES: Final = (
    _Place(
        "SELECT id, sealed_key AS sealed, account_id, key_name FROM signing_key WHERE sealed_key <> '' ORDER BY id",
        "UPDATE signing_key SET sealed_key = $3 WHERE id = $1 AND sealed_key = $2",
        lambda row: describe_signing_key(row["account_id"], row["key_name"]),
    ),
    _Place(
        "SELECT id, sealed_secret AS sealed, endpoint_id FROM webhook_secret WHERE sealed_secret <> '' ORDER BY id",
        "UPDATE webhook_secret SET sealed_secret = $3 WHERE id = $1 AND sealed_secret = $2",
        lambda row: describe_owner(row["endpoint_id"]),
    ),
)


class Resealed(NamedTuple):
    """`left`: sealed with keys that are not among these, be it that another has the same id: nobody can read them."""

    changed: int
    left: int


async def reseal(pool: asyncpg.Pool, keys: Sequence[SecretsKey]) -> Resealed:
    """Again it changes nothing; whoever is killed half-way goes on with the rest."""
    changed = left = 0
    for place in _PLACES:
        for row in await pool.fetch(place.read):
            owner = place.find_owner(row)
            try:
                secret = open_sealed(keys, row["sealed"], owner)
            except SealError:
                left += 1
                continue
            if row["sealed"][0] == keys[0].key_id:
                continue
            status: str = await pool.execute(place.write, row["id"], row["sealed"], seal(keys, secret, owner))
            changed += int(status.rpartition(" ")[2])
    return Resealed(changed, left)
