"""Signing keys: shown once, sealed in the database, two live at most, forgotten when they are revoked."""

import asyncio

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tests.hooking import add_endpoint
from tracking.accounts.models import Account
from tracking.errors import InvalidInputError, NotFoundError
from tracking.offers.credentials import find_signing_key
from tracking.offers.models import SigningKey
from tracking.offers.signing_keys import create_signing_key, revoke_signing_key
from tracking.resealing import Resealed, reseal
from tracking.sealing import SealError
from tracking.settings import SecretsKey
from tracking.webhooks.secrets import find_live_secrets, make_secret

OLD = SecretsKey(key_id=1, secret=b"the old key of the tests")
NEW = SecretsKey(key_id=2, secret=b"the new key of the tests")


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


async def issue(account: Account, *keys: SecretsKey) -> tuple[int, str, str]:
    """Id, name and key."""
    made = await create_signing_key(account.id, keys or [OLD])
    assert made.token is not None
    return made.signing_key_id, (await SigningKey.get(id=made.signing_key_id)).key_name, made.token


async def test_it_is_found_by_its_name_as_it_was_shown(account: Account, pool: asyncpg.Pool) -> None:
    _, name, token = await issue(account)

    assert token.startswith(f"ct_sign_{name}_")
    assert await find_signing_key(pool, account.id, name, [OLD]) == token.encode()
    assert [
        await find_signing_key(pool, account_id, wanted, [OLD])
        for account_id, wanted in (
            (account.id + 1, name),
            (account.id, "unknown"),
            (account.id, "\0"),
            (account.id, ""),
        )
    ] == [None] * 4


async def test_who_has_the_database_alone_cannot_read_it(account: Account, pool: asyncpg.Pool) -> None:
    _, name, token = await issue(account)
    secret = token.rpartition("_")[2].encode()

    rows = [row for table in ("signing_key", "history_entry") for row in await pool.fetch(f"TABLE {table}")]

    assert len(rows) == 2
    assert not [value for row in rows for value in row.values() if secret in str(value).encode()]
    assert secret not in rows[0]["sealed_key"]
    with pytest.raises(SealError):
        await find_signing_key(pool, account.id, name, [NEW])


async def test_moved_to_another_row_it_does_not_open(account: Account, pool: asyncpg.Pool) -> None:
    _, name, _ = await issue(account)
    _, other, _ = await issue(account)

    await pool.execute(
        "UPDATE signing_key SET sealed_key = (SELECT sealed_key FROM signing_key WHERE key_name = $1)", name
    )

    assert await find_signing_key(pool, account.id, name, [OLD]) is not None
    with pytest.raises(SealError):
        await find_signing_key(pool, account.id, other, [OLD])


async def test_the_installations_key_is_replaced_without_losing_any(account: Account, pool: asyncpg.Pool) -> None:
    _, before, first = await issue(account, OLD)
    _, after, second = await issue(account, NEW, OLD)

    found = [await find_signing_key(pool, account.id, name, [NEW, OLD]) for name in (before, after)]

    assert found == [first.encode(), second.encode()]
    assert await find_signing_key(pool, account.id, after, [NEW]) == second.encode()


async def test_a_revoked_one_is_forgotten_and_makes_room(account: Account, pool: asyncpg.Pool) -> None:
    key_id, name, _ = await issue(account)
    await issue(account)
    with pytest.raises(InvalidInputError, match="2 signing keys are live"):
        await create_signing_key(account.id, [OLD])

    await revoke_signing_key(account.id, key_id)
    revoked = await revoke_signing_key(account.id, key_id)

    assert (revoked.revoked_at is not None, bytes(revoked.sealed_key)) == (True, b"")
    assert await find_signing_key(pool, account.id, name, [OLD]) is None
    await issue(account)


async def test_two_are_live_at_most_also_when_many_are_made_at_once(account: Account) -> None:
    made = await asyncio.gather(*(create_signing_key(account.id, [OLD]) for _ in range(6)), return_exceptions=True)

    assert sum(isinstance(each, InvalidInputError) for each in made) == 4
    assert sorted(each.place for each in await SigningKey.all()) == [1, 2]


async def test_a_repeat_makes_no_second_one_and_does_not_tell_the_first_again(account: Account) -> None:
    first, again = [await create_signing_key(account.id, [OLD], idempotency_key="k") for _ in range(2)]

    assert again == (first.signing_key_id, None)
    assert await SigningKey.all().count() == 1


async def test_without_a_key_to_seal_with_none_is_made(account: Account) -> None:
    with pytest.raises(InvalidInputError, match="SECRETS_KEYS"):
        await create_signing_key(account.id, [])

    assert await SigningKey.all().count() == 0


@pytest.mark.feature("R11")
async def test_one_of_another_account_is_unknown(account: Account) -> None:
    key_id, _, _ = await issue(account)

    with pytest.raises(NotFoundError):
        await revoke_signing_key(account.id + 1, key_id)
    assert (await SigningKey.get()).revoked_at is None


async def test_after_resealing_the_old_key_may_go(account: Account, pool: asyncpg.Pool) -> None:
    _, name, token = await issue(account, OLD)
    endpoint_id = await add_endpoint(pool, account.id)
    made = make_secret([OLD], endpoint_id)
    await pool.execute(
        "INSERT INTO webhook_secret (endpoint_id, sealed_secret, hint, created_at) VALUES ($1, $2, '', now())",
        endpoint_id,
        made.sealed,
    )
    before = await find_live_secrets(pool, [endpoint_id], [OLD])

    assert await reseal(pool, [NEW]) == Resealed(changed=0, left=2)
    assert await reseal(pool, [NEW, OLD]) == Resealed(changed=2, left=0)
    assert await reseal(pool, [NEW, OLD]) == Resealed(changed=0, left=0)

    assert await find_signing_key(pool, account.id, name, [NEW]) == token.encode()
    assert await find_live_secrets(pool, [endpoint_id], [NEW]) == before
    with pytest.raises(SealError):
        await find_signing_key(pool, account.id, name, [OLD])


async def test_twice_at_once_seals_each_once(account: Account, pool: asyncpg.Pool) -> None:
    names = [(await issue(account, OLD))[1:] for _ in range(2)]

    at_once = await asyncio.gather(reseal(pool, [NEW, OLD]), reseal(pool, [NEW, OLD]))

    assert sum(each.changed for each in at_once) == len(names)
    assert [await find_signing_key(pool, account.id, name, [NEW]) for name, _ in names] == [
        token.encode() for _, token in names
    ]


async def test_a_key_that_took_the_id_of_another_is_not_taken_for_it(account: Account, pool: asyncpg.Pool) -> None:
    """As when somebody replaces the key and leaves the number before it."""
    await issue(account, OLD)

    assert await reseal(pool, [SecretsKey(OLD.key_id, NEW.secret)]) == Resealed(changed=0, left=1)
