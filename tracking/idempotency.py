"""Answers to repeated mutations: the same key and input answer as the first time, in whatever order they run."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.models import IdempotentRequest
from tracking.errors import IdempotencyConflictError, InvalidInputError

Work = Callable[[BaseDBAsyncClient], Awaitable[list[int]]]


async def run_once(account_id: int, operation: str, key: str | None, given: object, work: Work) -> list[int]:
    """Run `work` in a transaction and keep the ids it returns under the key; a repeat returns them without work.

    The row of the key is inserted first: a parallel repeat waits on it, so the work is done once. Without a key the
    work runs every time. Raises IdempotencyConflictError when the key came with another input before.
    """
    if key is not None and not (1 <= len(key) <= 255 and key.isprintable()):
        raise InvalidInputError("an idempotency key has 1 to 255 printable characters", ("idempotencyKey",))
    async with in_transaction() as connection:
        if key is None:
            return await work(connection)
        digest = hashlib.sha256(msgspec.json.encode(given)).digest()
        inserted = await connection.execute_query_dict(
            "INSERT INTO idempotent_request (account_id, operation, key, input_sha256, result_ids, created_at)"
            " VALUES ($1, $2, $3, $4, '{}', now()) ON CONFLICT DO NOTHING RETURNING id",
            [account_id, operation, key, digest],
        )
        if inserted:
            result_ids = await work(connection)
            request = IdempotentRequest.filter(id=inserted[0]["id"]).using_db(connection)
            await request.update(result_ids=result_ids)
            return result_ids
        first = await IdempotentRequest.get(account_id=account_id, operation=operation, key=key, using_db=connection)
        if bytes(first.input_sha256) != digest:
            raise IdempotencyConflictError("this idempotency key came with another input before", ("idempotencyKey",))
        return list(first.result_ids)
