import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.clicking import BOT, HOUR_MS, make_account, make_event, store
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import Fact
from tracking.clicks.ids import read_click_time
from tracking.clicks.queries import ClickFilter, ClickPage, Counting, StoredClick, find_clicks, list_clicks
from tracking.clock import now_ms
from tracking.paging import Window

ALL = ClickFilter()


async def list_all(pool: asyncpg.Pool, account_id: int, wanted: ClickFilter = ALL) -> list[StoredClick]:
    return await list_clicks(pool, account_id, ClickPage(wanted, Window(100)))


@pytest.mark.feature("R5")
async def test_a_repeat_names_the_click_that_holds_the_unique(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    at_ms = now_ms()
    # the same day whatever the hour, so that the second is a repeat
    first = make_event(account_id, at_ms=at_ms - 1_000, visitor=5)
    again = make_event(account_id, at_ms=at_ms, visitor=5, visitor_day=first.visitor_day)
    stored = (await store(pool, first, again)).stored

    newest, oldest = await list_all(pool, account_id)

    assert (oldest.id, oldest.counting, oldest.unique_holder_id) == (stored[0], Counting.UNIQUE, stored[0])
    assert (newest.id, newest.counting, newest.unique_holder_id) == (stored[1], Counting.REPEAT, stored[0])


@pytest.mark.feature("R4")
async def test_an_uncounted_click_says_which_column_it_stands_in(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    at_ms = now_ms()
    events = [
        make_event(account_id, at_ms=at_ms - 3, user_agent=BOT),
        make_event(account_id, at_ms=at_ms - 2, facts=Fact.PREFETCH),
        make_event(account_id, at_ms=at_ms - 1, facts=Fact.TEST),
        make_event(account_id, at_ms=at_ms, user_agent=b"Slackbot-LinkExpanding 1.0"),
    ]
    await store(pool, *events)

    found = await list_all(pool, account_id)

    assert [click.counting for click in found] == [Counting.PREVIEW, Counting.TEST, Counting.PREFETCH, Counting.BOT]
    assert [click.unique_holder_id for click in found] == [None] * 4
    assert found[-1].reasons == [Reason.KNOWN_CRAWLER]


@pytest.mark.feature("R5")
async def test_a_contact_has_one_unique_for_a_message_on_any_day(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    of_contact: dict[str, Any] = {"message_id": 4, "contact_id": 9, "visitor": 9}
    yesterday = make_event(account_id, at_ms=now_ms() - 24 * HOUR_MS, **of_contact)
    today = make_event(account_id, **of_contact)
    stored = (await store(pool, yesterday, today)).stored

    newest, _ = await list_all(pool, account_id)

    assert (newest.is_bound, newest.counting, newest.unique_holder_id) == (True, Counting.REPEAT, stored[0])


async def test_each_filter_leaves_what_it_names(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    at_ms = now_ms()
    plain = make_event(account_id, at_ms=at_ms - 60_000, visitor=1)
    other = make_event(account_id, at_ms=at_ms, visitor=2, link_id=70, campaign_id=20, creator_id=30, user_agent=BOT)
    plain_id, other_id = (await store(pool, plain, other)).stored
    between = read_click_time(plain_id) + dt.timedelta(seconds=30)

    for wanted, expected in (
        (ALL, [other_id, plain_id]),
        (ClickFilter(link_ids=[7]), [plain_id]),
        (ClickFilter(link_ids=[]), []),
        (ClickFilter(campaign_ids=[20]), [other_id]),
        (ClickFilter(creator_ids=[30, 3]), [other_id, plain_id]),
        (ClickFilter(verdicts=[Verdict.BOT]), [other_id]),
        (ClickFilter(is_counted=True), [plain_id]),
        (ClickFilter(occurred_from=between), [other_id]),
        (ClickFilter(occurred_to=between), [plain_id]),
    ):
        assert [click.id for click in await list_all(pool, account_id, wanted)] == expected, wanted


async def test_pages_meet_without_gap_or_overlap(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    ids = (await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(7)))).stored
    newest_first = sorted(ids, reverse=True)

    first = await list_clicks(pool, account_id, ClickPage(ALL, Window(3)))
    second = await list_clicks(pool, account_id, ClickPage(ALL, Window(3, (first[-1].id,))))
    back = await list_clicks(pool, account_id, ClickPage(ALL, Window(3, (second[0].id,), is_backward=True)))
    oldest = await list_clicks(pool, account_id, ClickPage(ALL, Window(2), is_newest_first=False))

    assert [click.id for click in (*first, *second)] == newest_first[:6]
    assert [click.id for click in back] == newest_first[2::-1]
    assert [click.id for click in oldest] == newest_first[:-3:-1]


@pytest.mark.feature("R11", "TR14")
async def test_clicks_of_another_account_are_unknown(pool: asyncpg.Pool) -> None:
    own, other = await make_account(pool), await make_account(pool, slug="other")
    (click_id,) = (await store(pool, make_event(own))).stored

    assert await find_clicks(pool, other, [click_id]) == {}
    assert await list_all(pool, other) == []
    assert list(await find_clicks(pool, own, [click_id])) == [click_id]
