import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, HOUR_MS, make_account, make_event, store
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact, VisitorMethod
from tracking.clicks.filters import ClickFilter, Counting, is_wanted, settle_filter
from tracking.clicks.ids import read_click_time
from tracking.clicks.listing import ClickPage, list_clicks
from tracking.clicks.queries import StoredClick, find_clicks
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
    assert found[-1].reasons == [
        Reason.USER_AGENT_NOT_BROWSER,
        Reason.USER_AGENT_LINK,
        Reason.USER_AGENT_BOT_WORD,
        Reason.KNOWN_CRAWLER,
    ]


@pytest.mark.feature("R5")
async def test_a_contact_has_one_unique_for_a_message_on_any_day(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    of_contact: dict[str, Any] = {"message_id": 4, "contact_id": 9, "visitor": 9}
    yesterday = make_event(account_id, at_ms=now_ms() - 24 * HOUR_MS, **of_contact)
    today = make_event(account_id, **of_contact)
    stored = (await store(pool, yesterday, today)).stored

    newest, _ = await list_all(pool, account_id)

    assert (newest.is_bound, newest.counting, newest.unique_holder_id) == (True, Counting.REPEAT, stored[0])


INSTAGRAM = b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Instagram 390.0.0.28.85"


class FourClicks(NamedTuple):
    """Of one visitor twice, of a contact with another network and user agent, and of a crawler: in this order."""

    account_id: int
    first: UUID
    second: UUID
    of_contact: UUID
    bot: UUID

    async def find(self, pool: asyncpg.Pool, wanted: ClickFilter) -> list[UUID]:
        """By the list, after a look that the filter says the same of clicks at hand."""
        settled = await settle_filter(pool, self.account_id, wanted)
        listed = [click.id for click in await list_all(pool, self.account_id, settled)]
        at_hand = await find_clicks(pool, self.account_id, [self.first, self.second, self.of_contact, self.bot])
        assert [each for each in sorted(at_hand, reverse=True) if is_wanted(at_hand[each], settled)] == listed, wanted
        return listed


@pytest.fixture
async def four(pool: asyncpg.Pool) -> FourClicks:
    account_id = await make_account(pool)
    at_ms = now_ms()
    first = make_event(account_id, at_ms=at_ms - 60_000, visitor=1)
    repeat = make_event(account_id, at_ms=at_ms - 50_000, visitor=1, visitor_day=first.visitor_day)
    of_contact: dict[str, Any] = {"message_id": 4, "contact_id": 9, "offer_id": 8}
    elsewhere: dict[str, Any] = {"client_ip": "198.51.100.7", "user_agent": INSTAGRAM}
    contact = make_event(
        account_id, at_ms=at_ms - 1_000, visitor_method=VisitorMethod.CONTACT, **of_contact, **elsewhere
    )
    bot = make_event(account_id, at_ms=at_ms, visitor=2, link_id=70, campaign_id=20, creator_id=30, user_agent=BOT)
    stored = (await store(pool, first, repeat, contact, bot)).stored
    await pool.execute("UPDATE click SET manual_verdict = 2, user_agent_id = NULL WHERE id = $1", stored[1])
    return FourClicks(account_id, *stored)


@pytest.mark.feature("TR3", "TR6")
async def test_clicks_are_found_by_what_they_belong_to_and_when(pool: asyncpg.Pool, four: FourClicks) -> None:
    _, first, second, contact, bot = four
    between = read_click_time(second) + dt.timedelta(seconds=30)

    for wanted, expected in (
        (ALL, [bot, contact, second, first]),
        (ClickFilter(link_ids=[70]), [bot]),
        (ClickFilter(link_ids=[]), []),
        (ClickFilter(campaign_ids=[20]), [bot]),
        (ClickFilter(creator_ids=[30, 3]), [bot, contact, second, first]),
        (ClickFilter(message_ids=[4, 5]), [contact]),
        (ClickFilter(contact_ids=[9]), [contact]),
        (ClickFilter(offer_ids=[8]), [contact]),
        (ClickFilter(offer_ids=[4]), []),
        (ClickFilter(occurred_from=between), [bot, contact]),
        (ClickFilter(occurred_to=between), [second, first]),
    ):
        assert await four.find(pool, wanted) == expected, wanted


@pytest.mark.feature("TR6", "TR10")
async def test_clicks_are_found_by_how_they_were_judged_and_counted(pool: asyncpg.Pool, four: FourClicks) -> None:
    _, first, second, contact, bot = four

    for wanted, expected in (
        (ClickFilter(verdicts=[Verdict.BOT]), [bot]),
        (ClickFilter(traffic_classes=[TrafficClass.CRAWLER, TrafficClass.TEST]), [bot]),
        (ClickFilter(reasons=[Reason.KNOWN_CRAWLER]), [bot]),
        (ClickFilter(reasons=[Reason.METHOD_HEAD, Reason.KNOWN_CRAWLER]), [bot]),
        (ClickFilter(reasons=[Reason.METHOD_HEAD]), []),
        (ClickFilter(reasons=[]), []),
        (ClickFilter(counting=[Counting.UNIQUE]), [contact, first]),
        (ClickFilter(counting=[Counting.REPEAT]), [second]),
        (ClickFilter(counting=[Counting.REPEAT, Counting.UNIQUE]), [contact, second, first]),
        (ClickFilter(counting=[Counting.BOT, Counting.UNIQUE]), [bot, contact, first]),
        (ClickFilter(counting=[Counting.SUSPECT, Counting.TEST]), []),
        (ClickFilter(counting=[]), []),
        (ClickFilter(is_counted=True), [contact, second, first]),
        (ClickFilter(has_manual_verdict=True), [second]),
        (ClickFilter(has_manual_verdict=False), [bot, contact, first]),
    ):
        assert await four.find(pool, wanted) == expected, wanted


async def test_clicks_are_found_by_who_came_and_likeness_to_others(pool: asyncpg.Pool, four: FourClicks) -> None:
    _, first, second, contact, bot = four

    for wanted, expected in (
        (ClickFilter(visitor_methods=[VisitorMethod.CONTACT]), [contact]),
        (ClickFilter(in_app_browsers=["Instagram"]), [contact]),
        (ClickFilter(user_agent_contains="IPHONE"), [contact]),
        (ClickFilter(user_agent_contains="%"), []),
        (ClickFilter(same_network_as=[contact]), [contact]),
        (ClickFilter(same_network_as=[bot]), [bot, second, first]),
        (ClickFilter(same_user_agent_as=[first, bot]), [bot, first]),
        (ClickFilter(same_user_agent_as=[second]), []),
        (ClickFilter(same_network_as=[]), []),
        (ClickFilter(verdicts=[Verdict.BOT], same_network_as=[contact]), []),
    ):
        assert await four.find(pool, wanted) == expected, wanted


async def test_clicks_of_each_column_are_found_by_how_they_were_counted(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    at_ms = now_ms()
    events = [
        make_event(account_id, at_ms=at_ms - 5, contact_id=9, message_id=4, facts=Fact.CLIENT_HINTS_MISMATCH),
        make_event(account_id, at_ms=at_ms - 4, user_agent=BOT),
        make_event(account_id, at_ms=at_ms - 3, user_agent=b"Slackbot-LinkExpanding 1.0"),
        make_event(account_id, at_ms=at_ms - 2, facts=Fact.PREFETCH),
        make_event(account_id, at_ms=at_ms - 1, facts=Fact.TEST),
    ]
    stored = (await store(pool, *events)).stored
    wanted = [Counting.SUSPECT, Counting.BOT, Counting.PREVIEW, Counting.PREFETCH, Counting.TEST]

    found = [await list_all(pool, account_id, ClickFilter(counting=[each])) for each in wanted]

    assert [[click.id for click in clicks] for clicks in found] == [[each] for each in stored]
    assert [click.counting for clicks in found for click in clicks] == wanted


@pytest.mark.feature("R10", "R11")
async def test_likeness_to_a_click_of_another_account_is_likeness_to_none(pool: asyncpg.Pool) -> None:
    own, other = await make_account(pool), await make_account(pool, slug="other")
    (foreign,) = (await store(pool, make_event(other))).stored
    await store(pool, make_event(own))

    for wanted in (ClickFilter(same_network_as=[foreign]), ClickFilter(same_user_agent_as=[foreign])):
        assert await list_all(pool, own, await settle_filter(pool, own, wanted)) == []


async def test_pages_meet_without_gap_or_overlap(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    ids = (await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(7)))).stored
    newest_first = sorted(ids, reverse=True)

    first = await list_clicks(pool, account_id, ClickPage(ALL, Window(3)))
    second = await list_clicks(pool, account_id, ClickPage(ALL, Window(3, (first[-1].id,))))
    back = await list_clicks(pool, account_id, ClickPage(ALL, Window(3, (second[0].id,), is_backward=True)))
    oldest = await list_clicks(pool, account_id, ClickPage(ALL, Window(2), is_descending=False))

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
