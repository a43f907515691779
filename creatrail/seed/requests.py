"""A seed's request: written with its entities, and answered once the rest is there, so that a killed seed goes on."""

import datetime as dt
from enum import StrEnum

from tracking.accounts.models import Account, IdempotentRequest


class Operation(StrEnum):
    DEMO = "seed demo"
    YEARS = "seed years"


async def find_request(slug: str, operation: Operation) -> IdempotentRequest | None:
    return await IdempotentRequest.get_or_none(account__slug=slug, operation=operation.value)


async def open_request(account: Account, operation: Operation, key: str, at: dt.datetime) -> IdempotentRequest:
    """`key` tells what was asked for. Without input, it is kept for ever."""
    return await IdempotentRequest.create(
        account=account, key=key, operation=operation.value, input_sha256=b"", result_ids=[], created_at=at
    )
