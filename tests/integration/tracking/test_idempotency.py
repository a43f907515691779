import asyncio
import datetime as dt

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from tests.brand import make_brand
from tracking.accounts.models import IdempotentRequest
from tracking.creators.models import Creator
from tracking.creators.rules import NewCreator
from tracking.creators.service import create_creators
from tracking.errors import DomainError, IdempotencyConflictError, TakenError
from tracking.idempotency import (
    KEPT,
    KeptItem,
    answer_once,
    delete_old_requests,
    keep_error,
    restore_error,
    run_once,
)
from tracking.statements.service import NotCountedError

pytestmark = pytest.mark.usefixtures("orm")


# A period that is not counted yet is nothing to keep: the same call succeeds later.
KEPT_ERRORS = [kind for kind in DomainError.__subclasses__() if kind is not NotCountedError]


class Counter:
    """Work that is done once for each of its answers."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self, _connection: BaseDBAsyncClient) -> list[int]:
        self.done += 1
        return [self.done]


class TestRepeats:
    @pytest.mark.feature("CU11")
    async def test_answer_as_the_first_call_however_many_come_at_once(self) -> None:
        account, work = await make_brand(), Counter()

        answers = await asyncio.gather(*(run_once(account.id, "op", "k", {"a": "\ud800"}, work) for _ in range(8)))

        assert (work.done, answers) == (1, [[1]] * 8)

    async def test_another_input_is_a_conflict_and_another_operation_or_account_is_not(self) -> None:
        account, other, work = await make_brand(), await make_brand("other"), Counter()
        await run_once(account.id, "op", "k", [1], work)

        with pytest.raises(IdempotencyConflictError):
            await run_once(account.id, "op", "k", [2], work)
        assert await run_once(account.id, "op2", "k", [2], work) == [2]
        assert await run_once(other.id, "op", "k", [2], work) == [3]

    async def test_work_that_fails_keeps_nothing(self) -> None:
        account = await make_brand()

        async def fail(_connection: BaseDBAsyncClient) -> list[int]:
            raise TakenError("no")

        with pytest.raises(TakenError):
            await run_once(account.id, "op", "k", [1], fail)
        assert await run_once(account.id, "op", "k", [1], Counter()) == [1]

    async def test_items_answer_as_they_did_whatever_happened_since(self) -> None:
        account = await make_brand()
        given = [NewCreator("anna"), NewCreator("ANNA"), NewCreator("b b"), NewCreator("carl", external_id="m1")]
        await create_creators(account.id, [NewCreator("other", external_id="m1")])

        first = await create_creators(account.id, given, idempotency_key="k")
        await Creator.filter(handle="anna").update(handle="renamed")
        await Creator.filter(handle="other").update(external_id=None)
        again = await create_creators(account.id, given, idempotency_key="k")

        assert [describe(outcome.error) for outcome in first] == [
            None,
            ("TakenError", "there is a creator 'ANNA' already", ("creators", "1", "handle")),
            (
                "InvalidInputError",
                "a handle has 1 to 100 characters without blanks or '/'",
                ("creators", "2", "handle"),
            ),
            ("TakenError", "there is a creator with the external id 'm1' already", ("creators", "3", "externalId")),
        ]
        assert [describe(outcome.error) for outcome in again] == [describe(outcome.error) for outcome in first]
        assert [outcome.creator and outcome.creator.id for outcome in again] == [
            outcome.creator and outcome.creator.id for outcome in first
        ]


class TestKeeping:
    @pytest.mark.parametrize("kind", KEPT_ERRORS)
    async def test_every_kind_of_error_comes_back_as_it_was(self, kind: type[DomainError]) -> None:
        account = await make_brand()

        async def work(_connection: BaseDBAsyncClient) -> list[KeptItem]:
            return [KeptItem(None, keep_error(kind("what", ("a", "0"))))]

        for _ in range(2):
            [item] = await answer_once(account.id, "op", "k", [], work, answer_type=list[KeptItem])
            assert item.error is not None
            assert describe(restore_error(item.error)) == (kind.__name__, "what", ("a", "0"))

    async def test_keys_are_forgotten_after_seven_days_and_not_before(self, pool: asyncpg.Pool) -> None:
        account, work = await make_brand(), Counter()
        for key, age in (("young", KEPT - dt.timedelta(minutes=1)), ("old", KEPT + dt.timedelta(minutes=1))):
            await run_once(account.id, "op", key, [1], work)
            await pool.execute(
                "UPDATE idempotent_request SET created_at = now() - $1::interval WHERE key = $2", age, key
            )
        mark = await IdempotentRequest.create(
            account=account, operation="seed", key="mark", input_sha256=b"", result_ids=[1]
        )
        await pool.execute("UPDATE idempotent_request SET created_at = '2020-01-01' WHERE id = $1", mark.id)

        await delete_old_requests(pool)

        assert {row["key"] for row in await pool.fetch("SELECT key FROM idempotent_request")} == {"young", "mark"}
        assert dt.timedelta(days=7) == KEPT


def describe(error: DomainError | None) -> tuple[str, str, tuple[str, ...]] | None:
    return None if error is None else (type(error).__name__, error.message, error.path)
