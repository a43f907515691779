import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.brand import make_brand
from tracking.accounts.credentials import find_credential
from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.service import WantedApiKey, create_api_key, create_api_key_once, revoke_api_key
from tracking.clock import utc_now
from tracking.errors import IdempotencyConflictError, InvalidInputError
from tracking.history.models import HistoryEntry

CI = WantedApiKey("ci", frozenset({Scope.READ, Scope.WRITE}))


@pytest.mark.usefixtures("orm")
class TestCreatingOnce:
    async def test_a_repeat_answers_with_the_same_key_and_without_its_token(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()

        first = await create_api_key_once(account.id, CI, idempotency_key="k")
        again = await create_api_key_once(account.id, CI, idempotency_key="k")

        assert first.token is not None
        assert await find_credential(first.token) is not None
        assert (again.key_id, again.token) == (first.key_id, None)
        assert await pool.fetchval("SELECT count(*) FROM api_key") == 1

    async def test_the_token_stands_nowhere(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()

        made = await create_api_key_once(account.id, CI, idempotency_key="k")

        assert made.token is not None
        secret = made.token.rpartition("_")[2]
        for table in ("api_key", "idempotent_request", "history_entry"):
            assert secret not in str(await pool.fetch(f"SELECT {table}::text FROM {table}"))

    async def test_parallel_repeats_make_one_key(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()

        made = await asyncio.gather(*(create_api_key_once(account.id, CI, idempotency_key="k") for _ in range(8)))

        assert len({each.key_id for each in made}) == 1
        assert sum(each.token is not None for each in made) == 1
        assert await pool.fetchval("SELECT count(*) FROM api_key") == 1

    async def test_another_input_under_the_same_key_is_refused(self) -> None:
        account = await make_brand()
        await create_api_key_once(account.id, CI, idempotency_key="k")

        with pytest.raises(IdempotencyConflictError):
            await create_api_key_once(account.id, CI._replace(scopes=frozenset({Scope.ADMIN})), idempotency_key="k")

    async def test_history_says_what_the_key_may_do(self) -> None:
        made = await create_api_key((await make_brand()).id, "ci", [Scope.READ])

        [entry] = await HistoryEntry.filter(subject_type="ApiKey", subject_id=made.row.id)
        assert (entry.action, entry.after) == (
            "CREATED",
            {"name": "ci", "prefix": made.row.prefix, "scopes": ["READ"], "expiresAt": None},
        )


@pytest.mark.usefixtures("orm")
class TestTheLastAdminKey:
    async def test_it_stays(self) -> None:
        account = await make_brand()
        last = await create_api_key(account.id, "last", [Scope.ADMIN])
        await create_api_key(account.id, "writer", [Scope.WRITE])

        with pytest.raises(InvalidInputError) as refused:
            await revoke_api_key(account.id, last.row.id)

        assert refused.value.path == ("id",)
        assert last.row.prefix in refused.value.message
        assert await find_credential(last.token) is not None

    async def test_with_another_it_goes(self) -> None:
        account = await make_brand()
        first, _ = [await create_api_key(account.id, name, [Scope.ADMIN]) for name in ("first", "second")]

        await revoke_api_key(account.id, first.row.id)

        assert await find_credential(first.token) is None

    async def test_of_two_that_are_revoked_at_once_one_stays(self) -> None:
        account = await make_brand()
        keys = [await create_api_key(account.id, name, [Scope.ADMIN]) for name in ("first", "second")]

        ends = await asyncio.gather(*(revoke_api_key(account.id, key.row.id) for key in keys), return_exceptions=True)

        assert sum(isinstance(end, InvalidInputError) for end in ends) == 1
        assert await ApiKey.filter(revoked_at=None).count() == 1

    async def test_one_of_another_account_or_one_that_is_over_is_no_other(self) -> None:
        account, other = await make_brand(), await make_brand("other")
        last = await create_api_key(account.id, "last", [Scope.ADMIN])
        await create_api_key(other.id, "theirs", [Scope.ADMIN])
        over = await create_api_key(account.id, "over", [Scope.ADMIN], expires_at=utc_now() + dt.timedelta(days=1))
        await ApiKey.filter(id=over.row.id).update(expires_at=utc_now() - dt.timedelta(days=1))

        with pytest.raises(InvalidInputError):
            await revoke_api_key(account.id, last.row.id)
        assert (await revoke_api_key(account.id, over.row.id)).revoked_at is not None

    async def test_revoking_again_changes_nothing(self) -> None:
        account = await make_brand()
        key = await create_api_key(account.id, "ci", [Scope.READ])

        first = await revoke_api_key(account.id, key.row.id)
        again = await revoke_api_key(account.id, key.row.id)

        assert again.revoked_at == first.revoked_at
        assert await HistoryEntry.filter(action="REVOKED").count() == 1
