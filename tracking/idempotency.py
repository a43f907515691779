"""Answers to repeated mutations: the same key and input answer as the first time, in whatever order they run."""

import datetime as dt
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, TypeVar

import asyncpg
import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.models import IdempotentRequest
from tracking.errors import DomainError, IdempotencyConflictError, InvalidInputError

KEPT: Final = dt.timedelta(days=7)

Answer = TypeVar("Answer")
Work = Callable[[BaseDBAsyncClient], Awaitable[Answer]]

# What the seed marks as done has no input, and stays.
_DELETE_OLD: Final = "DELETE FROM idempotent_request WHERE created_at < now() - $1::interval AND input_sha256 <> ''"


class KeptError(NamedTuple):
    """An error of one item of a bulk mutation, so that it answers a repeat as it did the first time."""

    kind: str
    message: str
    path: tuple[str, ...]


class KeptItem(NamedTuple):
    """What became of one item of a bulk mutation: the id of its row, or why there is none."""

    id: int | None
    error: KeptError | None = None


async def run_once(account_id: int, operation: str, key: str | None, given: object, work: Work[list[int]]) -> list[int]:
    """Run `work` in a transaction and keep the ids it returns under the key; a repeat returns them without work.

    For what is made as a whole or not at all; a bulk mutation, which answers for each item, uses `answer_once`.
    Raises IdempotencyConflictError when the key came with another input before.
    """
    return await answer_once(account_id, operation, key, given, work, answer_type=list[int])


async def answer_once(
    account_id: int, operation: str, key: str | None, given: object, work: Work[Answer], *, answer_type: Any
) -> Answer:
    """As `run_once`, for an answer of any type that msgspec knows: tuples, ids, errors as data.

    The row of the key is inserted first: a parallel repeat waits on it, so the work is done once. Without a key the
    work runs every time.
    """
    if key is not None and not (1 <= len(key) <= 255 and key.isprintable()):
        raise InvalidInputError("an idempotency key has 1 to 255 printable characters", ("idempotencyKey",))
    async with in_transaction() as connection:
        if key is None:
            return await work(connection)
        digest = _hash_input(given)
        inserted = await connection.execute_query_dict(
            "INSERT INTO idempotent_request (account_id, operation, key, input_sha256, result_ids, created_at)"
            " VALUES ($1, $2, $3, $4, '{}', now()) ON CONFLICT DO NOTHING RETURNING id",
            [account_id, operation, key, digest],
        )
        if inserted:
            answer = await work(connection)
            request = IdempotentRequest.filter(id=inserted[0]["id"]).using_db(connection)
            await request.update(answer=json.dumps(msgspec.to_builtins(answer)))
            return answer
        first = await IdempotentRequest.get(account_id=account_id, operation=operation, key=key, using_db=connection)
        if bytes(first.input_sha256) != digest:
            raise IdempotencyConflictError("this idempotency key came with another input before", ("idempotencyKey",))
        kept: Answer = msgspec.convert(json.loads(first.answer or "null"), answer_type)
        return kept


def _hash_input(given: object) -> bytes:
    """Not msgspec's own JSON, which refuses the lone surrogates that JSON from outside may hold."""
    return hashlib.sha256(json.dumps(msgspec.to_builtins(given)).encode()).digest()


def keep_error(error: DomainError) -> KeptError:
    return KeptError(type(error).__name__, error.message, error.path)


def restore_error(kept: KeptError) -> DomainError:
    [kind] = [each for each in DomainError.__subclasses__() if each.__name__ == kept.kind]
    return kind(kept.message, kept.path)


async def delete_old_requests(pool: asyncpg.Pool) -> None:
    await pool.execute(_DELETE_OLD, KEPT)
