"""Conversions as news: a filter asked of one at hand says what the database says, and knows what it was before."""

from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, make_account, make_event, store
from tests.converting import fill_inbox, make_report, write_conversion
from tracking.conversions.filters import ConversionFilter
from tracking.conversions.kinds import ConversionKind, Method, Proof, Source, Status, Trust
from tracking.conversions.listing import find_conversions
from tracking.conversions.news import find_news, is_wanted, may_have_been_wanted
from tracking.conversions.rulings import reject_conversions
from tracking.conversions.store import store_conversions

pytestmark = pytest.mark.feature("R13")

LINK, OTHER_LINK, NEVER = 7, 8, 9


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


@pytest.fixture
async def conversion_ids(pool: asyncpg.Pool, account_id: int) -> list[UUID]:
    """Of several statuses, kinds, methods and places; the last one is rejected by a person."""
    uncounted = make_event(account_id, user_agent=BOT)
    await store(pool, uncounted)
    await fill_inbox(pool, account_id, link_id=LINK, uncounted=uncounted.click_id)
    reports = [
        make_report(account_id, link_id=LINK),
        make_report(account_id, link_id=OTHER_LINK, event="signup", revenue="", currency=""),
        make_report(account_id, link_id=OTHER_LINK, proof=Proof.NONE, source=Source.PIXEL),
    ]
    stored = [each for each in (await store_conversions(pool, reports)).conversion_ids if each is not None]
    await reject_conversions(pool, account_id, stored[-1:])
    return [row["id"] for row in await pool.fetch("SELECT id FROM conversion")]


class TestFilter:
    async def test_a_conversion_at_hand_is_wanted_as_the_database_would_say(
        self, pool: asyncpg.Pool, account_id: int, conversion_ids: list[UUID]
    ) -> None:
        found = await find_news(pool, account_id, conversion_ids)
        some = next(iter(found.values())).conversion
        filters = [
            ConversionFilter(),
            *(ConversionFilter(is_in_inbox=each) for each in (True, False)),
            *(ConversionFilter(statuses=[each]) for each in Status),
            *(ConversionFilter(kinds=[each]) for each in ConversionKind),
            *(ConversionFilter(methods=[each]) for each in Method),
            *(ConversionFilter(trusts=[each]) for each in Trust),
            *(ConversionFilter(events=each) for each in (["SALE"], ["sign_up"], ["signup"], ["sale", "lead"], [])),
            *(ConversionFilter(txn_ids=each) for each in ([some.txn_id or ""], ["unknown"], [])),
            *(ConversionFilter(link_ids=each) for each in ([LINK], [OTHER_LINK, NEVER], [NEVER], [])),
            *(ConversionFilter(campaign_ids=[each]) for each in (2, NEVER)),
            *(ConversionFilter(creator_ids=[each]) for each in (3, NEVER)),
            ConversionFilter(offer_ids=[NEVER]),
            ConversionFilter(occurred_from=some.occurred_at),
            ConversionFilter(occurred_to=some.occurred_at),
            ConversionFilter(recorded_from=some.recorded_at, recorded_to=some.recorded_at),
            ConversionFilter(recorded_from=some.recorded_at),
        ]
        for wanted in filters:
            expected = set(await find_conversions(pool, account_id, conversion_ids, wanted))
            assert {key for key, news in found.items() if is_wanted(news, wanted)} == expected, wanted

        assert len({row.conversion.status for row in found.values()}) >= 4

    async def test_who_was_told_of_a_conversion_is_told_that_it_went_elsewhere(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        conversion_id = await write_conversion(pool, account_id, link_id=LINK)
        await pool.execute("UPDATE conversion SET link_id = $1", OTHER_LINK)
        news = (await find_news(pool, account_id, [conversion_id]))[conversion_id]

        def judge(link_id: int) -> tuple[bool, bool]:
            wanted = ConversionFilter(link_ids=[link_id])
            return may_have_been_wanted(news, wanted), is_wanted(news, wanted)

        assert [judge(each) for each in (LINK, OTHER_LINK, NEVER)] == [(True, False), (True, True), (False, False)]

    @pytest.mark.feature("R11")
    async def test_those_of_another_account_are_unknown(self, pool: asyncpg.Pool, conversion_ids: list[UUID]) -> None:
        stranger_id = await make_account(pool, slug="stranger")

        assert await find_news(pool, stranger_id, conversion_ids) == {}
