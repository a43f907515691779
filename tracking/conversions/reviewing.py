"""The use case of looking through the inbox: a person approves or rejects conversions, and it is noted who did."""

from collections.abc import Sequence
from enum import Enum
from typing import Final
from uuid import UUID

import asyncpg

from tracking.conversions.listing import find_conversions
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.errors import DomainError, InvalidInputError, NotFoundError

MAX_REVIEWED_A_CALL: Final = 1_000


class Ruling(Enum):
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


_RULE: Final = {Ruling.APPROVED: approve_conversions, Ruling.REJECTED: reject_conversions}


async def review_conversions(
    pool: asyncpg.Pool, account_id: int, conversion_ids: Sequence[UUID | None], ruling: Ruling
) -> list[DomainError | None]:
    """Why one was not decided, at the place of each; None stands for an id that nothing can have.

    Deciding again what is decided so changes nothing. Raises InvalidInputError for the call as a whole.
    """
    if not 1 <= len(conversion_ids) <= MAX_REVIEWED_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_REVIEWED_A_CALL:,} conversions in a call", ("ids",))
    given = sorted({each for each in conversion_ids if each is not None})
    known = await find_conversions(pool, account_id, given)
    await _RULE[ruling](pool, account_id, sorted(known))
    return [
        None if each in known else NotFoundError("no such conversion", ("ids", str(place)))
        for place, each in enumerate(conversion_ids)
    ]
