"""Which periods of a campaign can be closed, and what a statement says of one."""

import asyncio
import datetime as dt
import json

import asyncpg
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from api.ids import encode_id
from tests.brand import make_brand, make_campaign, make_creator
from tests.clicking import BOT
from tests.closing import DAY, START, at_ms, close, days, list_chain, read_statement
from tests.outcomes import know_conversions, show
from tests.settling import click, convert, report_click, take_out
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.clock import utc_now
from tracking.creators.models import Creator
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.reports.fold import fold_all
from tracking.reports.ranges import EVERYTHING, ReportRange
from tracking.reports.scopes import Grain
from tracking.statements.rules import find_problems
from tracking.statements.service import Closing, NotCountedError, close_statement

pytestmark = pytest.mark.feature("R12", "TR21")


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


@pytest.fixture
async def campaign(account: Account) -> Campaign:
    return await make_campaign(account)


@pytest.fixture
async def ann(account: Account) -> Creator:
    return await make_creator(account, "ann")


class TestContent:
    async def test_it_says_what_each_creator_did_in_the_period_and_nothing_of_other_days(
        self, account: Account, campaign: Campaign, ann: Creator, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        owned = {"campaign_id": campaign.id, "creator_id": ann.id}
        sold = await click(pool, account.id, at_ms=at_ms(1, 0), **owned)
        await click(pool, account.id, at_ms=at_ms(2, 23), user_agent=BOT, **owned)
        await click(pool, account.id, at_ms=at_ms(3, 0), **owned)
        await click(pool, account.id, at_ms=at_ms(2), campaign_id=campaign.id, creator_id=None)
        sale = report_click(sold, occurred_at_ms=at_ms(1, 5), received_at_ms=at_ms(1, 5))
        refund = take_out(sale, "refund", "r1", "2.50", occurred_at_ms=at_ms(2), received_at_ms=at_ms(2))
        await convert(pool, sale, refund)

        content = await close(pool, redis_client, account.id, campaign.id, days(1, 2))

        said = {line.creator_id: line.period for line in content.lines}
        counted = {("humanClicks", ""): 1, ("countedClicks", ""): 1, ("uniqueClicks", ""): 1}
        sales = {("conversions", ""): 1, ("grossValue", "EUR"): 1250, ("refunds", "EUR"): 250}
        assert said == {0: counted, ann.id: {**counted, ("botClicks", ""): 1, **sales}}
        assert [line.adjustments for line in content.lines] == [{}, {}]
        assert [line.to_date for line in content.lines] == [line.period for line in content.lines]

    async def test_it_is_canonical_json_with_decimal_amounts(
        self, account: Account, campaign: Campaign, ann: Creator, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        sold = await click(pool, account.id, at_ms=at_ms(1), campaign_id=campaign.id, creator_id=ann.id)
        await convert(pool, report_click(sold))
        await fold_all(pool)
        statement_id = await close_statement(pool, [redis_client], account.id, Closing(campaign.id, days(1, 31)))

        text = (await read_statement(pool, account.id, statement_id)).text

        written = json.loads(text)
        assert text == json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert written["creators"][0]["creator"] == {"id": encode_id("Creator", ann.id), "handle": "ann"}
        assert written["range"] == {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
        assert written["totals"]["period"] == {
            "humanClicks": 1,
            "totalClicks": 1,
            "countedClicks": 1,
            "uniqueClicks": 1,
            "conversions": 1,
            "grossValue": {"EUR": "12.50"},
            "netValue": {"EUR": "12.50"},
        }

    async def test_impressions_are_in_it(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await show(pool, account.id, 5, campaign_id=campaign.id)
        await pool.execute("UPDATE outcome_delta SET hour_at = $1, day_at = $1", START)

        content = await close(pool, redis_client, account.id, campaign.id, days(1, 1))

        assert content.totals.period == {("impressions", ""): 5}

    async def test_a_campaign_without_anything_has_an_empty_one(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await know_conversions(pool, account.id, START)

        content = await close(pool, redis_client, account.id, campaign.id, days(1, 1))

        assert (list(content.lines), content.conversions_since) == ([], START)


class TestPeriods:
    async def test_they_follow_one_another(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        first = await close(pool, redis_client, account.id, campaign.id, days(1, 7))
        second = await close(pool, redis_client, account.id, campaign.id, days(8, 14))

        assert (first.number, second.number) == (1, 2)
        for wrong in (days(8, 14), days(14, 20), days(16, 20), days(1, 20)):
            with pytest.raises(InvalidInputError, match=r"on 2026-03-15$"):
                await close(pool, redis_client, account.id, campaign.id, wrong)

    async def test_another_campaign_has_its_own(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await close(pool, redis_client, account.id, campaign.id, days(1, 7))

        content = await close(pool, redis_client, account.id, (await make_campaign(account)).id, days(3, 4))

        assert (content.number, content.previous_sha256) == (1, None)

    async def test_what_is_not_over_is_refused(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)

        with pytest.raises(InvalidInputError, match="when it is over"):
            await close(pool, redis_client, account.id, campaign.id, ReportRange(today, today + DAY, Grain.DAY))
        assert await close(pool, redis_client, account.id, campaign.id, ReportRange(today - DAY, today, Grain.DAY))

    async def test_only_whole_days_can_be_closed(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        an_hour = dt.timedelta(hours=1)
        for wrong in (
            EVERYTHING,
            ReportRange(START + an_hour, START + DAY, Grain.HOUR),
            ReportRange(START, START + an_hour, Grain.HOUR),
        ):
            with pytest.raises(InvalidInputError, match="whole days"):
                await close(pool, redis_client, account.id, campaign.id, wrong)

    async def test_days_are_those_of_the_account_and_stay_so(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await pool.execute("UPDATE account SET timezone = 'Asia/Kathmandu' WHERE id = $1", account.id)
        offset = dt.timedelta(hours=5, minutes=45)

        with pytest.raises(InvalidInputError, match="whole days"):
            await close(pool, redis_client, account.id, campaign.id, days(1, 1))
        content = await close(
            pool, redis_client, account.id, campaign.id, ReportRange(START - offset, START - offset + DAY, Grain.DAY)
        )

        assert content.timezone == "Asia/Kathmandu"
        assert await pool.fetchval("SELECT timezone_fixed_at IS NOT NULL FROM account WHERE id = $1", account.id)

    async def test_what_waits_to_be_counted_holds_it_up(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await pool.execute("UPDATE fold_state SET folded_at = $1, outcomes_folded_at = $1", START + DAY)
        await click(pool, account.id, at_ms=at_ms(1), campaign_id=campaign.id)

        with pytest.raises(NotCountedError) as refused:
            await close_statement(pool, [redis_client], account.id, Closing(campaign.id, days(1, 2)))
        assert (refused.value.freshness.as_of, refused.value.freshness.backlog) == (START + DAY, 1)
        assert await pool.fetchval("SELECT count(*) FROM statement") == 0

        content = await close(pool, redis_client, account.id, campaign.id, days(1, 2))
        assert content.totals.period["humanClicks", ""] == 1

    async def test_of_another_account_there_is_none(
        self, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        other = await make_brand("other")

        with pytest.raises(NotFoundError):
            await close(pool, redis_client, other.id, campaign.id, days(1, 1))


class TestForEver:
    async def test_of_those_who_close_at_the_same_time_one_does(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        wanted = Closing(campaign.id, days(1, 1))
        tries = [close_statement(pool, [redis_client], account.id, wanted) for _ in range(8)]

        outcomes = await asyncio.gather(*tries, return_exceptions=True)

        refused = [outcome for outcome in outcomes if not isinstance(outcome, int)]
        assert len(refused) == 7
        assert all(isinstance(each, TakenError | InvalidInputError) for each in refused), refused
        assert await pool.fetchval("SELECT count(*) FROM statement") == 1

    async def test_the_same_key_answers_with_the_same_statement(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        wanted = Closing(campaign.id, days(1, 1))
        tries = [close_statement(pool, [redis_client], account.id, wanted, idempotency_key="march") for _ in range(4)]

        assert len(set(await asyncio.gather(*tries))) == 1

    @pytest.mark.parametrize(
        "change", ["UPDATE statement SET content = '{}'", "DELETE FROM statement", "TRUNCATE statement"]
    )
    async def test_a_statement_never_changes(
        self,
        account: Account,
        campaign: Campaign,
        pool: asyncpg.Pool,
        redis_client: redis.asyncio.Redis,
        *,
        change: str,
    ) -> None:
        await close(pool, redis_client, account.id, campaign.id, days(1, 1))

        with pytest.raises(asyncpg.RaiseError, match="never changes"):
            await pool.execute(change)

    async def test_its_history_says_who_closed_it(
        self, account: Account, campaign: Campaign, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        await close(pool, redis_client, account.id, campaign.id, days(1, 1))

        row = await pool.fetchrow("SELECT * FROM history_entry WHERE subject_type = 'Statement'")
        sha256 = await pool.fetchval("SELECT encode(sha256, 'hex') FROM statement")
        assert (row["action"], row["actor_kind"]) == ("CLOSED", "SYSTEM")
        assert json.loads(row["after"])["sha256"] == sha256

    async def test_each_holds_the_hash_of_the_one_before(
        self, account: Account, campaign: Campaign, ann: Creator, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        for day in (1, 2, 3):
            await click(pool, account.id, at_ms=at_ms(day), campaign_id=campaign.id, creator_id=ann.id)
            await close(pool, redis_client, account.id, campaign.id, days(day, day))

        chain = await list_chain(pool, campaign.id)

        assert [find_problems(*each, before) for each, before in zip(chain, [None, *chain], strict=False)] == [[]] * 3
        assert find_problems(*chain[2], chain[0]) != []
        forged = chain[1][0].replace('"humanClicks":1', '"humanClicks":9')
        assert find_problems(forged, chain[1][1], chain[0]) == ["the content does not have this hash"]
