import datetime as dt

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.accounts.credentials import find_credential
from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.service import create_account, create_api_key, revoke_api_key
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError, TakenError


async def test_a_key_opens_its_account_with_its_scopes(orm: TortoiseContext) -> None:
    account = await make_brand()

    key = await create_api_key(account.id, "ci", [Scope.READ])

    credential = await find_credential(key.token)
    assert credential is not None
    assert credential.account_id == account.id
    assert credential.scopes == {Scope.READ}


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (Scope.READ, {Scope.READ}),
        (Scope.WRITE, {Scope.READ, Scope.WRITE}),
        (Scope.ADMIN, {Scope.READ, Scope.WRITE, Scope.ADMIN}),
    ],
)
async def test_a_scope_includes_the_lesser_ones(orm: TortoiseContext, given: Scope, held: set[Scope]) -> None:
    account = await make_brand()

    key = await create_api_key(account.id, "ci", [given])

    credential = await find_credential(key.token)
    assert credential is not None
    assert credential.scopes == held


async def test_the_database_cannot_tell_a_key(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()

    key = await create_api_key(account.id, "ci", [Scope.READ])

    row = str(await pool.fetchrow("SELECT * FROM api_key"))
    assert key.token not in row
    assert key.token.rpartition("_")[2] not in row


async def test_a_key_with_a_right_prefix_and_a_wrong_secret_opens_nothing(orm: TortoiseContext) -> None:
    account = await make_brand()
    key = await create_api_key(account.id, "ci", [Scope.READ])

    last = "b" if key.token[-1] != "b" else "c"

    assert await find_credential(key.token[:-1] + last) is None


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(orm: TortoiseContext) -> None:
    account = await make_brand()
    key = await create_api_key(account.id, "ci", [Scope.READ])
    assert await find_credential(key.token) is not None

    await revoke_api_key(account.id, key.row.id)

    assert await find_credential(key.token) is None


async def test_an_expired_key_opens_nothing(orm: TortoiseContext) -> None:
    account = await make_brand()
    key = await create_api_key(account.id, "ci", [Scope.READ], expires_at=utc_now() + dt.timedelta(hours=1))

    await ApiKey.filter(id=key.row.id).update(expires_at=utc_now() - dt.timedelta(seconds=1))

    assert await find_credential(key.token) is None


async def test_use_is_noted_once_a_minute(orm: TortoiseContext) -> None:
    account = await make_brand()
    key = await create_api_key(account.id, "ci", [Scope.READ])

    await find_credential(key.token)
    first = (await ApiKey.get(id=key.row.id)).last_used_at
    await find_credential(key.token)

    assert first is not None
    assert (await ApiKey.get(id=key.row.id)).last_used_at == first


@pytest.mark.feature("R11")
async def test_the_key_of_another_account_is_unknown(orm: TortoiseContext) -> None:
    mine, theirs = await make_brand("mine"), await make_brand("theirs")
    key = await create_api_key(theirs.id, "ci", [Scope.READ])

    with pytest.raises(NotFoundError):
        await revoke_api_key(mine.id, key.row.id)
    assert await find_credential(key.token) is not None


@pytest.mark.parametrize(
    "token", ["", "ct_live_", "Bearer x", "ct_live_aaaaaaaa_short", "ct_live_ⅷaaaaaaa_" + "a" * 40]
)
async def test_what_is_no_key_costs_no_query(token: str) -> None:
    assert await find_credential(token) is None


async def test_a_key_without_a_scope_is_refused(orm: TortoiseContext) -> None:
    account = await make_brand()

    with pytest.raises(InvalidInputError) as refused:
        await create_api_key(account.id, "ci", [])
    assert refused.value.path == ("scopes",)


async def test_a_slug_belongs_to_one_account(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    await make_brand("acme")

    with pytest.raises(TakenError) as refused:
        await create_account("Other", "acme")
    assert refused.value.path == ("slug",)
    assert await pool.fetchval("SELECT count(*) FROM tracking_domain") == 1


@pytest.mark.feature("TR2")
async def test_an_account_of_its_own_has_a_verified_domain_of_its_own(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand("acme")

    row = await pool.fetchrow("SELECT host, account_id, verified_at IS NOT NULL AS verified FROM tracking_domain")
    assert tuple(row) == ("acme.localhost", account.id, True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "No Blanks"}, "slug"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"currency": "euro"}, "currency"),
        ({"name": ""}, "name"),
        ({"name": "a\0b"}, "name"),
    ],
)
async def test_a_bad_account_is_refused_by_field(
    orm: TortoiseContext, pool: asyncpg.Pool, changes: dict[str, str], field: str
) -> None:
    given = {"name": "Acme", "slug": "acme", **changes}

    with pytest.raises(InvalidInputError) as refused:
        await create_account(given.pop("name"), given.pop("slug"), **given)  # type: ignore[arg-type]  # only the texts
    assert refused.value.path == (field,)
    assert await pool.fetchval("SELECT count(*) FROM account") == 0
