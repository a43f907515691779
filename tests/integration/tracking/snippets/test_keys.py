"""Snippet keys: two live at most, shown as often as one likes, and known to redirectors until they are revoked."""

import asyncio

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.accounts.models import Account
from tracking.changes.rules import ChangeKind
from tracking.domains.hosts import read_hosts
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.models import HistoryEntry
from tracking.snippets.models import SnippetKey
from tracking.snippets.queries import list_live_keys
from tracking.snippets.service import create_snippet_key, revoke_snippet_key, set_snippet_origins

pytestmark = pytest.mark.feature("LO14")


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


async def read_known(pool: asyncpg.Pool) -> tuple[list[str], list[str]]:
    """The keys and the origins that redirectors read with the account's host."""
    [row] = await read_hosts(pool, ["acme.localhost"], timeout_s=5)
    return sorted(row["snippet_keys"]), row["snippet_origins"]


async def count_changes(pool: asyncpg.Pool, account: Account) -> int:
    found: int = await pool.fetchval(
        "SELECT count(*) FROM change_log WHERE kind = $1 AND ref_id = $2", ChangeKind.ACCOUNT.value, account.id
    )
    return found


async def test_redirectors_know_it_until_it_is_revoked(account: Account, pool: asyncpg.Pool) -> None:
    key_id = await create_snippet_key(account.id)
    [row] = await list_live_keys(pool, account.id)

    assert row.id == key_id
    assert await read_known(pool) == ([row.key], [])
    assert await count_changes(pool, account) == 1

    await revoke_snippet_key(account.id, key_id)
    await revoke_snippet_key(account.id, key_id)

    assert await read_known(pool) == ([], [])
    assert await count_changes(pool, account) == 2
    entries = await HistoryEntry.filter(subject_type="SnippetKey").order_by("id")
    assert [entry.action for entry in entries] == ["CREATED", "REVOKED"]


async def test_one_is_enough_to_count_conversions_from_then_on(account: Account) -> None:
    assert (await Account.get(id=account.id)).conversions_since is None

    await create_snippet_key(account.id)

    assert (await Account.get(id=account.id)).conversions_since is not None


async def test_of_many_made_at_once_two_are_live(account: Account, pool: asyncpg.Pool) -> None:
    made = await asyncio.gather(*(create_snippet_key(account.id) for _ in range(8)), return_exceptions=True)

    refused = [each for each in made if isinstance(each, InvalidInputError)]
    assert len(refused) == 6
    assert len(await list_live_keys(pool, account.id)) == 2
    assert await count_changes(pool, account) == 2


async def test_the_same_call_again_answers_with_the_same_key(account: Account) -> None:
    first = await create_snippet_key(account.id, idempotency_key="k")

    assert await create_snippet_key(account.id, idempotency_key="k") == first
    assert await SnippetKey.all().count() == 1


async def test_nobody_revokes_the_key_of_another_account(account: Account, pool: asyncpg.Pool) -> None:
    other = await make_brand("other")
    key_id = await create_snippet_key(account.id)

    with pytest.raises(NotFoundError):
        await revoke_snippet_key(other.id, key_id)

    assert len(await list_live_keys(pool, account.id)) == 1


async def test_origins_are_kept_as_browsers_send_them(account: Account, pool: asyncpg.Pool) -> None:
    await set_snippet_origins(account.id, ["https://shop.example", "http://localhost:5173", "https://shop.example"])
    await set_snippet_origins(account.id, ["https://shop.example", "http://localhost:5173"])

    assert await read_known(pool) == ([], ["https://shop.example", "http://localhost:5173"])
    assert await count_changes(pool, account) == 1
    [entry] = await HistoryEntry.filter(subject_type="Account")
    assert entry.after == {"snippetOrigins": ["https://shop.example", "http://localhost:5173"]}


async def test_what_is_no_origin_is_refused_and_changes_nothing(account: Account, pool: asyncpg.Pool) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await set_snippet_origins(account.id, ["https://shop.example", "https://shop.example/path"])

    assert refused.value.path == ("snippetOrigins", "1")
    assert await read_known(pool) == ([], [])
    assert await count_changes(pool, account) == 0
