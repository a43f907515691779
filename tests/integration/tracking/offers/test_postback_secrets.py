"""Postback secrets: shown once, two live at most, and proof of one offer alone until they are revoked."""

import asyncio
import datetime as dt

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.errors import ArchivedError, IdempotencyConflictError, InvalidInputError, NotFoundError
from tracking.offers.credentials import find_offer_secret
from tracking.offers.models import Offer, PostbackSecret
from tracking.offers.postback_secrets import create_postback_secret, revoke_postback_secret
from tracking.offers.service import archive_offer
from tracking.secret_tokens import make_token

pytestmark = pytest.mark.feature("TR14")

URL = "https://brand.example/summer"


@pytest.fixture
async def offer(orm: TortoiseContext) -> Offer:
    account = await make_brand()
    return await Offer.create(account=account, name="Shoes", destination_url=URL)


async def issue(offer: Offer, key: str | None = None) -> tuple[int, str]:
    made = await create_postback_secret(offer.account_id, offer.id, idempotency_key=key)
    assert made.token is not None
    return made.secret_id, made.token


async def test_it_proves_its_offer_and_nothing_else(offer: Offer, pool: asyncpg.Pool) -> None:
    secret_id, token = await issue(offer)
    other = await Offer.create(account_id=offer.account_id, name="Boots", destination_url=URL)

    async def prove(account_id: int, offer_id: int, given: str) -> int | None:
        return await find_offer_secret(pool, account_id, offer_id, given)

    assert await prove(offer.account_id, offer.id, token) == secret_id
    assert await prove(offer.account_id, other.id, token) is None
    assert await prove(offer.account_id + 1, offer.id, token) is None


async def test_whatever_is_not_the_whole_secret_proves_nothing(offer: Offer, pool: asyncpg.Pool) -> None:
    _, token = await issue(offer)
    start, _, secret = token.rpartition("_")
    end = "a" if token[-1] != "a" else "b"
    wrong = [
        "",
        token[:-1],
        token[:-1] + end,
        token + "a",
        " " + token,
        f"{start}_{'a' * 40}",
        secret,
        token.replace("ct_post_", "ct_live_"),
        token.replace("ct_post_", "ct_post_\0"),
        make_token("ct_post_"),
        "ct_post_é" * 5,
    ]

    assert [await find_offer_secret(pool, offer.account_id, offer.id, each) for each in wrong] == [None] * len(wrong)
    assert (await PostbackSecret.get()).last_used_at is None


async def test_the_database_does_not_know_it(offer: Offer, pool: asyncpg.Pool) -> None:
    _, token = await issue(offer)
    prefix, _, secret = token.removeprefix("ct_post_").partition("_")

    rows = [str(row) for table in ("postback_secret", "history_entry") for row in await pool.fetch(f"TABLE {table}")]

    assert len(rows) == 2
    assert all(prefix in row and secret not in row for row in rows)


async def use(offer: Offer, token: str, pool: asyncpg.Pool) -> dt.datetime:
    """When its use was noted last, after this one."""
    await find_offer_secret(pool, offer.account_id, offer.id, token)
    noted = (await PostbackSecret.get()).last_used_at
    assert noted is not None
    return noted


async def test_its_use_is_noted_once_a_minute(offer: Offer, pool: asyncpg.Pool) -> None:
    _, token = await issue(offer)
    first = await use(offer, token, pool)
    again = await use(offer, token, pool)
    long_ago = first - dt.timedelta(minutes=2)
    await PostbackSecret.all().update(last_used_at=long_ago)

    assert again == first
    assert await use(offer, token, pool) > first - dt.timedelta(minutes=1)


async def test_one_is_replaced_without_a_gap(offer: Offer, pool: asyncpg.Pool) -> None:
    old_id, old = await issue(offer)
    _, new = await issue(offer)
    both = [await find_offer_secret(pool, offer.account_id, offer.id, each) for each in (old, new)]

    await revoke_postback_secret(offer.account_id, old_id)
    revoked = await revoke_postback_secret(offer.account_id, old_id)

    assert None not in both
    assert revoked.revoked_at is not None
    assert await find_offer_secret(pool, offer.account_id, offer.id, old) is None
    assert await find_offer_secret(pool, offer.account_id, offer.id, new) is not None
    await issue(offer)


async def test_two_are_live_at_most_also_when_many_are_made_at_once(offer: Offer) -> None:
    made = await asyncio.gather(
        *(create_postback_secret(offer.account_id, offer.id) for _ in range(6)), return_exceptions=True
    )

    assert sum(isinstance(each, InvalidInputError) for each in made) == 4
    assert sorted(each.place for each in await PostbackSecret.all()) == [1, 2]


async def test_the_database_itself_refuses_a_third(offer: Offer, pool: asyncpg.Pool) -> None:
    await issue(offer)

    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(
            "INSERT INTO postback_secret (account_id, offer_id, place, prefix, secret_sha256, created_at)"
            " SELECT account_id, offer_id, place, 'other', secret_sha256, now() FROM postback_secret"
        )
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE postback_secret SET place = 3")


async def test_a_repeat_makes_no_second_one_and_does_not_tell_the_first_again(offer: Offer) -> None:
    other = await Offer.create(account_id=offer.account_id, name="Boots", destination_url=URL)
    secret_id, _ = await issue(offer, key="k")

    again = await create_postback_secret(offer.account_id, offer.id, idempotency_key="k")

    assert again == (secret_id, None)
    with pytest.raises(IdempotencyConflictError):
        await create_postback_secret(offer.account_id, other.id, idempotency_key="k")
    assert await PostbackSecret.all().count() == 1


async def test_an_archived_offer_gets_no_new_one_and_keeps_what_it_has(offer: Offer, pool: asyncpg.Pool) -> None:
    _, token = await issue(offer)
    await archive_offer(offer.account_id, offer.id)

    with pytest.raises(ArchivedError):
        await create_postback_secret(offer.account_id, offer.id)
    assert await find_offer_secret(pool, offer.account_id, offer.id, token) is not None


@pytest.mark.feature("R11")
async def test_those_of_another_account_are_unknown(offer: Offer) -> None:
    secret_id, _ = await issue(offer)
    stranger = offer.account_id + 1

    with pytest.raises(NotFoundError):
        await create_postback_secret(stranger, offer.id)
    with pytest.raises(NotFoundError):
        await revoke_postback_secret(stranger, secret_id)
    assert (await PostbackSecret.get()).revoked_at is None
