import asyncio
import datetime as dt

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_creator
from tracking.accounts.models import Account
from tracking.creators.models import Creator, CreatorProfile, FollowerCount, Platform
from tracking.creators.profiles import add_profile, record_follower_counts, remove_profile, update_profile
from tracking.creators.rules import FollowerReading, NewProfile
from tracking.errors import IdempotencyConflictError, InvalidInputError, NotFoundError, TakenError

DAY = dt.date(2026, 3, 1)
Setting = tuple[Account, Creator, CreatorProfile]


@pytest.fixture
async def setting(orm: TortoiseContext) -> Setting:
    account = await make_brand()
    creator = await make_creator(account, "ada")
    return account, creator, await add_profile(account.id, creator.id, NewProfile(Platform.TIKTOK, "@ada"))


async def read_counts() -> list[tuple[dt.date, int]]:
    rows = await FollowerCount.all().order_by("counted_on")
    return [(row.counted_on, row.followers) for row in rows]


class TestProfiles:
    async def test_a_creator_has_each_profile_once(self, setting: Setting) -> None:
        account, creator, _ = setting

        with pytest.raises(TakenError) as refused:
            await add_profile(account.id, creator.id, NewProfile(Platform.TIKTOK, "ada"))
        await add_profile(account.id, creator.id, NewProfile(Platform.X, "ada"))

        assert refused.value.path == ("handle",)
        assert await CreatorProfile.all().count() == 2

    async def test_parallel_additions_make_it_once(self, setting: Setting) -> None:
        account, creator, _ = setting
        calls = [add_profile(account.id, creator.id, NewProfile(Platform.X, "ada")) for _ in range(6)]

        answers = await asyncio.gather(*calls, return_exceptions=True)

        assert sum(isinstance(answer, CreatorProfile) for answer in answers) == 1
        assert sum(isinstance(answer, TakenError) for answer in answers) == 5

    @pytest.mark.feature("CU5")
    async def test_another_handle_keeps_the_counts(self, setting: Setting) -> None:
        account, _, profile = setting
        await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, 100)])

        changed = await update_profile(account.id, profile.id, {"handle": "ada2", "url": "https://video.example/ada2"})

        assert (changed.handle, changed.url) == ("ada2", "https://video.example/ada2")
        assert await read_counts() == [(DAY, 100)]

    async def test_another_handle_may_not_be_that_of_another_profile(self, setting: Setting) -> None:
        account, creator, profile = setting
        await add_profile(account.id, creator.id, NewProfile(Platform.TIKTOK, "ada2"))

        with pytest.raises(TakenError):
            await update_profile(account.id, profile.id, {"handle": "ada2"})

        assert (await CreatorProfile.get(id=profile.id)).handle == "ada"

    async def test_a_removed_profile_takes_its_counts_along(self, setting: Setting) -> None:
        account, _, profile = setting
        await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, 100)])

        await remove_profile(account.id, profile.id)

        assert await CreatorProfile.all().count() == 0
        assert await read_counts() == []

    @pytest.mark.feature("R11")
    async def test_the_profile_of_another_account_is_unknown(self, setting: Setting) -> None:
        _, creator, profile = setting
        stranger = await make_brand("stranger")

        for attempt in (
            add_profile(stranger.id, creator.id, NewProfile(Platform.X, "evil")),
            update_profile(stranger.id, profile.id, {"handle": "evil"}),
            remove_profile(stranger.id, profile.id),
        ):
            with pytest.raises(NotFoundError):
                await attempt
        assert [profile.handle for profile in await CreatorProfile.all()] == ["ada"]

    async def test_each_change_is_in_the_creators_history(self, setting: Setting, pool: asyncpg.Pool) -> None:
        account, creator, profile = setting
        await update_profile(account.id, profile.id, {"handle": "ada2"})
        await update_profile(account.id, profile.id, {"handle": "ada2"})
        await remove_profile(account.id, profile.id)

        rows = await pool.fetch("SELECT subject_type, subject_id, action FROM history_entry ORDER BY id")

        assert [tuple(row) for row in rows] == [
            ("Creator", creator.id, f"PROFILE_{action}") for action in ("ADDED", "UPDATED", "REMOVED")
        ]


@pytest.mark.feature("CU5")
class TestFollowerCounts:
    async def test_each_day_keeps_its_count_and_a_later_reading_mends_it(self, setting: Setting) -> None:
        account, _, profile = setting
        readings = [FollowerReading(profile.id, DAY + dt.timedelta(days=day), 100 + day) for day in range(3)]

        await record_follower_counts(account.id, readings)
        await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, 90)])

        assert [followers for _, followers in await read_counts()] == [90, 101, 102]

    async def test_of_several_for_a_day_in_one_call_the_last_stands(self, setting: Setting) -> None:
        account, _, profile = setting

        await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, count) for count in (1, 2, 3)])

        assert await read_counts() == [(DAY, 3)]

    async def test_one_that_cannot_be_recorded_does_not_hold_up_the_others(self, setting: Setting) -> None:
        account, _, profile = setting
        given = [
            FollowerReading(profile.id, DAY, 100),
            FollowerReading(profile.id, DAY, -1),
            FollowerReading(profile.id, dt.date(2999, 1, 1), 1),
            FollowerReading(10**15, DAY, 1),
        ]

        outcomes = await record_follower_counts(account.id, given)

        assert [outcome.error and outcome.error.path for outcome in outcomes] == [
            None,
            ("counts", "1", "followers"),
            ("counts", "2", "countedOn"),
            ("counts", "3", "profileId"),
        ]
        assert await read_counts() == [(DAY, 100)]

    async def test_a_repeat_with_its_key_does_not_undo_a_correction(self, setting: Setting) -> None:
        account, _, profile = setting
        given = [FollowerReading(profile.id, DAY, 100), FollowerReading(10**15, DAY, 1)]
        first = await record_follower_counts(account.id, given, idempotency_key="k1")
        await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, 90)])

        again = await record_follower_counts(account.id, given, idempotency_key="k1")

        assert [(each.profile_id, str(each.error)) for each in again] == [
            (each.profile_id, str(each.error)) for each in first
        ]
        assert await read_counts() == [(DAY, 90)]
        with pytest.raises(IdempotencyConflictError):
            await record_follower_counts(account.id, given[:1], idempotency_key="k1")

    async def test_calls_with_the_same_days_do_not_deadlock(self, setting: Setting) -> None:
        account, _, profile = setting
        readings = [FollowerReading(profile.id, DAY + dt.timedelta(days=day), 1) for day in range(50)]

        await asyncio.gather(*(record_follower_counts(account.id, order) for order in (readings, readings[::-1]) * 3))

        assert len(await read_counts()) == 50

    @pytest.mark.parametrize("count", [0, 1_001])
    async def test_a_call_has_one_to_a_thousand(self, setting: Setting, count: int) -> None:
        account, _, profile = setting

        with pytest.raises(InvalidInputError) as refused:
            await record_follower_counts(account.id, [FollowerReading(profile.id, DAY, 1)] * count)

        assert refused.value.path == ("counts",)

    @pytest.mark.feature("R11")
    async def test_the_counts_of_another_account_are_unknown(self, setting: Setting) -> None:
        _, _, profile = setting
        stranger = await make_brand("stranger")

        [outcome] = await record_follower_counts(stranger.id, [FollowerReading(profile.id, DAY, 1)])

        assert isinstance(outcome.error, NotFoundError)
        assert await read_counts() == []
