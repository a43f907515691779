"""Who is in a segment, by what they did with messages."""

import datetime as dt

import asyncpg
import pytest

from tests.brand import make_brand, make_campaign
from tests.clicking import BOT
from tests.messaging import for_contacts, make_contacts, note_message
from tests.segmenting import all_of, any_of, click, convert, did, find, send
from tracking.accounts.models import Account
from tracking.clock import now_ms, utc_now
from tracking.contacts.models import Contact
from tracking.conversions.kinds import Status
from tracking.messages.models import Channel, Delivery, DeliveryStatus, Message
from tracking.offers.models import Offer

pytestmark = [pytest.mark.feature("TR18"), pytest.mark.usefixtures("orm")]


async def make_offers(account: Account) -> list[Offer]:
    return [
        await Offer.create(account_id=account.id, name=name, destination_url=f"https://brand.example/{name.lower()}")
        for name in ("Bundle", "Gift")
    ]


@pytest.fixture
async def account() -> Account:
    account = await make_brand()
    await make_offers(account)
    return account


@pytest.fixture
async def contacts(account: Account) -> list[Contact]:
    """c1 to c5."""
    return await make_contacts(account, 5)


@pytest.fixture
async def message(account: Account, contacts: list[Contact]) -> Message:
    """For c1 to c4."""
    return await send(account, contacts[:4])


