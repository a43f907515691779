import asyncio
import datetime as dt

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tracking.creators.models import Creator, Platform
from tracking.creators.rules import NewCreator, NewProfile
from tracking.creators.service import create_creators
from tracking.errors import IdempotencyConflictError, InvalidInputError, TakenError

DAY = dt.date(2026, 11, 1)


@pytest.mark.feature("CU5")
async def test_a_follower_count_keeps_its_day(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    profile = NewProfile(Platform.TIKTOK, "@anna", followers=80_000, followers_as_of=DAY)

    await create_creators(account.id, [NewCreator("anna", profiles=(profile,))])

    row = await pool.fetchrow(
        "SELECT handle, platform, counted_on, followers FROM follower_count"
        " JOIN creator_profile profile ON profile.id = profile_id"
    )
    assert tuple(row) == ("anna", "TIKTOK", DAY, 80_000)


@pytest.mark.feature("CU11")
async def test_one_bad_creator_does_not_hold_up_the_others(orm: TortoiseContext) -> None:
    account = await make_brand()

    outcomes = await create_creators(account.id, [NewCreator("anna"), NewCreator("b b"), NewCreator("carl")])

    assert [outcome.creator is not None for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1].error, InvalidInputError)
    assert outcomes[1].error.path == ("creators", "1", "handle")


@pytest.mark.parametrize(
    ("second", "path"),
    [
        (NewCreator("ANNA"), ("creators", "0", "handle")),
        (NewCreator("@anna"), ("creators", "0", "handle")),
        (NewCreator("other", external_id="m1"), ("creators", "0", "externalId")),
    ],
)
async def test_a_creator_is_there_once(orm: TortoiseContext, second: NewCreator, path: tuple[str, ...]) -> None:
    account = await make_brand()
    await create_creators(account.id, [NewCreator("anna", external_id="m1")])

    [outcome] = await create_creators(account.id, [second])

    assert isinstance(outcome.error, TakenError)
    assert outcome.error.path == path
    assert await Creator.all().count() == 1


async def test_two_accounts_may_know_the_same_creator(orm: TortoiseContext) -> None:
    for slug in ("acme", "globex"):
        account = await make_brand(slug)
        [outcome] = await create_creators(account.id, [NewCreator("anna", external_id="m1")])
        assert outcome.error is None


async def test_a_repeated_call_creates_nothing_and_answers_the_same(orm: TortoiseContext) -> None:
    account = await make_brand()
    given = [NewCreator("anna"), NewCreator("b b"), NewCreator("carl")]

    first = await create_creators(account.id, given, idempotency_key="k1")
    again = await create_creators(account.id, given, idempotency_key="k1")

    assert [each.creator and each.creator.id for each in again] == [each.creator and each.creator.id for each in first]
    assert [str(each.error) for each in again] == [str(each.error) for each in first]
    assert await Creator.all().count() == 2


async def test_parallel_repeats_create_once(orm: TortoiseContext) -> None:
    account = await make_brand()

    calls = [create_creators(account.id, [NewCreator("anna")], idempotency_key="k1") for _ in range(8)]
    answers = await asyncio.gather(*calls)

    assert len({outcome.creator.id for [outcome] in answers if outcome.creator}) == 1
    assert await Creator.all().count() == 1


async def test_a_key_with_another_input_is_a_conflict(orm: TortoiseContext) -> None:
    account = await make_brand()
    await create_creators(account.id, [NewCreator("anna")], idempotency_key="k1")

    with pytest.raises(IdempotencyConflictError):
        await create_creators(account.id, [NewCreator("carl")], idempotency_key="k1")
    assert await Creator.all().count() == 1


async def test_parallel_calls_for_the_same_creators_do_not_deadlock(orm: TortoiseContext) -> None:
    account = await make_brand()
    handles = [f"c{number}" for number in range(50)]

    calls = [
        create_creators(account.id, [NewCreator(handle) for handle in order]) for order in (handles, handles[::-1])
    ]
    answers = await asyncio.gather(*calls)

    assert sum(outcome.creator is not None for answer in answers for outcome in answer) == 50


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        (NewProfile(Platform.X, "anna", followers=1), ("creators", "0", "profiles", "1", "followersAsOf")),
        (
            NewProfile(Platform.X, "anna", followers=-1, followers_as_of=DAY),
            ("creators", "0", "profiles", "1", "followers"),
        ),
        (NewProfile(Platform.X, "anna", url="javascript:1"), ("creators", "0", "profiles", "1", "url")),
        (NewProfile(Platform.X, "an na"), ("creators", "0", "profiles", "1", "handle")),
    ],
)
async def test_a_bad_profile_is_refused_by_field(
    orm: TortoiseContext, profile: NewProfile, path: tuple[str, ...]
) -> None:
    account = await make_brand()

    [outcome] = await create_creators(
        account.id, [NewCreator("anna", profiles=(NewProfile(Platform.BLOG, "anna"), profile))]
    )

    assert outcome.error is not None
    assert outcome.error.path == path
    assert await Creator.all().count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\0", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(orm: TortoiseContext, key: str) -> None:
    account = await make_brand()

    with pytest.raises(InvalidInputError) as refused:
        await create_creators(account.id, [NewCreator("anna")], idempotency_key=key)

    assert refused.value.path == ("idempotencyKey",)
