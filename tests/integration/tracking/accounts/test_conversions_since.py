"""Whatever makes conversions possible first says since when they count; nothing that follows changes it (LO16)."""

import base64
import datetime as dt

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.accounts.conversions_since import note_conversions_recorded
from tracking.accounts.models import Account
from tracking.errors import NotFoundError
from tracking.offers.models import Offer
from tracking.offers.postback_secrets import create_postback_secret
from tracking.offers.signing_keys import create_signing_key
from tracking.settings import SecretsKey

pytestmark = pytest.mark.feature("LO16")

KEYS = [SecretsKey(1, base64.b64decode("c2l4dGVlbiBieXRlcyBvZiBzZWNyZXQgbWF0ZXJpYWw="))]


async def read_since(account_id: int) -> dt.datetime | None:
    return (await Account.get(id=account_id)).conversions_since


async def test_a_signing_key_says_it_once(orm: TortoiseContext) -> None:
    account, other = await make_brand(), await make_brand("other")
    assert await read_since(account.id) is None

    await create_signing_key(account.id, KEYS)
    since = await read_since(account.id)
    await create_signing_key(account.id, KEYS)

    assert since is not None
    assert await read_since(account.id) == since
    assert await read_since(other.id) is None


async def test_a_postback_secret_says_it(orm: TortoiseContext) -> None:
    account = await make_brand()
    offer = await Offer.create(account=account, name="Shoes", destination_url="https://brand.example/")

    await create_postback_secret(account.id, offer.id)

    assert await read_since(account.id) is not None


async def test_a_secret_that_is_refused_says_nothing(orm: TortoiseContext) -> None:
    account = await make_brand()

    with pytest.raises(NotFoundError):
        await create_postback_secret(account.id, 1)

    assert await read_since(account.id) is None


async def test_conversions_that_are_stored_say_it_of_their_accounts(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    first, second, third = [await make_brand(slug) for slug in ("one", "two", "three")]

    async with pool.acquire() as connection, connection.transaction():
        await note_conversions_recorded(connection, {second.id, first.id})

    assert await read_since(first.id) == await read_since(second.id) is not None
    assert await read_since(third.id) is None