class TestActions:
    async def test_who_clicked_who_did_not_and_who_received(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await click(pool, message, contacts[1])
        await click(pool, message, contacts[1])
        await click(pool, message, contacts[2], slot=2)

        assert await find(pool, account, all_of(did("RECEIVED", message))) == ["c1", "c2", "c3", "c4"]
        assert await find(pool, account, all_of(did("CLICKED", message))) == ["c2", "c3"]
        assert await find(pool, account, all_of(did("NOT_CLICKED", message))) == ["c1", "c4"]

    @pytest.mark.feature("TR25")
    async def test_the_click_of_a_machine_makes_nobody_a_clicker(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await click(pool, message, contacts[0], user_agent=BOT)
        await click(pool, message, contacts[1])

        assert await pool.fetchval("SELECT count(*) FROM click") == 2
        assert await find(pool, account, all_of(did("CLICKED", message))) == ["c2"]
        assert await find(pool, account, all_of(did("CLICKED", message, slots=(1,)))) == ["c2"]
        assert await find(pool, account, all_of(did("NOT_CLICKED", message))) == ["c1", "c3", "c4"]

    async def test_a_segment_shows_the_click_of_a_machine_when_it_is_counted_after_all(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        """The control: it is the verdict that kept them out."""
        await click(pool, message, contacts[0], user_agent=BOT)
        await pool.execute("UPDATE click SET is_counted = true")

        assert await find(pool, account, all_of(did("CLICKED", message, slots=(1,)))) == ["c1"]

    async def test_who_converted_and_who_did_not(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await convert(pool, message, contacts[0])
        await convert(pool, message, contacts[1], status=Status.HELD, is_counted=False)
        await convert(pool, message, contacts[2], event="rebill", is_counted=False)

        assert await find(pool, account, all_of(did("CONVERTED", message))) == ["c1"]
        assert await find(pool, account, all_of(did("NOT_CONVERTED", message))) == ["c2", "c3", "c4"]

    async def test_whom_it_did_not_reach_did_not_receive_it(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        told = (DeliveryStatus.FAILED, DeliveryStatus.BOUNCED, DeliveryStatus.DELIVERED)
        for contact, status in zip(contacts, told, strict=False):
            await Delivery.create(
                account_id=account.id, message=message, contact_id=contact.id, status=status, at=utc_now()
            )

        assert await find(pool, account, all_of(did("RECEIVED", message))) == ["c3", "c4"]
        assert await find(pool, account, all_of(did("NOT_CLICKED", message))) == ["c3", "c4"]

    async def test_whose_links_are_not_made_yet_received_nothing(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact]
    ) -> None:
        noted = await note_message(account, "{{ offers.gift }}", for_contacts(contacts))

        assert await find(pool, account, all_of(did("RECEIVED", noted))) == []


class TestWhichClicks:
    async def test_as_many_as_are_asked_for_over_all_the_messages_together(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        second = await send(account, contacts)
        for where in (message, second):
            await click(pool, where, contacts[0])
        await click(pool, message, contacts[1])

        twice = did("CLICKED", message, second, minimum_clicks=2)
        assert await find(pool, account, all_of(twice)) == ["c1"]
        rarely = did("NOT_CLICKED", message, second, minimum_clicks=2)
        assert await find(pool, account, all_of(rarely)) == ["c2", "c3", "c4", "c5"]

    async def test_in_some_places_or_to_some_offers(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await click(pool, message, contacts[0], slot=1)
        await click(pool, message, contacts[1], slot=2)
        gift = await Offer.get(name="Gift")

        assert await find(pool, account, all_of(did("CLICKED", message, slots=(2,)))) == ["c2"]
        assert await find(pool, account, all_of(did("CLICKED", message, slots=(1, 2)))) == ["c1", "c2"]
        assert await find(pool, account, all_of(did("CLICKED", message, offer_ids=(gift.id,)))) == ["c2"]
        assert await find(pool, account, all_of(did("NOT_CLICKED", message, slots=(2,)))) == ["c1", "c3", "c4"]

    async def test_sales_of_some_places_or_offers(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        gift = await Offer.get(name="Gift")
        await convert(pool, message, contacts[0], slot=1)
        await convert(pool, message, contacts[1], slot=2, offer_id=gift.id)

        assert await find(pool, account, all_of(did("CONVERTED", message, slots=(1,)))) == ["c1"]
        assert await find(pool, account, all_of(did("CONVERTED", message, offer_ids=(gift.id,)))) == ["c2"]

    async def test_that_a_contact_clicked_is_known_when_the_clicks_are_not_kept_any_more(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await click(pool, message, contacts[0])
        await pool.execute("DELETE FROM click")

        assert await find(pool, account, all_of(did("CLICKED", message))) == ["c1"]
        assert await find(pool, account, all_of(did("CLICKED", message, slots=(1,)))) == []

    async def test_what_came_after_the_moment_that_is_asked_about_did_not_happen(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        now = utc_now()
        hour = dt.timedelta(hours=1)
        await click(pool, message, contacts[0], at_ms=now_ms() - 3_600_000)
        await click(pool, message, contacts[1])
        await convert(pool, message, contacts[0], occurred_at=now - hour)
        await convert(pool, message, contacts[1], occurred_at=now)

        for action in ("CLICKED", "CONVERTED"):
            assert await find(pool, account, all_of(did(action, message)), at=now - hour / 2) == ["c1"]
            assert await find(pool, account, all_of(did(action, message)), at=now + hour) == ["c1", "c2"]


class TestWhichMessages:
    async def test_by_campaign_channel_and_time(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        campaign = await make_campaign(account)
        await send(account, contacts[2:], campaign_id=campaign.id)
        await Message.filter(id=message.id).update(
            channel=Channel.EMAIL, created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        )

        in_january = {"made_before": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)}
        later = {"made_from": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)}
        of_one, of_other = ["c1", "c2", "c3", "c4"], ["c3", "c4", "c5"]
        assert await find(pool, account, all_of(did("RECEIVED", campaign_id=campaign.id))) == of_other
        assert await find(pool, account, all_of(did("RECEIVED", channel=Channel.EMAIL))) == of_one
        assert await find(pool, account, all_of(did("RECEIVED", **in_january))) == of_one
        assert await find(pool, account, all_of(did("RECEIVED", **later))) == of_other
        assert await find(pool, account, all_of(did("RECEIVED"))) == ["c1", "c2", "c3", "c4", "c5"]

    async def test_without_any_message_nobody_is_meant(
        self, pool: asyncpg.Pool, account: Account, message: Message
    ) -> None:
        assert message.channel is not Channel.SOCIAL
        assert await find(pool, account, all_of(did("NOT_CLICKED", channel=Channel.SOCIAL))) == []

    async def test_messages_of_another_account_are_none(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        stranger = await make_brand("stranger")
        await click(pool, message, contacts[0])

        assert await find(pool, stranger, all_of(did("CLICKED", message))) == []
        assert await find(pool, account, all_of(did("CLICKED", message))) == ["c1"]


class TestCombined:
    async def test_all_conditions_or_any_of_them(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        second = await send(account, contacts)
        for contact in contacts[:2]:
            await click(pool, message, contact)
        for contact in contacts[1:3]:
            await click(pool, second, contact)
        await convert(pool, second, contacts[4])

        both = did("CLICKED", message), did("CLICKED", second)
        assert await find(pool, account, all_of(*both)) == ["c2"]
        assert await find(pool, account, any_of(*both)) == ["c1", "c2", "c3"]
        lost = did("NOT_CLICKED", message), did("NOT_CONVERTED", second), did("RECEIVED", second)
        assert await find(pool, account, all_of(*lost)) == ["c3", "c4"]
        assert await find(pool, account, any_of(did("CONVERTED", second), *both)) == ["c1", "c2", "c3", "c5"]
