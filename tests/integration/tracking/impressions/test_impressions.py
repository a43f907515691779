"""An impression counts once for its link, in the hours of its account, and leaves nothing behind (IM13)."""

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import asyncpg
import msgspec
import pytest

from tests.chaos.site import Site, make_site
from tests.clicking import DAY_MS
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.store import EARLY_LIMIT_MS, LATE_LIMIT_MS
from tracking.clock import now_ms, utc_now
from tracking.impressions.event import Impression
from tracking.impressions.store import RejectedImpression, delete_old_impressions, store_impressions
from tracking.reports.outcomes import Dating

pytestmark = pytest.mark.feature("IM13")

_mint = ClickIdMint()


async def find_link(pool: asyncpg.Pool, site: Site) -> asyncpg.Record:
    row: asyncpg.Record = await pool.fetchrow("SELECT * FROM link WHERE account_id = $1 ORDER BY id", site.account_id)
    return row


def make_impression(link: Any, at_ms: int | None = None) -> Impression:
    return Impression(_mint.mint(at_ms), link["account_id"], link["id"])


async def count_by_dating(pool: asyncpg.Pool) -> Counter[int]:
    rows = await pool.fetch("SELECT dating, sum(impressions) AS impressions FROM outcome_delta GROUP BY dating")
    return Counter({row["dating"]: row["impressions"] for row in rows})


async def test_it_is_counted_for_all_that_its_link_belongs_to_by_both_datings(pool: asyncpg.Pool) -> None:
    link = await find_link(pool, await make_site(pool, zone="Asia/Kolkata"))
    at = utc_now().replace(minute=45, second=0, microsecond=0) - dt.timedelta(hours=2)

    stored = await store_impressions(pool, [make_impression(link, int(at.timestamp() * 1000))])

    assert stored == (1, [])
    rows = await pool.fetch("SELECT * FROM outcome_delta ORDER BY dating")
    assert [row["dating"] for row in rows] == list(Dating)
    for row in rows:
        assert (row["account_id"], row["link_id"]) == (link["account_id"], link["id"])
        assert (row["campaign_id"], row["creator_id"]) == (link["campaign_id"], link["creator_id"])
        assert row["hour_at"] == at.replace(minute=30)  # where hours of that zone start
        assert (row["currency"], row["impressions"], row["conversions"]) == ("", 1, 0)


@pytest.mark.feature("R3")
class TestExactlyOnce:
    async def test_second_delivery_adds_nothing(self, pool: asyncpg.Pool) -> None:
        link = await find_link(pool, await make_site(pool))
        seen = [make_impression(link) for _ in range(5)]

        assert (await store_impressions(pool, [*seen, seen[0]])).added == 5
        assert (await store_impressions(pool, seen)).added == 0

        assert await count_by_dating(pool) == {Dating.CONVERSION_TIME: 5, Dating.CLICK_TIME: 5}

    async def test_many_workers_with_the_same_batch_count_it_once(self, pool: asyncpg.Pool) -> None:
        link = await find_link(pool, await make_site(pool))
        seen = [make_impression(link) for _ in range(50)]

        stored = await asyncio.gather(*(store_impressions(pool, seen[place:] + seen[:place]) for place in range(8)))

        assert sum(each.added for each in stored) == 50
        assert (await count_by_dating(pool))[Dating.CLICK_TIME] == 50

    async def test_a_row_stays_for_as_long_as_a_second_delivery_of_it_is_taken(self, pool: asyncpg.Pool) -> None:
        link = await find_link(pool, await make_site(pool))
        kept = make_impression(link, now_ms() - LATE_LIMIT_MS + 60_000)
        await store_impressions(pool, [kept])

        await delete_old_impressions(pool, utc_now() + dt.timedelta(hours=23))
        assert (await store_impressions(pool, [kept])).added == 0

        await delete_old_impressions(pool, utc_now() + dt.timedelta(days=2))
        assert await pool.fetchval("SELECT count(*) FROM impression") == 0
        assert (await count_by_dating(pool))[Dating.CLICK_TIME] == 1

    async def test_without_its_row_it_would_count_again(self, pool: asyncpg.Pool) -> None:
        """The check itself is checked: the row is what makes it exactly once."""
        seen = [make_impression(await find_link(pool, await make_site(pool)))]
        await store_impressions(pool, seen)
        await pool.execute("DELETE FROM impression")

        assert (await store_impressions(pool, seen)).added == 1

        assert (await count_by_dating(pool))[Dating.CLICK_TIME] == 2


class TestWhatIsRejected:
    @pytest.mark.parametrize(
        ("age_ms", "reason"), [(LATE_LIMIT_MS + 60_000, "too_late"), (-EARLY_LIMIT_MS - 60_000, "from_the_future")]
    )
    async def test_one_beyond_the_horizon(self, pool: asyncpg.Pool, age_ms: int, reason: str) -> None:
        link = await find_link(pool, await make_site(pool))
        bad, good = make_impression(link, now_ms() - age_ms), make_impression(link, now_ms() - DAY_MS)

        assert await store_impressions(pool, [bad, good]) == (1, [RejectedImpression(bad, reason)])

    @pytest.mark.feature("R11")
    async def test_one_of_another_accounts_link_or_of_none(self, pool: asyncpg.Pool) -> None:
        site, other = await make_site(pool), await make_site(pool)
        own, foreign = await find_link(pool, site), await find_link(pool, other)
        wrong = [
            msgspec.structs.replace(make_impression(own), link_id=foreign["id"]),
            msgspec.structs.replace(make_impression(own), link_id=2**62),
            msgspec.structs.replace(make_impression(own), account_id=2**62),
        ]

        stored = await store_impressions(pool, wrong)

        assert stored.added == 0
        assert [reason for _, reason in stored.rejected] == ["unknown_link", "unknown_link", "unknown_account"]


async def test_the_first_one_of_an_account_fixes_its_time_zone(pool: asyncpg.Pool) -> None:
    site = await make_site(pool)
    await store_impressions(pool, [make_impression(await find_link(pool, site))])

    assert await pool.fetchval("SELECT timezone_fixed_at FROM account WHERE id = $1", site.account_id) is not None


async def test_one_on_a_recipients_link_has_no_place_among_links(pool: asyncpg.Pool) -> None:
    link = await find_link(pool, await make_site(pool))
    await pool.execute("UPDATE link SET message_id = 5, slot = 1, contact_id = 6 WHERE id = $1", link["id"])

    await store_impressions(pool, [make_impression(link)])

    rows = await pool.fetch("SELECT DISTINCT link_id, message_id, slot, contact_id FROM outcome_delta")
    assert [tuple(row) for row in rows] == [(None, 5, 1, 6)]
